/*
 * The journal in memory: the entries, and what each fact does to them.  Replay
 * and noting both come through here, so they cannot disagree.
 */
#include "mail/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/set.h"
#include "mail/journal_p.h"

#define FIRST_CAP	64

bool
journal_state_same_place(const struct journal_place *a,
    const struct journal_place *b)
{
	return strcmp(a->boot, b->boot) == 0 && a->dev == b->dev &&
	    a->ino == b->ino;
}

/* Makes room for one more in a vector of n. */
static void *
more(void *vector, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t old = *cap;

	if (n < old)
		return vector;
	*cap = old == 0 ? FIRST_CAP : 2 * old;
	return mem_grow(vector, old, *cap, size);
}

void
journal_state_reserve(struct journal *j, uint32_t n)
{
	if (n <= j->cap)
		return;
	j->entries = mem_grow(j->entries, j->cap, n, sizeof(*j->entries));
	j->cap = n;
}

uint32_t
journal_state_add(struct journal *j, const void *uid, size_t len)
{
	struct journal_entry *e;
	struct journal_chain *c;

	j->entries = more(j->entries, j->n, &j->cap, sizeof(*j->entries));
	e = &j->entries[j->n];
	e->state = JOURNAL_INTENT;
	e->uid = set_add(j->uids, uid, len);
	e->next = JOURNAL_NONE;

	if (e->uid == j->nchains) {
		j->chains = more(j->chains, j->nchains, &j->capchains,
		    sizeof(*j->chains));
		j->chains[j->nchains++].first = j->n;
	} else {
		c = &j->chains[e->uid];
		j->entries[c->last].next = j->n;
	}
	j->chains[e->uid].last = j->n;
	return j->n++;
}

void
journal_state_pend(struct journal *j, uint32_t n, const char *stage,
    const char *final)
{
	struct journal_entry *e = &j->entries[n];
	struct journal_pending *p = j->spare;

	if (p != NULL) {
		j->spare = p->next;
	} else {
		p = mem_alloc(sizeof(*p));
		p->all = j->all;
		j->all = p;
	}
	p->next = NULL;
	p->entry = n;
	p->place = j->place;
	strlcpy(p->stage, stage, sizeof(p->stage));
	strlcpy(p->final, final, sizeof(p->final));
	e->pending = p;
	e->stage = p->stage;
	e->final = p->final;
}

/* The entry has its outcome; whoever noted it may still hold the names. */
static void
settle(struct journal *j, struct journal_entry *e)
{
	if (e->pending == NULL)
		return;
	e->pending->next = j->settled;
	j->settled = e->pending;
	e->pending = NULL;
}

void
journal_state_reclaim(struct journal *j)
{
	struct journal_pending *p;

	while ((p = j->settled) != NULL) {
		j->entries[p->entry].stage = NULL;
		j->entries[p->entry].final = NULL;
		j->settled = p->next;
		p->next = j->spare;
		j->spare = p;
	}
}

/* What no entry can become from the state it has. */
static bool
is_contradiction(enum journal_state old, enum journal_state new)
{
	return old == JOURNAL_GONE ||
	    ((old == JOURNAL_FAILED || old == JOURNAL_SEEN) &&
	    new != JOURNAL_GONE) ||
	    (old == JOURNAL_DELIVERED && new == JOURNAL_UNPROVEN);
}

enum journal_effect
journal_state_become(struct journal *j, enum journal_state state, uint32_t n)
{
	struct journal_entry *e = &j->entries[n];

	if (e->state == state)
		return EFFECT_NONE;
	if (is_contradiction(e->state, state))
		return EFFECT_REFUSED;
	e->state = state;
	if (state == JOURNAL_DELIVERED)
		j->account.delivered++;
	if (state != JOURNAL_UNPROVEN)
		settle(j, e);
	return EFFECT_DONE;
}

enum journal_effect
journal_state_note(struct journal *j, enum journal_type type, uint32_t n,
    int64_t when)
{
	struct journal_entry *e = &j->entries[n];

	switch (type) {
	case LINE_DELIVERED:
		return journal_state_become(j, JOURNAL_DELIVERED, n);
	case LINE_UNPROVEN:
		return journal_state_become(j, JOURNAL_UNPROVEN, n);
	case LINE_FORGOTTEN:
		return journal_state_become(j, JOURNAL_GONE, n);
	case LINE_DELE:
		if (e->state != JOURNAL_DELIVERED)
			return EFFECT_REFUSED;
		e->dele_sent = true;
		j->sent = more(j->sent, j->nsent, &j->capsent,
		    sizeof(*j->sent));
		j->sent[j->nsent++] = n;
		return EFFECT_DONE;
	case LINE_VANISHED:
		if (e->state != JOURNAL_DELIVERED && e->state != JOURNAL_SEEN)
			return EFFECT_REFUSED;
		if (e->vanished == when)
			return EFFECT_NONE;
		e->vanished = when;
		return EFFECT_DONE;
	case LINE_FAILED_AGAIN:
		if (e->state != JOURNAL_FAILED)
			return EFFECT_REFUSED;
		if (e->failures < UINT32_MAX)
			e->failures++;
		e->when = when;
		return EFFECT_DONE;
	default:
		return EFFECT_REFUSED;
	}
}

void
journal_state_quit(struct journal *j, uint32_t count)
{
	uint32_t i;

	for (i = j->nsent - count; i < j->nsent; i++)
		j->entries[j->sent[i]].state = JOURNAL_GONE;
	j->nsent = 0;
}

void
journal_state_free(struct journal *j)
{
	struct journal_pending *p;

	while ((p = j->all) != NULL) {
		j->all = p->all;
		free(p);
	}
	free(j->entries);
	free(j->chains);
	free(j->sent);
	set_free(j->uids);
}
