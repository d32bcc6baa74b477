/*
 * Filling a struct cg_err. See err.h for the convention.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>

int cg_err_set(struct cg_err *err, int code, const char *place, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;

	/* The place may be the place already in *err (adding a message to it): do not copy onto itself. */
	if (place != err->place)
		snprintf(err->place, sizeof(err->place), "%s", place ? place : "");

	err->code = code;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

int cg_err_memory(struct cg_err *err)
{
	return cg_err_set(err, -ENOMEM, NULL, "out of memory");
}

void cg_err_place(char *ret_place, const char *file, unsigned int line, unsigned int column)
{
	if (line == 0)
		snprintf(ret_place, CG_ERR_PLACE_SIZE, "%s", file);
	else if (column == 0)
		snprintf(ret_place, CG_ERR_PLACE_SIZE, "%s:%u", file, line);
	else
		snprintf(ret_place, CG_ERR_PLACE_SIZE, "%s:%u:%u", file, line, column);
}
