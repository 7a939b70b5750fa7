/*
 * The journal: failures, messages that are listed no more, what is known of the
 * account; the format of these lines and of all others, and of version 1.
 */
#include "mail/journal.h"

#include <string.h>

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "journal-lib.h"

/* The format is a promise: an old file must be read for ever. */
static const char golden_1[] =
    "ba6b237c 1 popfetch-journal 1 joe@pop.example.org\n"
    "8508e12d 2 B boot%202 11 23\n"
    "7506fac7 3 I -a%25b%0A 101 91 "
    "08080808080808080808080808080808 "
    "07070707070707070707070707070707 1700000001 s1 "
    "1.M1%20host,S=1\n"
    "af3a6c8a 4 D 3\n"
    "70b3e2fd 5 S 3\n"
    "63110f73 6 I % 102 92 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f "
    "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c 1700000002 s2 "
    "1.M2%20host,S=2\n"
    "1591bfef 7 P 6\n"
    "61e97fc5 8 X 1\n"
    "4ed0e396 9 I x 103 93 16161616161616161616161616161616 "
    "11111111111111111111111111111111 1700000003 s3 "
    "1.M3%20host,S=3\n"
    "1eb1337d 10 F 9\n"
    "344ed92b 11 D 6\n";

static const char golden_2[] =
    "ad75a54b 1 popfetch-journal 2 joe@pop.example.org\n"
    "526a9d64 2 T 1\n"
    "23c994c8 3 N 1700000011\n"
    "f8a71e11 4 W refused 1700000012 3\n"
    "ec8620d0 5 M %25 105 95 "
    "24242424242424242424242424242424 "
    "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b 1700000005\n"
    "33450411 6 V 5 1700000013\n"
    "c9cf22bf 7 E bad 106 1700000007 2\n"
    "1e2b1198 8 B boot%202 11 23\n"
    "0326609c 9 I -a%25b%0A 101 91 "
    "08080808080808080808080808080808 "
    "07070707070707070707070707070707 1700000001 s1 1.M1%20host,S=1\n"
    "0b6c1560 10 D 9\n"
    "1373c8ba 11 S 9\n"
    "543ededd 12 I % 102 92 "
    "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f "
    "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c 1700000002 s2 1.M2%20host,S=2\n"
    "8a3a14e2 13 P 12\n"
    "c4f5def3 14 X 1\n"
    "a4abd25e 15 I x 103 93 "
    "16161616161616161616161616161616 "
    "11111111111111111111111111111111 1700000003 s3 1.M3%20host,S=3\n"
    "4f1f8d11 16 F 15\n"
    "6a92b341 17 D 12\n"
    "c789a684 18 R 7 1700000008\n"
    "504bf676 19 E a%20b 109 1700000009 1\n"
    "3c44ada7 20 M old 104 94 "
    "1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d "
    "16161616161616161616161616161616 1700000004\n"
    "440b6123 21 V 5 0\n"
    "f343a40b 22 N 0\n"
    "d5ea49e6 23 W busy 1700000014 1\n"
    "7f6d2e22 24 W delay 1700000015 1\n"
    "5ad21193 25 W none 0 0\n";

/* Notes what golden_1 says. */
static void
note_version_1(struct journal *j)
{
	struct journal_entry e = sample(1);
	uint32_t n;

	journal_batch(j, &there);
	n = journal_intent(j, "-a%b\n", 5, &e);
	journal_delivered(j, n);
	journal_dele(j, n);
	n = intend(j, "", 2);
	journal_unproven(j, n);
	journal_quit(j);
	journal_forget(j, intend(j, "x", 3));
	journal_delivered(j, n);
}

