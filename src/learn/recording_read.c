/*
 * JSON to a recording: callgate-recording(5).
 *
 * In: bytes (any bytes). Out: a recording whose runs are finished, or one error with file:line:column. Sets and lists
 * go through the same bounded functions as live events, so a file that breaks their order or limits cannot break ours.
 * Members that we do not know are kept, sorted by key, and written back.
 */
#include "learn/recording.h"

#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "learn/phase.h"
#include "learn/recorded_call.h"
#include "learn/recording_fields.h"
#include "learn/recording_json.h"

#include <string.h>

static int read_errors(const struct cg_recording_reader *reader, const struct cg_json *object,
		       struct cg_recorded_call *call)
{
	const struct cg_json *member;
	int r = cg_field_list(reader, object, "errors", CG_JSON_OBJECT, &member);

	for (; r == 0 && member; member = member->next) {
		unsigned int number;
		uint64_t wide;

		if (strcmp(member->key, CG_RECORDING_UNKNOWN_ERROR) == 0)
			number = CG_ERRNO_UNKNOWN;
		else if (cg_num_parse_decimal(member->key, 1, CG_ERRNO_UNKNOWN - 1, &wide))
			number = (unsigned int)wide;
		else if (!cg_errno_find(member->key, &number) || number == 0)
			return cg_field_bad(reader, member, "an error is named as in errno(3), or by its number");
		if (member->kind != CG_JSON_NUMBER || !member->is_integer || member->is_negative)
			return cg_field_wrong_kind(reader, member, "a count");
		r = cg_recorded_call_add_error(call, number, member->number);
	}
	return r == -ENOMEM ? cg_err_memory(reader->err) : r;
}

static int read_programs(const struct cg_recording_reader *reader, const struct cg_json *object,
			 struct cg_recorded_call *call)
{
	const struct cg_json *member;
	int r = cg_field_list(reader, object, "programs", CG_JSON_OBJECT, &member);

	for (; r == 0 && member; member = member->next) {
		if (member->kind != CG_JSON_NUMBER || !member->is_integer || member->is_negative)
			return cg_field_wrong_kind(reader, member, "a count");
		if (cg_recorded_call_add_program(call, &reader->recording->arena, member->key, member->number) < 0)
			return cg_err_memory(reader->err);
	}
	return r < 0 ? r : cg_field_bool(reader, object, "more_programs", &call->has_program_overflow);
}

static int read_arg(const struct cg_recording_reader *reader, const struct cg_json *object,
		    struct cg_recorded_call *call)
{
	uint64_t index = UINT64_MAX;
	const struct cg_json *value;
	struct cg_value_set *set;
	int r;

	if (object->kind != CG_JSON_OBJECT)
		return cg_field_wrong_kind(reader, object, "an object");
	r = cg_field_u64(reader, object, "index", CG_N_ITEMS(call->args) - 1, &index);
	if (r < 0)
		return r;
	if (index == UINT64_MAX || call->args[index])
		return cg_field_bad(reader, object, "an argument needs an \"index\" of its own");
	set = cg_arena_alloc(&reader->recording->arena, sizeof(*set));
	if (!set)
		return cg_err_memory(reader->err);
	call->args[index] = set;

	r = cg_field_list(reader, object, "values", CG_JSON_ARRAY, &value);
	for (; r == 0 && value; value = value->next) {
		if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative)
			return cg_field_wrong_kind(reader, value, "a whole number");
		cg_value_set_add(set, value->number);
	}
	/* Read last: it must not undo an overflow that the values themselves make. */
	if (r == 0 && !set->has_overflow)
		r = cg_field_bool(reader, object, "overflow", &set->has_overflow);
	return r;
}

static int read_time(const struct cg_recording_reader *reader, const struct cg_json *object,
		     struct cg_recorded_call *call)
{
	const struct cg_json *member = cg_json_get(object, "time"), *bucket = NULL;
	struct cg_call_time time = { 0 };
	size_t n = 0;
	int r;

