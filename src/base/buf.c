/*
 * The growable octet queue.
 */
#include "config.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUF_FIRST	256	/* octets of the first allocation */
/* Octets that are formatted without memory: a line of the journal, so that none
 * is wanted between an MDA's yes and its being noted. */
#define BUF_FEW		256

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit;
}

void
buf_free(struct buf *b)
{
	free(b->base);
	buf_init(b, b->limit);
}

void
buf_free_secret(struct buf *b)
{
	freezero(b->base, b->cap);
	buf_init(b, b->limit);
}

size_t
buf_len(const struct buf *b)
{
	return b->end - b->start;
}

uint8_t *
buf_data(const struct buf *b)
{
	static uint8_t none[1];

	return b->base == NULL ? none : b->base + b->start;
}

/* The next capacity that holds need octets, need being within the limit. */
static size_t
buf_newcap(const struct buf *b, size_t need)
{
	size_t cap;

	cap = b->cap > b->limit / 2 ? b->limit : 2 * b->cap;
	if (cap < BUF_FIRST)
		cap = BUF_FIRST < b->limit ? BUF_FIRST : b->limit;
	return cap < need ? need : cap;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap, len;

	len = buf_len(b);
	if (n > b->limit - len)
		return NULL;
	if (b->base != NULL && b->cap - b->end >= n)
		return b->base + b->end;

	if (b->start > 0) {
		memmove(b->base, b->base + b->start, len);
		b->start = 0;
		b->end = len;
	}
	/* Half full is full: else a long queue would move at every octet. */
	if (b->base == NULL || b->cap - len < n ||
	    (len > b->cap / 2 && b->cap < b->limit)) {
		cap = buf_newcap(b, len + n);
		b->base = mem_grow(b->base, b->cap, cap, 1);
		b->cap = cap;
	}
	return b->base + b->end;
}

void
buf_commit(struct buf *b, size_t n)
{
	b->end += n;
}

bool
buf_append(struct buf *b, const void *data, size_t n)
{
	uint8_t *p;

	if (n == 0)
		return true;
	if ((p = buf_reserve(b, n)) == NULL)
		return false;
	memcpy(p, data, n);
	buf_commit(b, n);
	return true;
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	char few[BUF_FEW], *s = few;
	va_list ap;
	bool ok;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(few, sizeof(few), fmt, ap);
	va_end(ap);
	if (n < 0)
		return false;
	/* Not vasprintf: false is for a full buffer, and callers that know that
	 * theirs is not do not look. */
	if ((size_t)n >= sizeof(few)) {
		s = mem_alloc((size_t)n + 1);
		va_start(ap, fmt);
		vsnprintf(s, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	ok = buf_append(b, s, (size_t)n);
	/* It may have been a password. */
	if (s != few)
		freezero(s, (size_t)n);
	explicit_bzero(few, sizeof(few));
	return ok;
}

void
buf_consume(struct buf *b, size_t n)
{
	b->start += n;
	if (b->start == b->end)
		b->start = b->end = 0;
}
