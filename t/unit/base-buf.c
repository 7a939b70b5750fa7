/*
 * Tests of base/buf, and of base/mem underneath it.
 */
#include "config.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

const char	*__asan_default_options(void);

/* AddressSanitizer else ends the process before the code under test does. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static size_t freed_len;	/* of the last freezero */

/* Takes libbsd's place. */
void
freezero(void *p, size_t len)
{
	freed_len = len;
	if (p != NULL)
		memset(p, 0, len);
	free(p);
}

/* A small generator of our own: the same numbers on every system. */
static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void
octets_come_out_in_order(void **state)
{
	uint8_t in[300];
	struct buf b;
	uint32_t seed = 1;
	size_t i, n;
	uint8_t put = 0, got = 0;
	int round;

	(void)state;
	buf_init(&b, 1000);
	for (round = 0; round < 20000; round++) {
		n = next_random(&seed) % sizeof(in);
		for (i = 0; i < n; i++)
			in[i] = (uint8_t)(put + i);
		if (buf_append(&b, in, n))
			put = (uint8_t)(put + n);
		assert_in_range(buf_len(&b), 0, 1000);
		n = next_random(&seed) % (buf_len(&b) + 1);
		for (i = 0; i < n; i++)
			assert_int_equal(buf_data(&b)[i], got++);
		buf_consume(&b, n);
	}
	assert_int_equal((uint8_t)(got + buf_len(&b)), put);
	buf_free(&b);
}

static void
limit_is_reached_and_never_passed(void **state)
{
	static const size_t limits[] = { 1, 2, 255, 256, 257, 511, 512, 5000 };
	struct buf b;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		buf_init(&b, limits[i]);
		for (n = 0; n < limits[i]; n++)
			assert_true(buf_append(&b, "x", 1));
		assert_false(buf_append(&b, "y", 1));
		assert_null(buf_reserve(&b, 1));
		assert_null(buf_reserve(&b, SIZE_MAX));
		assert_int_equal(buf_len(&b), limits[i]);
		assert_in_range(b.cap, 0, limits[i]);
		buf_free(&b);
	}
}

static void
refused_append_changes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(buf_append(&b, "abc", 3));
	assert_false(buf_append(&b, "de", 2));
	assert_false(buf_printf(&b, "%d", 10));
	assert_int_equal(buf_len(&b), 3);
	assert_memory_equal(buf_data(&b), "abc", 3);
	buf_free(&b);
}

static void
what_was_consumed_does_not_count(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(buf_append(&b, "abcd", 4));
	buf_consume(&b, 3);
	assert_true(buf_append(&b, "efg", 3));
	assert_memory_equal(buf_data(&b), "defg", 4);
	buf_free(&b);
}

static void
reserved_room_takes_the_octets(void **state)
{
	struct buf b;
	uint8_t *p;

	(void)state;
	buf_init(&b, 100000);
	assert_true(buf_append(&b, "a", 1));
	assert_non_null(p = buf_reserve(&b, 99999));
	memset(p, 'b', 99999);
	assert_int_equal(buf_len(&b), 1);
	buf_commit(&b, 2);
	assert_int_equal(buf_len(&b), 3);
	assert_memory_equal(buf_data(&b), "abb", 3);
	buf_free(&b);
}

static void
printf_leaves_out_the_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 7);
	assert_true(buf_printf(&b, "%s %d", "abc", 123));
	assert_int_equal(buf_len(&b), 7);
	assert_memory_equal(buf_data(&b), "abc 123", 7);
	buf_free(&b);
}

static void
empty_buffer_has_data_but_none_of_it(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_non_null(buf_data(&b));
	assert_int_equal(buf_len(&b), 0);
	assert_true(buf_append(&b, NULL, 0));
	assert_non_null(buf_reserve(&b, 0));
	buf_consume(&b, 0);
	buf_free(&b);
}

