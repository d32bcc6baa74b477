/*
 * Reading a profile: JSON to struct cg_profile, as the target's engine reads it.
 *
 * In: bytes and an engine. Out: a profile, or the first error. The grammar stands in five tables, one for each kind of
 * object (OCI runtime-spec, config-linux.md, and what Docker and Podman add to it); read.c walks an object's members
 * by its table. The file is read from its end: the profile, its rules, their conditions, their arguments.
 * A word that is no action, operator or architecture is no error here: see profile.h.
 */
#include "base/cleanup.h"
#include "profile/k8s.h"
#include "profile/read.h"
#include "profile/words.h"

#include <errno.h>

/* ---- arguments of a rule */

static int read_arg_index(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_arg *arg = object;
	uint64_t index = 0;
	int rc = cg_reader_u32(reader, value, &index);

	arg->index = index < UINT32_MAX ? (uint32_t)index : UINT32_MAX;
	return rc;
}

static int read_arg_value(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_u64_wrapping(reader, value, &((struct cg_profile_arg *)object)->value);
}

static int read_arg_value_two(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_u64_wrapping(reader, value, &((struct cg_profile_arg *)object)->value_two);
}

static int read_arg_op(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_arg *arg = object;
	int rc = cg_reader_word(reader, value, &arg->bad_op);

	if (rc == 0 && cg_op_find_oci(arg->bad_op.text, &arg->op))
		arg->bad_op.text = NULL;
	return rc;
}

static const struct cg_field arg_fields[] = {
	{ "index", CG_JSON_NUMBER, 0, false, read_arg_index },
	{ "value", CG_JSON_NUMBER, 0, false, read_arg_value },
	{ "valueTwo", CG_JSON_NUMBER, 0, false, read_arg_value_two },
	{ "op", CG_JSON_STRING, 0, true, read_arg_op },
};

/* ---- conditions */

static int read_filter_arches(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_words(reader, value, &((struct cg_profile_filter *)object)->arches);
}

static int read_filter_caps(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_words(reader, value, &((struct cg_profile_filter *)object)->caps);
}

/* "4.8": two decimal numbers up to 255, not both 0; "" is 0.0, which every kernel has reached. */
static int read_min_kernel(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_filter *filter = object;
	char quoted[CG_QUOTE_SIZE];
	const char *text = NULL;
	int rc = cg_reader_text(reader, value, &text);

	if (rc < 0)
		return rc;
	filter->has_min_kernel = true;
	filter->min_kernel[0] = filter->min_kernel[1] = 0;
	if (*text && !cg_min_kernel_parse(text, filter->min_kernel))
		return cg_reader_fail(reader, value, "minKernel \"%s\" is no kernel version such as \"4.8\"",
				      cg_profile_quote(quoted, text));
	return 0;
}

static const struct cg_field filter_fields[] = {
	{ "arches", CG_JSON_ARRAY, 0, false, read_filter_arches },
	{ "caps", CG_JSON_ARRAY, 0, false, read_filter_caps },
	{ "minKernel", CG_JSON_STRING, CG_TRAIT_READS_MIN_KERNEL, false, read_min_kernel },
};

/* ---- rules */

static int read_rule_name(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_rule *rule = object;

	return cg_reader_word(reader, value, &rule->legacy_name);
}

static int read_rule_names(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_words(reader, value, &((struct cg_profile_rule *)object)->names);
}

static int read_rule_action(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_rule *rule = object;
	const struct cg_action_row *row;
	int rc = cg_reader_word(reader, value, &rule->bad_action);

	if (rc < 0)
		return rc;
	row = cg_action_find_oci(rule->bad_action.text);
	if (row) {
		rule->action = row->value;
		rule->bad_action.text = NULL;
	}
	return 0;
}

static int read_rule_errno_ret(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_rule *rule = object;

	rule->has_errno_ret = true;
	return cg_reader_u32(reader, value, &rule->errno_ret);
}

static int read_rule_errno(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_word(reader, value, &((struct cg_profile_rule *)object)->errno_name);
}

static int read_rule_args(struct cg_reader *reader, const struct cg_json *array, void *object)
{
	struct cg_profile_rule *rule = object;

	rule->args.n_items = 0;
	for (const struct cg_json *item = array->first; item; item = item->next) {
		struct cg_profile_arg arg = { .line = item->line,
					      .column = item->column,
					      .bad_op = { "", item->line, item->column } };
		int rc;

		if (item->kind != CG_JSON_OBJECT)
			return cg_reader_fail(reader, item, "%s where an object with index, value and op must be",
					      cg_json_kind_name(item));
		rc = cg_reader_object(reader, arg_fields, CG_N_ITEMS(arg_fields), item, &arg);
		if (rc < 0)
			return rc;
		if (cg_vec_push(&rule->args, arg) < 0)
			return cg_reader_fail_memory(reader);
	}
	return 0;
}

