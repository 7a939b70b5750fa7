/*
 * Server listing x journal x options -> what to do with each message.
 */
#include "mail/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "mail/journal.h"

#define FIRST_LINES	256
#define FIRST_OCTETS	8192

struct uid_line {
	uint32_t	num;
	uint32_t	len;
	size_t		at;		/* in the octets */
};

struct size_line {
	uint32_t	num;
	uint64_t	size;
};

struct listing {
	struct uid_line	*uids;
	size_t		 nuids, capuids;
	bool		 uids_unsorted;
	struct size_line *sizes;
	size_t		 nsizes, capsizes;
	bool		 sizes_unsorted;
	uint8_t		*octets;
	size_t		 noctets, capoctets;
};

/*
 * A copy of a known UID: one that is listed, or one that was delivered.  Both
 * kinds, in order, are matched with each other.
 */
struct copy {
	uint32_t	uid;		/* the journal's number of it */
	uint32_t	index;		/* of the item, or of the entry */
	uint64_t	size;
};

struct copies {
	struct copy	*v;
	size_t		 n;
};

struct listing *
listing_new(void)
{
	return mem_alloc(sizeof(struct listing));
}

void
listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	free(l->uids);
	free(l->sizes);
	free(l->octets);
	free(l);
}

/* Makes room for more behind the n of a vector. */
static void *
room(void *vector, size_t n, size_t more, size_t first, size_t *cap,
    size_t size)
{
	size_t old = *cap;

	if (n + more <= old)
		return vector;
	*cap = old == 0 ? first : 2 * old;
	if (*cap < n + more)
		*cap = n + more;
	return mem_grow(vector, old, *cap, size);
}

static int
check_line(uint32_t num, size_t lines, const char *list, struct err *err)
{
	if (num == 0)
		return err_set(err, ERR_PROTOCOL,
		    "the server lists a message number 0 (%s)", list);
	if (lines >= LISTING_MAX)
		return err_set(err, ERR_PROTOCOL,
		    "the server lists more than %u messages (%s)",
		    LISTING_MAX, list);
	return 0;
}

int
listing_uid(struct listing *l, uint32_t num, const void *uid, size_t len,
    struct err *err)
{
	struct uid_line *u;

	if (check_line(num, l->nuids, "UIDL", err) == -1)
		return -1;
	if (len > LISTING_UID_MAX || len > LISTING_OCTETS_MAX - l->noctets)
		return err_set(err, ERR_PROTOCOL,
		    "the server's UIDs are too long (message %u)", num);
	if (l->nuids > 0 && num < l->uids[l->nuids - 1].num)
		l->uids_unsorted = true;
	l->uids = room(l->uids, l->nuids, 1, FIRST_LINES, &l->capuids,
	    sizeof(*l->uids));
	l->octets = room(l->octets, l->noctets, len, FIRST_OCTETS,
	    &l->capoctets, 1);
	u = &l->uids[l->nuids++];
	u->num = num;
	u->len = (uint32_t)len;
	u->at = l->noctets;
	if (len > 0)
		memcpy(l->octets + u->at, uid, len);
	l->noctets += len;
	return 0;
}

int
listing_size(struct listing *l, uint32_t num, uint64_t size, struct err *err)
{
	struct size_line *s;

	if (check_line(num, l->nsizes, "LIST", err) == -1)
		return -1;
	if (l->nsizes > 0 && num < l->sizes[l->nsizes - 1].num)
		l->sizes_unsorted = true;
	l->sizes = room(l->sizes, l->nsizes, 1, FIRST_LINES, &l->capsizes,
	    sizeof(*l->sizes));
	s = &l->sizes[l->nsizes++];
	s->num = num;
	s->size = size;
	return 0;
}

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_uid_num(const void *a, const void *b)
{
	const struct uid_line *x = a, *y = b;

	return compare(x->num, y->num);
}

static int
by_size_num(const void *a, const void *b)
{
	const struct size_line *x = a, *y = b;

	return compare(x->num, y->num);
}

