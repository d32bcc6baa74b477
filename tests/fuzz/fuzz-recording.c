/*
 * Fuzz target of the reader, writer and merger of recordings.
 *
 * In: bytes. Held: no crash, no leak; an error has a place and a message; what was read is written, read again and
 * written to the same bytes; merging with itself or into nothing changes nothing.
 */
#include "learn/recording.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct cg_recording *read_recording(const char *bytes, size_t length)
{
	struct cg_recording *recording = NULL;
	struct cg_err err = { 0 };
	int r = cg_recording_read("fuzz", bytes, length, &recording, &err);

	require(r == 0 ? recording != NULL : err.code == r && err.message[0] && recording == NULL);
	return recording;
}

static char *write_recording(const struct cg_recording *recording)
{
	struct cg_text text = { 0 };

	require(cg_recording_write(recording, &text) == 0);
	return cg_text_steal(&text);
}

static void check_merge(const struct cg_recording *recording, const char *written)
{
	struct cg_recording *merged = cg_recording_new();
	struct cg_summary summary;
	char *again;

	require(merged && cg_recording_merge(merged, recording, NULL) == 0);
	require(cg_recording_merge(merged, recording, NULL) == 0);
	again = write_recording(merged);
	require(again && strcmp(again, written) == 0);
	free(again);
	require(cg_recording_summarise(merged, &summary) == 0);
	cg_summary_done(&summary);
	cg_recording_free(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cg_recording *first = read_recording((const char *)data, size), *second;
	char *written, *again;

	if (!first)
		return 0;
	written = write_recording(first);
	require(written != NULL);
	second = read_recording(written, strlen(written));
	require(second != NULL);
	again = write_recording(second);
	require(again && strcmp(written, again) == 0);
	check_merge(first, written);
	free(written);
	free(again);
	cg_recording_free(first);
	cg_recording_free(second);
	return 0;
}
