/* How much is asked for ahead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/window.h"

#define MIB	(1u << 20)

/* Asks for messages of one size until the window closes; returns how many. */
static uint32_t
fill(struct window *w, uint64_t size)
{
	uint32_t n = 0;

	while (n < 100000 && window_open(w, size)) {
		window_sent(w, size);
		n++;
	}
	return n;
}

static void
drain(struct window *w, uint64_t size, uint32_t n)
{
	while (n-- > 0)
		window_done(w, size);
}

/* A line of so many octets a millisecond, busy for ms. */
static void
line(struct window *w, uint64_t speed, int64_t from, int64_t ms)
{
	int64_t t;

	for (t = from; t <= from + ms; t += 10)
		window_arrived(w, speed * 10, t);
}

static void
octets_bound_what_is_asked_for(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	assert_int_equal(fill(&w, MIB), WINDOW_OCTETS / MIB);
	assert_false(window_open(&w, 1));
}

static void
commands_bound_what_is_asked_for(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	assert_int_equal(fill(&w, 1), WINDOW_COMMANDS);
	window_init(&w);
	assert_int_equal(fill(&w, 0), WINDOW_COMMANDS);
}

static void
one_message_goes_however_large(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	assert_int_equal(fill(&w, UINT64_C(1) << 62), 1);
	window_done(&w, UINT64_C(1) << 62);
	assert_int_equal(fill(&w, UINT64_C(1) << 62), 1);
}

static void
a_large_one_waits_for_the_others(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, 1);
	assert_false(window_open(&w, UINT64_MAX));
	assert_false(window_open(&w, WINDOW_OCTETS));
	window_done(&w, 1);
	assert_true(window_open(&w, UINT64_MAX));
}

static void
refilled_only_at_half_of_the_octets(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	assert_int_equal(fill(&w, MIB / 4), 16);
	drain(&w, MIB / 4, 7);
	assert_false(window_open(&w, MIB / 4));
	window_done(&w, MIB / 4);
	assert_int_equal(fill(&w, MIB / 4), 8);
	assert_false(window_open(&w, MIB / 4));
}

static void
refilled_only_at_half_of_the_commands(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	assert_int_equal(fill(&w, 10), WINDOW_COMMANDS);
	drain(&w, 10, WINDOW_COMMANDS / 2 - 1);
	assert_false(window_open(&w, 10));
	window_done(&w, 10);
	assert_int_equal(fill(&w, 10), WINDOW_COMMANDS / 2);
}

static void
answers_too_many_do_not_wrap(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, 10);
	window_done(&w, 20);
	window_done(&w, 20);
	assert_int_equal(w.octets, 0);
	assert_int_equal(w.commands, 0);
	assert_int_equal(fill(&w, MIB), WINDOW_OCTETS / MIB);
}

static void
a_long_fat_line_widens_it(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	window_rtt(&w, 100);
	line(&w, 100000, 1000, 500);
	/* Four times 100 ms of 100 octets a microsecond. */
	assert_int_equal(w.limit, 4 * 100 * 100000);
	window_done(&w, MIB);
	assert_int_equal(fill(&w, MIB), 4 * 100 * 100000 / MIB);
}

static void
a_slow_line_leaves_it_at_the_floor(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	window_rtt(&w, 100);
	line(&w, 10, 1000, 5000);
	assert_int_equal(w.limit, WINDOW_OCTETS);
}

static void
a_line_that_slows_down_narrows_it_in_steps(void **state)
{
	struct window w;
	uint64_t wide;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	window_rtt(&w, 100);
	line(&w, 100000, 1000, 400);
	wide = w.limit;
	line(&w, 10, 1410, 200);
	assert_true(w.limit < wide);
	assert_true(w.limit > wide / 2);
	line(&w, 10, 2000, 60000);
	assert_true(w.limit < WINDOW_OCTETS + 100);
	/* And back at once. */
	line(&w, 100000, 63000, 400);
	assert_int_equal(w.limit, wide);
}

static void
a_burst_is_no_measure(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	window_rtt(&w, 1);
	window_arrived(&w, MIB, 1000);
	window_arrived(&w, 64 * MIB, 1010);
	assert_int_equal(w.limit, WINDOW_OCTETS);
}

static void
however_fast_there_is_a_ceiling(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	window_rtt(&w, 3000);
	line(&w, 100000000, 0, 10000);
	assert_int_equal(w.limit, 256u << 20);
}

static void
the_least_round_trip_counts(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_rtt(&w, 50);
	window_rtt(&w, 900);
	window_rtt(&w, -5);
	assert_int_equal(w.rtt_ms, 50);
	window_rtt(&w, 20);
	assert_int_equal(w.rtt_ms, 20);
}

static void
without_a_round_trip_nothing_is_concluded(void **state)
{
	struct window w;

	(void)state;
	window_init(&w);
	window_sent(&w, MIB);
	line(&w, 100000, 1000, 5000);
	assert_int_equal(w.limit, WINDOW_OCTETS);
}

static void
idle_time_is_not_measured(void **state)
{
	struct window w;
	uint64_t wide;

	(void)state;
	window_init(&w);
	window_rtt(&w, 100);
	window_sent(&w, MIB);
	line(&w, 100000, 1000, 400);
	wide = w.limit;
	window_done(&w, MIB);
	/* A minute later, as fast as ever. */
	window_sent(&w, MIB);
	window_arrived(&w, MIB, 61000);
	assert_int_equal(w.limit, wide);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_bound_what_is_asked_for),
		cmocka_unit_test(commands_bound_what_is_asked_for),
		cmocka_unit_test(one_message_goes_however_large),
		cmocka_unit_test(a_large_one_waits_for_the_others),
		cmocka_unit_test(refilled_only_at_half_of_the_octets),
		cmocka_unit_test(refilled_only_at_half_of_the_commands),
		cmocka_unit_test(answers_too_many_do_not_wrap),
		cmocka_unit_test(a_long_fat_line_widens_it),
		cmocka_unit_test(a_slow_line_leaves_it_at_the_floor),
		cmocka_unit_test(a_line_that_slows_down_narrows_it_in_steps),
		cmocka_unit_test(a_burst_is_no_measure),
		cmocka_unit_test(however_fast_there_is_a_ceiling),
		cmocka_unit_test(the_least_round_trip_counts),
		cmocka_unit_test(without_a_round_trip_nothing_is_concluded),
		cmocka_unit_test(idle_time_is_not_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
