/*
 * A profile as strict JSON, tidy as hand-written ones are: keys in the order of the standard, a name a line, an
 * argument a line. The same profile gives the same bytes.
 *
 * In: a profile, read or built. Out: text that every engine reads: errno names become numbers (Docker does not know the
 * names), KILL_THREAD is called SCMP_ACT_KILL (Podman's check knows no other name for it), `name` becomes `names`.
 */
#include "abi/errnos.h"
#include "base/json_write.h"
#include "profile/profile.h"
#include "profile/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct writer {
	struct cg_json_writer json;
	const struct cg_profile *profile;
	const struct cg_target *target; /* plain OCI for this target; NULL: Docker's form */
};

static const char *action_name(uint32_t action)
{
	return (action & CG_ACTION_MASK) == CG_ACTION_KILL_THREAD ? "SCMP_ACT_KILL" : cg_action_row(action)->oci_name;
}

static void write_words(struct cg_json_writer *json, const char *key, const struct cg_profile_words *words)
{
	if (!words->n_items)
		return;
	cg_json_open_array(json, key);
	for (size_t i = 0; i < words->n_items; i++)
		cg_json_string(json, NULL, words->items[i].text);
	cg_json_close_array(json);
}

/* The number of errno and errnoRet, where the name beats the number. */
static int write_errno(struct cg_json_writer *json, const char *key, bool has_number, uint64_t number,
		       const struct cg_profile_word *name)
{
	unsigned int named;

	if (name->text && *name->text) {
		if (!cg_errno_find(name->text, &named))
			return -EINVAL;
		has_number = true;
		number = named;
	}
	if (has_number)
		cg_json_u64(json, key, number);
	return 0;
}

/* ---- rules */

/* arch:nr stands for a number without a name, which this format cannot say. */
static bool is_name(const struct cg_profile_word *name)
{
	return strchr(name->text, ':') == NULL;
}

static bool has_name(const struct cg_profile_rule *rule)
{
	for (size_t i = 0; i < rule->names.n_items; i++) {
		if (is_name(&rule->names.items[i]))
			return true;
	}
	return false;
}

static void write_names(struct cg_json_writer *json, const struct cg_profile_rule *rule)
{
	cg_json_open_array(json, "names");
	for (size_t i = 0; i < rule->names.n_items; i++) {
		if (is_name(&rule->names.items[i]))
			cg_json_string(json, NULL, rule->names.items[i].text);
	}
	cg_json_close_array(json);
}

static int write_args(struct cg_json_writer *json, const struct cg_profile_rule *rule)
{
	if (!rule->args.n_items)
		return 0;
	cg_json_open_array(json, "args");
	for (size_t i = 0; i < rule->args.n_items; i++) {
		const struct cg_profile_arg *arg = &rule->args.items[i];

		if (arg->bad_op.text)
			return -EINVAL;
		cg_json_open_inline_object(json, NULL);
		cg_json_u64(json, "index", arg->index);
		cg_json_u64(json, "value", arg->value);
		if (arg->op == CG_OP_MASKED_EQ || arg->value_two)
			cg_json_u64(json, "valueTwo", arg->value_two);
		cg_json_string(json, "op", cg_op_oci_name(arg->op));
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	return 0;
}

static void write_filter(struct cg_json_writer *json, const char *key, const struct cg_profile_filter *filter)
{
	char version[32] = "";

	if (!filter->arches.n_items && !filter->caps.n_items && !filter->has_min_kernel)
		return;
	cg_json_open_object(json, key);
	write_words(json, "arches", &filter->arches);
	write_words(json, "caps", &filter->caps);
	/* 0.0 can only be written as an empty string. */
	if (filter->min_kernel[0] || filter->min_kernel[1])
		snprintf(version, sizeof(version), "%u.%u", filter->min_kernel[0], filter->min_kernel[1]);
	if (filter->has_min_kernel)
		cg_json_string(json, "minKernel", version);
	cg_json_close_object(json);
}

static int write_rule(struct writer *writer, const struct cg_profile_rule *rule)
{
	struct cg_json_writer *json = &writer->json;
	int rc;

	if (rule->bad_action.text)
		return -EINVAL;
	cg_json_open_object(json, NULL);
	write_names(json, rule);
	cg_json_string(json, "action", action_name(rule->action));
	rc = write_errno(json, "errnoRet", rule->has_errno_ret, rule->errno_ret, &rule->errno_name);
	if (rc == 0)
		rc = write_args(json, rule);
	if (!writer->target) {
		if (rule->comment)
			cg_json_string(json, "comment", rule->comment);
		write_filter(json, "includes", &rule->includes);
		write_filter(json, "excludes", &rule->excludes);
	}
	cg_json_close_object(json);
	return rc;
}

static int write_rules(struct writer *writer)
{
	const struct cg_profile *profile = writer->profile;
	int rc = 0;

	cg_json_open_array(&writer->json, "syscalls");
	for (size_t i = 0; rc == 0 && i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];

		if (!has_name(rule) || (writer->target && !cg_profile_rule_applies(rule, writer->target)))
			continue;
		rc = write_rule(writer, rule);
	}
	cg_json_close_array(&writer->json);
	return rc;
}

