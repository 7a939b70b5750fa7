/*
 * The plan for what is known and not listed: it is remembered for a while, it
 * may come back, and it may be there under another UID.
 */
#include "mail/plan.h"

#include <stdio.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "plan-lib.h"

static void
what_is_no_longer_listed_is_remembered(void **state)
{
	uint32_t a = deliver(j, "a", 1), d = deliver(j, "d", 4);

	(void)state;
	deliver(j, "b", 2);
	vanish("c", 3, 2 * DAY);
	both(1, "b", 102);
	make(&keep);
	assert_int_equal(p.nvanished, 2);
	assert_int_equal(p.vanished[0], a);
	assert_int_equal(p.vanished[1], d);
	assert_int_equal(p.ngone, 0);
	assert_int_equal(p.nback, 0);
}

static void
what_vanished_long_ago_is_gone(void **state)
{
	uint32_t a = vanish("a", 1, PLAN_REMEMBER);

	(void)state;
	vanish("b", 2, PLAN_REMEMBER - 1);
	vanish("c", 3, -DAY);		/* the clock jumped back */
	make(&keep);
	assert_int_equal(p.ngone, 1);
	assert_int_equal(p.gone[0], a);
	assert_int_equal(p.nvanished, 0);
}

/* The first days of 1970, when the clock has not been set. */
static void
a_wrong_clock_forgets_nothing(void **state)
{
	struct plan_conf conf = keep;
	uint32_t a = deliver(j, "a", 1);

	(void)state;
	journal_vanished(j, a, 1);
	conf.now = DAY;
	make(&conf);
	assert_int_equal(p.ngone, 0);
}

static void
what_was_deleted_is_gone_at_once(void **state)
{
	uint32_t a = deliver(j, "a", 1), b, c;

	(void)state;
	journal_dele(j, a);
	b = refuse("b", 2, 3);
	c = vanish("c", 3, DAY);
	journal_dele(j, c);
	deliver(j, "d", 4);
	make(&keep);
	assert_int_equal(p.ngone, 3);
	assert_int_equal(p.gone[0], a);
	assert_int_equal(p.gone[1], b);
	assert_int_equal(p.gone[2], c);
	assert_int_equal(p.nvanished, 1);
}

static void
only_what_is_surely_not_listed_is_missing(void **state)
{
	uint32_t a;

	(void)state;
	a = deliver(j, "a", 1);
	journal_dele(j, deliver(j, "uidl only", 2));
	refuse("uidl only", 2, 1);
	vanish("uidl only", 2, 2 * PLAN_REMEMBER);
	journal_unproven(j, intend(j, "unproven", 3));
	intend(j, "intent", 4);
	deliver(j, "listed", 6);
	deliver(j, "listed", 6);
	journal_forget(j, deliver(j, "gone", 7));
	deliver(j, "", 8);
	deliver(j, "second line", 9);
	refuse("second line", 9, 1);
	uid(1, "uidl only");
	both(2, "listed", 106);
	both(3, "new", 100);
	both(3, "second line", 100);
	make(&keep);
	assert_int_equal(p.ngone, 0);
	assert_int_equal(p.nvanished, 1);
	assert_int_equal(p.vanished[0], a);
	assert_int_equal(p.nback, 0);
}

static void
without_uidl_nothing_is_missing(void **state)
{
	struct plan_conf none = nokeep;
	uint32_t a = deliver(j, "a", 1);

	(void)state;
	journal_dele(j, a);
	vanish("b", 2, PLAN_REMEMBER);
	vanish("c", 3, DAY);
	refuse("d", 4, 1);
	none.has_uidl = false;
	size(1, 103);
	make(&none);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.ngone + p.nvanished + p.nback, 0);
}

/* Its UID may be another one's by now. */
static void
what_comes_back_is_compared(void **state)
{
	uint32_t a = vanish("a", 1, DAY);

	(void)state;
	vanish("b", 2, PLAN_REMEMBER);
	both(1, "a", 101);
	both(2, "b", 999);
	make(&keep);
	ITEM(0, 1, PLAN_RECHECK);
	ITEM(1, 2, PLAN_RECHECK);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.ngone + p.nvanished + p.nback, 0);
	make(&nokeep);
	ITEM(0, 1, PLAN_DELETE);
	ITEM(1, 2, PLAN_DELETE);
	assert_int_equal(p.ngone + p.nvanished + p.nback, 0);
}

