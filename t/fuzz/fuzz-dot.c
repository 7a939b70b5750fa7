/*
 * dot_feed against the reference in slowdot.h.  The first octet of an input
 * chooses how the rest is cut into pieces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pop3/dot.h"
#include "slowdot.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHECK(what)							\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
			    __LINE__, #what);				\
			abort();					\
		}							\
	} while (0)

/* Feeds pieces of at most max octets, varied by seed, and compares. */
static void
compare(const uint8_t *in, size_t len, size_t max, uint32_t seed,
    const uint8_t *want, const struct slowdot *s)
{
	struct dot_out o = { .end = false };
	struct dot d;
	uint8_t *piece;
	size_t i, n, done = 0;

	dot_init(&d);
	for (i = 0; i < len && !o.end; i += o.used) {
		seed = seed * 1664525u + 1013904223u;
		n = 1 + (seed >> 16) % max;
		if (n > len - i)
			n = len - i;
		piece = malloc(n);
		memcpy(piece, in + i, n);
		dot_feed(&d, piece, n, &o);
		CHECK(o.used <= n && (o.end || o.used == n));
		CHECK(o.nhead <= 1 && o.len <= o.used);
		CHECK(done + o.nhead + o.len <= s->len);
		if (o.nhead > 0)
			CHECK(o.head == want[done]);
		CHECK(memcmp(piece, want + done + o.nhead, o.len) == 0);
		done += o.nhead + o.len;
		free(piece);
	}
	CHECK(done == s->len);
	CHECK(d.octets == s->octets);
	CHECK(o.end == s->end);
	if (s->end)
		CHECK(i == s->used);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 8, 17, 64, 1024 };
	struct slowdot s;
	uint8_t *want;

	if (len == 0)
		return 0;
	want = malloc(len);
	s = slowdot(data + 1, len - 1, want);
	compare(data + 1, len - 1, sizes[data[0] & 7], data[0], want, &s);
	compare(data + 1, len - 1, 1, 0, want, &s);
	compare(data + 1, len - 1, len, data[0], want, &s);
	free(want);
	return 0;
}
