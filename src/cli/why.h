/*
 * The pieces of `callgate why`: what was denied last, as far as anything here remembers it.
 *
 * In: whom it is about and where to look. Out: violations of all sources, joined and grouped (why_events.c), found by
 * looking (why_sources.c), judged against a profile or a live filter (why_judge.c), told (why_say.c, why_json.c).
 */
#ifndef CG_CLI_WHY_H
#define CG_CLI_WHY_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "check/check.h"
#include "cli/cli.h"
#include "cli/proposal.h"
#include "event/violation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_WHY_EVENTS_LIMIT 32768           /* violations kept one by one, the newest; twice as many for moments */
#define CG_WHY_KINDS_LIMIT 4096             /* told apart; what is of further kinds is only counted */
#define CG_WHY_WORDS_LIMIT ((size_t)64 << 20) /* bytes of names; beyond it new ones are left out */
#define CG_WHY_LOG_LIMIT ((size_t)64 << 20)   /* bytes of what journalctl writes */
#define CG_WHY_FILE_LIMIT ((size_t)1 << 30)   /* bytes of one log */
#define CG_WHY_PROCESSES_LIMIT 65536        /* of one container or unit */
#define CG_WHY_SHOWN 10

/* ---- whom it is about */

enum cg_why_whose {
	CG_WHY_ALL,
	CG_WHY_PROCESS,
	CG_WHY_CONTAINER,
	CG_WHY_UNIT,
};

struct cg_why_scope {
	enum cg_why_whose whose;
	const char *reference; /* as given: "container:web" */
	const char *name;      /* behind the colon; of a unit with its suffix */
	int pid;               /* PROCESS */
	char id[80];           /* of the container, where it runs */
	CG_VEC(int) pids;      /* that are in the container or unit now */
	struct cg_err absence; /* why there are none, if so */
};

/* False: `reference` is none of pid:, container:, unit:. */
bool cg_why_scope_of(const char *reference, struct cg_why_scope *ret_scope);
void cg_why_scope_done(struct cg_why_scope *scope);

/* Does it belong there? -1: nobody can tell (a log that names no container, a process that is gone). */
int cg_why_is_within(const struct cg_why_scope *scope, const struct cg_violation *violation);

/* ---- violations */

/* What is the same for people: the newest of them, and how many. */
struct cg_why_kind {
	struct cg_violation newest;
	uint64_t n;
	uint64_t first_ns;
};

/* Start with {0}; end with cg_why_events_done(). */
struct cg_why_events {
	const struct cg_why_scope *scope;
	uint64_t since_ns;
	struct cg_arena arena;
	struct cg_map words;
	struct cg_map keys; /* to the indices of kinds */
	CG_VEC(struct cg_violation) list;
	CG_VEC(struct cg_why_kind) kinds; /* by cg_why_group(): the newest first */
	uint64_t n_unplaced; /* whose they are could not be told */
	uint64_t n_older;    /* of kinds beyond those that are told apart */
};

/* Copies it, if it is of the span and the scope: 1, else 0. -ENOMEM. */
int cg_why_keep(struct cg_why_events *events, const struct cg_violation *violation);

/* Tells what two sources saw once, then puts together what is the same. 0 or -ENOMEM. */
int cg_why_group(struct cg_why_events *events);
void cg_why_events_done(struct cg_why_events *events);

/* ---- where they are looked for */

enum cg_why_look {
	CG_WHY_LOOKED,
	CG_WHY_ABSENT, /* there is no such thing here */
	CG_WHY_FAILED, /* there is, and it could not be read */
};

struct cg_why_source {
	const char *kind;  /* "history", "audit.log", "journal", "kmsg", "log", "live" */
	char place[256];   /* a path, a command */
	enum cg_why_look look;
	struct cg_err err; /* of ABSENT and FAILED */
	uint64_t n_found;
	uint64_t n_lost;   /* known to be lacking in it */
	bool has_unknown_loss;
	bool is_cut;       /* the older part was not read */
	uint64_t oldest_ns; /* how far back it goes, as far as its violations show; 0: none was there at all */
	bool has_nobody;   /* a history in whose span nobody watched */
	const char *misses; /* what it cannot have seen, or NULL */
};

/* Of every log of the kernel's. */
extern const char cg_why_kernel_misses[];

struct cg_why_sources {
	CG_VEC(struct cg_why_source) list;
};

struct cg_why_request {
	const char *history; /* --history, or NULL */
	const struct cg_args *args; /* for --log, which repeats */
	uint64_t live_ms;    /* 0: not */
	bool is_chosen;      /* only what was named, not all that this machine has */
};

/* 0; an error of memory, or of a history or log that was named: -ENOENT, -EINVAL, …, with its place. */
int cg_why_look(const struct cg_why_request *request, struct cg_why_events *events, struct cg_why_sources *sources,
		struct cg_err *err);

/* why_live.c: for so long, by all sources of the monitor. Errors end up in the source. 0 or -ENOMEM. */
int cg_why_look_live(uint64_t ms, struct cg_why_events *events, struct cg_why_sources *sources);

/* Looks at a log by its lines; a violation as JSON is a line too. 0 or -ENOMEM; other failures are in the source. */
int cg_why_read_text(struct cg_why_events *events, struct cg_why_source *source, const char *bytes, size_t length);
int cg_why_read_file(struct cg_why_events *events, struct cg_why_source *source, const char *path);

/* What keeps violations of this machine from any log, a sentence each, appended as lines. */
void cg_why_say_machine(const struct cg_why_sources *sources, struct cg_text *lines);

/* ---- what is to be said of a kind */

struct cg_why_judge {
	const struct cg_target *target;
	const char *profile; /* a reference, or NULL: then the live process is asked */
	struct cg_proposal original; /* of the profile: as it is */
};

/* Start with {0}; end with cg_why_judgement_done(). */
struct cg_why_judgement {
	struct cg_text where;   /* what decided, lines */
	struct cg_text risk;    /* what allowing it would open, lines */
	struct cg_text cves;    /* names of vulnerabilities, a blank between */
	struct cg_text remark;  /* of the edit, or why there is none, lines */
	struct cg_text diff;
};

int cg_why_judge(const struct cg_why_judge *judge, const struct cg_why_kind *kind, struct cg_why_judgement *judgement,
		 struct cg_err *err);
void cg_why_judgement_done(struct cg_why_judgement *judgement);

/* ---- telling it */

struct cg_why_answer {
	const struct cg_why_scope *scope;
	const struct cg_why_events *events;
	const struct cg_why_sources *sources;
	const struct cg_why_judgement *judgements; /* of the first n_judged kinds */
	size_t n_judged;
	const struct cg_text *machine; /* lines of cg_why_say_machine() */
	const char *profile;           /* its name, or NULL */
};

void cg_why_say(const struct cg_why_answer *answer, struct cg_text *text);
void cg_why_write_json(const struct cg_why_answer *answer, struct cg_text *text);

#endif