static void
freed_buffer_may_be_used_again(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	assert_true(buf_append(&b, "abc", 3));
	buf_free(&b);
	assert_int_equal(buf_len(&b), 0);
	assert_true(buf_append(&b, "def", 3));
	assert_false(buf_append(&b, "g", 1));
	buf_free(&b);
}

static void
secret_buffer_is_overwritten_whole(void **state)
{
	struct buf b;
	size_t cap;

	(void)state;
	buf_init(&b, 100);
	assert_true(buf_append(&b, "password", 8));
	buf_consume(&b, 8);
	cap = b.cap;
	assert_in_range(cap, 8, 100);
	freed_len = 0;
	buf_free_secret(&b);
	assert_int_equal(freed_len, cap);
	assert_int_equal(buf_len(&b), 0);
}

static void
growing_keeps_the_old_and_zeroes_the_new(void **state)
{
	uint32_t *p;
	size_t i;

	(void)state;
	p = mem_grow(NULL, 0, 3, sizeof(*p));
	for (i = 0; i < 3; i++)
		p[i] = 7;
	p = mem_grow(p, 3, 3000, sizeof(*p));
	for (i = 0; i < 3000; i++)
		assert_int_equal(p[i], i < 3 ? 7 : 0);
	free(p);
}

static void
arena_pieces_are_zeroed_aligned_and_apart(void **state)
{
	unsigned char *p[200];
	struct arena *a;
	size_t i, k, n;

	(void)state;
	a = arena_new();
	for (i = 0; i < 200; i++) {
		n = i * 31 % 5000;
		p[i] = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		for (k = 0; k < n; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)i, n);
	}
	for (i = 0; i < 200; i++)
		for (k = 0; k < i * 31 % 5000; k++)
			assert_int_equal(p[i][k], i);
	arena_free(a);
}

static void
arena_strings_are_copies(void **state)
{
	char text[] = "abcdef";
	struct arena *a;
	char *all, *some, *made;

	(void)state;
	a = arena_new();
	all = arena_strdup(a, text);
	some = arena_strndup(a, text, 3);
	assert_string_equal(arena_strndup(a, "ab", 100), "ab");
	made = arena_printf(a, "%s-%d", text, 42);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(all, "abcdef");
	assert_string_equal(some, "abc");
	assert_string_equal(made, "abcdef-42");
	arena_free(a);
}

static void
secret_is_a_string_of_its_own(void **state)
{
	char text[] = "secret and more";
	char *s;

	(void)state;
	s = secret_dup(text, 6);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(s, "secret");
	secret_free(s);
	s = secret_dup("", 0);
	assert_string_equal(s, "");
	secret_free(s);
	secret_free(NULL);
}

static void
no_memory_ends_with_a_line_and_temp(void **state)
{
	static char line[8192];	/* a sanitizer adds its own words */
	volatile size_t huge = SIZE_MAX / 4;
	ssize_t n, r;
	pid_t pid;
	int fds[2], status;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		(void)mem_alloc(huge);
		_exit(0);
	}
	close(fds[1]);
	for (n = 0; (r = read(fds[0], line + n, sizeof(line) - 1 -
	    (size_t)n)) > 0;)
		n += r;
	line[n] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ERR_TEMP);
	assert_non_null(strstr(line, "popfetch: out of memory\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_come_out_in_order),
		cmocka_unit_test(limit_is_reached_and_never_passed),
		cmocka_unit_test(refused_append_changes_nothing),
		cmocka_unit_test(what_was_consumed_does_not_count),
		cmocka_unit_test(reserved_room_takes_the_octets),
		cmocka_unit_test(printf_leaves_out_the_nul),
		cmocka_unit_test(empty_buffer_has_data_but_none_of_it),
		cmocka_unit_test(freed_buffer_may_be_used_again),
		cmocka_unit_test(secret_buffer_is_overwritten_whole),
		cmocka_unit_test(growing_keeps_the_old_and_zeroes_the_new),
		cmocka_unit_test(arena_pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(arena_strings_are_copies),
		cmocka_unit_test(secret_is_a_string_of_its_own),
		cmocka_unit_test(no_memory_ends_with_a_line_and_temp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
