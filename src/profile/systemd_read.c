/*
 * See systemd.h. A unit's settings as a profile.
 *
 * Settings are taken in their order, as systemd does: the first list says whether it lists what is allowed or, with ~,
 * what is refused; later ones add to it, and those of the other kind take away. An empty one starts anew.
 */
#include "profile/systemd.h"

#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "profile/say.h"

#include <errno.h>
#include <string.h>

/* A call of the list. */
struct entry {
	const char *name;
	uint32_t action; /* where it is refused; ALLOW: as the list says */
};

struct unit {
	struct cg_profile *profile;
	const struct cg_target *target;
	struct cg_notes *notes;
	struct cg_err *err;
	struct cg_profile_word at; /* the line */
	bool has_list;
	bool is_allow_list;
	uint32_t error; /* of SystemCallErrorNumber=; KILL_PROCESS by default */
	CG_VEC(struct entry) entries;
};

bool cg_systemd_is(const char *bytes, size_t length)
{
	static const char setting[] = "SystemCall";
	size_t at = 0;

	while (at < length && (bytes[at] == '#' || bytes[at] == ';' || bytes[at] == '\n' || bytes[at] == ' ')) {
		const char *end = bytes[at] == '#' || bytes[at] == ';' ? memchr(bytes + at, '\n', length - at) : NULL;

		at = end ? (size_t)(end - bytes) + 1 : bytes[at] == '#' || bytes[at] == ';' ? length : at + 1;
	}
	if (at + 1 < length && bytes[at] == '[')
		return bytes[at + 1] >= 'A' && bytes[at + 1] <= 'Z';
	return length - at >= sizeof(setting) - 1 && memcmp(bytes + at, setting, sizeof(setting) - 1) == 0;
}

static int parse_error(struct unit *unit, const char *word, uint32_t *ret_action)
{
	char quoted[CG_QUOTE_SIZE];
	unsigned int number;
	uint64_t wide;

	if (strcmp(word, "kill") == 0) {
		*ret_action = CG_ACTION_KILL_PROCESS;
		return 0;
	}
	if (cg_errno_find(word, &number))
		wide = number;
	else if (!cg_num_parse_decimal(word, 0, 4095, &wide))
		return cg_profile_fail(unit->err, -EINVAL, unit->profile, &unit->at, "\"%s\" is no error number",
				       cg_profile_quote(quoted, word));
	*ret_action = cg_action_errno((uint32_t)wide);
	return 0;
}

static void remove_entry(struct unit *unit, const char *name)
{
	size_t n_left = 0;

	for (size_t i = 0; i < unit->entries.n_items; i++)
		if (strcmp(unit->entries.items[i].name, name) != 0)
			unit->entries.items[n_left++] = unit->entries.items[i];
	unit->entries.n_items = n_left;
}

static int put_entry(struct unit *unit, const char *name, uint32_t action, bool adds)
{
	const struct cg_syscall *call = cg_syscall_find(name);
	char quoted[CG_QUOTE_SIZE];

	/* As systemd does: a name that it does not know is told and passed over. */
	if (!call)
		return cg_profile_note(unit->notes, CG_SEVERITY_WARNING, "unknown-call", &unit->at,
				       "correct the name", "there is no call \"%s\"", cg_profile_quote(quoted, name));
	remove_entry(unit, call->name);
	if (!adds)
		return 0;
	if (unit->entries.n_items >= CG_SYSTEMD_WORDS_LIMIT)
		return cg_profile_fail(unit->err, -E2BIG, unit->profile, &unit->at, "more than %d calls",
				       CG_SYSTEMD_WORDS_LIMIT);
	return cg_vec_push(&unit->entries, (struct entry){ call->name, action });
}

static int put_default_set(struct unit *unit, uint32_t action, bool adds)
{
	int r = 0;

	for (size_t i = 0; r == 0 && cg_systemd_default_set[i]; i++)
		if (cg_syscall_find(cg_systemd_default_set[i]))
			r = put_entry(unit, cg_systemd_default_set[i], action, adds);
	return r;
}

/* "read", "mount:EPERM", "@default". */
static int take_call(struct unit *unit, char *word, bool adds)
{
	char quoted[CG_QUOTE_SIZE], *colon = strchr(word, ':');
	uint32_t action = CG_ACTION_ALLOW;
	int r = 0;

	if (colon) {
		*colon = '\0';
		r = parse_error(unit, colon + 1, &action);
	}
	if (r < 0)
		return r;
	if (strcmp(word, "@default") == 0)
		return put_default_set(unit, action, adds);
	if (word[0] == '@')
		return cg_profile_fail(unit->err, -EINVAL, unit->profile, &unit->at,
				       "what is in %s depends on the version of systemd; write its calls instead, as "
				       "systemd-analyze syscall-filter %s lists them",
				       cg_profile_quote(quoted, word), quoted);
	return put_entry(unit, word, action, adds);
}

static int take_filter(struct unit *unit, char *value)
{
	bool is_refusal = value[0] == '~';
	char *word;
	int r = 0;

	value += is_refusal;
	if (!*value && !is_refusal) {
		unit->has_list = false;
		unit->entries.n_items = 0;
		return 0;
	}
	if (!unit->has_list) {
		unit->has_list = true;
		unit->is_allow_list = !is_refusal;
		if (unit->is_allow_list)
			r = put_default_set(unit, CG_ACTION_ALLOW, true);
	}
	while (r == 0 && (word = strsep(&value, " \t")))
		if (*word)
			r = take_call(unit, word, is_refusal != unit->is_allow_list);
	return r;
}

