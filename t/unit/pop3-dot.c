/*
 * dot: every input is fed whole, octet by octet, and split at every place and
 * at every pair of places, and has to come out the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../fuzz/slowdot.h"
#include "pop3/dot.h"

/* What came out of feeding some input in pieces. */
struct result {
	uint8_t	*out;
	size_t	 len;
	size_t	 used;
	uint64_t octets;
	bool	 end;
};

/* Feeds one piece from a buffer of its exact size, so that a sanitizer sees
 * every step beside it. */
static void
feed(struct dot *d, struct result *r, const uint8_t *in, size_t len)
{
	struct dot_out o;
	uint8_t *piece;

	if (r->end)
		return;
	piece = malloc(len > 0 ? len : 1);
	memcpy(piece, in, len);
	dot_feed(d, piece, len, &o);
	if (o.nhead > 0)
		r->out[r->len++] = o.head;
	memcpy(r->out + r->len, piece, o.len);
	r->len += o.len;
	if (!o.end)
		assert_int_equal(o.used, len);
	r->used += o.used;
	r->end = o.end;
	r->octets = d->octets;
	free(piece);
}

/* Feeds in[0..a), in[a..b), in[b..len). */
static void
feed_split(struct result *r, const uint8_t *in, size_t len, size_t a, size_t b)
{
	struct dot d;

	r->len = r->used = 0;
	r->octets = 0;
	r->end = false;
	dot_init(&d);
	feed(&d, r, in, a);
	feed(&d, r, in + a, b - a);
	feed(&d, r, in + b, len - b);
}

static void
feed_chunks(struct result *r, const uint8_t *in, size_t len, size_t chunk)
{
	struct dot d;
	size_t i, n;

	r->len = r->used = 0;
	r->octets = 0;
	r->end = false;
	dot_init(&d);
	for (i = 0; i < len; i += n) {
		n = len - i < chunk ? len - i : chunk;
		feed(&d, r, in + i, n);
	}
}

static void
same(const struct result *r, const uint8_t *out, const struct slowdot *s)
{
	assert_int_equal(r->len, s->len);
	assert_memory_equal(r->out, out, s->len);
	assert_int_equal(r->end, s->end);
	assert_int_equal(r->octets, s->octets);
	if (s->end)
		assert_int_equal(r->used, s->used);
}

static void
all_splits(const uint8_t *in, size_t len, const uint8_t *out,
    const struct slowdot *s)
{
	struct result r;
	size_t a, b;

	r.out = malloc(len + 1);
	feed_chunks(&r, in, len, 1);
	same(&r, out, s);
	for (a = 0; a <= len; a++)
		for (b = a; b <= len; b++) {
			feed_split(&r, in, len, a, b);
			same(&r, out, s);
		}
	free(r.out);
}

/* The input is a whole body and used octets of it are consumed. */
#define BODY(in, out, octets, used)					\
	body(in, sizeof(in) - 1, out, sizeof(out) - 1, octets, used, true)
/* The input is not the end of a body. */
#define PART(in, out, octets)						\
	body(in, sizeof(in) - 1, out, sizeof(out) - 1, octets, 0, false)

static void
body(const char *in, size_t inlen, const char *out, size_t outlen,
    uint64_t octets, size_t used, bool end)
{
	struct slowdot s = { used, outlen, octets, end }, slow;
	uint8_t *buf = malloc(inlen + 1);

	all_splits((const uint8_t *)in, inlen, (const uint8_t *)out, &s);
	/* The reference is held to the same words. */
	slow = slowdot((const uint8_t *)in, inlen, buf);
	assert_int_equal(slow.len, outlen);
	assert_memory_equal(buf, out, outlen);
	assert_int_equal(slow.octets, octets);
	assert_int_equal(slow.end, end);
	free(buf);
}

/* R9 */
static void
only_crlf_dot_crlf_ends_a_body(void **state)
{
	(void)state;
	BODY("a\r\n.\r\n", "a\n", 3, 6);
	BODY("a\r\nb\r\n.\r\nnext", "a\nb\n", 6, 9);
	BODY("a.\r\n.\r\n", "a.\n", 4, 7);
	PART("a\r\n", "a\n", 3);
	PART("a\r\n.", "a\n", 3);
	PART("a\r\n.\r", "a\n", 3);
	PART("a\r\n..\r\n", "a\n.\n", 6);
	PART("a.\r\n", "a.\n", 4);
}

/* R9: at the start the CRLF before the dot is the status line's. */
static void
a_body_may_be_empty(void **state)
{
	(void)state;
	BODY(".\r\n", "", 0, 3);
	BODY(".\r\n+OK\r\n", "", 0, 3);
	BODY("\r\n.\r\n", "\n", 2, 5);
}

/* R9, Q20 */
static void
bare_lf_is_data(void **state)
{
	(void)state;
	PART("a\n.\nb\r\n", "a\n.\nb\n", 7);
	PART("a\n.\r\nb\r\n", "a\n.\nb\n", 8);
	PART("a\r\n.\nb\r\n", "a\n\nb\n", 7);
	BODY("a\n.\n\r\n.\r\n", "a\n.\n\n", 6, 9);
	BODY("\n.\r\n.\r\n", "\n.\n", 4, 7);
	BODY("\n\n\r\n.\r\n", "\n\n\n", 4, 7);
	BODY(".\n\r\n.\r\n", "\n\n", 3, 7);
}