	if (!member)
		return 0;
	if (member->kind != CG_JSON_OBJECT)
		return cg_field_wrong_kind(reader, member, "an object");
	r = cg_field_u64(reader, member, "calls", UINT64_MAX, &time.n_calls);
	if (r == 0)
		r = cg_field_u64(reader, member, "total_ns", UINT64_MAX, &time.total_ns);
	if (r == 0)
		r = cg_field_u64(reader, member, "max_ns", UINT64_MAX, &time.max_ns);
	if (r == 0)
		r = cg_field_list(reader, member, "log2_ns", CG_JSON_ARRAY, &bucket);
	for (; r == 0 && bucket; bucket = bucket->next, n++) {
		if (bucket->kind != CG_JSON_NUMBER || !bucket->is_integer || bucket->is_negative)
			return cg_field_wrong_kind(reader, bucket, "a count");
		if (n == CG_TIME_BUCKETS)
			return cg_field_bad(reader, bucket, "a histogram has at most 40 counts");
		time.buckets[n] = bucket->number;
	}
	if (r == 0 && cg_recorded_call_add_time(call, &reader->recording->arena, &time) < 0)
		return cg_err_memory(reader->err);
	return r;
}

static int read_arch(const struct cg_recording_reader *reader, const struct cg_json *object,
		     struct cg_recorded_call *call)
{
	struct cg_call key = { 0 };
	const struct cg_arch *arch;
	const char *name = NULL;
	uint64_t token, nr = UINT64_MAX;
	int r = cg_field_string(reader, object, "arch", &name);

	if (r == 0)
		r = cg_field_u64(reader, object, "nr", UINT32_MAX, &nr);
	if (r < 0)
		return r;
	if (!name || nr == UINT64_MAX)
		return cg_field_bad(reader, object, "a call needs \"arch\" and \"nr\"");
	arch = cg_arch_find(name);
	if (arch)
		token = arch->token;
	else if (!cg_num_parse(name, strlen(name), &token) || token > UINT32_MAX)
		return cg_field_bad(reader, cg_json_get(object, "arch"),
				    "unknown architecture; was this written by a newer callgate?");

	key.arch = (uint32_t)token;
	key.nr = (uint32_t)nr;
	call->arch = cg_arch_of_call(&key);
	call->arch_token = key.arch;
	call->nr = key.nr;
	return 0;
}

static int read_call_members(const struct cg_recording_reader *reader, const struct cg_json *object,
			     struct cg_recorded_call *call)
{
	static const char *const known[] = { "arch",   "nr",   "name",     "count",	   "restarts", "unfinished", "denied", "startup",
					     "errors", "args", "programs", "more_programs", "time",	NULL };
	/* A name that our table lacks, from a newer table, is kept as it came. */
	static const char *const known_nameless[] = { "arch",	 "nr",	   "count",  "restarts", "unfinished",	  "denied",
						      "startup", "errors", "args",   "programs", "more_programs", "time",
						      NULL };
	bool is_named = call->arch && cg_syscall_of_nr(call->arch, call->nr);
	const struct cg_json *arg;
	int r = cg_field_u64(reader, object, "count", UINT64_MAX, &call->count);

	if (r == 0)
		r = cg_field_u64(reader, object, "restarts", UINT64_MAX, &call->n_restarts);
	if (r == 0)
		r = cg_field_u64(reader, object, "unfinished", UINT64_MAX, &call->n_unfinished);
	if (r == 0)
		r = cg_field_u64(reader, object, "denied", UINT64_MAX, &call->n_denied);
	if (r == 0)
		r = cg_field_u64(reader, object, "startup", cg_recorded_call_n_made(call), &call->n_startup);
	if (r == 0)
		r = read_errors(reader, object, call);
	if (r == 0)
		r = read_programs(reader, object, call);
	if (r == 0)
		r = cg_field_list(reader, object, "args", CG_JSON_ARRAY, &arg);
	for (; r == 0 && arg; arg = arg->next)
		r = read_arg(reader, arg, call);
	if (r == 0)
		r = read_time(reader, object, call);
	if (r == 0)
		r = cg_field_unknown(reader, object, is_named ? known : known_nameless, &call->unknown);
	return r;
}