static void
the_format_stays(void **state)
{
	static char text[TEXT_MAX];
	struct journal *j = open_journal();
	uint32_t n;

	(void)state;
	journal_delivered(j, intend(j, "old", 4));
	journal_forget(j, 0);
	journal_no_pipelining(j, 1700000011);
	journal_rest(j, JOURNAL_REST_REFUSED, 1700000012, 3);
	know(j, "%", 5);
	journal_vanished(j, 1, 1700000013);
	n = spoil(j, JOURNAL_NONE, "bad", 6);
	spoil(j, n, "bad", 7);
	assert_int_equal(journal_compact(j, true, &err), 0);
	note_version_1(j);
	spoil(j, n, "bad", 8);
	spoil(j, JOURNAL_NONE, "a b", 9);
	know(j, "old", 4);
	journal_vanished(j, 1, 0);
	journal_no_pipelining(j, 0);
	journal_rest(j, JOURNAL_REST_BUSY, 1700000014, 1);
	journal_rest(j, JOURNAL_REST_DELAY, 1700000015, 1);
	journal_rest(j, JOURNAL_REST_NONE, 1700000016, 1);
	j = reopen(j);
	journal_close(j);
	get_file(text, sizeof(text));
	assert_string_equal(text, golden_2);
}

/* --- version 1 */

static void
an_old_version_is_written_anew(void **state)
{
	static char text[TEXT_MAX];
	static const char torn[] = "00000000 12 I";
	struct journal *j;
	char *want;
	int i;

	(void)state;
	j = open_journal();
	note_version_1(j);
	want = facts(j);
	journal_close(j);
	for (i = 0; i < 2; i++) {
		strlcpy(text, golden_1, sizeof(text));
		if (i == 1)
			strlcat(text, torn, sizeof(text));
		set_file(text, strlen(text));
		j = open_journal();
		assert_false(journal_fresh(j));
		assert_facts(j, want);
		assert_int_equal(journal_account(j)->delivered, 2);
		get_file(text, sizeof(text));
		assert_non_null(strstr(text, " 1 popfetch-journal 2 " KEY));
		assert_int_equal(count_lines(), 4);	/* head, T, M, B */

		/* numbers are good from the first moment on */
		journal_dele(j, 1);
		spoil(j, JOURNAL_NONE, "bad", 5);
		j = reopen(j);
		assert_true(journal_get(j, 0)->dele_sent);
		assert_int_equal(journal_count(j), 2);
		assert_int_equal(count_lines(), 6);
		journal_close(j);
	}
	free(want);
}

static void
an_old_version_has_the_old_types_only(void **state)
{
	static const char *const bad[] = { "2 E uid 1 2 3", "2 N 1", "2 T 1",
		"2 W busy 1 1", "2 R 2 1", "2 V 2 1" };
	static char before[TEXT_MAX], after[TEXT_MAX];
	const char *lines[] = { "1 popfetch-journal 1 " KEY, NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		lines[1] = bad[i];
		set_lines(lines);
		get_file(before, sizeof(before));
		if (try_journal() != NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.msg, "line 2: its type"));
		get_file(after, sizeof(after));
		assert_string_equal(before, after);
	}
}

/* --- messages */

static void
assert_failed(const struct journal *j, uint32_t n, uint32_t failures,
    unsigned last)
{
	const struct journal_entry *e = journal_get(j, n);

	assert_int_equal(e->state, JOURNAL_FAILED);
	assert_int_equal(e->failures, failures);
	assert_int_equal(e->size, 101);
	assert_int_equal(e->when, 1700000000 + last);
	assert_null(e->stage);
	assert_null(e->final);
	assert_null(journal_entry_place(j, n));
}

static void
failures_are_counted(void **state)
{
	struct journal *j = open_journal();
	uint32_t n;

	(void)state;
	deliver(j, "a", 9);
	n = spoil(j, JOURNAL_NONE, "bad", 1);
	assert_int_equal(n, 1);
	assert_failed(j, n, 1, 1);
	assert_int_equal(spoil(j, n, "bad", 2), n);
	assert_failed(j, n, 2, 2);
	assert_int_equal(journal_count(j), 2);
	j = reopen(j);
	assert_failed(j, n, 2, 2);
	assert_int_equal(count_lines(), 5);
	assert_int_equal(spoil(j, n, "bad", 4), n);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_failed(j, n, 3, 4);
	assert_int_equal(count_lines(), 3);
	spoil(j, n, "bad", 5);
	j = reopen(j);
	assert_failed(j, n, 4, 5);
	journal_forget(j, n);
	assert_int_equal(journal_compact(j, true, &err), 0);
	j = reopen(j);
	assert_int_equal(journal_count(j), 1);
	assert_int_equal(journal_account(j)->delivered, 1);
	journal_close(j);
}

