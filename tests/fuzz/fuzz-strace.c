/*
 * Fuzz target of the readers of logs.
 *
 * In: bytes; the first chooses format, arch, and whether the log is in two parts. Held: no crash, no leak; an error has
 * a place and a message; no more lines are unreadable than there are; what came of it can be written and read back.
 */
#include "learn/import.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_recording(const struct cg_recording *recording)
{
	struct cg_recording *again = NULL;
	struct cg_text text = { 0 };

	require(cg_recording_write(recording, &text) == 0);
	require(cg_recording_read("fuzz", cg_text_get(&text), text.length, &again, NULL) == 0);
	require(again->runs.n_items == 1);
	cg_recording_free(again);
	cg_text_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cg_arch *arches[] = { cg_arch_find("x86_64"), cg_arch_find("x86"), cg_arch_find("aarch64"),
					   cg_arch_find("s390x") };
	const struct cg_log_format *format;
	struct cg_log_part parts[2];
	struct cg_recording *recording = NULL;
	struct cg_import_report report;
	struct cg_err err = { 0 };
	size_t choice;
	int r;

	if (size == 0)
		return 0;
	choice = data[0] % (cg_n_log_formats + 1);
	format = choice < cg_n_log_formats ? cg_log_formats[choice] : NULL;
	parts[0] = (struct cg_log_part){ "fuzz", (const char *)data + 1, size - 1, 0 };
	if (data[0] & 0x80) {
		parts[0].length = (size - 1) / 2;
		parts[0].tid = 1;
		parts[1] =
			(struct cg_log_part){ "more", parts[0].bytes + parts[0].length, size - 1 - parts[0].length, 2 };
	}
	cg_import_is_split(parts[0].bytes, parts[0].length);
	r = cg_import_parts(parts, data[0] & 0x80 ? 2 : 1, format, arches[data[0] >> 4 & 3], &recording, &report, &err);
	if (r < 0) {
		require(err.code == r && err.message[0] && recording == NULL);
		return 0;
	}
	require(report.n_unreadable <= report.n_lines && report.n_shown <= report.n_unreadable);
	check_recording(recording);
	cg_recording_free(recording);
	return 0;
}
