/*
 * Machines that have no i386 and x32 calls.
 */
#include "os/probe_rows.h"

void cg_probe_i386(struct cg_feature_answer *answer)
{
	cg_probe_no(answer, "", "this machine is no x86_64");
}

void cg_probe_x32(struct cg_feature_answer *answer)
{
	cg_probe_no(answer, "", "this machine is no x86_64");
}
