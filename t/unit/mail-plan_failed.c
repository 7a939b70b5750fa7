/*
 * The plan for what could not be delivered, or may have been: it holds up no
 * other message, and is not mistaken for one that was delivered.
 */
#include "mail/plan.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "plan-lib.h"

static void
what_failed_is_fetched_after_all_others(void **state)
{
	uint32_t a = refuse("a", 1, 2);

	(void)state;
	deliver(j, "b", 2);
	both(1, "a", 101);
	both(2, "b", 102);
	both(3, "c", 103);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_KEEP);
	ITEM(2, 3, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, a);
	assert_true(p.items[0].late);
	assert_false(p.items[1].late);
	assert_false(p.items[2].late);
	assert_int_equal(p.count[PLAN_FETCH], 2);
	assert_int_equal(p.ngone, 0);
}

static void
what_failed_too_often_is_set_aside(void **state)
{
	struct plan_conf conf = nokeep;
	uint32_t a = refuse("a", 1, 3);

	(void)state;
	both(1, "a", 101);
	conf.max_failures = 4;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	conf.max_failures = 3;
	make(&conf);
	ITEM(0, 1, PLAN_SET_ASIDE);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.count[PLAN_SET_ASIDE], 1);
	assert_int_equal(p.count[PLAN_FETCH], 0);

	conf.fetchall = true;		/* would hold up every run */
	make(&conf);
	ITEM(0, 1, PLAN_SET_ASIDE);
	conf.retry = true;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	assert_true(p.items[0].late);
	conf.retry = conf.fetchall = false;
	conf.max_failures = 0;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
}

static void
what_failed_may_be_too_large_by_now(void **state)
{
	struct plan_conf conf = keep;

	(void)state;
	refuse("a", 1, 1);
	refuse("b", 2, 3);
	both(1, "a", 101);
	both(2, "b", 102);
	conf.limit = 100;
	conf.max_failures = 3;
	make(&conf);
	ITEM(0, 1, PLAN_TOO_LARGE);
	ITEM(1, 2, PLAN_SET_ASIDE);
	conf.retry = true;
	make(&conf);
	ITEM(1, 2, PLAN_TOO_LARGE);
}

/* Else one that always fails would be all that is ever fetched. */
static void
what_failed_takes_no_others_place_in_the_limit(void **state)
{
	struct plan_conf conf = keep;

	(void)state;
	refuse("a", 1, 1);
	refuse("c", 3, 1);
	both(1, "a", 101);
	both(2, "b", 102);
	both(3, "c", 103);
	both(4, "d", 104);
	conf.fetchlimit = 3;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_FETCH);
	ITEM(2, 3, PLAN_LATER);
	ITEM(3, 4, PLAN_FETCH);
	conf.fetchlimit = 1;
	make(&conf);
	ITEM(0, 1, PLAN_LATER);
	ITEM(1, 2, PLAN_FETCH);
	ITEM(3, 4, PLAN_LATER);
	assert_int_equal(p.count[PLAN_FETCH], 1);
	assert_int_equal(p.count[PLAN_LATER], 3);
}

/* One that was set aside or left alone counts like any other it fetches. */
static void
retry_fetches_what_cannot_be_proved(void **state)
{
	struct plan_conf conf = keep;
	uint32_t a = intend(j, "a", 1);

	(void)state;
	journal_unproven(j, a);
	both(1, "a", 101);
	both(2, "b", 102);
	conf.retry = true;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, a);
	assert_false(p.items[0].late);
	conf.fetchlimit = 1;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_LATER);
	conf.limit = 100;
	make(&conf);
	ITEM(0, 1, PLAN_TOO_LARGE);
}

/* A crash between a delivery and the note that ends its failures. */
static void
what_was_delivered_counts_before_what_failed(void **state)
{
	uint32_t f = refuse("a", 1, 9), d = deliver(j, "a", 1);

	(void)state;
	both(1, "a", 101);
	make(&keep);
	ITEM(0, 1, PLAN_KEEP);
	assert_int_equal(p.items[0].entry, d);
	assert_int_equal(p.ngone, 1);
	assert_int_equal(p.gone[0], f);

	list_anew();
	both(1, "a", 555);		/* and no size tells */
	make(&nokeep);
	ITEM(0, 1, PLAN_DELETE);
	assert_int_equal(p.items[0].entry, d);
	assert_int_equal(p.ngone, 1);

	both(2, "a", 101);
	make(&keep);
	assert_int_equal(p.count[PLAN_KEEP], 1);
	assert_int_equal(p.count[PLAN_FETCH], 1);
	assert_int_equal(p.ngone, 0);
	both(3, "a", 101);
	make(&keep);
	assert_int_equal(p.count[PLAN_KEEP], 1);
	assert_int_equal(p.count[PLAN_FETCH], 2);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_equal(p.items[2].entry, f);
	assert_true(p.items[2].late);
	assert_int_equal(p.items[0].entry, JOURNAL_NONE);
	assert_false(p.items[0].late);
}

static void
what_failed_is_known_by_its_size(void **state)
{
	uint32_t d = deliver(j, "a", 1), f = refuse("a", 2, 1);

	(void)state;
	both(1, "a", 102);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, f);
	both(2, "a", 777);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_equal(p.items[1].entry, d);
}

/* Its UID was given to another one, which keeps failing: that has to be
 * counted, or it would be tried for ever. */
static void
what_failed_counts_before_what_was_deleted(void **state)
{
	uint32_t d = deliver(j, "a", 1), f, v, g;

	(void)state;
	journal_dele(j, d);
	f = refuse("a", 1, 1);
	v = vanish("b", 2, DAY);
	g = refuse("b", 2, 1);
	both(1, "a", 101);
	both(2, "b", 102);
	make(&nokeep);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, f);
	ITEM(1, 2, PLAN_FETCH);
	assert_int_equal(p.items[1].entry, g);
	assert_int_equal(p.ngone + p.nvanished + p.nback, 0);

	journal_forget(j, f);		/* delivered in the end */
	journal_forget(j, g);
	f = deliver(j, "a", 1);
	g = deliver(j, "b", 2);
	make(&keep);
	ITEM(0, 1, PLAN_KEEP);
	assert_int_equal(p.items[0].entry, f);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_equal(p.items[1].entry, g);
	assert_int_equal(journal_get(j, v)->state, JOURNAL_DELIVERED);
}

/* It may be the one that was delivered: nothing of it is fetched. */
static void
what_cannot_be_proved_counts_before_what_failed(void **state)
{
	uint32_t f = refuse("a", 1, 1), u = intend(j, "a", 1);

	(void)state;
	journal_unproven(j, u);
	both(1, "a", 101);
	make(&keep);
	ITEM(0, 1, PLAN_UNPROVEN);
	assert_int_equal(p.items[0].entry, u);
	assert_int_equal(p.ngone, 1);
	assert_int_equal(p.gone[0], f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_failed_is_fetched_after_all_others),
		T(what_failed_too_often_is_set_aside),
		T(what_failed_may_be_too_large_by_now),
		T(what_failed_takes_no_others_place_in_the_limit),
		T(retry_fetches_what_cannot_be_proved),
		T(what_was_delivered_counts_before_what_failed),
		T(what_failed_is_known_by_its_size),
		T(what_failed_counts_before_what_was_deleted),
		T(what_cannot_be_proved_counts_before_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
