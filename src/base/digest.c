/*
 * SHA-256 by libcrypto, CRC-32C by table.
 */
#include "base/digest.h"

#include <openssl/evp.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#define CRC_POLY	0x82f63b78U	/* Castagnoli, bits reversed */

struct digest {
	EVP_MD_CTX	*ctx;
};

/* As in mem.c: a libcrypto without SHA-256 is not to be expected. */
static void
digest_must(bool ok)
{
	if (ok)
		return;
	log_error("out of memory, or libcrypto has no SHA-256");
	_exit(ERR_TEMP);
}

/* Looking it up by name costs more than hashing a small message. */
static const EVP_MD *
digest_md(void)
{
	static EVP_MD *md;

	if (md == NULL) {
		/* Without it EVP_MD_fetch would fail by a null pointer. */
		digest_must(OSSL_LIB_CTX_get0_global_default() != NULL);
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
		digest_must(md != NULL);
	}
	return md;
}

struct digest *
digest_new(void)
{
	struct digest *d;

	d = mem_alloc(sizeof(*d));
	digest_must((d->ctx = EVP_MD_CTX_new()) != NULL);
	digest_reset(d);
	return d;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void
digest_reset(struct digest *d)
{
	digest_must(EVP_DigestInit_ex2(d->ctx, digest_md(), NULL) == 1);
}

void
digest_add(struct digest *d, const void *data, size_t len)
{
	digest_must(EVP_DigestUpdate(d->ctx, data, len) == 1);
}

void
digest_end(struct digest *d, uint8_t out[DIGEST_LEN])
{
	uint8_t whole[EVP_MAX_MD_SIZE];

	digest_must(EVP_DigestFinal_ex(d->ctx, whole, NULL) == 1);
	memcpy(out, whole, DIGEST_LEN);
}

/*
 * Eight octets a step: row k has the effect of an octet that stands k places
 * before the last one.
 */
static uint32_t crc_table[8][256];

static void
crc_init(void)
{
	uint32_t c, i;
	int k;

	for (i = 0; i < 256; i++) {
		c = i;
		for (k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? CRC_POLY : 0);
		crc_table[0][i] = c;
	}
	for (i = 0; i < 256; i++)
		for (k = 1; k < 8; k++) {
			c = crc_table[k - 1][i];
			crc_table[k][i] = c >> 8 ^ crc_table[0][c & 0xff];
		}
}

static uint32_t
crc_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

uint32_t
crc32c(uint32_t seed, const void *data, size_t len)
{
	uint32_t (*const t)[256] = crc_table;
	const uint8_t *p = data;
	uint32_t a, b, c;

	if (t[0][1] == 0)
		crc_init();
	c = ~seed;
	for (; len >= 8; len -= 8, p += 8) {
		a = c ^ crc_le32(p);
		b = crc_le32(p + 4);
		c = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^
		    t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^
		    t[3][b & 0xff] ^ t[2][b >> 8 & 0xff] ^
		    t[1][b >> 16 & 0xff] ^ t[0][b >> 24];
	}
	for (; len > 0; len--, p++)
		c = c >> 8 ^ t[0][(c ^ *p) & 0xff];
	return ~c;
}
