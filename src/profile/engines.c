/*
 * The engines: one row for each reading of profiles that exists, and finding a row by name and version.
 *
 * What a row claims was either run (then `seen` begins with "run") or read in the engine's source. The bare name of an
 * engine means its first row, which is the one that was run. How to add an engine: one row here, one column in the test
 * of verdicts, and a branch only where it does what no row does yet.
 */
#include "profile/target.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>

/* Decoders: Go's encoding/json, and yajl behind libocispec. */
#define GO_JSON CG_TRAIT_FOLDS_KEYS
#define YAJL_JSON \
	(CG_TRAIT_FIRST_KEY_WINS | CG_TRAIT_SKIPS_WRONG_TYPES | CG_TRAIT_WRAPS_NEGATIVES | CG_TRAIT_REQUIRES_FIELDS | \
	 CG_TRAIT_READS_COMMENTS)

/* Managers: what they read of a profile before a runtime sees it. */
#define PLAIN_OCI (CG_TRAIT_READS_FLAGS | CG_TRAIT_READS_DEFAULT_ERRNO | CG_TRAIT_READS_LISTENER)
#define DOCKER_20_10 \
	(CG_TRAIT_READS_LEGACY_NAME | CG_TRAIT_REFUSES_BOTH_NAMES | CG_TRAIT_READS_CONDITIONS | \
	 CG_TRAIT_READS_MIN_KERNEL | CG_TRAIT_EMPTY_IS_UNCONFINED)
#define CONTAINERS_COMMON \
	(PLAIN_OCI | CG_TRAIT_READS_LEGACY_NAME | CG_TRAIT_REFUSES_BOTH_LATE | CG_TRAIT_READS_CONDITIONS | \
	 CG_TRAIT_READS_ERRNO_NAMES | CG_TRAIT_EMPTY_IS_UNCONFINED)

/* Runtimes. An empty profile is no filter to runc whoever stands before it. */
#define RUNC_1_2 \
	(CG_TRAIT_EMPTY_IS_UNCONFINED | CG_TRAIT_CHECKS_ALL_OPERATORS | CG_TRAIT_REFUSES_EMPTY_NAME | \
	 CG_TRAIT_REFUSES_LONE_NOTIFY | CG_TRAIT_LIBSECCOMP | CG_TRAIT_ENOSYS_STUB | CG_TRAIT_SETS_SPEC_ALLOW)
#define RUNC_1_1 ((RUNC_1_2 & ~(unsigned int)CG_TRAIT_SETS_SPEC_ALLOW) | CG_TRAIT_REFUSES_FLAGS)
#define CRUN \
	(CG_TRAIT_REFUSES_STRAY_ERRNO | CG_TRAIT_READS_SIX_ARGS | CG_TRAIT_READS_BARE_ARCHES | CG_TRAIT_LIBSECCOMP | \
	 CG_TRAIT_SETS_SPEC_ALLOW)

/* The document as written: whatever any engine gives a meaning is read, and every part of it has to make sense. */
#define AS_WRITTEN \
	(GO_JSON | CG_TRAIT_READS_COMMENTS | CG_TRAIT_READS_TRAILING_COMMAS | DOCKER_20_10 | CONTAINERS_COMMON | \
	 CG_TRAIT_CHECKS_ALL_OPERATORS | CG_TRAIT_STRICT)

static const char *const runc_1_1_lacks[] = {
	"loongarch64", "m68k", "parisc", "parisc64", "riscv64", "sh", "sheb", NULL,
};
static const char *const runc_1_2_lacks[] = { "m68k", "parisc", "parisc64", "sh", "sheb", NULL };
static const char *const libseccomp_2_5_lacks[] = { "loongarch64", "m68k", "sh", "sheb", NULL };

/*
 * Debian 12's libseccomp (2.5.4-1+deb12u1), asked for every name on x86_64, x86, x32, aarch64 and s390x: it knows all
 * calls of Linux 6.7, but for x32's map_shadow_stack, and none of 6.8 (statmount, listmount, lsm_*) or later.
 */
#define DEBIAN_12_CALLS "6.8"

/* Two tables of moby's disagree on these names, or lack them. */
static const char *const docker_misses[] = { "loongarch64", "mips", "mipsel", "riscv64", "x32", NULL };
static const char *const common_misses[] = {
	"arm", "loongarch64", "ppc", "ppc64", "ppc64le", "riscv64", "s390", "x32", "x86", NULL,
};

