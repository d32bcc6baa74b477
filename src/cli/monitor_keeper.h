/*
 * The options of `callgate monitor` that concern its keeper and its history, for cmd_monitor.c.
 */
#ifndef CG_CLI_MONITOR_KEEPER_H
#define CG_CLI_MONITOR_KEEPER_H

#include "cli/cli.h"
#include "history/history.h"
#include "monitor/keeper.h"

#define CG_MONITOR_KEEPER_OPTIONS \
	{ "history", 0, "FILE", "keep violations in this database, or read it (" CG_HISTORY_DEFAULT ")", 0 }, \
	{ "keep-for", 0, "TIME", "how long violations are kept (90d)", 0 }, \
	{ "keep-bytes", 0, "SIZE", "how large the history may become (256M)", 0 }, \
	{ "listen", 0, "ADDR:PORT", "serve /metrics, /healthz, /api/violations (repeatable)", CG_OPTION_REPEATS, \
	  "127.0.0.1:9464 [::1]:9464" }, \
	{ "textfile", 0, "FILE", "write the metrics there too, for node_exporter", 0 }, \
	{ "metric-prefix", 0, "NAME", "begin the names of metrics with NAME_", 0 }, \
	{ "rollout", 0, "FILE", "publish the phase of this rollout's state (repeatable)", CG_OPTION_REPEATS }, \
	{ "user", 0, "NAME", "whom the keeper runs as, where callgate is root (nobody)", 0 }, \
	{ "unconfined", 0, NULL, "load no seccomp filters into the monitor itself", 0 }

#define CG_MONITOR_QUERY_OPTIONS \
	{ "query", 0, NULL, "print what the history holds, and end", 0 }, \
	{ "since", 0, "TIME", "query: from then on: 2h, 7d, or 2026-11-22T06:00:00Z", 0 }, \
	{ "until", 0, "TIME", "query: until then", 0 }, \
	{ "call", 0, "NAME", "query: only this call", 0 }, \
	{ "action", 0, "NAME", "query: only this action: ERRNO, KILL_PROCESS, LOG, …", 0 }, \
	{ "unique", 0, NULL, "query: each once, with its count", 0 }, \
	{ "limit", 0, "N", "query: the N newest", 0 }

/* Starts the keeper if an option asks for one (*ret_keeper is NULL else). 0, or an exit status after having printed why not. */
int cg_monitor_keeper_start(const struct cg_args *args, struct cg_keeper **ret_keeper);

/* At the end: says on standard error what was not kept. An exit status: CANNOT where something was not. */
int cg_monitor_keeper_finish(struct cg_keeper *keeper);

/*
 * After all is set up: with a keeper, as a service, this process gives up what it does not need any more (capabilities,
 * calls), unless --unconfined.
 */
int cg_monitor_confine(const struct cg_args *args);

/* `callgate monitor --query`; takes --json, --container, --unit, --pid and --profile as well. An exit status. */
int cg_monitor_query(const struct cg_args *args);

#endif