static void
what_comes_back_uncompared_is_told(void **state)
{
	struct plan_conf all = keep;
	uint32_t a = vanish("a", 1, DAY), b = vanish("b", 2, DAY);
	uint32_t c = vanish("c", 3, DAY);

	(void)state;
	deliver(j, "d", 4);
	vanish("e", 5, DAY);
	both(1, "a", 101);
	both(2, "b", 102);
	both(3, "c", 103);
	both(4, "d", 101);
	all.fetchall = true;
	all.fetchlimit = 1;
	all.limit = 102;
	make(&all);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_LATER);
	ITEM(2, 3, PLAN_TOO_LARGE);
	ITEM(3, 4, PLAN_LATER);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.nback, 3);
	assert_int_equal(p.back[0], a);
	assert_int_equal(p.back[1], b);
	assert_int_equal(p.back[2], c);
	assert_int_equal(p.nvanished, 0);
}

/* --- other UIDs (Q3) */

/* Lists messages first..last, each with the size of the sample of its number,
 * under UIDs that start with c. */
static void
list(uint32_t first, uint32_t last, char c)
{
	char s[16];
	uint32_t i;

	for (i = first; i <= last; i++) {
		snprintf(s, sizeof(s), "%c%u", c, i);
		both(i, s, 100 + i);
	}
}

/* The same in the journal; vanished if age is not 0. */
static void
remember(uint32_t first, uint32_t last, char c, int64_t age)
{
	char s[16];
	uint32_t i;

	for (i = first; i <= last; i++) {
		snprintf(s, sizeof(s), "%c%u", c, i);
		if (age == 0)
			deliver(j, s, i);
		else
			vanish(s, i, age);
	}
}

/* Whatever the sizes are. */
static void
under_all_new_uids_all_are_compared(void **state)
{
	(void)state;
	remember(1, 10, 'a', 0);
	list(101, 110, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_MATCH], 10);
	assert_int_equal(p.nvanished, 10);
	assert_int_equal(p.items[3].entry, JOURNAL_NONE);
	make(&nokeep);
	assert_int_equal(p.count[PLAN_MATCH], 10);
}

static void
what_vanished_before_counts_like_the_rest(void **state)
{
	(void)state;
	remember(1, 5, 'a', 3 * DAY);
	remember(6, 10, 'a', 0);
	list(101, 105, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_MATCH], 5);
	assert_int_equal(p.nvanished, 5);
}

/* 10 are missing, 9 are there: it is one thing.  With a tenth it is not. */
static void
it_looks_renamed_if_more_are_missing_than_there(void **state)
{
	(void)state;
	remember(1, 19, 'a', 0);
	list(1, 9, 'a');
	list(101, 105, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_MATCH], 5);
	assert_int_equal(p.count[PLAN_KEEP], 9);
	deliver(j, "a20", 20);
	both(20, "a20", 120);
	make(&keep);
	assert_int_equal(p.count[PLAN_FETCH], 5);
	assert_int_equal(p.count[PLAN_MATCH], 0);
}

static void
it_looks_renamed_if_half_as_many_are_new(void **state)
{
	(void)state;
	remember(1, 10, 'a', 0);
	list(101, 104, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_FETCH], 4);
	both(200, "b200", 777);
	make(&keep);
	assert_int_equal(p.count[PLAN_MATCH], 5);
	remember(11, 11, 'a', DAY);
	make(&keep);
	assert_int_equal(p.count[PLAN_FETCH], 5);
}

static void
what_was_deleted_or_is_not_delivered_makes_nothing_look_renamed(void **state)
{
	uint32_t n;

	(void)state;
	remember(1, 10, 'a', DAY);
	for (n = 0; n < journal_count(j); n++)
		journal_dele(j, n);
	refuse("f", 1, 1);
	journal_unproven(j, intend(j, "u", 2));
	deliver(j, "", 3);
	vanish("old", 4, PLAN_REMEMBER);
	list(1, 10, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_FETCH], 10);
	assert_int_equal(p.ngone, 12);
}

