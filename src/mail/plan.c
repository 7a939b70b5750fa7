/*
 * Server listing x journal x options -> what to do with each message.
 */
#include "mail/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "mail/journal.h"
#include "mail/sort.h"

/*
 * A copy of a known UID: one that is listed, or an entry.  Both kinds, in
 * order, are matched with each other.
 */
struct copy {
	uint32_t	uid;		/* the journal's number of it */
	uint32_t	index;		/* of the item, or of the entry */
	uint64_t	size;
	uint8_t		rank;		/* how likely it is the listed one */
};

struct copies {
	struct copy	*v;
	size_t		 n;
};

/* How a UID is listed, by the journal's number of it. */
#define SEEN_WHOLE	0x01		/* in a line that made an item */
#define SEEN_HALF	0x02		/* in one that made none */

/* What is needed until the plan is made. */
struct maker {
	struct plan	*p;
	const struct journal *j;
	const struct plan_conf *conf;
	struct copies	 listed, known;
	uint8_t		*seen;
	bool		*matched;	/* entries that an item has */
	uint64_t	*sizes;		/* of what is missing: DELIVERED, not
					   deleted, not listed; sorted */
	size_t		 nmissing;
	bool		 renamed;	/* whatever is new may be one of these */
};

static int
by_size(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	return x->uid != y->uid ? sort_compare(x->uid, y->uid) :
	    x->size != y->size ? sort_compare(x->size, y->size) :
	    x->rank != y->rank ? sort_compare(x->rank, y->rank) :
	    sort_compare(x->index, y->index);
}

static int
by_rank(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	return x->uid != y->uid ? sort_compare(x->uid, y->uid) :
	    x->rank != y->rank ? sort_compare(x->rank, y->rank) :
	    sort_compare(x->index, y->index);
}

