/*
 * The arena and the secrets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void
arena_keeps_what_it_gave(void **state)
{
	struct arena *a = arena_new();
	char *s[2000], want[32];
	int i;

	(void)state;
	for (i = 0; i < 2000; i++)
		s[i] = arena_printf(a, "string %d", i);
	assert_int_equal((uintptr_t)arena_alloc(a, 3) % sizeof(void *), 0);
	assert_non_null(arena_alloc(a, 1000000));
	for (i = 0; i < 2000; i++) {
		snprintf(want, sizeof(want), "string %d", i);
		assert_string_equal(s[i], want);
	}
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	arena_free(a);
}

static void
secrets_keep_apart_and_are_wiped(void **state)
{
	enum { N = 5000 };
	char **s = calloc(N, sizeof(*s)), want[32];
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(want, sizeof(want), "secret %d", i);
		s[i] = secret_dup(want, strlen(want));
	}
	for (i = 0; i < N; i++) {
		snprintf(want, sizeof(want), "secret %d", i);
		assert_string_equal(s[i], want);
	}
	/* Its neighbours keep the memory mapped, so it can be looked at. */
	secret_free(s[1]);
	assert_int_equal(s[1][0], '\0');
	assert_int_equal(s[1][6], '\0');
	assert_string_equal(s[0], "secret 0");
	assert_string_equal(s[2], "secret 2");
	for (i = 0; i < N; i++)
		if (i != 1)
			secret_free(s[i]);
	free(s);
	secret_free(NULL);
}

static void
a_secret_may_be_large_or_empty(void **state)
{
	char *big = malloc(300000), *s, *e;

	(void)state;
	memset(big, 'x', 300000);
	s = secret_dup(big, 300000);
	e = secret_dup("", 0);
	assert_int_equal(strlen(s), 300000);
	assert_string_equal(e, "");
	secret_free(s);
	secret_free(e);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_keeps_what_it_gave),
		cmocka_unit_test(secrets_keep_apart_and_are_wiped),
		cmocka_unit_test(a_secret_may_be_large_or_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
