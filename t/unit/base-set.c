/*
 * Tests of base/set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/set.h"

#define MANY	200000

static void
numbers_are_given_in_order(void **state)
{
	struct set *s;

	(void)state;
	s = set_new();
	assert_int_equal(set_count(s), 0);
	assert_int_equal(set_add(s, "one", 3), 0);
	assert_int_equal(set_add(s, "two", 3), 1);
	assert_int_equal(set_add(s, "one", 3), 0);
	assert_int_equal(set_add(s, "three", 5), 2);
	assert_int_equal(set_count(s), 3);
	assert_int_equal(set_find(s, "two", 3), 1);
	assert_int_equal(set_find(s, "four", 4), SET_NONE);
	assert_int_equal(set_count(s), 3);
	set_free(s);
	set_free(NULL);
}

static void
strings_are_opaque_octets(void **state)
{
	/* Prefixes of each other, zeros, the empty one: all different. */
	static const char text[] = "\0\0a\0\0";
	struct set *s;
	const uint8_t *p;
	size_t i, len;

	(void)state;
	s = set_new();
	assert_int_equal(set_find(s, NULL, 0), SET_NONE);
	for (i = 0; i < sizeof(text); i++)
		assert_int_equal(set_add(s, text, i), i);
	for (i = 0; i < sizeof(text); i++) {
		assert_int_equal(set_find(s, text, i), i);
		p = set_get(s, (uint32_t)i, &len);
		assert_int_equal(len, i);
		assert_memory_equal(p, text, i);
	}
	assert_int_equal(set_add(s, NULL, 0), 0);
	assert_int_equal(set_find(s, "\0\0b", 3), SET_NONE);
	set_free(s);
}

static void
longest_string_fits(void **state)
{
	static uint8_t text[65535];
	struct set *s;
	const uint8_t *p;
	size_t len;

	(void)state;
	memset(text, 'x', sizeof(text));
	s = set_new();
	assert_int_equal(set_add(s, "first", 5), 0);
	assert_int_equal(set_add(s, text, sizeof(text)), 1);
	assert_int_equal(set_add(s, text, sizeof(text) - 1), 2);
	p = set_get(s, 1, &len);
	assert_int_equal(len, sizeof(text));
	assert_memory_equal(p, text, len);
	set_free(s);
}

static void
many_strings_keep_their_numbers(void **state)
{
	struct set *s;
	const uint8_t *p;
	char text[32];
	size_t len;
	uint32_t i;
	int n;

	(void)state;
	s = set_new();
	for (i = 0; i < MANY; i++) {
		n = snprintf(text, sizeof(text), "UID%08x", i * 2654435761U);
		assert_int_equal(set_add(s, text, (size_t)n), i);
	}
	assert_int_equal(set_count(s), MANY);
	for (i = 0; i < MANY; i++) {
		n = snprintf(text, sizeof(text), "UID%08x", i * 2654435761U);
		assert_int_equal(set_find(s, text, (size_t)n), i);
		p = set_get(s, i, &len);
		assert_int_equal(len, n);
		assert_memory_equal(p, text, len);
		text[0] = 'u';
		assert_int_equal(set_find(s, text, (size_t)n), SET_NONE);
	}
	set_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_given_in_order),
		cmocka_unit_test(strings_are_opaque_octets),
		cmocka_unit_test(longest_string_fits),
		cmocka_unit_test(many_strings_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
