/*
 * The plan: what is new is fetched, what is known is not, and nothing is
 * forgotten or deleted that the listing does not clearly say.
 */
#include "mail/plan.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "plan-lib.h"

static void
new_messages_are_fetched_by_number(void **state)
{
	(void)state;
	both(9, "i", 900);
	uid(2, "b");
	size(7, 700);
	uid(7, "g");
	size(2, 200);
	make(&keep);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.count[PLAN_FETCH], 3);
	ITEM(0, 2, PLAN_FETCH);
	ITEM(1, 7, PLAN_FETCH);
	ITEM(2, 9, PLAN_FETCH);
	assert_int_equal(p.items[1].size, 700);
	assert_int_equal(p.items[1].uidlen, 1);
	assert_memory_equal(p.items[1].uid, "g", 1);
	assert_int_equal(p.items[1].entry, JOURNAL_NONE);
	assert_int_equal(p.ngone, 0);
}

static void
an_empty_mailbox_is_an_empty_plan(void **state)
{
	struct plan_conf none = nokeep;

	(void)state;
	make(&keep);
	assert_int_equal(p.n, 0);
	none.has_uidl = false;
	make(&none);
	assert_int_equal(p.n, 0);
}

static void
only_numbers_in_both_lists_count(void **state)
{
	(void)state;
	uid(1, "a");
	both(3, "c", 3);
	size(4, 4);
	uid(UINT32_MAX, "z");
	size(UINT32_MAX, 1);
	size(UINT32_MAX - 1, 1);
	make(&keep);
	assert_int_equal(p.n, 2);
	ITEM(0, 3, PLAN_FETCH);
	ITEM(1, UINT32_MAX, PLAN_FETCH);
}

static void
the_first_line_of_a_number_counts(void **state)
{
	(void)state;
	both(2, "b", 20);
	both(1, "first", 10);
	both(1, "second", 11);
	both(1, "third", 12);
	make(&keep);
	assert_int_equal(p.n, 2);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].size, 10);
	assert_memory_equal(p.items[0].uid, "first", 5);
}

static void
what_is_known_is_not_fetched(void **state)
{
	uint32_t a = deliver(j, "a", 1), b = deliver(j, "b", 2);

	(void)state;
	journal_dele(j, b);
	both(1, "a", 101);
	both(2, "b", 102);
	both(3, "c", 103);
	make(&keep);
	ITEM(0, 1, PLAN_KEEP);
	ITEM(1, 2, PLAN_RECHECK);	/* DELE was accepted, it is still there */
	ITEM(2, 3, PLAN_FETCH);
	make(&nokeep);
	ITEM(0, 1, PLAN_DELETE);
	ITEM(1, 2, PLAN_DELETE);
	ITEM(2, 3, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.items[1].entry, b);
	assert_int_equal(p.count[PLAN_DELETE], 2);
	assert_int_equal(p.ngone, 0);
}

/* Servers' sizes waver: that alone makes no message new. */
static void
another_size_is_not_another_message(void **state)
{
	uint32_t a = deliver(j, "a", 1);

	(void)state;
	both(1, "a", 999);
	make(&keep);
	ITEM(0, 1, PLAN_KEEP);
	make(&nokeep);
	ITEM(0, 1, PLAN_DELETE);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.items[0].size, 999);
}

static void
what_cannot_be_proved_is_left_alone(void **state)
{
	uint32_t a = intend(j, "a", 1);

	(void)state;
	journal_unproven(j, a);
	intend(j, "b", 2);
	both(1, "a", 101);
	both(2, "b", 102);
	make(&nokeep);
	ITEM(0, 1, PLAN_UNPROVEN);
	ITEM(1, 2, PLAN_UNPROVEN);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.count[PLAN_UNPROVEN], 2);
}

static void
what_was_dropped_is_new(void **state)
{
	(void)state;
	journal_forget(j, deliver(j, "a", 1));
	both(1, "a", 101);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, JOURNAL_NONE);
	assert_int_equal(p.ngone, 0);
}

