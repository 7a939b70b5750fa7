/*
 * Staged files, handed out and gathered.
 */
#include "mail/batch.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fault.h"
#include "mail/stage.h"

void
batch_init(struct batch *b, struct stage *stage)
{
	*b = (struct batch){ .stage = stage };
	b->pool_end = &b->pool;
}

struct staged *
batch_hand_out(struct batch *b, struct err *err)
{
	struct staged *m = stage_make(b->stage, err);

	if (m == NULL)
		return NULL;
	*b->pool_end = m;
	b->pool_end = &m->next;
	b->npool++;
	return m;
}

struct staged *
batch_take(struct batch *b, uint32_t id)
{
	struct staged *m, **p;

	for (p = &b->pool; (m = *p) != NULL; p = &m->next)
		if (m->id == id)
			break;
	if (m == NULL)
		return NULL;
	if ((*p = m->next) == NULL)
		b->pool_end = p;
	m->next = NULL;
	b->npool--;
	return m;
}

void
batch_add(struct batch *b, struct staged *m)
{
	if (b->n == 0)
		b->since = clock_mono_ms();
	b->gathered[b->n++] = m;
	b->octets += m->size;
}

bool
batch_full(const struct batch *b)
{
	return b->n == BATCH_MESSAGES || b->octets >= BATCH_OCTETS ||
	    FAULT("batch-full") != 0;
}

struct staged *
batch_remove(struct batch *b, uint32_t num)
{
	struct staged *m;
	size_t i;

	for (i = 0; i < b->n; i++) {
		m = b->gathered[i];
		if (m->num != num)
			continue;
		memmove(&b->gathered[i], &b->gathered[i + 1],
		    (b->n - i - 1) * sizeof(b->gathered[0]));
		b->n--;
		b->octets -= m->size;
		return m;
	}
	return NULL;
}

int
batch_wait(const struct batch *b)
{
	int64_t left;

	if (b->n == 0)
		return -1;
	left = b->since + BATCH_MS - clock_mono_ms();
	return left > 0 ? (int)left : 0;
}

void
batch_clear(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		staged_free(b->gathered[i]);
	b->n = 0;
	b->octets = 0;
}

void
batch_free(struct batch *b)
{
	struct err ignored = { .kind = ERR_NONE };
	struct staged *m;

	batch_clear(b);
	while ((m = b->pool) != NULL) {
		b->pool = m->next;
		/* What cannot be removed now, the next run sweeps up. */
		(void)stage_drop(b->stage, m, &ignored);
	}
	batch_init(b, b->stage);
}
