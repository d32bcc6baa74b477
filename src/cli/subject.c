/*
 * See subject.h. What a file is, its bytes say: a raw filter has zero bytes, which no text has, and whole instructions;
 * a recording says that it is one.
 */
#include "cli/subject.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "os/container.h"
#include "profile/stub.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSN_SIZE 8

const struct cg_check_budget cg_subject_budget = { .n_nodes = (size_t)1 << 22, .n_steps = (uint64_t)1 << 25 };

static int first_process(const char *name, int (*find)(const char *, struct cg_cgroup *, struct cg_err *), int *ret_pid,
			 struct cg_err *err)
{
	CG_FREE struct cg_cgroup *cgroup = malloc(sizeof(*cgroup));
	int r = cgroup ? find(name, cgroup, err) : cg_err_memory(err);

	if (r < 0)
		return r;
	if (cg_cgroup_first_process(cgroup, ret_pid) < 0)
		return cg_err_set(err, -ENOENT, name, "nobody is in its cgroup %s", cgroup->folder);
	return 1;
}

int cg_subject_process(const char *reference, bool may_be_bare, int *ret_pid, struct cg_err *err)
{
	uint64_t pid;

	if (strncmp(reference, "container:", 10) == 0)
		return first_process(reference + 10, cg_container_find, ret_pid, err);
	if (strncmp(reference, "unit:", 5) == 0)
		return first_process(reference + 5, cg_unit_find, ret_pid, err);
	if (strncmp(reference, "pid:", 4) != 0 && !may_be_bare)
		return 0;
	if (!cg_num_parse_decimal(reference + (strncmp(reference, "pid:", 4) == 0 ? 4 : 0), 1, INT_MAX, &pid))
		return strncmp(reference, "pid:", 4) != 0 ?
			       0 :
			       cg_err_set(err, -EINVAL, reference, "a process is named pid:NUMBER");
	*ret_pid = (int)pid;
	return 1;
}

/* No text holds NUL bytes; an instruction mostly does, so that one is among the first even of a filter cut short. */
static bool is_raw_filter(const struct cg_text *bytes)
{
	size_t n_looked_at = bytes->length % INSN_SIZE == 0 || bytes->length < INSN_SIZE ? bytes->length : INSN_SIZE;

	return bytes->length && memchr(bytes->data, '\0', n_looked_at);
}

/* "callgate": "recording", wherever it stands in the document. */
static bool is_recording(const struct cg_text *text)
{
	static const char blanks[] = " \t\r\n", key[] = "\"callgate\"", value[] = "\"recording\"";
	const char *at = cg_text_get(text);

	if (at[strspn(at, blanks)] != '{')
		return false;
	while ((at = strstr(at, key))) {
		at += strlen(key);
		at += strspn(at, blanks);
		if (*at != ':')
			continue;
		at++;
		at += strspn(at, blanks);
		if (strncmp(at, value, strlen(value)) == 0)
			return true;
	}
	return false;
}

static bool is_big_endian(const struct cg_target *target)
{
	return target->n_arches ? target->arches[0]->is_big_endian : target->arch->is_big_endian;
}

static int read_filter(struct cg_subject *subject, struct cg_err *err)
{
	const struct cg_text *bytes = &subject->input.text;
	struct cg_err why = { 0 };
	int r = cg_filter_decode(subject->reference, cg_text_get(bytes), bytes->length, is_big_endian(subject->target),
				 &subject->filter, err);

	if (r < 0)
		return r;
	r = cg_filter_check(subject->filter, &why);
	if (r < 0)
		return cg_err_set(err, r, subject->reference,
				  "neither a profile nor a filter that the kernel would take: %s", why.message);
	subject->kind = CG_SUBJECT_FILTER;
	return 0;
}

/* Only a document that the engine itself reads goes through its library; of a policy text there is an outline only. */
static int read_profile(struct cg_subject *subject, struct cg_err *err)
{
	struct cg_input *input = &subject->input;
	int r = cg_input_take(subject->reference, subject->target, input, err);

	if (r < 0)
		return r;
	cg_input_say_notes(input, subject->reference);
	if (!input->policy || !cg_engine_has(subject->target->engine, CG_TRAIT_LIBSECCOMP) ||
	    cg_input_is_policy_text(subject->reference, input))
		return 0;
	return cg_stub_resolve(input->profile, subject->target, &subject->in_force, err);
}

int cg_subject_read_process(const char *reference, int pid, const struct cg_target *target, struct cg_subject *subject,
			    struct cg_err *err)
{
	int r = cg_live_read(pid, &subject->live, err);

	subject->reference = reference;
	subject->target = target;
	subject->kind = CG_SUBJECT_PROCESS;
	if (r < 0 && err && !err->place[0])
		snprintf(err->place, sizeof(err->place), "%s", subject->reference);
	return r;
}

