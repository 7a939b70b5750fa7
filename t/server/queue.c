/* Queues of octets; the delay line is one in which they wait until due. */
#include "queue.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 * QUEUE_MS + ts.tv_nsec);
}

void
queue_init(struct queue *q, size_t cap)
{
	if ((q->data = malloc(cap)) == NULL)
		err(1, NULL);
	q->cap = cap;
	q->off = q->len = 0;
}

void
queue_drop(struct queue *q, size_t n)
{
	q->off += n;
	q->len -= n;
	if (q->len == 0)
		q->off = 0;
}

size_t
queue_room(struct queue *q)
{
	if (q->off > 0) {
		memmove(q->data, q->data + q->off, q->len);
		q->off = 0;
	}
	return (q->cap - q->len);
}

void
delay_add(struct delay *d, size_t n, int64_t due)
{
	struct burst *b;

	if (d->n == DELAY_BURSTS)
		b = &d->bursts[d->n - 1];
	else {
		b = &d->bursts[d->n++];
		b->len = 0;
	}
	b->len += n;
	b->due = due;
	d->q.len += n;
}

size_t
delay_due(const struct delay *d)
{
	int64_t now = now_ns();
	size_t i, n = 0;

	for (i = 0; i < d->n && d->bursts[i].due <= now; i++)
		n += d->bursts[i].len;
	return (n);
}

void
delay_drop(struct delay *d, size_t n)
{
	size_t i = 0;

	queue_drop(&d->q, n);
	while (n > 0 && d->bursts[i].len <= n)
		n -= d->bursts[i++].len;
	if (n > 0)
		d->bursts[i].len -= n;
	d->n -= i;
	memmove(d->bursts, d->bursts + i, d->n * sizeof(*d->bursts));
}

int64_t
delay_next(const struct delay *d)
{
	return (d->n > 0 ? d->bursts[0].due : -1);
}
