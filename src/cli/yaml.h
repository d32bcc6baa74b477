/*
 * Profiles in YAML: Kubernetes keeps SeccompProfile resources so.
 *
 * In: YAML with the meaning of JSON: mappings, sequences, scalars; no tags, no aliases, one document. Out: the same as
 * JSON, each value on the line where it was, and as near to its column as JSON's quotes allow, so that whoever
 * reads it, with whichever engine's eyes, tells places in the file that the user has.
 */
#ifndef CG_CLI_YAML_H
#define CG_CLI_YAML_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>

#define CG_YAML_DEPTH_LIMIT 64

/* Does this look like YAML, and not like anything else that a profile can be? */
bool cg_yaml_is(const char *text);

/* Replaces the text. -EINVAL no such YAML, with its place; -E2BIG nested too deeply; -ENOMEM. */
int cg_yaml_to_json(const char *name, struct cg_text *text, struct cg_err *err);

#endif