static int
by_copy(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	return x->uid != y->uid ? compare(x->uid, y->uid) :
	    x->size != y->size ? compare(x->size, y->size) :
	    compare(x->index, y->index);
}

/*
 * mergesort(3) keeps the order of equals, takes what is in order already in one
 * walk, and no server can choose numbers that make it slow.
 */
static int
sort(void *v, size_t n, size_t size, int (*cmp)(const void *, const void *),
    struct err *err)
{
	if (n < 2 || mergesort(v, n, size, cmp) == 0)
		return 0;
	return err_set(err, ERR_TEMP, "out of memory");
}

static int
sort_listing(struct listing *l, struct err *err)
{
	if (l->uids_unsorted && sort(l->uids, l->nuids, sizeof(*l->uids),
	    by_uid_num, err) == -1)
		return -1;
	if (l->sizes_unsorted && sort(l->sizes, l->nsizes, sizeof(*l->sizes),
	    by_size_num, err) == -1)
		return -1;
	l->uids_unsorted = l->sizes_unsorted = false;
	return 0;
}

static void
add_item(struct plan *p, const struct size_line *s, const uint8_t *uid,
    size_t len)
{
	struct plan_item *item = &p->items[p->n++];

	item->num = s->num;
	item->size = s->size;
	item->uid = len > 0 ? uid : NULL;
	item->uidlen = len;
	item->entry = JOURNAL_NONE;
}

static void
items_without_uidl(struct plan *p, const struct listing *l)
{
	size_t i;

	p->items = mem_array(l->nsizes, sizeof(*p->items));
	for (i = 0; i < l->nsizes; i++) {
		if (i == 0 || l->sizes[i].num != l->sizes[i - 1].num)
			add_item(p, &l->sizes[i], NULL, 0);
	}
}

/*
 * Walks both lists, makes an item of each number that is in both, a copy of
 * each of these that has a known UID, and marks all UIDs that are listed.
 */
static void
items_of_both(struct plan *p, const struct listing *l,
    const struct journal *j, struct copies *listed, bool *seen)
{
	const struct uid_line *u;
	const uint8_t *uid;
	struct copy *c;
	uint32_t head;
	size_t i, k = 0;

	p->items = mem_array(l->nuids, sizeof(*p->items));
	listed->v = mem_array(l->nuids, sizeof(*listed->v));
	for (i = 0; i < l->nuids; i++) {
		u = &l->uids[i];
		uid = l->octets + u->at;
		head = u->len == 0 ? JOURNAL_NONE :
		    journal_find(j, uid, u->len);
		if (head != JOURNAL_NONE)
			seen[journal_get(j, head)->uid] = true;

		while (k < l->nsizes && l->sizes[k].num < u->num)
			k++;
		if (k == l->nsizes || l->sizes[k].num != u->num ||
		    (i > 0 && u[-1].num == u->num))
			continue;
		add_item(p, &l->sizes[k], uid, u->len);
		if (head == JOURNAL_NONE)
			continue;
		c = &listed->v[listed->n++];
		c->uid = journal_get(j, head)->uid;
		c->index = (uint32_t)p->n - 1;
		c->size = l->sizes[k].size;
	}
}

/* The journal's copies. */
static void
known_copies(struct copies *known, const struct journal *j)
{
	const struct journal_entry *e;
	struct copy *c;
	uint32_t i;

	known->v = mem_array(journal_count(j), sizeof(*known->v));
	for (i = 0; i < journal_count(j); i++) {
		e = journal_get(j, i);
		if (e->state == JOURNAL_GONE)
			continue;
		c = &known->v[known->n++];
		c->uid = e->uid;
		c->index = i;
		c->size = e->size;
	}
}

/*
 * Matches what is listed with what is known, both in order, and keeps what is
 * left over.  First with equal sizes, then with any.
 */
