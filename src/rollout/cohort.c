/*
 * Who is in a cohort, and what that means in a phase. See rollout.h.
 *
 * A percentage is of the hash of the rollout's name and the host's: the same hosts are in it as long as both names
 * stand, all of 10 % are in 25 %, and another rollout begins on other hosts.
 */
#include "check/sha256.h"
#include "rollout/rollout.h"

#include <stdlib.h>
#include <string.h>

bool cg_rollout_host_is_valid(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
	size_t length = strlen(host);

	return length > 0 && length <= CG_ROLLOUT_HOST_LIMIT && strspn(host, allowed) == length;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned int cg_rollout_bucket(const struct cg_rollout *rollout, const char *host)
{
	unsigned char digest[CG_SHA256_SIZE];
	struct cg_sha256 sha;
	uint64_t number = 0;

	cg_sha256_start(&sha);
	cg_sha256_add(&sha, rollout->name, strlen(rollout->name) + 1);
	for (const char *c = host; *c; c++) {
		char small = lower(*c);

		cg_sha256_add(&sha, &small, 1);
	}
	cg_sha256_end(&sha, digest);
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | digest[i];
	return (unsigned int)(number % 100);
}

static int compare_names(const void *left, const void *right)
{
	return strcasecmp(*(const char *const *)left, *(const char *const *)right);
}

bool cg_rollout_lists(const struct cg_rollout_hosts *hosts, const char *host)
{
	return hosts->n_items && bsearch(&host, hosts->items, hosts->n_items, sizeof(host), compare_names);
}

bool cg_rollout_has_host(const struct cg_rollout *rollout, const struct cg_rollout_cohort *cohort, const char *host)
{
	if (cohort->percent)
		return cg_rollout_bucket(rollout, host) < cohort->percent;
	return cg_rollout_lists(&cohort->hosts, host);
}

bool cg_rollout_enforces(const struct cg_rollout *rollout, size_t phase, const char *host)
{
	const struct cg_rollout_phase *now = &rollout->phases[phase];

	for (size_t i = 0; !now->enforces_all && i < rollout->n_cohorts; i++)
		if (now->enforces[i] && cg_rollout_has_host(rollout, &rollout->cohorts[i], host))
			return true;
	return now->enforces_all;
}

int cg_rollout_find_phase(const struct cg_rollout *rollout, const char *name)
{
	for (size_t i = 0; i < rollout->n_phases; i++)
		if (strcmp(rollout->phases[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool is_in_none(const struct cg_rollout *rollout, const char *host)
{
	for (size_t i = 0; i < rollout->n_cohorts; i++)
		if (cg_rollout_has_host(rollout, &rollout->cohorts[i], host))
			return false;
	return true;
}

static bool belongs(const struct cg_rollout *rollout, const struct cg_rollout_cohort *cohort, const char *host)
{
	return cohort ? cg_rollout_has_host(rollout, cohort, host) : is_in_none(rollout, host);
}

struct cg_rollout_standing cg_rollout_stand(const struct cg_rollout *rollout, size_t phase,
					    const struct cg_rollout_cohort *cohort,
					    const struct cg_rollout_facts *facts)
{
	const struct cg_rollout_phase *now = &rollout->phases[phase];
	struct cg_rollout_standing standing = { .is_enforced = now->enforces_all };
	/* Who is known by name only: the cohort's own list; for a percentage, and for the rest, all of the rollout's. */
	const struct cg_rollout_hosts *listed = cohort && !cohort->percent ? &cohort->hosts : &rollout->hosts;

	if (cohort && now->enforces[cohort - rollout->cohorts])
		standing.is_enforced = true;
	for (size_t i = 0; i < facts->hosts.n_items; i++) {
		const struct cg_rollout_host_fact *fact = &facts->hosts.items[i];

		if (!belongs(rollout, cohort, fact->name))
			continue;
		standing.n_hosts++;
		standing.n_reporting += fact->is_reporting;
		standing.n_violations += fact->n_violations;
	}
	for (size_t i = 0; i < listed->n_items; i++)
		standing.n_hosts += belongs(rollout, cohort, listed->items[i]) &&
				    !cg_rollout_fact_of(facts, listed->items[i]);
	return standing;
}