static int read_call(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	struct cg_recorded_call call = { 0 };
	int r;

	if (object->kind != CG_JSON_OBJECT)
		return cg_field_wrong_kind(reader, object, "an object");
	if (run->calls.n_items >= CG_CALLS_LIMIT)
		return cg_json_err(reader->err, -E2BIG, reader->name, object, "more than %d different calls in one run",
				   CG_CALLS_LIMIT);
	r = read_arch(reader, object, &call);
	if (r == 0)
		r = read_call_members(reader, object, &call);
	if (r == 0 && cg_vec_push(&run->calls, call) < 0)
		r = cg_err_memory(reader->err);
	if (r < 0)
		cg_recorded_call_done(&call);
	return r;
}

/* "exit" and "signal" to the status that wait(2) gives (W_EXITCODE: status << 8 | signal). */
static int read_exit(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	uint64_t exit = UINT64_MAX, signal = UINT64_MAX;
	int r = cg_field_u64(reader, object, "exit", 255, &exit);

	if (r == 0)
		r = cg_field_u64(reader, object, "signal", 126, &signal);
	if (r < 0)
		return r;
	if (exit != UINT64_MAX && signal != UINT64_MAX)
		return cg_field_bad(reader, object, "\"exit\" and \"signal\" in one run");
	if (signal == 0)
		return cg_field_bad(reader, object, "there is no signal 0");
	if (exit != UINT64_MAX)
		run->exit_status = (int)exit << 8;
	else if (signal != UINT64_MAX)
		run->exit_status = (int)signal;
	return 0;
}

static int read_words(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	const struct cg_json *word;
	const char *text = NULL;
	int r = cg_field_list(reader, object, "command", CG_JSON_ARRAY, &word);

	for (; r == 0 && word; word = word->next) {
		r = cg_field_text(reader, word, &text);
		if (r == 0 && cg_run_add_word(reader->recording, run, text) < 0)
			return cg_err_memory(reader->err);
	}
	if (r == 0)
		r = cg_field_list(reader, object, "remarks", CG_JSON_ARRAY, &word);
	for (; r == 0 && word; word = word->next) {
		r = cg_field_text(reader, word, &text);
		if (r == 0 && cg_run_add_remark(reader->recording, run, text) < 0)
			return cg_err_memory(reader->err);
	}
	return r;
}

static int read_files(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	const struct cg_json *file;
	int r = cg_field_list(reader, object, "files", CG_JSON_ARRAY, &file);

	for (; r == 0 && file; file = file->next) {
		struct cg_recorded_file read = { NULL, "", "", "", false };

		if (file->kind != CG_JSON_OBJECT)
			return cg_field_wrong_kind(reader, file, "an object");
		r = cg_field_string(reader, file, "path", &read.path);
		if (r == 0)
			r = cg_field_string(reader, file, "build_id", &read.build_id);
		if (r == 0)
			r = cg_field_string(reader, file, "package", &read.package);
		if (r == 0)
			r = cg_field_string(reader, file, "version", &read.version);
		if (r == 0 && !read.path)
			return cg_field_bad(reader, file, "a file needs a \"path\"");
		if (r == 0 && cg_run_add_packaged_file(reader->recording, run, &read) < 0)
			return cg_err_memory(reader->err);
	}
	return r;
}

/* One that does not say by what is none. */
static int read_phase(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	const struct cg_json *phase = cg_json_get(object, "phase");
	int r;

	if (!phase)
		return 0;
	if (phase->kind != CG_JSON_OBJECT)
		return cg_field_wrong_kind(reader, phase, "an object");
	r = cg_field_string(reader, phase, "by", &run->phase_by);
	if (r == 0)
		r = cg_field_u64(reader, phase, "at_ms", UINT64_MAX, &run->phase_ms);
	return r < 0 ? r : cg_field_string(reader, phase, "why", &run->phase_why);
}

static int read_run_fields(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run *run)
{
	static const char *const known[] = { "id",       "backend", "started", "duration_ms", "command",
					     "kernel",   "machine", "exit",    "signal",      "partial",
					     "unlisted", "phase",   "remarks", "files",       "calls",
					     NULL };
	int r = cg_field_string(reader, object, "backend", &run->backend);

	if (r == 0)
		r = cg_field_string(reader, object, "started", &run->started);
	if (r == 0)
		r = cg_field_u64(reader, object, "duration_ms", UINT64_MAX, &run->duration_ms);
	if (r == 0)
		r = cg_field_string(reader, object, "kernel", &run->kernel);
	if (r == 0)
		r = cg_field_string(reader, object, "machine", &run->machine);
	if (r == 0)
		r = cg_field_bool(reader, object, "partial", &run->is_partial);
	if (r == 0)
		r = cg_field_u64(reader, object, "unlisted", UINT64_MAX, &run->n_unlisted);
	if (r == 0)
		r = read_phase(reader, object, run);
	if (r == 0)
		r = read_words(reader, object, run);
	if (r == 0)
		r = read_files(reader, object, run);
	if (r == 0)
		r = read_exit(reader, object, run);
	if (r == 0)
		r = cg_field_unknown(reader, object, known, &run->unknown);
	return r;
}