static void
of_copies_only_the_missing_are_fetched(void **state)
{
	(void)state;
	deliver(j, "a", 1);
	journal_forget(j, deliver(j, "a", 1));
	deliver(j, "a", 1);
	both(1, "a", 101);
	both(2, "a", 101);
	both(3, "a", 101);
	both(4, "a", 101);
	make(&keep);
	assert_int_equal(p.count[PLAN_KEEP], 2);
	assert_int_equal(p.count[PLAN_FETCH], 2);
	ITEM(0, 1, PLAN_KEEP);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_not_equal(p.items[0].entry, p.items[1].entry);
}

/* Two messages under one UID: the size says which of them is the old one. */
static void
of_copies_the_one_with_the_size_is_known(void **state)
{
	uint32_t a, b;

	(void)state;
	a = deliver(j, "a", 1);
	b = deliver(j, "a", 2);
	both(1, "a", 555);
	both(2, "a", 102);
	both(3, "a", 777);
	make(&keep);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_equal(p.items[1].entry, b);
	ITEM(0, 1, PLAN_KEEP);
	assert_int_equal(p.items[0].entry, a);
	ITEM(2, 3, PLAN_FETCH);

	both(4, "a", 101);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 2, PLAN_KEEP);
	ITEM(2, 3, PLAN_FETCH);
	ITEM(3, 4, PLAN_KEEP);
	assert_int_equal(p.items[3].entry, a);
}

static void
a_message_without_a_uid_needs_deleting(void **state)
{
	struct plan_conf all = keep;

	(void)state;
	deliver(j, "", 1);
	both(1, "", 101);
	both(2, "b", 102);
	make(&keep);
	ITEM(0, 1, PLAN_NO_UID);
	ITEM(1, 2, PLAN_FETCH);
	assert_null(p.items[0].uid);
	assert_int_equal(p.count[PLAN_NO_UID], 1);
	all.fetchall = true;
	make(&all);
	ITEM(0, 1, PLAN_NO_UID);
	make(&nokeep);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, JOURNAL_NONE);
}