/* ---- the document */

static void write_arch_map(struct cg_json_writer *json, const struct cg_profile *profile)
{
	if (!profile->arch_map.n_items)
		return;
	cg_json_open_array(json, "archMap");
	for (size_t i = 0; i < profile->arch_map.n_items; i++) {
		const struct cg_profile_arch_map *entry = &profile->arch_map.items[i];

		cg_json_open_object(json, NULL);
		cg_json_string(json, "architecture", entry->arch.text);
		cg_json_open_array(json, "subArchitectures");
		for (size_t k = 0; k < entry->sub_arches.n_items; k++)
			cg_json_string(json, NULL, entry->sub_arches.items[k].text);
		cg_json_close_array(json);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

/* Plain OCI: the entry of archMap for the target, spelt out. */
static void write_arch_entry(struct cg_json_writer *json, const struct cg_profile_arch_map *entry)
{
	cg_json_open_array(json, "architectures");
	cg_json_string(json, NULL, entry->arch.text);
	for (size_t i = 0; i < entry->sub_arches.n_items; i++)
		cg_json_string(json, NULL, entry->sub_arches.items[i].text);
	cg_json_close_array(json);
}

static void write_arches(struct writer *writer)
{
	const struct cg_profile_arch_map *entry;

	write_words(&writer->json, "architectures", &writer->profile->arches);
	if (!writer->target) {
		write_arch_map(&writer->json, writer->profile);
		return;
	}
	entry = cg_profile_arch_map_entry(writer->profile, writer->target);
	if (entry && !writer->profile->arches.n_items)
		write_arch_entry(&writer->json, entry);
}

static int write_document(struct writer *writer)
{
	const struct cg_profile *profile = writer->profile;
	struct cg_json_writer *json = &writer->json;
	int rc;

	if (!profile->has_default_action || profile->bad_default_action.text || profile->is_outline)
		return -EINVAL;
	cg_json_open_object(json, NULL);
	cg_json_string(json, "defaultAction", action_name(profile->default_action));
	rc = write_errno(json, "defaultErrnoRet", profile->has_default_errno_ret, profile->default_errno_ret,
			 &profile->default_errno_name);
	if (rc < 0)
		return rc;
	write_arches(writer);
	/* An empty list says something: no flag, not even those that a runtime sets by itself. */
	if (profile->has_flags && !profile->flags.n_items) {
		cg_json_open_array(json, "flags");
		cg_json_close_array(json);
	}
	write_words(json, "flags", &profile->flags);
	if (profile->listener_path)
		cg_json_string(json, "listenerPath", profile->listener_path);
	if (profile->listener_metadata)
		cg_json_string(json, "listenerMetadata", profile->listener_metadata);
	rc = write_rules(writer);
	cg_json_close_object(json);
	cg_text_add_char(json->text, '\n');
	return rc;
}

static int write_profile(const struct cg_profile *profile, const struct cg_target *target, struct cg_text *text)
{
	struct writer writer = { .json = { .text = text }, .profile = profile, .target = target };
	int rc = write_document(&writer);

	if (rc < 0)
		return rc;
	return text->has_failed ? -ENOMEM : 0;
}

int cg_profile_write(const struct cg_profile *profile, struct cg_text *text)
{
	return write_profile(profile, NULL, text);
}

int cg_profile_write_oci(const struct cg_profile *profile, const struct cg_target *target, struct cg_text *text)
{
	return write_profile(profile, target, text);
}