static int
by_number(const void *a, const void *b)
{
	return sort_compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static void
add_item(struct plan *p, const struct listing_line *line)
{
	struct plan_item *item = &p->items[p->n++];

	item->num = line->num;
	item->size = line->size;
	item->uid = line->uidlen > 0 ? line->uid : NULL;
	item->uidlen = line->uidlen;
	item->entry = JOURNAL_NONE;
}

static void
items_without_uidl(struct plan *p, const struct listing *l)
{
	struct listing_walk walk = { .size = 0 };
	struct listing_line line;

	p->items = mem_array(listing_sizes(l), sizeof(*p->items));
	while (listing_next_size(l, &walk, &line))
		add_item(p, &line);
}

/* An item of each whole line, and a copy of each of these with a known UID. */
static void
items_of_both(struct maker *m, const struct listing *l)
{
	struct listing_walk walk = { .uid = 0 };
	struct listing_line line;
	struct copy *c;
	uint32_t head, uid;

	m->p->items = mem_array(listing_uids(l), sizeof(*m->p->items));
	m->listed.v = mem_array(listing_uids(l), sizeof(*m->listed.v));
	while (listing_next_uid(l, &walk, &line)) {
		if (line.whole)
			add_item(m->p, &line);
		head = line.uidlen == 0 ? JOURNAL_NONE :
		    journal_find(m->j, line.uid, line.uidlen);
		if (head == JOURNAL_NONE)
			continue;
		uid = journal_get(m->j, head)->uid;
		m->seen[uid] |= line.whole ? SEEN_WHOLE : SEEN_HALF;
		if (!line.whole)
			continue;
		c = &m->listed.v[m->listed.n++];
		c->uid = uid;
		c->index = (uint32_t)m->p->n - 1;
		c->size = line.size;
	}
}

static bool
is_suspect(const struct journal_entry *e)
{
	return e->dele_sent || e->vanished != 0;
}

/*
 * What was delivered comes first, so that nothing is delivered twice; last
 * comes what was already thought to be off the server, as its UID may be
 * another message's by now.
 */
static uint8_t
rank(const struct journal_entry *e)
{
	switch (e->state) {
	case JOURNAL_DELIVERED:
	case JOURNAL_SEEN:
		return is_suspect(e) ? 3 : 0;
	case JOURNAL_FAILED:
		return 2;
	default:
		return 1;
	}
}

static void
known_copies(struct maker *m)
{
	const struct journal_entry *e;
	struct copy *c;
	uint32_t i;

	m->known.v = mem_array(journal_count(m->j), sizeof(*m->known.v));
	for (i = 0; i < journal_count(m->j); i++) {
		e = journal_get(m->j, i);
		if (e->state == JOURNAL_GONE)
			continue;
		c = &m->known.v[m->known.n++];
		c->uid = e->uid;
		c->index = i;
		c->size = e->size;
		c->rank = rank(e);
	}
}

/*
 * Matches what is listed with what is known, both in order, and keeps what is
 * left over.
 */
static void
match(struct maker *m, bool sizes)
{
	struct copy *a = m->listed.v, *b = m->known.v;
	size_t i = 0, k = 0, lefta = 0, leftb = 0;
	int order;

	while (i < m->listed.n && k < m->known.n) {
		order = sort_compare(a[i].uid, b[k].uid);
		if (order == 0 && sizes)
			order = sort_compare(a[i].size, b[k].size);
		if (order < 0)
			a[lefta++] = a[i++];
		else if (order > 0)
			b[leftb++] = b[k++];
		else {
			m->matched[b[k].index] = true;
			m->p->items[a[i++].index].entry = b[k++].index;
		}
	}
	while (i < m->listed.n)
		a[lefta++] = a[i++];
	while (k < m->known.n)
		b[leftb++] = b[k++];
	m->listed.n = lefta;
	m->known.n = leftb;
}

/* First with equal sizes, then with any. */
static int
match_all(struct maker *m, struct err *err)
{
	struct copies *a = &m->listed, *b = &m->known;

	if (sort_stable(a->v, a->n, sizeof(*a->v), by_size, err) == -1 ||
	    sort_stable(b->v, b->n, sizeof(*b->v), by_size, err) == -1)
		return -1;
	match(m, true);
	if (sort_stable(b->v, b->n, sizeof(*b->v), by_rank, err) == -1)
		return -1;
	match(m, false);
	return 0;
}

/* What becomes of entry i, which no item has. */
static void
find_missing(struct maker *m, uint32_t i)
{
	const struct journal_entry *e = journal_get(m->j, i);
	const uint8_t seen = m->seen[e->uid];
	struct plan *p = m->p;
	size_t len;

	(void)journal_uid(m->j, i, &len);
	if (len == 0)
		return;
	if (e->state == JOURNAL_FAILED) {
		if ((seen & SEEN_HALF) == 0)
			p->gone[p->ngone++] = i;
		return;
	}
	if ((e->state != JOURNAL_DELIVERED && e->state != JOURNAL_SEEN) ||
	    seen != 0)
		return;
	if (e->dele_sent || (e->vanished != 0 &&
	    e->vanished <= m->conf->now - PLAN_REMEMBER)) {
		p->gone[p->ngone++] = i;
		return;
	}
	if (e->vanished == 0)
		p->vanished[p->nvanished++] = i;
	if (e->state == JOURNAL_DELIVERED)	/* SEEN has no digest */
		m->sizes[m->nmissing++] = e->size;
}

/* Whether so much is missing and so much new that it looks like one thing. */
static bool
looks_renamed(const struct maker *m)
{
	const struct plan_item *item = m->p->items;
	const struct plan_item *end = item + m->p->n;
	size_t there = 0, new = 0;

	for (; item < end; item++) {
		if (item->entry != JOURNAL_NONE)
			there += journal_get(m->j, item->entry)->state ==
			    JOURNAL_DELIVERED &&
			    !journal_get(m->j, item->entry)->dele_sent;
		else if (item->uid != NULL)
			new++;
	}
	return m->nmissing > there && 2 * new >= m->nmissing;
}

/* Items with their entries, and what is missing, from a listing with UIDs. */
static int
make_items(struct maker *m, const struct listing *l, struct err *err)
{
	const uint32_t n = journal_count(m->j);
	struct plan *p = m->p;
	uint32_t i;

	m->seen = mem_array(n, sizeof(*m->seen));
	m->matched = mem_array(n, sizeof(*m->matched));
	m->sizes = mem_array(n, sizeof(*m->sizes));
	p->gone = mem_array(n, sizeof(*p->gone));
	p->vanished = mem_array(n, sizeof(*p->vanished));
	p->back = mem_array(n, sizeof(*p->back));
	items_of_both(m, l);
	known_copies(m);
	if (match_all(m, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (!m->matched[i])
			find_missing(m, i);
	}
	m->renamed = looks_renamed(m);
	return sort_stable(m->sizes, m->nmissing, sizeof(*m->sizes),
	    by_number, err);
}

/* A message that would be fetched, but for the limits. */
static enum plan_action
fetch(const struct maker *m, const struct plan_item *item)
{
	const struct plan_conf *conf = m->conf;
	const size_t *count = m->p->count;

	if (conf->limit != 0 && item->size > conf->limit)
		return PLAN_TOO_LARGE;
	if (conf->fetchlimit != 0 &&
	    count[PLAN_FETCH] + count[PLAN_MATCH] >= conf->fetchlimit)
		return PLAN_LATER;
	if (item->entry != JOURNAL_NONE || item->uid == NULL || conf->fetchall)
		return PLAN_FETCH;
	if (m->renamed || bsearch(&item->size, m->sizes, m->nmissing,
	    sizeof(*m->sizes), by_number) != NULL)
		return PLAN_MATCH;
	return PLAN_FETCH;
}

static enum plan_action
decide_delivered(const struct maker *m, const struct plan_item *item,
    const struct journal_entry *e)
{
	const struct plan_conf *conf = m->conf;

	if (conf->fetchall)
		return fetch(m, item);
	if (conf->delete && (conf->keep_for <= 0 ||
	    e->when <= conf->now - conf->keep_for))
		return PLAN_DELETE;
	return is_suspect(e) ? PLAN_RECHECK : PLAN_KEEP;
}

static enum plan_action
decide(const struct maker *m, const struct plan_item *item)
{
	const struct plan_conf *conf = m->conf;
	const struct journal_entry *e;

	if (item->uid == NULL && (!conf->delete || conf->keep_for > 0))
		return PLAN_NO_UID;
	if (item->entry == JOURNAL_NONE)
		return fetch(m, item);
	e = journal_get(m->j, item->entry);
	switch (e->state) {
	case JOURNAL_DELIVERED:
		return decide_delivered(m, item, e);
	case JOURNAL_SEEN:
		return conf->fetchall ? fetch(m, item) : PLAN_KEEP;
	case JOURNAL_FAILED:
		if (conf->max_failures != 0 && !conf->retry &&
		    e->failures >= conf->max_failures)
			return PLAN_SET_ASIDE;
		return fetch(m, item);
	default:
		return conf->fetchall || conf->retry ? fetch(m, item) :
		    PLAN_UNPROVEN;
	}
}

/* Those that failed before are decided last: they take what fetchlimit leaves
 * over. */
static void
decide_all(struct maker *m)
{
	struct plan *p = m->p;
	struct plan_item *item, *end = p->items + p->n;
	const struct journal_entry *e;
	size_t nlate = 0;

	for (item = p->items; item < end; item++) {
		e = item->entry == JOURNAL_NONE ? NULL :
		    journal_get(m->j, item->entry);
		item->late = e != NULL && e->state == JOURNAL_FAILED;
		if (item->late) {
			nlate++;
			continue;
		}
		item->action = decide(m, item);
		p->count[item->action]++;
		if (e != NULL && e->vanished != 0 &&
		    item->action != PLAN_RECHECK && item->action != PLAN_DELETE)
			p->back[p->nback++] = item->entry;
	}
	for (item = p->items; nlate > 0 && item < end; item++) {
		if (!item->late)
			continue;
		item->action = decide(m, item);
		p->count[item->action]++;
		nlate--;
	}
}

int
plan_make(struct plan *p, struct listing *l, const struct journal *j,
    const struct plan_conf *conf, struct err *err)
{
	struct maker m = { .p = p, .j = j, .conf = conf };
	int ret = -1;

	memset(p, 0, sizeof(*p));
	if (!conf->has_uidl && (!conf->delete || conf->keep_for > 0)) {
		err_set(err, ERR_CONFIG, "the server has no UIDL: nothing "
		    "would tell old mail from new");
		return err_hint(err, "without UIDL popfetch can only fetch and "
		    "delete (nokeep)");
	}
	if (listing_sort(l, err) == -1)
		return -1;
	if (!conf->has_uidl)
		items_without_uidl(p, l);
	else if (make_items(&m, l, err) == -1)
		goto out;
	decide_all(&m);
	ret = 0;
out:
	free(m.listed.v);
	free(m.known.v);
	free(m.seen);
	free(m.matched);
	free(m.sizes);
	if (ret == -1)
		plan_free(p);
	return ret;
}

void
plan_free(struct plan *p)
{
	free(p->items);
	free(p->gone);
	free(p->vanished);
	free(p->back);
	memset(p, 0, sizeof(*p));
}
