/*
 * Delivered messages whose UIDs are gone, by size and header and by digest.
 */
#include "mail/remap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "mail/journal.h"
#include "mail/plan.h"
#include "mail/sort.h"

struct key {
	uint64_t	 size;
	uint8_t		 digest[DIGEST_LEN];
	uint32_t	 slot;
	uint32_t	 skip;		/* of the first of some that are equal:
					   so many from here on are taken */
};

struct remap {
	uint32_t	*entries;	/* by slot */
	bool		*taken;		/* by slot */
	size_t		 n, left;
	struct key	*heads, *wholes;	/* in order */
	uint8_t		 nothing[DIGEST_LEN];	/* of no octets */
};

/* By what is looked for. */
static int
compare_key(const struct key *k, uint64_t size,
    const uint8_t digest[DIGEST_LEN])
{
	return k->size != size ? sort_compare(k->size, size) :
	    memcmp(k->digest, digest, DIGEST_LEN);
}

static int
by_key(const void *a, const void *b)
{
	const struct key *y = b;

	return compare_key(a, y->size, y->digest);
}

static void
set_key(struct key *k, uint32_t slot, uint64_t size, const uint8_t *digest)
{
	k->slot = slot;
	k->size = size;
	memcpy(k->digest, digest, DIGEST_LEN);
}

static bool
is_missing(const struct journal *j, uint32_t n)
{
	const struct journal_entry *e = journal_get(j, n);
	size_t len;

	(void)journal_uid(j, n, &len);
	return e->state == JOURNAL_DELIVERED && e->vanished != 0 &&
	    !e->dele_sent && len > 0;
}

/* Which entries are missing; their number is set. */
static bool *
find_missing(struct remap *r, const struct journal *j, const struct plan *p)
{
	bool *missing = mem_array(journal_count(j), sizeof(*missing));
	size_t k;
	uint32_t i;

	for (i = 0; i < journal_count(j); i++)
		missing[i] = is_missing(j, i);
	for (k = 0; k < p->n; k++) {
		if (p->items[k].entry != JOURNAL_NONE)
			missing[p->items[k].entry] = false;
	}
	for (i = 0; i < journal_count(j); i++)
		r->n += missing[i];
	return missing;
}

static void
add_entries(struct remap *r, const struct journal *j, const struct plan *p)
{
	bool *missing = find_missing(r, j, p);
	const struct journal_entry *e;
	uint32_t i, slot;

	r->left = r->n;
	r->entries = mem_array(r->n, sizeof(*r->entries));
	r->taken = mem_array(r->n, sizeof(*r->taken));
	r->heads = mem_array(r->n, sizeof(*r->heads));
	r->wholes = mem_array(r->n, sizeof(*r->wholes));
	for (i = slot = 0; slot < r->n; i++) {
		if (!missing[i])
			continue;
		e = journal_get(j, i);
		set_key(&r->heads[slot], slot, e->size, e->head);
		set_key(&r->wholes[slot], slot, e->octets, e->digest);
		r->entries[slot++] = i;
	}
	free(missing);
}

struct remap *
remap_new(const struct journal *j, const struct plan *p, struct err *err)
{
	struct remap *r = mem_alloc(sizeof(*r));
	struct digest *d = digest_new();

	digest_end(d, r->nothing);
	digest_free(d);
	add_entries(r, j, p);
	if (sort_stable(r->heads, r->n, sizeof(*r->heads), by_key, err) == -1 ||
	    sort_stable(r->wholes, r->n, sizeof(*r->wholes), by_key, err) ==
	    -1) {
		remap_free(r);
		return NULL;
	}
	return r;
}

void
remap_free(struct remap *r)
{
	if (r == NULL)
		return;
	free(r->entries);
	free(r->taken);
	free(r->heads);
	free(r->wholes);
	free(r);
}

size_t
remap_count(const struct remap *r)
{
	return r->left;
}

static uint32_t
take(struct remap *r, uint32_t slot)
{
	r->taken[slot] = true;
	r->left--;
	return r->entries[slot];
}

/* The first of the keys that are not smaller. */
static size_t
lower_bound(const struct key *keys, size_t n, uint64_t size,
    const uint8_t digest[DIGEST_LEN])
{
	size_t lo = 0, mid;

	while (lo < n) {
		mid = lo + (n - lo) / 2;
		if (compare_key(&keys[mid], size, digest) < 0)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

static uint32_t
find(struct remap *r, struct key *keys, uint64_t size,
    const uint8_t digest[DIGEST_LEN])
{
	size_t first = lower_bound(keys, r->n, size, digest), i;

	if (first == r->n)
		return JOURNAL_NONE;
	for (i = first + keys[first].skip; i < r->n &&
	    compare_key(&keys[i], size, digest) == 0; i++) {
		keys[first].skip = (uint32_t)(i + 1 - first);
		if (!r->taken[keys[i].slot])
			return take(r, keys[i].slot);
	}
	return JOURNAL_NONE;
}

uint32_t
remap_by_head(struct remap *r, uint64_t size, const uint8_t head[DIGEST_LEN])
{
	if (memcmp(head, r->nothing, DIGEST_LEN) == 0)
		return JOURNAL_NONE;
	return find(r, r->heads, size, head);
}

uint32_t
remap_by_digest(struct remap *r, uint64_t octets,
    const uint8_t digest[DIGEST_LEN])
{
	return find(r, r->wholes, octets, digest);
}