static int read_rule_comment(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_text(reader, value, &((struct cg_profile_rule *)object)->comment);
}

static int read_rule_includes(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_rule *rule = object;

	return cg_reader_object(reader, filter_fields, CG_N_ITEMS(filter_fields), value, &rule->includes);
}

static int read_rule_excludes(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile_rule *rule = object;

	return cg_reader_object(reader, filter_fields, CG_N_ITEMS(filter_fields), value, &rule->excludes);
}

static const struct cg_field rule_fields[] = {
	{ "names", CG_JSON_ARRAY, 0, true, read_rule_names },
	{ "name", CG_JSON_STRING, CG_TRAIT_READS_LEGACY_NAME, false, read_rule_name },
	{ "action", CG_JSON_STRING, 0, true, read_rule_action },
	{ "errnoRet", CG_JSON_NUMBER, 0, false, read_rule_errno_ret },
	{ "errno", CG_JSON_STRING, CG_TRAIT_READS_ERRNO_NAMES, false, read_rule_errno },
	{ "args", CG_JSON_ARRAY, 0, false, read_rule_args },
	{ "comment", CG_JSON_STRING, CG_TRAIT_READS_CONDITIONS, false, read_rule_comment },
	{ "includes", CG_JSON_OBJECT, CG_TRAIT_READS_CONDITIONS, false, read_rule_includes },
	{ "excludes", CG_JSON_OBJECT, CG_TRAIT_READS_CONDITIONS, false, read_rule_excludes },
};

/* Old profiles have `name` with one call where today's have `names`. */
static int adopt_legacy_name(struct cg_reader *reader, struct cg_profile_rule *rule)
{
	if (!rule->legacy_name.text || !*rule->legacy_name.text)
		return 0;
	rule->has_both_names = rule->names.n_items != 0;
	if (rule->has_both_names)
		return 0;
	return cg_vec_push(&rule->names, rule->legacy_name) < 0 ? cg_reader_fail_memory(reader) : 0;
}

