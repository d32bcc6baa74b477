/*
 * SHA-256 (FIPS 180-4) of bytes that come in pieces. For check/ and rollout/.
 */
#ifndef CG_CHECK_SHA256_H
#define CG_CHECK_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define CG_SHA256_SIZE 32

struct cg_sha256 {
	uint32_t state[8];
	uint64_t n_bytes;
	unsigned char block[64];
};

void cg_sha256_start(struct cg_sha256 *sha);
void cg_sha256_add(struct cg_sha256 *sha, const void *bytes, size_t n_bytes);
void cg_sha256_end(struct cg_sha256 *sha, unsigned char ret_digest[CG_SHA256_SIZE]);

#endif
