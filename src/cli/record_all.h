/*
 * record --all-containers: a recording of each container that runs, and of each that begins meanwhile.
 */
#ifndef CG_CLI_RECORD_ALL_H
#define CG_CLI_RECORD_ALL_H

#include "api/record.h"

#define CG_RECORD_ALL_LIMIT 32 /* containers at once: each has programs and maps of its own in the kernel */

/*
 * Until options->duration_ms have passed, or a signal asks us to end: FOLDER/ENGINE-ID.json for each, written when the
 * container ends or we do. A container that was recorded there before has its run added. An exit status; what went
 * wrong is told.
 */
int cg_record_all(const struct cg_record_options *options, const char *folder);

/* What stands in the file, if there is one, added to the recording (NULL: only read). 0 or a negative errno. */
int cg_record_add_existing(const char *path, struct cg_recording *recording, struct cg_err *err);

#endif