int cg_subject_read(const char *reference, const struct cg_target *target, struct cg_subject *subject,
		    struct cg_err *err)
{
	int pid, r;

	subject->reference = cg_input_name(reference);
	subject->target = target;
	r = cg_subject_process(reference, false, &pid, err);
	if (r != 0)
		return r < 0 ? r : cg_subject_read_process(reference, pid, target, subject, err);
	r = cg_input_fetch(reference, &subject->input, err);
	if (r < 0)
		return r;
	if (is_raw_filter(&subject->input.text))
		return read_filter(subject, err);
	if (is_recording(&subject->input.text)) {
		subject->kind = CG_SUBJECT_RECORDING;
		return 0;
	}
	return read_profile(subject, err);
}

/* Threads of one process may have other filters each: then what is said is said of one. */
static int meaning_of_process(const struct cg_subject *subject, struct cg_meanings *meanings, uint32_t *ret_root,
			      struct cg_err *err)
{
	const struct cg_live *live = &subject->live;
	uint32_t root = 0, other;
	int r = cg_live_meaning(meanings, &live->stacks.items[0].stack, &root, err);

	for (size_t i = 1; i < live->stacks.n_items && r == 0; i++) {
		r = cg_live_meaning(meanings, &live->stacks.items[i].stack, &other, err);
		if (r == 0 && other != root) {
			cg_cli_say("%s: its threads differ: this is about thread %d; pid:%d is one that differs from it",
				   subject->reference, live->stacks.items[0].tids.items[0],
				   live->stacks.items[i].tids.items[0]);
			break;
		}
	}
	if (r == 0)
		*ret_root = root;
	return r;
}

struct cg_wanted cg_subject_wanted(const struct cg_subject *subject)
{
	return (struct cg_wanted){
		.policy = subject->input.policy, .in_force = subject->in_force, .engine = subject->target->engine
	};
}

static int find_meaning(const struct cg_subject *subject, struct cg_meanings *meanings, uint32_t *ret_root,
			struct cg_err *err)
{
	struct cg_wanted wanted;
	uint32_t root;
	int r;

	switch (subject->kind) {
	case CG_SUBJECT_PROFILE:
		wanted = cg_subject_wanted(subject);
		return cg_wanted_meaning(meanings, &wanted, ret_root, err);
	case CG_SUBJECT_FILTER:
		r = cg_meaning_of_filter(meanings, subject->filter, &root, err);
		return r < 0 ? r : cg_meaning_of_effect(meanings, root, ret_root, err);
	case CG_SUBJECT_PROCESS:
		return meaning_of_process(subject, meanings, ret_root, err);
	case CG_SUBJECT_RECORDING:
		break;
	}
	return cg_err_set(err, -EINVAL, NULL,
			  "this is a recording, which allows and denies nothing; make a profile of it with callgate "
			  "generate");
}

int cg_subject_meaning(const struct cg_subject *subject, struct cg_meanings *meanings, uint32_t *ret_root,
		       struct cg_err *err)
{
	int r = find_meaning(subject, meanings, ret_root, err);

	if (r < 0 && err && !err->place[0])
		snprintf(err->place, sizeof(err->place), "%s", subject->reference);
	return r;
}

int cg_subject_fail(const struct cg_err *err)
{
	int status = cg_cli_fail(err);

	return err->code == -EOVERFLOW ? CG_EXIT_CANNOT : status;
}

void cg_witness_json(struct cg_json_writer *json, const struct cg_witness *witness)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 }, a = { 0 }, b = { 0 };

	cg_call_format(&call, &witness->call);
	cg_action_format(&a, witness->a);
	cg_action_format(&b, witness->b);
	json->text->has_failed |= call.has_failed || a.has_failed || b.has_failed;
	cg_json_open_object(json, "witness");
	cg_json_string(json, "call", cg_text_get(&call));
	cg_json_string(json, "a", cg_text_get(&a));
	cg_json_string(json, "b", cg_text_get(&b));
	cg_json_close_object(json);
}

/* "x86_64 socket(AF_UNIX, 0, 0): a.json says ALLOW, b.json ERRNO(EPERM)". */
void cg_witness_say(struct cg_text *text, const struct cg_witness *witness, const char *a, const char *b)
{
	const struct cg_arch *arch = cg_arch_of_call(&witness->call);

	if (arch)
		cg_text_addf(text, "%s ", arch->name);
	cg_call_format(text, &witness->call);
	cg_text_addf(text, ": %s says ", a);
	cg_action_format(text, witness->a);
	cg_text_addf(text, ", %s ", b);
	cg_action_format(text, witness->b);
}

void cg_subject_done(struct cg_subject *subject)
{
	cg_input_done(&subject->input);
	subject->in_force = cg_policy_free(subject->in_force);
	subject->filter = cg_filter_free(subject->filter);
	cg_live_done(&subject->live);
}
