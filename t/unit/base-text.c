/*
 * Tests of base/text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

static void
vis_lets_only_printable_octets_through(void **state)
{
	char out[16], want[16];
	uint8_t c;
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		c = (uint8_t)i;
		if ((c >= 32 && c < 127) || c == '\t')
			snprintf(want, sizeof(want), "%c", c);
		else if (c >= 7 && c <= 13)
			snprintf(want, sizeof(want), "\\%c",
			    "ab.nvfr"[c - 7]);
		else
			snprintf(want, sizeof(want), "\\%03o", c);
		assert_ptr_equal(text_vis(out, sizeof(out), &c, 1), out);
		assert_string_equal(out, want);
	}
}

static void
vis_of_shown_text_is_the_same(void **state)
{
	const char src[] = "a\\b\033[1mc\r\n\303\244";
	char once[64], twice[64];

	(void)state;
	text_vis(once, sizeof(once), src, sizeof(src));
	text_vis(twice, sizeof(twice), once, strlen(once));
	assert_string_equal(once, "a\\b\\033[1mc\\r\\n\\303\\244\\000");
	assert_string_equal(twice, once);
}

static void
vis_cuts_between_escapes_and_says_so(void **state)
{
	static const char src[] = "ab\001cd\002e";
	static const char *const want[] = {
		"", "a", "ab", "...", "a...", "ab...", "ab...", "ab...",
		"ab...", "ab\\001...", "ab\\001c...", "ab\\001cd...",
		"ab\\001cd...", "ab\\001cd\\002e", "ab\\001cd\\002e"
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		memset(out, '#', sizeof(out));
		text_vis(out, i + 1, src, sizeof(src) - 1);
		assert_string_equal(out, want[i]);
		assert_int_equal(out[i + 1], '#');
	}
	memset(out, '#', sizeof(out));
	text_vis(out, 0, src, sizeof(src) - 1);
	assert_int_equal(out[0], '#');
}

static void
pct_keeps_letters_digits_and_what_is_asked(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_true(text_pct(&b, "aZ9.-_/ \0%\377", 11, ".-%"));
	assert_int_equal(buf_len(&b), 5 + 6 * 3);
	assert_memory_equal(buf_data(&b), "aZ9.-%5F%2F%20%00%25%FF", 23);
	buf_free(&b);
}

static void
pct_is_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	assert_false(text_pct(&b, "a  ", 3, ""));
	assert_int_equal(buf_len(&b), 0);
	assert_true(text_pct(&b, "abc ", 4, ""));
	assert_memory_equal(buf_data(&b), "abc%20", 6);
	buf_free(&b);
}

static void
unpct_gives_back_every_octet(void **state)
{
	uint8_t in[256], out[256];
	struct buf b;
	size_t i;
	long n;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	buf_init(&b, 1000);
	assert_true(text_pct(&b, in, sizeof(in), "!"));
	n = text_unpct(out, sizeof(out), (char *)buf_data(&b), buf_len(&b));
	assert_int_equal(n, sizeof(in));
	assert_memory_equal(out, in, sizeof(in));
	/* In place. */
	n = text_unpct(buf_data(&b), buf_len(&b), (char *)buf_data(&b),
	    buf_len(&b));
	assert_int_equal(n, sizeof(in));
	assert_memory_equal(buf_data(&b), in, sizeof(in));
	buf_free(&b);
}

static void
unpct_refuses_what_is_not_encoded(void **state)
{
	static const char *const bad[] = {
		"%", "%4", "a%", "a%4", "%4g", "%g4", "%%41", "% 1", "%-1"
	};
	uint8_t out[8];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_unpct(out, sizeof(out), bad[i],
		    strlen(bad[i])), -1);
	assert_int_equal(text_unpct(out, 2, "a%6cb", 5), -1);
	assert_int_equal(text_unpct(out, 3, "a%6cb", 5), 3);
	assert_memory_equal(out, "alb", 3);
	/* The digits have to be inside the length. */
	assert_int_equal(text_unpct(out, sizeof(out), "%41", 2), -1);
}

static void
hex_goes_there_and_back(void **state)
{
	const uint8_t in[] = { 0x00, 0x0f, 0xa5, 0xff };
	uint8_t out[4];
	char hex[9];

	(void)state;
	text_hex(hex, in, sizeof(in));
	assert_string_equal(hex, "000fa5ff");
	assert_true(text_unhex(out, 4, "000fA5fF", 8));
	assert_memory_equal(out, in, sizeof(in));
	assert_false(text_unhex(out, 4, "000fa5f", 7));
	assert_false(text_unhex(out, 4, "000fa5ff0", 9));
	assert_false(text_unhex(out, 4, "000fa5ff00", 10));
	assert_false(text_unhex(out, 4, "000fa5fg", 8));
	assert_false(text_unhex(out, 4, "+00fa5ff", 8));
}

static void
number_is_digits_within_bounds(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 digits;
		uint64_t	 max;
		bool		 ok;
		uint64_t	 value;
	} rows[] = {
		{ "0", 1, 0, true, 0 },
		{ "1", 1, 0, false, 0 },
		{ "007", 3, 7, true, 7 },
		{ "007", 2, 7, false, 0 },
		{ "8", 1, 7, false, 0 },
		{ "10", 2, 10, true, 10 },
		{ "11", 2, 10, false, 0 },
		{ "", 9, 9, false, 0 },
		{ " 1", 9, 9, false, 0 },
		{ "1 ", 9, 9, false, 0 },
		{ "+1", 9, 9, false, 0 },
		{ "-1", 9, 9, false, 0 },
		{ "0x1", 9, 9, false, 0 },
		{ "18446744073709551615", 20, UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", 20, UINT64_MAX, false, 0 },
		{ "99999999999999999999", 20, UINT64_MAX, false, 0 },
		{ "18446744073709551615", 20, UINT64_MAX - 1, false, 0 },
		{ "4294967296", 10, UINT32_MAX, false, 0 },
		{ "4294967295", 10, UINT32_MAX, true, UINT32_MAX },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v = 12345;
		assert_int_equal(text_number(rows[i].text,
		    strlen(rows[i].text), rows[i].digits, rows[i].max, &v),
		    rows[i].ok);
		assert_int_equal(v, rows[i].ok ? rows[i].value : 12345);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vis_lets_only_printable_octets_through),
		cmocka_unit_test(vis_of_shown_text_is_the_same),
		cmocka_unit_test(vis_cuts_between_escapes_and_says_so),
		cmocka_unit_test(pct_keeps_letters_digits_and_what_is_asked),
		cmocka_unit_test(pct_is_all_or_nothing),
		cmocka_unit_test(unpct_gives_back_every_octet),
		cmocka_unit_test(unpct_refuses_what_is_not_encoded),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(number_is_digits_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