static void
the_count_of_failures_never_wraps(void **state)
{
	static const char *const lines[] = { "1 popfetch-journal 2 " KEY,
		"2 E bad 101 7 4294967295", "3 R 2 1700000001", NULL };
	struct journal *j;

	(void)state;
	set_lines(lines);
	j = open_journal();
	assert_failed(j, 0, UINT32_MAX, 1);
	journal_close(j);
}

/* It is in the chain of its UID, and nobody's copy. */
static void
a_failed_message_is_not_a_copy(void **state)
{
	struct journal *j = open_journal();
	static const uint8_t none[DIGEST_LEN];
	struct journal_entry e = sample(3);
	uint32_t n;

	(void)state;
	deliver(j, "a", 1);
	spoil(j, JOURNAL_NONE, "a", 2);
	deliver(j, "a", 3);
	j = reopen(j);
	assert_int_equal(journal_find_copy(j, "a", 1, 0, none), JOURNAL_NONE);
	assert_int_equal(journal_find_copy(j, "a", 1, e.octets, e.digest), 2);
	n = journal_find(j, "a", 1);
	assert_int_equal(n, 0);
	assert_int_equal(journal_get(j, n)->next, 1);
	assert_int_equal(journal_get(j, 1)->next, 2);
	assert_int_equal(journal_get(j, 2)->next, JOURNAL_NONE);
	journal_close(j);
}

static void
vanishing_is_remembered(void **state)
{
	struct journal *j = open_journal();
	uint32_t a, b;

	(void)state;
	a = deliver(j, "a", 1);
	b = deliver(j, "b", 2);
	journal_vanished(j, a, 5000);
	journal_vanished(j, b, 5000);
	journal_vanished(j, b, 5000);
	journal_vanished(j, b, 0);
	journal_vanished(j, b, 0);
	j = reopen(j);
	assert_int_equal(count_lines(), 8);
	assert_int_equal(journal_get(j, a)->vanished, 5000);
	assert_int_equal(journal_get(j, a)->when, 1700000001);
	assert_int_equal(journal_get(j, b)->vanished, 0);
	journal_dele(j, a);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 5);	/* head, M, V, M, S */
	journal_vanished(j, b, 6000);
	j = reopen(j);
	assert_int_equal(journal_get(j, a)->vanished, 5000);
	assert_true(journal_get(j, a)->dele_sent);
	assert_int_equal(journal_get(j, b)->vanished, 6000);
	assert_int_equal(journal_get(j, a)->state, JOURNAL_DELIVERED);
	journal_close(j);
}

static uint32_t
find_copy(struct journal *j, const char *uid, unsigned seed)
{
	struct journal_entry e = sample(seed);

	return journal_find_copy(j, uid, strlen(uid), e.octets, e.digest);
}

static void
what_is_known_elsewhere_is_delivered(void **state)
{
	struct journal *j = open_journal();
	const struct journal_entry *e;
	int i;

	(void)state;
	journal_batch(j, &here);
	intend(j, "b", 2);
	assert_int_equal(know(j, "a", 1), 1);
	for (i = 0; i < 3; i++) {
		e = journal_get(j, 1);
		assert_int_equal(e->state, JOURNAL_DELIVERED);
		assert_int_equal(e->size, 101);
		assert_int_equal(e->octets, 91);
		assert_int_equal(e->digest[15], 8);
		assert_int_equal(e->head[0], 7);
		assert_int_equal(e->when, 1700000001);
		assert_null(e->stage);
		assert_null(journal_entry_place(j, 1));
		assert_int_equal(journal_find(j, "a", 1), 1);
		/* a copy of an earlier run's, not of this one's */
		assert_int_equal(find_copy(j, "a", 1),
		    i == 0 ? JOURNAL_NONE : 1);
		if (i == 1)
			assert_int_equal(journal_compact(j, true, &err), 0);
		j = reopen(j);
	}
	/* what was said of it later finds it */
	journal_dele(j, 1);
	journal_delivered(j, 0);
	j = reopen(j);
	assert_true(journal_get(j, 1)->dele_sent);
	assert_int_equal(journal_get(j, 0)->state, JOURNAL_DELIVERED);
	journal_close(j);
}

