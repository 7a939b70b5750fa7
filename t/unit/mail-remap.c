/*
 * Messages that are missing under their UIDs are found by what they say, and
 * each of them once.
 */
#include "mail/remap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "plan-lib.h"

static struct remap *r;

static int
end_remap(void **state)
{
	remap_free(r);
	r = NULL;
	return end(state);
}

static void
look(void)
{
	make(&keep);
	remap_free(r);
	if ((r = remap_new(j, &p, &err)) == NULL)
		fail_msg("%s", err.msg);
}

static uint32_t
by_head(unsigned seed)
{
	const struct journal_entry e = sample(seed);

	return remap_by_head(r, e.size, e.head);
}

static uint32_t
by_digest(unsigned seed)
{
	const struct journal_entry e = sample(seed);

	return remap_by_digest(r, e.octets, e.digest);
}

static void
what_is_missing_is_found_by_size_and_header(void **state)
{
	struct journal_entry e = sample(2);
	uint32_t a = vanish("a", 1, DAY), b = vanish("b", 2, DAY);

	(void)state;
	look();
	assert_int_equal(remap_count(r), 2);
	assert_int_equal(by_head(3), JOURNAL_NONE);
	assert_int_equal(remap_by_head(r, e.size + 1, e.head), JOURNAL_NONE);
	assert_int_equal(remap_by_head(r, e.size - 1, e.head), JOURNAL_NONE);
	assert_int_equal(remap_by_head(r, e.size, e.digest), JOURNAL_NONE);
	assert_int_equal(remap_by_head(r, UINT64_MAX, e.head), JOURNAL_NONE);
	e.head[DIGEST_LEN - 1]++;
	assert_int_equal(remap_by_head(r, e.size, e.head), JOURNAL_NONE);
	assert_int_equal(remap_count(r), 2);
	assert_int_equal(by_head(2), b);
	assert_int_equal(by_head(1), a);
	assert_int_equal(remap_count(r), 0);
}

static void
what_is_missing_is_found_by_octets_and_digest(void **state)
{
	struct journal_entry e = sample(1);
	uint32_t a = vanish("a", 1, DAY);

	(void)state;
	look();
	assert_int_equal(remap_by_digest(r, e.size, e.digest), JOURNAL_NONE);
	assert_int_equal(remap_by_digest(r, e.octets, e.head), JOURNAL_NONE);
	e.digest[DIGEST_LEN - 1]++;
	assert_int_equal(remap_by_digest(r, e.octets, e.digest), JOURNAL_NONE);
	assert_int_equal(by_digest(1), a);
	assert_int_equal(remap_count(r), 0);
}

static void
each_is_found_once(void **state)
{
	uint32_t a = vanish("a", 1, DAY), b = vanish("b", 1, DAY);
	uint32_t c = vanish("c", 1, DAY);

	(void)state;
	vanish("d", 2, DAY);
	look();
	assert_int_equal(by_head(1), a);
	assert_int_equal(by_digest(1), b);
	assert_int_equal(by_head(1), c);
	assert_int_equal(by_head(1), JOURNAL_NONE);
	assert_int_equal(by_digest(1), JOURNAL_NONE);
	assert_int_equal(remap_count(r), 1);
}

static void
only_what_is_missing_is_found(void **state)
{
	uint32_t n;

	(void)state;
	deliver(j, "listed", 1);
	vanish("back", 2, DAY);
	n = vanish("deleted", 3, DAY);
	journal_dele(j, n);
	n = vanish("forgotten", 4, DAY);
	journal_forget(j, n);
	refuse("failed", 5, 1);
	journal_unproven(j, intend(j, "unproven", 6));
	intend(j, "intent", 7);
	deliver(j, "", 8);
	vanish("", 8, DAY);
	deliver(j, "missing, not noted", 9);
	n = vanish("missing", 10, DAY);
	both(1, "listed", 101);
	both(2, "back", 102);
	look();
	assert_int_equal(remap_count(r), 1);
	assert_int_equal(by_head(2), JOURNAL_NONE);
	assert_int_equal(by_digest(8), JOURNAL_NONE);
	assert_int_equal(by_digest(10), n);
}

/* No line of the header says anything: messages of a size are many. */
static void
an_empty_header_is_never_found(void **state)
{
	struct journal_entry e = sample(1);
	struct digest *d = digest_new();
	uint32_t a;

	(void)state;
	digest_end(d, e.head);
	digest_free(d);
	a = journal_known(j, "a", 1, &e);
	journal_vanished(j, a, NOW);
	look();
	assert_int_equal(remap_count(r), 1);
	assert_int_equal(remap_by_head(r, e.size, e.head), JOURNAL_NONE);
	assert_int_equal(by_digest(1), a);
}

static void
where_nothing_is_missing_nothing_is_found(void **state)
{
	(void)state;
	look();
	assert_int_equal(remap_count(r), 0);
	assert_int_equal(by_head(1), JOURNAL_NONE);
	assert_int_equal(by_digest(1), JOURNAL_NONE);
	remap_free(NULL);
}

#define MANY	40000

/* All look the same: a search that began at the first each time would take
 * 2000 million steps.  The limit is processor time, some hundred times what is
 * needed. */
static void
many_that_are_equal_are_found_fast(void **state)
{
	char s[16];
	uint32_t i;
	clock_t start;

	(void)state;
	for (i = 0; i < MANY; i++) {
		snprintf(s, sizeof(s), "%u", i);
		vanish(s, 1, DAY);
	}
	look();
	start = clock();
	for (i = 0; i < MANY; i++)
		assert_int_equal((i & 1) != 0 ? by_head(1) : by_digest(1), i);
	assert_int_equal(by_head(1), JOURNAL_NONE);
	for (i = 0; i < MANY; i++)
		assert_int_equal(by_digest(1), JOURNAL_NONE);
	assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
}

/* --- any missing ones, looked for in any way */

#define SEEDS	8
#define MOST	60

static void
as_many_are_found_as_are_missing(void **state)
{
	uint32_t left[SEEDS], round, i, k, n;
	unsigned seed;
	char s[16];

	(void)state;
	srandom(1);
	for (round = 0; round < 200; round++) {
		memset(left, 0, sizeof(left));
		for (i = 0; i < journal_count(j); i++)
			journal_forget(j, i);
		n = (uint32_t)random() % MOST;
		for (i = 0; i < n; i++) {
			snprintf(s, sizeof(s), "%u-%u", round, i);
			seed = (unsigned)random() % SEEDS;
			vanish(s, seed, DAY);
			left[seed]++;
		}
		look();
		for (i = 0; i < 2 * MOST; i++) {
			seed = (unsigned)random() % SEEDS;
			k = random() % 2 == 0 ? by_head(seed) :
			    by_digest(seed);
			if (left[seed] == 0) {
				assert_int_equal(k, JOURNAL_NONE);
				continue;
			}
			left[seed]--;
			assert_int_not_equal(k, JOURNAL_NONE);
			assert_int_equal(journal_get(j, k)->size, 100 + seed);
			assert_int_equal(remap_count(r), --n);
		}
	}
}

#define R(name)	cmocka_unit_test_setup_teardown(name, begin, end_remap)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		R(what_is_missing_is_found_by_size_and_header),
		R(what_is_missing_is_found_by_octets_and_digest),
		R(each_is_found_once),
		R(only_what_is_missing_is_found),
		R(an_empty_header_is_never_found),
		R(where_nothing_is_missing_nothing_is_found),
		R(many_that_are_equal_are_found_fast),
		R(as_many_are_found_as_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
