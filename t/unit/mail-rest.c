/*
 * Rests: how long, and when they are over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/rest.h"

#define NOW	INT64_C(1800000000)

static struct journal_account
met(struct journal_account a, enum journal_why why, uint64_t delay)
{
	struct rest r = rest_after(&a, why, delay, NOW);

	a.why = r.why;
	a.rest = r.until;
	a.rests = r.rests;
	return a;
}

static void
refusals_double_from_15_minutes_to_6_hours(void **state)
{
	static const int64_t minutes[] = { 15, 30, 60, 120, 240, 360, 360 };
	struct journal_account a = { .why = JOURNAL_REST_NONE };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		a = met(a, JOURNAL_REST_REFUSED, 0);
		assert_int_equal(a.rest - NOW, minutes[i] * 60);
		assert_int_equal(rest_left(&a, 0, NOW), minutes[i] * 60);
		assert_int_equal(rest_left(&a, 0, a.rest - 1), 1);
		assert_int_equal(rest_left(&a, 0, a.rest), 0);
	}
	a.rests = UINT32_MAX;
	a = met(a, JOURNAL_REST_REFUSED, 0);
	assert_int_equal(a.rest - NOW, 6 * 3600);
}

static void
another_reason_begins_anew(void **state)
{
	struct journal_account a = { .why = JOURNAL_REST_NONE };

	(void)state;
	a = met(met(a, JOURNAL_REST_REFUSED, 0), JOURNAL_REST_REFUSED, 0);
	a = met(a, JOURNAL_REST_BUSY, 0);
	assert_int_equal(a.rest - NOW, 10 * 60);
	a = met(a, JOURNAL_REST_REFUSED, 0);
	assert_int_equal(a.rest - NOW, 15 * 60);
}

static void
login_delay_is_what_the_server_says(void **state)
{
	struct journal_account a = { .why = JOURNAL_REST_NONE };

	(void)state;
	a = met(a, JOURNAL_REST_DELAY, 900);
	assert_int_equal(a.rest - NOW, 900);
	a = met(a, JOURNAL_REST_DELAY, 0);
	assert_int_equal(a.rest - NOW, 300);
	a = met(a, JOURNAL_REST_DELAY, UINT64_MAX);
	assert_int_equal(a.rest - NOW, 86400);
	assert_int_equal(rest_left(&a, 0, NOW), 86400);
}

static void
an_edited_file_ends_the_rest_of_a_refusal_only(void **state)
{
	struct journal_account a = { .why = JOURNAL_REST_NONE };

	(void)state;
	a = met(a, JOURNAL_REST_REFUSED, 0);
	assert_int_equal(rest_left(&a, NOW - 1, NOW + 60), 15 * 60 - 60);
	assert_int_equal(rest_left(&a, NOW, NOW + 60), 15 * 60 - 60);
	assert_int_equal(rest_left(&a, NOW + 1, NOW + 60), 0);
	a = met(a, JOURNAL_REST_BUSY, 0);
	assert_int_equal(rest_left(&a, NOW + 1, NOW + 60), 9 * 60);
}

static void
a_clock_set_back_makes_no_rest_longer(void **state)
{
	struct journal_account a = { .why = JOURNAL_REST_NONE };

	(void)state;
	a = met(a, JOURNAL_REST_REFUSED, 0);
	assert_int_equal(rest_left(&a, 0, NOW - 1), 0);
	a = met(a, JOURNAL_REST_BUSY, 0);
	assert_int_equal(rest_left(&a, 0, NOW - 365 * 86400), 0);
}

static void
silence_is_a_refusal_only_if_it_comes_twice(void **state)
{
	struct journal_account a = { .why = JOURNAL_REST_NONE };
	struct rest r = rest_after_silence(&a, NOW);

	(void)state;
	a.why = r.why;
	a.rest = r.until;
	a.rests = r.rests;
	assert_int_equal(rest_left(&a, 0, NOW), 0);
	assert_int_equal(rest_left(&a, 0, NOW - 1), 1);
	r = rest_after_silence(&a, NOW);
	assert_int_equal(r.why, JOURNAL_REST_REFUSED);
	assert_int_equal(r.until, NOW + 30 * 60);
}

static void
no_rest_is_none(void **state)
{
	struct journal_account a = { .rest = NOW + 60 };

	(void)state;
	assert_int_equal(rest_left(&a, 0, NOW), 0);
	assert_int_equal(rest_after(&a, JOURNAL_REST_NONE, 5, NOW).until, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_double_from_15_minutes_to_6_hours),
		cmocka_unit_test(another_reason_begins_anew),
		cmocka_unit_test(login_delay_is_what_the_server_says),
		cmocka_unit_test(an_edited_file_ends_the_rest_of_a_refusal_only),
		cmocka_unit_test(a_clock_set_back_makes_no_rest_longer),
		cmocka_unit_test(silence_is_a_refusal_only_if_it_comes_twice),
		cmocka_unit_test(no_rest_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
