/*
 * The progress line, word for word.
 */
#include "mail/progress.h"

#include <string.h>

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define MIB	(1024 * 1024)

static void
says(const struct progress *p, int64_t ms, const char *want)
{
	char text[100];

	progress_text(text, sizeof(text), "work", p, ms);
	assert_string_equal(text, want);
}

static void
the_line_has_messages_size_rate_and_time_left(void **state)
{
	struct progress p = { 12, 30, (uint64_t)(8.1 * MIB), 24 * MIB };

	(void)state;
	says(&p, 3522, "work 12/30  8.1/24 MiB  2.3 MiB/s  0:07");
	p = (struct progress){ 0, 1, 0, 500 };
	says(&p, 0, "work 0/1  0/500 B  0 B/s  -:--");
	says(&p, 9000, "work 0/1  0/500 B  0 B/s  -:--");
	p = (struct progress){ 1, 2, 1024, UINT64_C(8) << 40 };
	says(&p, 1000,
	    "work 1/2  0.0/8 TiB  1 KiB/s  2386092:56:31");
	p = (struct progress){ 1, 2, 100 * MIB, 300 * MIB };
	says(&p, 60000, "work 1/2  100/300 MiB  1.7 MiB/s  2:01");
}

static void
sizes_are_short(void **state)
{
	char size[PROGRESS_SIZE];

	(void)state;
	assert_string_equal(progress_size(size, 0), "0 B");
	assert_string_equal(progress_size(size, 999), "999 B");
	assert_string_equal(progress_size(size, 1000), "1.0 KiB");
	assert_string_equal(progress_size(size, 1024), "1 KiB");
	assert_string_equal(progress_size(size, 102400), "100 KiB");
	assert_string_equal(progress_size(size, 20 * MIB), "20 MiB");
	assert_string_equal(progress_size(size, UINT64_MAX), "16777216 TiB");
}

static void
a_server_that_said_too_little_makes_no_nonsense(void **state)
{
	const struct progress p = { 1, 1, 2000, 10 };

	(void)state;
	says(&p, 1000, "work 1/1  2.0/2.0 KiB  2.0 KiB/s  0:00");
}

static void
it_is_cut_to_the_terminal(void **state)
{
	const struct progress p = { 1, 2, 3, 4 };
	char text[12];

	(void)state;
	progress_text(text, sizeof(text), "a\x1b[31mname", &p, 1);
	assert_string_equal(text, "a\\033[31mna");
}

static void
accounts_add_up(void **state)
{
	struct progress sum = { 1, 2, 3, 4 };
	const struct progress p = { 10, 20, 30, 40 };

	(void)state;
	progress_add(&sum, &p);
	assert_int_equal(sum.done, 11);
	assert_int_equal(sum.total, 22);
	assert_int_equal(sum.octets, 33);
	assert_int_equal(sum.all, 44);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_has_messages_size_rate_and_time_left),
		cmocka_unit_test(sizes_are_short),
		cmocka_unit_test(a_server_that_said_too_little_makes_no_nonsense),
		cmocka_unit_test(it_is_cut_to_the_terminal),
		cmocka_unit_test(accounts_add_up),
	};

	return cmocka_run_group_tests_name("mail/progress", tests, NULL, NULL);
}
