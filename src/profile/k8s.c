/*
 * See k8s.h. The OCI form is written and read by others; here trees of JSON are turned into each other.
 */
#include "profile/k8s.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "base/num.h"

#include <errno.h>
#include <string.h>

#define NAME_LENGTH 253 /* of an object in Kubernetes: a DNS subdomain, RFC 1123 */

/* The file's name without folder and ending, in the letters that a name may have. */
static void add_name(struct cg_text *text, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strcspn(base, ".");

	for (size_t i = 0; i < length && i < NAME_LENGTH; i++) {
		char c = base[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			cg_text_add_char(text, c);
		else if (text->length && text->data[text->length - 1] != '-' && i + 1 < length)
			cg_text_add_char(text, '-');
	}
	if (text->length == 0)
		cg_text_add(text, "profile");
}

static void write_rule(struct cg_json_writer *json, const struct cg_json *rule)
{
	cg_json_open_object(json, NULL);
	for (const struct cg_json *member = rule->first; member; member = member->next) {
		if (strcmp(member->key, "errnoRet") == 0)
			cg_json_string(json, member->key, member->text);
		else
			cg_json_value(json, member->key, member);
	}
	cg_json_close_object(json);
}

static void write_spec(struct cg_json_writer *json, const struct cg_json *root)
{
	cg_json_open_object(json, "spec");
	for (const struct cg_json *member = root->first; member; member = member->next) {
		if (strcmp(member->key, "defaultErrnoRet") == 0)
			continue;
		if (strcmp(member->key, "syscalls") != 0) {
			cg_json_value(json, member->key, member);
			continue;
		}
		cg_json_open_array(json, member->key);
		for (const struct cg_json *rule = member->first; rule; rule = rule->next)
			write_rule(json, rule);
		cg_json_close_array(json);
	}
	cg_json_close_object(json);
}

static void write_resource(const char *name, const struct cg_json *root, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "apiVersion", "security-profiles-operator.x-k8s.io/v1beta1");
	cg_json_string(&json, "kind", "SeccompProfile");
	cg_json_open_object(&json, "metadata");
	cg_json_string(&json, "name", name);
	cg_json_close_object(&json);
	write_spec(&json, root);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

int cg_k8s_write(const struct cg_profile *profile, const struct cg_target *target, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text oci = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_json *root;
	int r = cg_profile_write_oci(profile, target, &oci);

	if (r == 0)
		r = cg_json_read(&arena, profile->name, cg_text_get(&oci), oci.length, 0, &root, NULL);
	if (r == 0) {
		add_name(&name, profile->name);
		write_resource(cg_text_get(&name), root, text);
		r = text->has_failed || name.has_failed ? -ENOMEM : 0;
	}
	cg_arena_done(&arena);
	return r;
}

/* The errors of rules, from text to numbers. Whatever else they are, the reader of profiles judges. */
static void unwrap_errors(const struct cg_json *rules)
{
	for (struct cg_json *rule = rules ? rules->first : NULL; rule; rule = rule->next) {
		for (struct cg_json *member = rule->first; member; member = member->next) {
			uint64_t number;

			if (!member->key || strcmp(member->key, "errnoRet") != 0 || member->kind != CG_JSON_STRING ||
			    !cg_num_parse_decimal(member->text, 0, UINT32_MAX, &number))
				continue;
			member->kind = CG_JSON_NUMBER;
			member->is_integer = true;
			member->number = number;
		}
	}
}

int cg_k8s_unwrap(const char *name, struct cg_json **root, struct cg_err *err)
{
	const struct cg_json *kind = cg_json_get(*root, "kind"), *base;
	struct cg_json *spec = NULL;

	if (!kind || kind->kind != CG_JSON_STRING || strcmp(kind->text, "SeccompProfile") != 0)
		return 0;
	for (struct cg_json *member = (*root)->first; member; member = member->next)
		if (strcmp(member->key, "spec") == 0)
			spec = member;
	if (!spec || spec->kind != CG_JSON_OBJECT)
		return cg_json_err(err, -EINVAL, name, *root, "a SeccompProfile without a \"spec\"");
	base = cg_json_get(spec, "baseProfileName");
	if (base && base->kind == CG_JSON_STRING && base->text_length)
		return cg_json_err(err, -EINVAL, name, base,
				   "this is united with another resource, \"%.100s\"; unite them first: callgate merge --union",
				   base->text);
	unwrap_errors(cg_json_get(spec, "syscalls"));
	*root = spec;
	return 0;
}
