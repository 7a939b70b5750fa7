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

enum journal_effect
journal_state_note(struct journal *j, enum journal_type type, uint32_t n)
{
	struct journal_entry *e = &j->entries[n];
	enum journal_state state;

	if (type == LINE_DELE) {
		if (e->state != JOURNAL_DELIVERED)
			return EFFECT_REFUSED;
		e->dele_sent = true;
		j->sent = more(j->sent, j->nsent, &j->capsent,
		    sizeof(*j->sent));
		j->sent[j->nsent++] = n;
		return EFFECT_DONE;
	}

	state = type == LINE_DELIVERED ? JOURNAL_DELIVERED :
	    type == LINE_UNPROVEN ? JOURNAL_UNPROVEN : JOURNAL_GONE;
	if (e->state == state)
		return EFFECT_NONE;
	if (e->state == JOURNAL_GONE ||
	    (state == JOURNAL_UNPROVEN && e->state != JOURNAL_INTENT))
		return EFFECT_REFUSED;
	e->state = state;
	if (state != JOURNAL_UNPROVEN)
		settle(j, e);
	return EFFECT_DONE;
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