static void
without_uidl_all_is_fetched_or_nothing(void **state)
{
	struct plan_conf none = { .has_uidl = false };

	(void)state;
	deliver(j, "a", 1);
	deliver(j, "", 2);
	uid(1, "a");
	size(3, 103);
	size(1, 101);
	size(3, 104);
	assert_int_equal(plan_make(&p, l, j, &none, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	none.fetchall = true;
	assert_int_equal(plan_make(&p, l, j, &none, &err), -1);
	none.fetchall = false;
	none.delete = true;
	make(&none);
	assert_int_equal(p.n, 2);
	ITEM(0, 1, PLAN_FETCH);
	ITEM(1, 3, PLAN_FETCH);
	assert_int_equal(p.items[1].size, 103);
	assert_null(p.items[0].uid);
	assert_int_equal(p.ngone, 0);
}

static void
fetchall_delivers_again(void **state)
{
	struct plan_conf all = nokeep;
	uint32_t a = deliver(j, "a", 1), b = intend(j, "b", 2);

	(void)state;
	journal_unproven(j, b);
	both(1, "a", 101);
	both(2, "b", 102);
	both(3, "c", 103);
	all.fetchall = true;
	make(&all);
	assert_int_equal(p.count[PLAN_FETCH], 3);
	assert_int_equal(p.items[0].entry, a);
	assert_int_equal(p.items[1].entry, b);
	assert_int_equal(p.items[2].entry, JOURNAL_NONE);
	all.delete = false;
	make(&all);
	assert_int_equal(p.count[PLAN_FETCH], 3);
}

static void
limits_hold_for_new_messages_only(void **state)
{
	struct plan_conf some = nokeep;

	(void)state;
	deliver(j, "old", 900);
	both(1, "a", 101);
	both(2, "old", 1000);
	both(3, "b", 100);
	both(4, "c", 100);
	both(5, "d", 100);
	both(6, "e", 200);
	some.limit = 100;
	some.fetchlimit = 2;
	make(&some);
	ITEM(0, 1, PLAN_TOO_LARGE);
	ITEM(1, 2, PLAN_DELETE);
	ITEM(2, 3, PLAN_FETCH);
	ITEM(3, 4, PLAN_FETCH);
	ITEM(4, 5, PLAN_LATER);
	ITEM(5, 6, PLAN_TOO_LARGE);
	assert_int_equal(p.count[PLAN_LATER], 1);
	assert_int_equal(p.count[PLAN_TOO_LARGE], 2);
}

/* --- keep AGE */

static void
what_is_old_enough_is_deleted(void **state)
{
	struct plan_conf conf = nokeep;
	const int64_t when = sample(1).when;

	(void)state;
	deliver(j, "a", 1);
	both(1, "a", 101);
	conf.keep_for = 7 * DAY;
	conf.now = when;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.now = when + 7 * DAY - 1;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.now = when + 7 * DAY;
	make(&conf);
	ITEM(0, 1, PLAN_DELETE);

	conf.now = when - 30 * DAY;	/* the clock jumped back */
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.now = 0;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.now = NOW;
	conf.keep_for = INT64_MAX;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.keep_for = 1;
	conf.delete = false;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf = nokeep;
	conf.now = when - 1;		/* any age is old enough */
	make(&conf);
	ITEM(0, 1, PLAN_DELETE);
}

/* A DELE was accepted for it; then the user's mind changed, or the clock. */
static void
what_should_be_gone_is_compared_while_it_is_kept(void **state)
{
	struct plan_conf conf = nokeep;
	uint32_t a = deliver(j, "a", 1);

	(void)state;
	vanish("b", 2, DAY);
	journal_dele(j, a);
	both(1, "a", 101);
	both(2, "b", 102);
	conf.keep_for = NOW;
	make(&conf);
	ITEM(0, 1, PLAN_RECHECK);
	ITEM(1, 2, PLAN_RECHECK);
	conf.keep_for = 1;
	make(&conf);
	ITEM(0, 1, PLAN_DELETE);
	ITEM(1, 2, PLAN_DELETE);
	assert_int_equal(p.nback, 0);
}

static void
keeping_for_a_while_needs_uids_too(void **state)
{
	struct plan_conf conf = nokeep;

	(void)state;
	both(1, "", 101);
	conf.keep_for = 1;
	make(&conf);
	ITEM(0, 1, PLAN_NO_UID);
	plan_free(&p);
	conf.has_uidl = false;
	assert_int_equal(plan_make(&p, l, j, &conf, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

/* --- any listing against any journal */

#define UIDS	6
#define MOST	40

/* How many FETCH items, how many known, and all of these used once? */
static void
check_uid(const char *s, uint32_t listed, uint32_t known)
{
	uint32_t fetched = 0, matched = 0, n;
	size_t i, k;

	for (i = 0; i < p.n; i++) {
		if (memcmp(p.items[i].uid, s, 1) != 0)
			continue;
		n = p.items[i].entry;
		if (n == JOURNAL_NONE) {
			assert_true(p.items[i].action == PLAN_FETCH ||
			    p.items[i].action == PLAN_MATCH);
			fetched++;
			continue;
		}
		matched++;
		assert_int_equal(journal_get(j, n)->uid,
		    journal_get(j, journal_find(j, s, 1))->uid);
		assert_int_not_equal(journal_get(j, n)->state, JOURNAL_GONE);
		for (k = 0; k < i; k++)
			assert_int_not_equal(p.items[k].entry, n);
	}
	assert_int_equal(fetched, listed > known ? listed - known : 0);
	assert_int_equal(matched, listed > known ? known : listed);
}

/* No item is new while an entry of its UID and size is matched with none or
 * with an item of another size. */
static void
check_sizes(void)
{
	const struct journal_entry *e;
	uint32_t have[UIDS][3] = { 0 }, want[UIDS][3] = { 0 }, i;
	uint32_t exact[UIDS][3] = { 0 };
	const uint8_t *s;
	size_t k, len;

	for (i = 0; i < journal_count(j); i++) {
		e = journal_get(j, i);
		s = journal_uid(j, i, &len);
		if (e->state != JOURNAL_GONE)
			have[s[0] - 'a'][e->size - 100]++;
	}
	for (k = 0; k < p.n; k++) {
		want[p.items[k].uid[0] - 'a'][p.items[k].size - 100]++;
		if (p.items[k].entry != JOURNAL_NONE && p.items[k].size ==
		    journal_get(j, p.items[k].entry)->size)
			exact[p.items[k].uid[0] - 'a'][p.items[k].size - 100]++;
	}
	for (i = 0; i < UIDS * 3; i++)
		assert_int_equal(exact[i / 3][i % 3],
		    have[i / 3][i % 3] < want[i / 3][i % 3] ?
		    have[i / 3][i % 3] : want[i / 3][i % 3]);
}

static bool
is_in(const uint32_t *v, size_t n, uint32_t entry)
{
	while (n > 0)
		if (v[--n] == entry)
			return true;
	return false;
}

/* An entry that no item has: if it FAILED it is gone; if it was delivered, no
 * item that it could be is taken for one that failed. */
static void
check_left_over(uint32_t n)
{
	const struct journal_entry *e = journal_get(j, n), *other;
	size_t k;

	if (e->state == JOURNAL_FAILED)
		assert_true(is_in(p.gone, p.ngone, n));
	for (k = 0; k < p.n; k++) {
		if (p.items[k].entry == JOURNAL_NONE)
			continue;
		other = journal_get(j, p.items[k].entry);
		if (e->state != JOURNAL_DELIVERED || other->uid != e->uid ||
		    other->state != JOURNAL_FAILED)
			continue;
		assert_int_equal(p.items[k].size, other->size);
		assert_int_not_equal(p.items[k].size, e->size);
	}
}

static void
check_states(void)
{
	const struct journal_entry *e;
	bool *has = calloc(journal_count(j) + 1, sizeof(*has));
	uint32_t i;
	size_t k;

	for (k = 0; k < p.n; k++) {
		if (p.items[k].entry == JOURNAL_NONE)
			continue;
		has[p.items[k].entry] = true;
		e = journal_get(j, p.items[k].entry);
		assert_int_equal(p.items[k].late, e->state == JOURNAL_FAILED);
		assert_int_equal(p.items[k].action,
		    e->state == JOURNAL_FAILED ? PLAN_FETCH : PLAN_KEEP);
	}
	for (i = 0; i < journal_count(j); i++)
		if (!has[i] && journal_get(j, i)->state != JOURNAL_GONE)
			check_left_over(i);
	for (k = 0; k < p.ngone; k++)
		assert_int_equal(journal_get(j, p.gone[k])->state,
		    JOURNAL_FAILED);
	free(has);
}

static void
any_listing_is_matched_with_any_journal(void **state)
{
	static const char *const names[UIDS] = { "a", "b", "c", "d", "e", "f" };
	uint32_t listed[UIDS], known[UIDS], round, i, n, u;

	(void)state;
	srandom(1);
	for (round = 0; round < 500; round++) {
		memset(listed, 0, sizeof(listed));
		memset(known, 0, sizeof(known));
		for (i = 0; i < journal_count(j); i++)
			journal_forget(j, i);
		listing_free(l);
		l = listing_new();
		n = (uint32_t)random() % MOST;
		for (i = 0; i < n; i++) {
			u = (uint32_t)random() % UIDS;
			both(MOST - i, names[u], 100 + (uint64_t)random() % 3);
			listed[u]++;
		}
		n = (uint32_t)random() % MOST;
		for (i = 0; i < n; i++) {
			u = (uint32_t)random() % UIDS;
			if (random() % 4 == 0)
				refuse(names[u], (unsigned)random() % 3, 1);
			else
				deliver(j, names[u], (unsigned)random() % 3);
			known[u]++;
		}
		make(&keep);
		for (u = 0; u < UIDS; u++)
			check_uid(names[u], listed[u], known[u]);
		check_sizes();
		check_states();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(new_messages_are_fetched_by_number),
		T(an_empty_mailbox_is_an_empty_plan),
		T(only_numbers_in_both_lists_count),
		T(the_first_line_of_a_number_counts),
		T(what_is_known_is_not_fetched),
		T(another_size_is_not_another_message),
		T(what_cannot_be_proved_is_left_alone),
		T(what_was_dropped_is_new),
		T(of_copies_only_the_missing_are_fetched),
		T(of_copies_the_one_with_the_size_is_known),
		T(a_message_without_a_uid_needs_deleting),
		T(without_uidl_all_is_fetched_or_nothing),
		T(fetchall_delivers_again),
		T(limits_hold_for_new_messages_only),
		T(what_is_old_enough_is_deleted),
		T(what_should_be_gone_is_compared_while_it_is_kept),
		T(keeping_for_a_while_needs_uids_too),
		T(any_listing_is_matched_with_any_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