static void
match(struct plan *p, struct copies *listed, struct copies *known, bool sizes)
{
	struct copy *a = listed->v, *b = known->v;
	size_t i = 0, k = 0, lefta = 0, leftb = 0;
	int order;

	while (i < listed->n && k < known->n) {
		order = compare(a[i].uid, b[k].uid);
		if (order == 0 && sizes)
			order = compare(a[i].size, b[k].size);
		if (order < 0)
			a[lefta++] = a[i++];
		else if (order > 0)
			b[leftb++] = b[k++];
		else
			p->items[a[i++].index].entry = b[k++].index;
	}
	while (i < listed->n)
		a[lefta++] = a[i++];
	while (k < known->n)
		b[leftb++] = b[k++];
	listed->n = lefta;
	known->n = leftb;
}

static void
find_gone(struct plan *p, const struct journal *j, const bool *seen)
{
	const struct journal_entry *e;
	uint32_t i;
	size_t len;

	p->gone = mem_array(journal_count(j), sizeof(*p->gone));
	for (i = 0; i < journal_count(j); i++) {
		e = journal_get(j, i);
		if (e->state != JOURNAL_DELIVERED || seen[e->uid])
			continue;
		(void)journal_uid(j, i, &len);
		if (len > 0)
			p->gone[p->ngone++] = i;
	}
}

/* Items with their entries, and gone, from a listing with UIDs. */
static int
make_items(struct plan *p, const struct listing *l, const struct journal *j,
    struct err *err)
{
	struct copies listed = { .v = NULL }, known = { .v = NULL };
	bool *seen = mem_array(journal_count(j), sizeof(*seen));
	int ret = -1;

	items_of_both(p, l, j, &listed, seen);
	known_copies(&known, j);
	if (sort(listed.v, listed.n, sizeof(*listed.v), by_copy, err) == -1 ||
	    sort(known.v, known.n, sizeof(*known.v), by_copy, err) == -1)
		goto out;
	match(p, &listed, &known, true);
	match(p, &listed, &known, false);
	find_gone(p, j, seen);
	ret = 0;
out:
	free(listed.v);
	free(known.v);
	free(seen);
	return ret;
}

/* A message that would be fetched, but for the limits. */
static enum plan_action
fetch(const struct plan *p, const struct plan_item *item,
    const struct plan_conf *conf)
{
	if (conf->limit != 0 && item->size > conf->limit)
		return PLAN_TOO_LARGE;
	if (conf->fetchlimit != 0 && p->count[PLAN_FETCH] >= conf->fetchlimit)
		return PLAN_LATER;
	return PLAN_FETCH;
}

static enum plan_action
decide(const struct plan *p, const struct plan_item *item,
    const struct journal *j, const struct plan_conf *conf)
{
	if (item->uid == NULL && !conf->delete)
		return PLAN_NO_UID;
	if (item->entry == JOURNAL_NONE || conf->fetchall)
		return fetch(p, item, conf);
	if (journal_get(j, item->entry)->state != JOURNAL_DELIVERED)
		return PLAN_UNPROVEN;
	if (conf->delete)
		return PLAN_DELETE;
	return journal_get(j, item->entry)->dele_sent ? PLAN_RECHECK :
	    PLAN_KEEP;
}

int
plan_make(struct plan *p, struct listing *l, const struct journal *j,
    const struct plan_conf *conf, struct err *err)
{
	struct plan_item *item;

	memset(p, 0, sizeof(*p));
	if (!conf->has_uidl && !conf->delete) {
		err_set(err, ERR_CONFIG, "the server has no UIDL: nothing "
		    "would tell old mail from new");
		return err_hint(err, "without UIDL popfetch can only fetch and "
		    "delete (nokeep)");
	}
	if (sort_listing(l, err) == -1)
		return -1;
	if (!conf->has_uidl)
		items_without_uidl(p, l);
	else if (make_items(p, l, j, err) == -1) {
		plan_free(p);
		return -1;
	}
	for (item = p->items; item < p->items + p->n; item++) {
		item->action = decide(p, item, j, conf);
		p->count[item->action]++;
	}
	return 0;
}

void
plan_free(struct plan *p)
{
	free(p->items);
	free(p->gone);
	memset(p, 0, sizeof(*p));
}