static void
times_before_1970_are_1970(void **state)
{
	struct journal *j = open_journal();
	struct journal_entry e = sample(1);

	(void)state;
	e.when = -5;
	e.failures = 1;
	journal_known(j, "a", 1, &e);
	journal_failed(j, JOURNAL_NONE, "b", 1, &e);
	journal_failed(j, 1, "b", 1, &e);
	journal_vanished(j, 0, -5);
	journal_no_pipelining(j, -5);
	journal_rest(j, JOURNAL_REST_BUSY, -5, 1);
	j = reopen(j);
	assert_int_equal(journal_get(j, 0)->when, 0);
	assert_int_equal(journal_get(j, 0)->vanished, 0);
	assert_int_equal(journal_get(j, 1)->when, 0);
	assert_int_equal(journal_get(j, 1)->failures, 2);
	assert_int_equal(journal_account(j)->no_pipelining, 0);
	assert_int_equal(journal_account(j)->why, JOURNAL_REST_BUSY);
	assert_int_equal(journal_account(j)->rest, 0);
	journal_close(j);
}

/* Each is the caller's mistake; n is of the state that is wrong for it. */
static void
contradict(struct journal *j, int what)
{
	switch (what) {
	case 0:
		spoil(j, deliver(j, "a", 1), "a", 1);
		break;
	case 1:
		spoil(j, intend(j, "a", 1), "a", 1);
		break;
	case 2:
		journal_delivered(j, spoil(j, JOURNAL_NONE, "a", 1));
		break;
	case 3:
		journal_unproven(j, spoil(j, JOURNAL_NONE, "a", 1));
		break;
	case 4:
		journal_dele(j, spoil(j, JOURNAL_NONE, "a", 1));
		break;
	case 5:
		journal_vanished(j, spoil(j, JOURNAL_NONE, "a", 1), 1);
		break;
	case 6:
		journal_vanished(j, intend(j, "a", 1), 1);
		break;
	case 7:
		journal_unproven(j, intend(j, "a", 1));
		journal_vanished(j, 0, 1);
		break;
	case 8:
		journal_forget(j, deliver(j, "a", 1));
		journal_vanished(j, 0, 1);
		break;
	case 9:
		journal_forget(j, spoil(j, JOURNAL_NONE, "a", 1));
		spoil(j, 0, "a", 1);
		break;
	case 10:
		journal_unproven(j, know(j, "a", 1));
		break;
	default:
		spoil(j, JOURNAL_NONE, "", 1);
	}
}

static void
a_contradiction_is_never_written(void **state)
{
	struct journal *j;
	int i;

	(void)state;
	for (i = 0; i <= 11; i++) {
		j = open_journal();
		contradict(j, i);
		err_clear(&err);
		if (journal_write(j, &err) == 0)
			fail_msg("contradiction %d was written", i);
		assert_int_equal(err.kind, ERR_SOFTWARE);
		journal_close(j);
		assert_int_equal(count_lines(), 1);
	}
}

/* --- the account */

static struct journal *
recount(struct journal *j, uint64_t want)
{
	assert_int_equal(journal_account(j)->delivered, want);
	j = reopen(j);
	assert_int_equal(journal_account(j)->delivered, want);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(journal_account(j)->delivered, want);
	j = reopen(j);
	assert_int_equal(journal_account(j)->delivered, want);
	return j;
}

