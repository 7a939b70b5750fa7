/*
 * The journal: what is known without having been delivered, and what a plan
 * makes of it; and a journal that is only looked at.
 */
#include "mail/journal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "plan-lib.h"

#define WHEN	1700000100

static uint32_t
see(const char *s, unsigned seed)
{
	return journal_seen(j, s, strlen(s), 100 + seed, WHEN);
}

static struct journal *
look(int at)
{
	struct journal *k;

	err_clear(&err);
	k = journal_open_look(at, NAME, KEY, NAME, &err);
	if (k == NULL)
		fail_msg("%s", err.msg);
	return k;
}

static void
what_was_seen_is_one_line(void **state)
{
	static char text[TEXT_MAX];
	char *want;

	(void)state;
	journal_vanished(j, see("a b", 7), 1700000200);
	want = facts(j);
	j = reopen(j);
	assert_facts(j, want);
	assert_int_equal(journal_get(j, 0)->state, JOURNAL_SEEN);
	get_file(text, sizeof(text));
	assert_non_null(strstr(text, " 2 K a%20b 107 1700000100\n"));
	assert_non_null(strstr(text, " 3 V 2 1700000200\n"));

	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 3);
	j = reopen(j);
	assert_facts(j, want);
	free(want);
}

static void
what_was_seen_was_not_delivered(void **state)
{
	const uint8_t digest[DIGEST_LEN] = { 0 };
	uint32_t n = see("a", 1);

	(void)state;
	assert_int_equal(journal_account(j)->delivered, 0);
	journal_session(j);
	assert_int_equal(journal_find_copy(j, "a", 1, 0, digest), JOURNAL_NONE);
	journal_forget(j, n);
	assert_int_equal(journal_get(j, n)->state, JOURNAL_GONE);
	assert_int_equal(journal_write(j, &err), 0);
}

static void
what_was_seen_is_never_a_delivery(void **state)
{
	static void (*const notes[])(struct journal *, uint32_t) = {
		journal_delivered, journal_unproven, journal_dele,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		journal_close(j);
		j = open_journal();
		notes[i](j, see("a", 1));
		err_clear(&err);
		assert_int_equal(journal_write(j, &err), -1);
		assert_int_equal(err.kind, ERR_SOFTWARE);
	}
	journal_close(j);
	j = open_journal();
	journal_seen(j, "", 0, 1, WHEN);
	err_clear(&err);
	assert_int_equal(journal_write(j, &err), -1);
}

static void
malformed_lines_are_damage(void **state)
{
	static const char *const bad[] = { "2 K % 1 2", "2 K a 1", "2 K a x 2",
		"2 K a 1 2 3", "2 K a 1 -2", "2 K a%2 1 2" };
	const char *lines[] = { "1 popfetch-journal 2 " KEY, NULL, NULL };
	size_t i;

	(void)state;
	journal_close(j);
	j = NULL;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		lines[1] = bad[i];
		set_lines(lines);
		if (try_journal() != NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
	lines[0] = "1 popfetch-journal 1 " KEY;
	lines[1] = "2 K a 1 2";
	set_lines(lines);
	assert_null(try_journal());
}

/* --- the plan */

static void
what_was_seen_is_kept_whatever_the_account_does(void **state)
{
	struct plan_conf conf = nokeep;
	uint32_t n = see("a", 1);

	(void)state;
	both(1, "a", 999);
	both(2, "b", 102);
	make(&keep);
	ITEM(0, 1, PLAN_KEEP);
	ITEM(1, 2, PLAN_FETCH);
	make(&nokeep);
	ITEM(0, 1, PLAN_KEEP);
	conf.keep_for = 1;
	make(&conf);
	ITEM(0, 1, PLAN_KEEP);
	conf.fetchall = true;
	make(&conf);
	ITEM(0, 1, PLAN_FETCH);
	assert_int_equal(p.items[0].entry, n);
}

static void
what_was_seen_vanishes_but_is_no_riddle(void **state)
{
	uint32_t n = see("a", 1);

	(void)state;
	both(1, "b", 101);
	make(&keep);
	ITEM(0, 1, PLAN_FETCH);		/* no MATCH: nothing to compare with */
	assert_int_equal(p.nvanished, 1);
	assert_int_equal(p.vanished[0], n);

	journal_vanished(j, n, NOW - DAY);
	both(2, "a", 101);
	make(&keep);
	ITEM(1, 2, PLAN_KEEP);
	assert_int_equal(p.nback, 1);

	list_anew();
	journal_vanished(j, n, NOW - PLAN_REMEMBER);
	both(1, "b", 101);
	make(&keep);
	assert_int_equal(p.ngone, 1);
	assert_int_equal(p.gone[0], n);
}

/* --- looking */

static void
looking_makes_no_file(void **state)
{
	struct journal *k;
	struct stat st;

	(void)state;
	assert_int_equal(unlinkat(dir, NAME, 0), 0);
	k = look(dir);
	assert_true(journal_fresh(k));
	journal_known(k, "a", 1, &(struct journal_entry){ .size = 1 });
	assert_int_equal(journal_sync(k, &err), 0);
	assert_int_equal(journal_compact(k, true, &err), 0);
	journal_reserve(k);
	assert_int_equal(journal_count(k), 1);
	journal_close(k);
	assert_int_equal(fstatat(dir, NAME, &st, 0), -1);

	k = look(-1);
	assert_true(journal_fresh(k));
	assert_int_equal(journal_write(k, &err), 0);
	journal_close(k);
}

static void
looking_leaves_a_torn_end_alone(void **state)
{
	static char before[TEXT_MAX], after[TEXT_MAX];
	struct journal *k;
	size_t len;

	(void)state;
	deliver(j, "a", 1);
	intend(j, "b", 2);
	assert_int_equal(journal_write(j, &err), 0);
	len = get_file(before, sizeof(before));
	before[len - 5] = '\0';
	set_file(before, len - 5);
	k = look(dir);
	assert_int_equal(journal_count(k), 1);
	journal_forget(k, 0);
	assert_int_equal(journal_sync(k, &err), 0);
	journal_close(k);
	get_file(after, sizeof(after));
	assert_string_equal(before, after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_seen_is_one_line),
		T(what_was_seen_was_not_delivered),
		T(what_was_seen_is_never_a_delivery),
		T(malformed_lines_are_damage),
		T(what_was_seen_is_kept_whatever_the_account_does),
		T(what_was_seen_vanishes_but_is_no_riddle),
		T(looking_makes_no_file),
		T(looking_leaves_a_torn_end_alone),
	};

	return cmocka_run_group_tests_name("mail/journal_seen", tests, NULL,
	    NULL);
}
