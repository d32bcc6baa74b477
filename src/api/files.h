/*
 * The files of a recording: which packages they are of, and whether they have changed since.
 *
 * In: a recording. Out: packages and versions filled in; or a finding for each file that is another now.
 */
#ifndef CG_API_FILES_H
#define CG_API_FILES_H

#include "base/err.h"
#include "base/notes.h"
#include "learn/recording.h"

#define CG_FILES_GONE_SHOWN 3 /* of files that are not there, by name */

/* Fills in package and version of the run's files, as this machine has them now. 0 or -ENOMEM. */
int cg_files_find_packages(struct cg_recording *recording, struct cg_run *run);

/*
 * Adds a finding recorded-changed (lint/kinds.h) for each file of which no run knows the build-id, or where that is
 * not known the package's version, that it has on this machine now; and one note for all that are not here. A file that
 * changed between two runs counts by the later ones as well: recorded again, it is no finding. 0 or -ENOMEM.
 */
int cg_files_note_changes(const struct cg_recording *recording, struct cg_notes *notes, struct cg_err *err);

#endif