static int add_run(const struct cg_recording_reader *reader, const struct cg_json *object, struct cg_run **ret_run)
{
	const char *id = NULL;
	int r;

	if (object->kind != CG_JSON_OBJECT)
		return cg_field_wrong_kind(reader, object, "an object");
	r = cg_field_string(reader, object, "id", &id);
	if (r < 0)
		return r;
	r = id ? cg_recording_add_run(reader->recording, id, ret_run) : -EINVAL;
	if (r == -EINVAL)
		return cg_field_bad(reader, object, "a run needs an \"id\" of 32 hexadecimal digits");
	if (r == -EEXIST)
		return cg_field_bad(reader, object, "two runs with one \"id\"");
	return r < 0 ? cg_err_memory(reader->err) : 0;
}

static int read_run(const struct cg_recording_reader *reader, const struct cg_json *object)
{
	const struct cg_json *call;
	struct cg_run *run;
	int r = add_run(reader, object, &run);

	if (r == 0)
		r = read_run_fields(reader, object, run);
	if (r == 0)
		r = cg_field_list(reader, object, "calls", CG_JSON_ARRAY, &call);
	for (; r == 0 && call; call = call->next)
		r = read_call(reader, call, run);
	if (r < 0)
		return r;

	cg_run_finish(run);
	for (size_t i = 1; i < run->calls.n_items; i++)
		if (cg_recorded_call_compare(&run->calls.items[i - 1], &run->calls.items[i]) == 0)
			return cg_field_bad(reader, object, "a call stands twice in one run");
	return 0;
}

static int read_document(const struct cg_recording_reader *reader, const struct cg_json *root)
{
	static const char *const known[] = { "callgate", "version", "runs", NULL };
	const struct cg_json *version = cg_json_get(root, "version");
	const struct cg_json *kind = cg_json_get(root, "callgate");
	const struct cg_json *run;
	int r;

	if (!kind || kind->kind != CG_JSON_STRING || strcmp(kind->text, "recording") != 0)
		return cg_field_bad(reader, root, "this is no recording: it does not say \"callgate\": \"recording\"");
	if (!version || version->kind != CG_JSON_NUMBER || !version->is_integer || version->is_negative)
		return cg_field_bad(reader, version ? version : root,
				    "a recording needs a whole number as its \"version\"");
	if (version->number > CG_RECORDING_VERSION)
		return cg_json_err(reader->err, -EPROTONOSUPPORT, reader->name, version,
				   "version %s is newer than this callgate can read (%d); use a newer callgate",
				   version->text, CG_RECORDING_VERSION);
	if (version->number != CG_RECORDING_VERSION)
		return cg_field_bad(reader, version, "there is no such version of a recording");

	r = cg_field_list(reader, root, "runs", CG_JSON_ARRAY, &run);
	for (; r == 0 && run; run = run->next)
		r = read_run(reader, run);
	if (r == 0)
		r = cg_field_unknown(reader, root, known, &reader->recording->unknown);
	return r;
}

int cg_recording_read(const char *name, const char *bytes, size_t length, struct cg_recording **ret_recording,
		      struct cg_err *err)
{
	struct cg_recording_reader reader = { .name = name, .recording = cg_recording_new(), .err = err };
	struct cg_json *root;
	int r;

	if (!reader.recording)
		return cg_err_memory(err);
	r = cg_json_read(&reader.recording->arena, name, bytes, length, 0, &root, err);
	if (r == 0)
		r = read_document(&reader, root);
	if (r < 0) {
		cg_recording_free(reader.recording);
		return r;
	}
	*ret_recording = reader.recording;
	return 0;
}