static int take_arches(struct unit *unit, char *value)
{
	char quoted[CG_QUOTE_SIZE], *word;
	int r = 0;

	while (r == 0 && (word = strsep(&value, " \t"))) {
		const struct cg_arch *arch =
			strcmp(word, "native") == 0 ? unit->target->arch : cg_systemd_arch_find(word);

		if (*word && !arch)
			return cg_profile_fail(unit->err, -EINVAL, unit->profile, &unit->at,
					       "\"%s\" is no architecture", cg_profile_quote(quoted, word));
		if (*word)
			r = cg_profile_add_arch(unit->profile, arch);
	}
	return r;
}

static int note_left_out(struct unit *unit, const char *key)
{
	static const char *const keys[] = { "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
					    "RestrictSUIDSGID",	       "SystemCallLog",	     "MemoryDenyWriteExecute",
					    "LockPersonality",	       "ProtectClock",	     "ProtectKernelModules" };

	for (size_t i = 0; i < CG_N_ITEMS(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return cg_profile_note(unit->notes, CG_SEVERITY_WARNING, "unit-setting", &unit->at,
					       "reckon with a unit that refuses more",
					       "%s= is a filter of its own beside this one, and not read", key);
	return 0;
}

static int take_setting(struct unit *unit, char *line)
{
	char *value = strchr(line, '='), *end = value;

	if (!value)
		return 0;
	*value++ = '\0';
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	value += strspn(value, " \t");
	if (strcmp(line, "SystemCallFilter") == 0)
		return take_filter(unit, value);
	if (strcmp(line, "SystemCallArchitectures") == 0)
		return take_arches(unit, value);
	if (strcmp(line, "SystemCallErrorNumber") == 0)
		return *value ? parse_error(unit, value, &unit->error) : 0;
	return note_left_out(unit, line);
}

static int take_lines(struct unit *unit, char *text)
{
	uint32_t number = 1;
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n"))) {
		size_t length = strlen(line);

		unit->at = (struct cg_profile_word){ .line = number, .column = 1 };
		/* A line that ends with a backslash goes on in the next. */
		while (length && line[length - 1] == '\\' && text) {
			line[length - 1] = ' ';
			line[length] = ' ';
			strsep(&text, "\n");
			length = strlen(line);
			number++;
		}
		while (length && (line[length - 1] == ' ' || line[length - 1] == '\r' || line[length - 1] == '\t'))
			line[--length] = '\0';
		line += strspn(line, " \t");
		if (*line && *line != '#' && *line != ';' && *line != '[')
			r = take_setting(unit, line);
		number++;
	}
	return r;
}

/* A rule for each action that entries have. */
static int add_rules(struct unit *unit)
{
	for (size_t i = 0; i < unit->entries.n_items; i++) {
		const struct entry *first = &unit->entries.items[i];
		struct cg_profile_rule *rule;
		uint32_t action = first->action;
		bool is_done = false;

		for (size_t k = 0; !is_done && k < i; k++)
			is_done = unit->entries.items[k].action == first->action;
		if (is_done)
			continue;
		if (action == CG_ACTION_ALLOW && !unit->is_allow_list)
			action = unit->error;
		rule = cg_profile_add_rule(unit->profile, action);
		for (size_t k = i; rule && k < unit->entries.n_items; k++)
			if (unit->entries.items[k].action == first->action &&
			    cg_profile_add_name(unit->profile, rule, unit->entries.items[k].name) < 0)
				return -ENOMEM;
		if (!rule)
			return -ENOMEM;
	}
	return 0;
}

static int read_unit(struct unit *unit, const char *bytes, size_t length)
{
	char *text;
	int r;

	if (length > CG_PROFILE_SIZE_LIMIT)
		return cg_profile_fail(unit->err, -E2BIG, unit->profile, NULL, "%zu bytes, and a profile has at most %zu MiB",
				       length, CG_PROFILE_SIZE_LIMIT >> 20);
	text = cg_arena_copy(&unit->profile->arena, bytes, length);
	r = text ? take_lines(unit, text) : -ENOMEM;
	if (r == 0 && !unit->has_list)
		return cg_profile_fail(unit->err, -EINVAL, unit->profile, NULL, "this unit has no SystemCallFilter=");
	if (r == 0 && unit->profile->arches.n_items == 0)
		r = cg_profile_add_arch(unit->profile, unit->target->arch);
	cg_profile_set_default(unit->profile, unit->is_allow_list ? unit->error : CG_ACTION_ALLOW);
	return r < 0 ? r : add_rules(unit);
}

int cg_systemd_read(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    struct cg_notes *notes, struct cg_profile **ret_profile, struct cg_err *err)
{
	struct unit unit = { .profile = cg_profile_new(name), .target = target, .notes = notes, .err = err,
			     .error = CG_ACTION_KILL_PROCESS };
	int r = unit.profile ? read_unit(&unit, bytes, length) : -ENOMEM;

	cg_vec_done(&unit.entries);
	if (r < 0) {
		cg_profile_free(unit.profile);
		return r == -ENOMEM ? cg_err_memory(err) : r;
	}
	*ret_profile = unit.profile;
	return 0;
}
