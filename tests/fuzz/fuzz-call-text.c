/*
 * Fuzz target of the texts that abi/ reads: calls, values, actions, errors, arches.
 *
 * In: bytes; the first chooses the arch, and whether messages are asked for. Held: no crash, no leak; an error always
 * has a place and a message; a call that was read is printed, and what was printed is read as a call of the same arch
 * and number.
 */
#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/errnos.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* An error's message costs a search for the nearest name: only some runs ask for it. */
static void try_call(const struct cg_arch *arch, const char *text, bool with_message)
{
	struct cg_call call, again;
	struct cg_err err = { 0 };
	struct cg_text printed = { 0 };
	int rc = cg_call_parse(arch, text, &call, with_message ? &err : NULL);

	if (rc < 0) {
		require(!with_message || (err.code == rc && err.place[0] != '\0' && err.message[0] != '\0'));
		return;
	}
	cg_call_format(&printed, &call);
	require(!printed.has_failed);
	require(cg_call_parse(cg_arch_of_call(&call), cg_text_get(&printed), &again, &err) == 0);
	require(again.arch == call.arch && again.nr == call.nr);
	cg_text_done(&printed);
}

static void try_words(const char *text, bool with_message)
{
	struct cg_text printed = { 0 };
	uint32_t action, again;
	unsigned int number;

	if (cg_action_parse(text, &action)) {
		cg_action_format(&printed, action);
		require(cg_action_parse(cg_text_get(&printed), &again) && again == action);
	}
	cg_text_done(&printed);
	if (cg_errno_find(text, &number))
		require(number <= CG_ERRNO_MAX);
	cg_arch_find(text);
	if (with_message) {
		cg_arch_suggest(text);
		cg_action_suggest_oci(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cg_arch *arch;
	uint64_t value;
	char *text;

	if (size == 0)
		return 0;
	arch = &cg_arches[data[0] % cg_n_arches];
	text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	try_call(arch, text, data[0] >= 240);
	try_words(text, data[0] >= 240);
	cg_call_parse_value(arch, (const char *)data + 1, size - 1, &value, NULL);
	free(text);
	return 0;
}
