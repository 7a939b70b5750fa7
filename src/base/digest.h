/*
 * Digests.  SHA-256 comes from libcrypto and identifies messages; CRC-32C is
 * ours and tells a torn or damaged journal line.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/*
 * Octets that are kept of a SHA-256: the first 16.  A second message with the
 * same 128 bits cannot be made, and a million journal lines stay half as long.
 */
#define DIGEST_LEN	16

struct digest;

struct digest	*digest_new(void);		/* ready for digest_add */
void		 digest_free(struct digest *d);	/* NULL is allowed */
void		 digest_reset(struct digest *d);
void		 digest_add(struct digest *d, const void *data, size_t len);

/*
 * Writes the digest of all that was added since the start or reset; a reset
 * comes next.  A libcrypto that cannot do SHA-256 ends the process.
 */
void		 digest_end(struct digest *d, uint8_t out[DIGEST_LEN]);

/*
 * CRC-32C (Castagnoli, RFC 3720 B.4).  seed is 0 for the first octets, or the
 * result so far: crc32c(crc32c(0, a), b) == crc32c(0, ab).
 */
uint32_t	 crc32c(uint32_t seed, const void *data, size_t len);

#endif
