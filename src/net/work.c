/* What a courier wants done, until the server has answered it. */
#include "net/work.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pop3/client.h"

#define QUEUE_FIRST	64	/* items of the first allocation */

static void
push(struct work_queue *q, const struct work_item *item)
{
	size_t cap;

	if (q->first + q->count == q->cap) {
		/* Only a half empty queue moves, so that it is rare. */
		if (q->first > q->cap / 2) {
			memmove(q->items, q->items + q->first,
			    q->count * sizeof(*q->items));
			q->first = 0;
		} else {
			cap = q->cap == 0 ? QUEUE_FIRST : 2 * q->cap;
			q->items = mem_grow(q->items, q->cap, cap,
			    sizeof(*q->items));
			q->cap = cap;
		}
	}
	q->items[q->first + q->count++] = *item;
}

/* The oldest, of which there is one. */
static struct work_item
pop(struct work_queue *q)
{
	struct work_item item = q->items[q->first++];

	if (--q->count == 0)
		q->first = 0;
	return item;
}

static bool
has_body(enum work_kind kind)
{
	return kind == WORK_RETR || kind == WORK_TOP || kind == WORK_VERIFY;
}

/* What the window counts. */
static bool
is_whole(enum work_kind kind)
{
	return kind == WORK_RETR || kind == WORK_VERIFY;
}

void
work_init(struct work *w)
{
	*w = (struct work){ .alone = -1 };
	window_init(&w->window);
}

void
work_free(struct work *w)
{
	free(w->fetch.items);
	free(w->dele.items);
	free(w->sent.items);
}

void
work_add(struct work *w, enum work_kind kind, uint32_t num, uint64_t size)
{
	const struct work_item item = {
		.size = size, .num = num, .kind = kind,
	};

	push(kind == WORK_DELE ? &w->dele : &w->fetch, &item);
}

bool
work_drop(struct work *w, struct work_item *item)
{
	if (w->fetch.count == 0)
		return false;
	*item = pop(&w->fetch);
	return true;
}

void
work_quit(struct work *w)
{
	w->quit = true;
}

bool
work_idle(const struct work *w)
{
	return w->fetch.count + w->dele.count + w->sent.count == 0 &&
	    (!w->quit || w->quit_sent);
}

/* The machine has taken the command. */
static void
note(struct work *w, const struct work_item *item, int64_t now)
{
	if (w->sent.count == 0)
		w->alone = now;
	if (has_body(item->kind))
		w->bodies++;
	if (is_whole(item->kind))
		window_sent(&w->window, item->size);
	push(&w->sent, item);
}

static int
ask(struct pop3 *p, const struct work_item *item)
{
	switch (item->kind) {
	case WORK_RETR:
	case WORK_VERIFY:
		return pop3_retr(p, item->num);
	case WORK_TOP:
		return pop3_top(p, item->num, 0);
	case WORK_DELE:
		return pop3_dele(p, item->num);
	case WORK_NOOP:
		return pop3_noop(p);
	case WORK_QUIT:
		return pop3_quit(p);
	}
	return -1;
}

/* Whether the next message may be fetched now. */
static bool
may_fetch(struct work *w)
{
	const struct work_item *item;

	if (w->fetch.count == 0)
		return false;
	item = &w->fetch.items[w->fetch.first];
	return !is_whole(item->kind) || window_open(&w->window, item->size);
}

void
work_send(struct work *w, struct pop3 *p, int64_t now)
{
	struct work_item item;

	while (!w->quit_sent && pop3_room(p) > 0) {
		if (w->dele.count > 0)
			item = pop(&w->dele);
		else if (may_fetch(w))
			item = pop(&w->fetch);
		else if (w->quit && w->fetch.count == 0 && w->bodies == 0) {
			item = (struct work_item){ .kind = WORK_QUIT };
			w->quit_sent = true;
		} else
			return;
		if (ask(p, &item) == -1)
			return;		/* the machine's error says it */
		note(w, &item, now);
	}
}

void
work_noop(struct work *w, struct pop3 *p, int64_t now)
{
	const struct work_item item = { .kind = WORK_NOOP };

	if (pop3_room(p) > 0 && ask(p, &item) == 0)
		note(w, &item, now);
}

const struct work_item *
work_oldest(const struct work *w)
{
	return w->sent.count == 0 ? NULL : &w->sent.items[w->sent.first];
}

void
work_begun(struct work *w, int64_t now)
{
	if (w->alone >= 0)
		window_rtt(&w->window, now - w->alone);
	w->alone = -1;
}

struct work_item
work_answered(struct work *w, int64_t now)
{
	struct work_item item;

	work_begun(w, now);
	item = pop(&w->sent);
	if (has_body(item.kind))
		w->bodies--;
	if (is_whole(item.kind))
		window_done(&w->window, item.size);
	return item;
}