static void
what_was_delivered_is_counted_for_ever(void **state)
{
	struct journal *j = recount(open_journal(), 0);
	uint32_t n;

	(void)state;
	deliver(j, "a", 1);
	n = intend(j, "b", 2);
	j = recount(j, 1);
	journal_unproven(j, n);
	j = recount(j, 1);
	journal_delivered(j, n);
	journal_delivered(j, n);
	j = recount(j, 2);
	journal_forget(j, intend(j, "c", 3));
	journal_forget(j, spoil(j, JOURNAL_NONE, "c", 3));
	j = recount(j, 2);
	journal_forget(j, n);
	j = recount(j, 2);
	journal_dele(j, 0);
	journal_quit(j);
	j = recount(j, 2);
	assert_int_equal(journal_count(j), 0);
	assert_int_equal(count_lines(), 2);
	/* too high by one, since it may be the same message */
	know(j, "a", 1);
	j = recount(j, 3);
	journal_forget(j, 0);
	deliver(j, "d", 4);
	j = recount(j, 4);
	journal_close(j);
}

static void
broken_pipelining_is_remembered(void **state)
{
	struct journal *j = open_journal();

	(void)state;
	assert_int_equal(journal_account(j)->no_pipelining, 0);
	journal_no_pipelining(j, 0);
	journal_no_pipelining(j, 7000);
	journal_no_pipelining(j, 7000);
	j = reopen(j);
	assert_int_equal(count_lines(), 2);
	assert_int_equal(journal_account(j)->no_pipelining, 7000);
	journal_no_pipelining(j, 8000);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 2);
	j = reopen(j);
	assert_int_equal(journal_account(j)->no_pipelining, 8000);
	journal_no_pipelining(j, 0);
	j = reopen(j);
	assert_int_equal(journal_account(j)->no_pipelining, 0);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 1);
	journal_close(j);
}

static void
assert_rest(const struct journal *j, enum journal_why why, int64_t until,
    uint32_t rests)
{
	const struct journal_account *a = journal_account(j);

	assert_int_equal(a->why, why);
	assert_int_equal(a->rest, until);
	assert_int_equal(a->rests, rests);
}

static void
a_rest_is_remembered(void **state)
{
	static const enum journal_why all[] = { JOURNAL_REST_REFUSED,
		JOURNAL_REST_BUSY, JOURNAL_REST_DELAY };
	struct journal *j = open_journal();
	uint32_t i;

	(void)state;
	assert_rest(j, JOURNAL_REST_NONE, 0, 0);
	journal_rest(j, JOURNAL_REST_NONE, 9, 9);
	for (i = 0; i < 3; i++) {
		journal_rest(j, all[i], 7000, i + 1);
		journal_rest(j, all[i], 7000, i + 1);
		assert_rest(j, all[i], 7000, i + 1);
		j = reopen(j);
		assert_rest(j, all[i], 7000, i + 1);
		assert_int_equal(count_lines(), i == 0 ? 2 : 3);
		assert_int_equal(journal_compact(j, true, &err), 0);
		assert_int_equal(count_lines(), 2);
		j = reopen(j);
		assert_rest(j, all[i], 7000, i + 1);
	}
	journal_rest(j, JOURNAL_REST_DELAY, 7000, 4);
	journal_rest(j, JOURNAL_REST_DELAY, 7001, 4);
	journal_rest(j, JOURNAL_REST_BUSY, 7001, 4);
	j = reopen(j);
	assert_rest(j, JOURNAL_REST_BUSY, 7001, 4);
	assert_int_equal(count_lines(), 5);
	journal_rest(j, JOURNAL_REST_NONE, 9, 9);
	j = reopen(j);
	assert_rest(j, JOURNAL_REST_NONE, 0, 0);
	assert_int_equal(count_lines(), 6);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 1);
	journal_close(j);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_format_stays),
		T(an_old_version_is_written_anew),
		T(an_old_version_has_the_old_types_only),
		T(failures_are_counted),
		T(the_count_of_failures_never_wraps),
		T(a_failed_message_is_not_a_copy),
		T(vanishing_is_remembered),
		T(what_is_known_elsewhere_is_delivered),
		T(times_before_1970_are_1970),
		T(a_contradiction_is_never_written),
		T(what_was_delivered_is_counted_for_ever),
		T(broken_pipelining_is_remembered),
		T(a_rest_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
