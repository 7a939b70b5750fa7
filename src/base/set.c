/*
 * The string set: one block of octets, and an open-addressing table whose
 * slots hold part of the hash, so that growing never hashes a string again
 * and a probe rarely looks at one.
 */
#include "config.h"

#include "base/set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SET_SLOTS	64	/* at first; always a power of two */
#define SET_ENDS	32
#define SET_BLOCK	1024

struct slot {
	uint32_t	hash;
	uint32_t	n1;		/* the string's number + 1; 0: empty */
};

struct set {
	uint8_t		*block;		/* the strings, end to end */
	size_t		 used;
	size_t		 size;
	size_t		*ends;		/* string n ends there */
	uint32_t	 count;
	uint32_t	 max;		/* room in ends */
	struct slot	*slots;
	size_t		 nslots;
	uint64_t	 key[2];
};

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
sip_rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static uint64_t
sip_le64(const uint8_t *p, size_t n)
{
	uint64_t x;

	for (x = 0; n > 0; n--)
		x = x << 8 | p[n - 1];
	return x;
}

static void
sip_rounds(struct sip *s, int n)
{
	for (; n > 0; n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = sip_rotl(s->v1, 13) ^ s->v0;
		s->v3 = sip_rotl(s->v3, 16) ^ s->v2;
		s->v0 = sip_rotl(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = sip_rotl(s->v1, 17) ^ s->v2;
		s->v3 = sip_rotl(s->v3, 21) ^ s->v0;
		s->v2 = sip_rotl(s->v2, 32);
	}
}

static void
sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_rounds(s, 2);
	s->v0 ^= m;
}

static uint64_t
sip_hash(const uint64_t key[2], const uint8_t *p, size_t len)
{
	struct sip s;
	uint64_t last;

	s.v0 = key[0] ^ 0x736f6d6570736575U;
	s.v1 = key[1] ^ 0x646f72616e646f6dU;
	s.v2 = key[0] ^ 0x6c7967656e657261U;
	s.v3 = key[1] ^ 0x7465646279746573U;
	last = (uint64_t)len << 56;
	for (; len >= 8; len -= 8, p += 8)
		sip_word(&s, sip_le64(p, 8));
	sip_word(&s, last | sip_le64(p, len));
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

struct set *
set_new(void)
{
	struct set *s;

	s = mem_alloc(sizeof(*s));
	s->size = SET_BLOCK;
	s->block = mem_alloc(s->size);
	s->max = SET_ENDS;
	s->ends = mem_array(s->max, sizeof(*s->ends));
	s->nslots = SET_SLOTS;
	s->slots = mem_array(s->nslots, sizeof(*s->slots));
	arc4random_buf(s->key, sizeof(s->key));
	return s;
}

void
set_free(struct set *s)
{
	if (s == NULL)
		return;
	free(s->block);
	free(s->ends);
	free(s->slots);
	free(s);
}

uint32_t
set_count(const struct set *s)
{
	return s->count;
}

const uint8_t *
set_get(const struct set *s, uint32_t n, size_t *len)
{
	size_t start;

	start = n == 0 ? 0 : s->ends[n - 1];
	*len = s->ends[n] - start;
	return s->block + start;
}

static bool
set_is(const struct set *s, uint32_t n, const void *data, size_t len)
{
	const uint8_t *p;
	size_t have;

	p = set_get(s, n, &have);
	return have == len && (len == 0 || memcmp(p, data, len) == 0);
}

/* The slot that holds the string, or the empty one where it belongs. */
static struct slot *
set_slot(const struct set *s, uint32_t hash, const void *data, size_t len)
{
	struct slot *slot;
	size_t i;

	for (i = hash & (s->nslots - 1);; i = (i + 1) & (s->nslots - 1)) {
		slot = &s->slots[i];
		if (slot->n1 == 0 || (slot->hash == hash &&
		    set_is(s, slot->n1 - 1, data, len)))
			return slot;
	}
}

static void
set_rehash(struct set *s)
{
	struct slot *old;
	size_t i, k, n;

	old = s->slots;
	n = s->nslots;
	s->nslots = 2 * n;
	s->slots = mem_array(s->nslots, sizeof(*s->slots));
	for (i = 0; i < n; i++) {
		if (old[i].n1 == 0)
			continue;
		k = old[i].hash & (s->nslots - 1);
		while (s->slots[k].n1 != 0)
			k = (k + 1) & (s->nslots - 1);
		s->slots[k] = old[i];
	}
	free(old);
}

/* Makes room for one more string of len octets. */
static void
set_room(struct set *s, size_t len)
{
	size_t size;

	if (s->count == s->max) {
		s->ends = mem_grow(s->ends, s->max, 2 * (size_t)s->max,
		    sizeof(*s->ends));
		s->max *= 2;
	}
	if (s->size - s->used < len) {
		size = 2 * s->size + len;
		s->block = mem_grow(s->block, s->size, size, 1);
		s->size = size;
	}
	/* Probes stay short while a quarter is empty. */
	if (s->count >= s->nslots / 4 * 3)
		set_rehash(s);
}

static uint32_t
set_hash(const struct set *s, const void *data, size_t len)
{
	return (uint32_t)sip_hash(s->key, data, len);
}

uint32_t
set_add(struct set *s, const void *data, size_t len)
{
	struct slot *slot;
	uint32_t hash;

	set_room(s, len);
	hash = set_hash(s, data, len);
	slot = set_slot(s, hash, data, len);
	if (slot->n1 != 0)
		return slot->n1 - 1;
	if (len > 0)
		memcpy(s->block + s->used, data, len);
	s->used += len;
	s->ends[s->count] = s->used;
	slot->hash = hash;
	slot->n1 = ++s->count;
	return s->count - 1;
}

uint32_t
set_find(const struct set *s, const void *data, size_t len)
{
	const struct slot *slot;

	slot = set_slot(s, set_hash(s, data, len), data, len);
	return slot->n1 == 0 ? SET_NONE : slot->n1 - 1;
}