static int read_rules(struct cg_reader *reader, const struct cg_json *array, void *object)
{
	struct cg_profile *profile = object;

	cg_profile_clear_rules(profile);
	for (const struct cg_json *item = array->first; item; item = item->next) {
		struct cg_profile_rule *rule = cg_profile_add_rule(profile, CG_ACTION_KILL_THREAD);
		int rc;

		if (!rule)
			return cg_reader_fail_memory(reader);
		rule->line = item->line;
		rule->column = item->column;
		rule->bad_action = (struct cg_profile_word){ "", item->line, item->column };
		if (item->kind != CG_JSON_OBJECT)
			return cg_reader_fail(reader, item, "%s where a rule, an object, must be",
					      cg_json_kind_name(item));
		rc = cg_reader_object(reader, rule_fields, CG_N_ITEMS(rule_fields), item, rule);
		if (rc == 0)
			rc = adopt_legacy_name(reader, rule);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the profile */

static int read_default_action(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile *profile = object;
	const struct cg_action_row *row;
	struct cg_profile_word word = { 0 };
	int rc = cg_reader_word(reader, value, &word);

	if (rc < 0)
		return rc;
	row = cg_action_find_oci(word.text);
	profile->default_action_place = word;
	profile->has_default_action = *word.text != '\0';
	profile->bad_default_action = word;
	if (row) {
		profile->default_action = row->value;
		profile->bad_default_action.text = NULL;
	}
	return 0;
}

static int read_default_errno_ret(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile *profile = object;

	profile->has_default_errno_ret = true;
	profile->default_errno_place = (struct cg_profile_word){ .line = value->line, .column = value->column };
	return cg_reader_u32(reader, value, &profile->default_errno_ret);
}

static int read_default_errno(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_word(reader, value, &((struct cg_profile *)object)->default_errno_name);
}

static int read_arches(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_words(reader, value, &((struct cg_profile *)object)->arches);
}

static int read_map_arch(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_word(reader, value, &((struct cg_profile_arch_map *)object)->arch);
}

static int read_map_sub_arches(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_words(reader, value, &((struct cg_profile_arch_map *)object)->sub_arches);
}

static const struct cg_field arch_map_fields[] = {
	{ "architecture", CG_JSON_STRING, 0, false, read_map_arch },
	{ "subArchitectures", CG_JSON_ARRAY, 0, false, read_map_sub_arches },
};

static int read_arch_map(struct cg_reader *reader, const struct cg_json *array, void *object)
{
	struct cg_profile *profile = object;

	cg_profile_clear_arch_map(profile);
	for (const struct cg_json *item = array->first; item; item = item->next) {
		struct cg_profile_arch_map entry = { .arch = { "", item->line, item->column } };
		int rc;

		if (item->kind != CG_JSON_OBJECT)
			return cg_reader_fail(reader, item,
					      "%s where an object with architecture and subArchitectures must be",
					      cg_json_kind_name(item));
		if (cg_vec_push(&profile->arch_map, entry) < 0)
			return cg_reader_fail_memory(reader);
		rc = cg_reader_object(reader, arch_map_fields, CG_N_ITEMS(arch_map_fields), item,
				      &profile->arch_map.items[profile->arch_map.n_items - 1]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_flags(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	struct cg_profile *profile = object;

	profile->has_flags = true;
	return cg_reader_words(reader, value, &profile->flags);
}

static int read_listener_path(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_text(reader, value, &((struct cg_profile *)object)->listener_path);
}

static int read_listener_metadata(struct cg_reader *reader, const struct cg_json *value, void *object)
{
	return cg_reader_text(reader, value, &((struct cg_profile *)object)->listener_metadata);
}

static const struct cg_field profile_fields[] = {
	{ "defaultAction", CG_JSON_STRING, 0, true, read_default_action },
	{ "defaultErrnoRet", CG_JSON_NUMBER, CG_TRAIT_READS_DEFAULT_ERRNO, false, read_default_errno_ret },
	{ "defaultErrno", CG_JSON_STRING, CG_TRAIT_READS_ERRNO_NAMES, false, read_default_errno },
	{ "architectures", CG_JSON_ARRAY, 0, false, read_arches },
	{ "archMap", CG_JSON_ARRAY, CG_TRAIT_READS_CONDITIONS, false, read_arch_map },
	{ "flags", CG_JSON_ARRAY, CG_TRAIT_READS_FLAGS, false, read_flags },
	{ "listenerPath", CG_JSON_STRING, CG_TRAIT_READS_LISTENER, false, read_listener_path },
	{ "listenerMetadata", CG_JSON_STRING, CG_TRAIT_READS_LISTENER, false, read_listener_metadata },
	{ "syscalls", CG_JSON_ARRAY, 0, false, read_rules },
};

static unsigned int json_options(const struct cg_engine *engine)
{
	if (!cg_engine_has(engine, CG_TRAIT_READS_COMMENTS))
		return 0;
	return cg_engine_has(engine, CG_TRAIT_READS_TRAILING_COMMAS) ? CG_JSON_COMMENTS :
								       CG_JSON_COMMENTS | CG_JSON_STRICT_COMMAS;
}

static int read_profile(struct cg_reader *reader, const char *bytes, size_t length)
{
	struct cg_profile *profile = reader->profile;
	struct cg_json *root;
	int rc;

	if (length > CG_PROFILE_SIZE_LIMIT)
		return cg_profile_fail(reader->err, -E2BIG, profile, NULL,
				       "%zu bytes, and a profile has at most %zu MiB", length,
				       CG_PROFILE_SIZE_LIMIT >> 20);
	rc = cg_json_read(&profile->arena, profile->name, bytes, length, json_options(reader->engine), &root,
			  reader->err);
	if (rc < 0)
		return rc;
	if (root->kind == CG_JSON_OBJECT)
		rc = cg_k8s_unwrap(profile->name, &root, reader->err);
	if (rc < 0)
		return rc;
	if (root->kind != CG_JSON_OBJECT)
		return cg_reader_fail(reader, root, "%s, and a profile is an object: { \"defaultAction\": ... }",
				      cg_json_kind_name(root));
	return cg_reader_object(reader, profile_fields, CG_N_ITEMS(profile_fields), root, profile);
}

int cg_profile_read(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    struct cg_notes *notes, struct cg_profile **ret_profile, struct cg_err *err)
{
	struct cg_reader reader = { .engine = target->engine, .notes = notes, .err = err };
	int rc;

	reader.profile = cg_profile_new(name);
	if (!reader.profile)
		return cg_err_memory(err);
	rc = read_profile(&reader, bytes, length);
	if (rc < 0) {
		cg_profile_free(reader.profile);
		return rc;
	}
	*ret_profile = reader.profile;
	return 0;
}
