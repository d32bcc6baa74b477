/*
 * callgate: the native API, all of it. Link with `pkg-config --libs callgate`.
 */
#ifndef CALLGATE_H
#define CALLGATE_H

#include "callgate/call.h"   /* one system call, as a filter sees it */
#include "callgate/err.h"    /* how a failure is told */
#include "callgate/load.h"   /* put a policy, a profile or strict mode in force */
#include "callgate/policy.h" /* make a policy, call by call */
#include "callgate/trap.h"   /* say what a filter has trapped */

#endif