/* R9 */
static void
bare_cr_is_data(void **state)
{
	(void)state;
	PART("a\r.\rb\r\n", "a\r.\rb\n", 7);
	BODY("\r.\r\r\n.\r\n", "\r.\r\n", 5, 8);
	BODY("\r\r\n.\r\n", "\r\n", 3, 6);
	BODY("\r\r\r\r\n.\r\n", "\r\r\r\n", 5, 8);
	BODY("a\r\rb\r\n.\r\n", "a\r\rb\n", 6, 9);
	BODY("a\n\r\n.\r\n", "a\n\n", 4, 7);
}

/* R9: such a dot was stuffing, what follows it is data. */
static void
dot_and_bare_cr_do_not_end_a_body(void **state)
{
	(void)state;
	PART(".\ra", "\ra", 2);
	BODY(".\rx\r\n.\r\n", "\rx\n", 4, 8);
	BODY(".\r\r\n.\r\n", "\r\n", 3, 7);
	BODY("a\r\n.\r.\r\n.\r\n", "a\n\r.\n", 7, 11);
}

/* R10 */
static void
exactly_one_leading_dot_is_stripped(void **state)
{
	(void)state;
	BODY("..\r\n.\r\n", ".\n", 3, 7);
	BODY("...\r\n.\r\n", "..\n", 4, 8);
	BODY("..x\r\n.\r\n", ".x\n", 4, 8);
	BODY(".x\r\n.\r\n", "x\n", 3, 7);
	BODY("a\r\n..\r\n..\r\n.\r\n", "a\n.\n.\n", 9, 14);
	BODY("x..\r\n.\r\n", "x..\n", 5, 8);
}

/* R13 */
static void
all_octet_values_pass(void **state)
{
	uint8_t in[256 + 6], want[256 + 1];
	struct slowdot s = { 262, 257, 258, true };
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		in[i] = want[i] = (uint8_t)i;
	memcpy(in + 256, "\r\n.\r\n", 5);
	in[261] = 'n';
	s.used = 261;
	want[256] = '\n';
	all_splits(in, sizeof(in), want, &s);
}

/* R29: CRLF counts two, stuffing and the final line do not count. */
static void
octets_are_counted_as_rfc_1939_section_11_says(void **state)
{
	(void)state;
	BODY("one\r\n..two\r\n\r\n.\r\n", "one\n.two\n\n", 13, 17);
}

/* R9, R10: all inputs of up to seven octets of the four that matter. */
static void
all_short_inputs_agree_with_the_reference(void **state)
{
	static const uint8_t letters[] = { '.', '\r', '\n', 'a' };
	uint8_t in[7], out[7];
	struct slowdot s;
	size_t len, i;
	unsigned n, v;

	(void)state;
	for (len = 0; len <= sizeof(in); len++)
		for (n = 0; n < 1u << (2 * len); n++) {
			for (v = n, i = 0; i < len; i++, v >>= 2)
				in[i] = letters[v & 3];
			s = slowdot(in, len, out);
			all_splits(in, len, out, &s);
		}
}

/* R10: a stuffed dot and the end on both sides of buffer edges. */
static void
dots_at_buffer_edges(void **state)
{
	static const size_t edges[] = { 4096, 16384 };
	static const size_t chunks[] = { 1, 2, 3, 4, 5, 6, 7, 4096, 16384 };
	static const char tail[] = "\r\n..dot\r\n.\r\nnext";
	struct slowdot s;
	struct result r;
	uint8_t *in, *out;
	size_t i, j, k, len;

	(void)state;
	for (i = 0; i < 2; i++)
		for (j = 0; j <= sizeof(tail); j++) {
			len = edges[i] - j + sizeof(tail) - 1;
			in = malloc(len);
			out = malloc(len);
			r.out = malloc(len);
			memset(in, 'x', edges[i] - j);
			memcpy(in + edges[i] - j, tail, sizeof(tail) - 1);
			s = slowdot(in, len, out);
			assert_true(s.end);
			for (k = 0; k < 9; k++) {
				feed_chunks(&r, in, len, chunks[k]);
				same(&r, out, &s);
			}
			free(r.out);
			free(out);
			free(in);
		}
}

/* R11 */
static void
a_line_of_any_length_passes(void **state)
{
	enum { PIECE = 65536, PIECES = 1024 };
	uint8_t *piece = malloc(PIECE), end[] = "\r\n.\r\n";
	struct dot d;
	struct dot_out o;
	int i;

	(void)state;
	dot_init(&d);
	memset(piece, 'x', PIECE);
	for (i = 0; i < PIECES; i++) {
		dot_feed(&d, piece, PIECE, &o);
		assert_int_equal(o.len, PIECE);
		assert_false(o.end);
	}
	dot_feed(&d, end, sizeof(end) - 1, &o);
	assert_true(o.end);
	assert_int_equal(d.octets, (uint64_t)PIECE * PIECES + 2);
	free(piece);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_crlf_dot_crlf_ends_a_body),
		cmocka_unit_test(a_body_may_be_empty),
		cmocka_unit_test(bare_lf_is_data),
		cmocka_unit_test(bare_cr_is_data),
		cmocka_unit_test(dot_and_bare_cr_do_not_end_a_body),
		cmocka_unit_test(exactly_one_leading_dot_is_stripped),
		cmocka_unit_test(all_octet_values_pass),
		cmocka_unit_test(
		    octets_are_counted_as_rfc_1939_section_11_says),
		cmocka_unit_test(all_short_inputs_agree_with_the_reference),
		cmocka_unit_test(dots_at_buffer_edges),
		cmocka_unit_test(a_line_of_any_length_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