/* What is there although it was deleted is no sign that nothing happened. */
static void
only_what_was_not_deleted_counts_as_there(void **state)
{
	uint32_t n;

	(void)state;
	remember(1, 5, 'a', 0);
	for (n = 0; n < journal_count(j); n++)
		journal_dele(j, n);
	refuse("f", 30, 1);
	refuse("f", 30, 1);
	refuse("f", 30, 1);
	remember(6, 8, 'a', 0);
	list(1, 5, 'a');
	both(6, "f", 130);
	both(7, "f", 130);
	both(8, "f", 130);
	list(101, 102, 'b');
	make(&keep);
	assert_int_equal(p.count[PLAN_RECHECK], 5);
	assert_int_equal(p.count[PLAN_MATCH], 2);
	ITEM(5, 6, PLAN_FETCH);		/* it is known */
}

static void
else_only_those_with_the_size_are_compared(void **state)
{
	(void)state;
	remember(1, 10, 'a', 0);
	remember(17, 18, 'a', 0);
	remember(15, 16, 'a', DAY);
	remember(13, 14, 'a', DAY);
	remember(11, 12, 'a', 0);
	list(1, 10, 'a');
	both(20, "x", 111);
	both(21, "y", 999);
	both(22, "z", 117);
	both(23, "w", 105);		/* the size of one that is there */
	make(&keep);
	ITEM(10, 20, PLAN_MATCH);
	ITEM(11, 21, PLAN_FETCH);
	ITEM(12, 22, PLAN_MATCH);
	ITEM(13, 23, PLAN_FETCH);
	assert_int_equal(p.count[PLAN_KEEP], 10);
}

static void
what_is_compared_counts_as_fetched(void **state)
{
	struct plan_conf conf = keep;

	(void)state;
	remember(1, 10, 'a', 0);
	refuse("f", 1, 1);
	list(1, 5, 'b');
	both(6, "f", 101);
	conf.fetchlimit = 3;
	make(&conf);
	assert_int_equal(p.count[PLAN_MATCH], 3);
	assert_int_equal(p.count[PLAN_LATER], 3);
	ITEM(2, 3, PLAN_MATCH);
	ITEM(3, 4, PLAN_LATER);
	conf.fetchlimit = 6;
	make(&conf);
	ITEM(5, 6, PLAN_FETCH);
	assert_int_equal(p.count[PLAN_LATER], 0);
	conf.limit = 104;
	make(&conf);
	assert_int_equal(p.count[PLAN_MATCH], 4);
	ITEM(4, 5, PLAN_TOO_LARGE);
}

static void
without_a_uid_nothing_is_compared(void **state)
{
	uint32_t i;

	(void)state;
	remember(1, 10, 'a', 0);
	for (i = 1; i <= 10; i++)
		both(i, "", 100 + i);
	make(&nokeep);
	assert_int_equal(p.count[PLAN_FETCH], 10);
	make(&keep);
	assert_int_equal(p.count[PLAN_NO_UID], 10);
	list(11, 14, 'b');		/* fewer than half as many */
	make(&nokeep);
	assert_int_equal(p.count[PLAN_FETCH], 14);
}

/* Known ones are to be delivered again, so why look. */
static void
with_fetchall_nothing_is_compared(void **state)
{
	struct plan_conf all = keep;

	(void)state;
	remember(1, 10, 'a', 0);
	list(1, 10, 'b');
	all.fetchall = true;
	make(&all);
	assert_int_equal(p.count[PLAN_FETCH], 10);
	assert_int_equal(p.nvanished, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_no_longer_listed_is_remembered),
		T(what_vanished_long_ago_is_gone),
		T(a_wrong_clock_forgets_nothing),
		T(what_was_deleted_is_gone_at_once),
		T(only_what_is_surely_not_listed_is_missing),
		T(without_uidl_nothing_is_missing),
		T(what_comes_back_is_compared),
		T(what_comes_back_uncompared_is_told),
		T(under_all_new_uids_all_are_compared),
		T(what_vanished_before_counts_like_the_rest),
		T(it_looks_renamed_if_more_are_missing_than_there),
		T(it_looks_renamed_if_half_as_many_are_new),
		T(what_was_deleted_or_is_not_delivered_makes_nothing_look_renamed),
		T(only_what_was_not_deleted_counts_as_there),
		T(else_only_those_with_the_size_are_compared),
		T(what_is_compared_counts_as_fetched),
		T(without_a_uid_nothing_is_compared),
		T(with_fetchall_nothing_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