const struct cg_engine cg_engines[] = {
	{ "oci", "", "the document as written, no engine's", AS_WRITTEN & ~(unsigned int)CG_TRAIT_EMPTY_IS_UNCONFINED &
	  ~(unsigned int)CG_TRAIT_REFUSES_BOTH_LATE, NULL, NULL, NULL },

	{ "docker", "20.10", "run: 20.10.24 with runc 1.1.5", GO_JSON | DOCKER_20_10 | RUNC_1_1,
	  runc_1_1_lacks, docker_misses, DEBIAN_12_CALLS },
	{ "docker", "23.0", "source: moby 23.0, runc 1.2", GO_JSON | PLAIN_OCI | DOCKER_20_10 | RUNC_1_2,
	  runc_1_2_lacks, docker_misses, NULL },

	{ "podman", "4.3", "run: 4.3.1 with runc 1.1.5", GO_JSON | CONTAINERS_COMMON | RUNC_1_1,
	  runc_1_1_lacks, common_misses, DEBIAN_12_CALLS },
	{ "cri-o", "", "source: containers/common, runc 1.1", GO_JSON | CONTAINERS_COMMON | RUNC_1_1,
	  runc_1_1_lacks, common_misses, NULL },
	{ "containerd", "", "source: containerd's CRI plugin, runc 1.1", GO_JSON | PLAIN_OCI | RUNC_1_1,
	  runc_1_1_lacks, NULL, NULL },

	{ "runc", "1.1", "run: 1.1.5 with libseccomp 2.5.4", GO_JSON | PLAIN_OCI | RUNC_1_1, runc_1_1_lacks, NULL,
	  DEBIAN_12_CALLS },
	{ "runc", "1.2", "source: runc 1.2", GO_JSON | PLAIN_OCI | RUNC_1_2, runc_1_2_lacks, NULL, NULL },
	{ "crun", "1.8", "run: 1.8.1 with libseccomp 2.5.4", YAJL_JSON | PLAIN_OCI | CRUN,
	  libseccomp_2_5_lacks, NULL, DEBIAN_12_CALLS },
};
const size_t cg_n_engines = CG_N_ITEMS(cg_engines);

/* One decimal part of a version and the point behind it; false when there is no number. */
static bool next_part(const char **at, unsigned long *ret_part)
{
	size_t length = strspn(*at, "0123456789");

	*ret_part = 0;
	if (length == 0 || length > 9)
		return false;
	for (size_t i = 0; i < length; i++)
		*ret_part = *ret_part * 10 + (unsigned long)((*at)[i] - '0');
	*at += length;
	if (**at == '.' && (*at)[1])
		*at += 1;
	return true;
}

/* Is `version` as new as `least`, part by part ("20.10.24" against "20.10")? Missing parts are 0. */
static bool is_as_new(const char *version, const char *least)
{
	while (*least) {
		unsigned long have = 0, want = 0;

		if (!next_part(&least, &want))
			return false;
		next_part(&version, &have);
		if (have != want)
			return have > want;
	}
	return true;
}

/* "20", "20.10", "20.10.24", perhaps with a tail such as "+ds1" or "-rc.1" behind the numbers. */
static bool is_version(const char *text)
{
	unsigned long part;

	do {
		if (!next_part(&text, &part))
			return false;
	} while (text[-1] == '.');
	return *text == '\0' || strchr("+-~", *text);
}

const struct cg_engine *cg_engine_find(const char *name)
{
	size_t length = strcspn(name, "@");
	const char *version = name[length] ? name + length + 1 : NULL;
	const struct cg_engine *found = NULL;

	if (version && !is_version(version))
		return NULL;
	for (size_t i = 0; i < cg_n_engines; i++) {
		const struct cg_engine *row = &cg_engines[i];

		if (strlen(row->name) != length || memcmp(row->name, name, length) != 0)
			continue;
		if (!version)
			return row;
		if (is_as_new(version, row->version))
			found = row;
	}
	return found;
}

const char *cg_engine_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_engines; i++)
		cg_word_keep_nearest(name, cg_engines[i].name, &best);
	return best;
}

static bool has_arch(const char *const *names, const struct cg_arch *arch)
{
	for (size_t i = 0; names && names[i]; i++) {
		if (strcmp(names[i], arch->name) == 0)
			return true;
	}
	return false;
}

bool cg_engine_knows_call(const struct cg_engine *engine, const struct cg_arch *arch, const struct cg_syscall *call)
{
	if (!engine->calls_before)
		return true;
	if (arch->is_x32 && strcmp(call->name, "map_shadow_stack") == 0)
		return false;
	return !*call->since || !is_as_new(call->since, engine->calls_before);
}

bool cg_engine_lacks_arch(const struct cg_engine *engine, const struct cg_arch *arch)
{
	return has_arch(engine->lacks_arches, arch);
}

bool cg_engine_misses_arch_map(const struct cg_engine *engine, const struct cg_arch *native)
{
	return has_arch(engine->arch_map_misses, native);
}
