/*
 * The journal: what was noted is known again.  (mail-journal_damage.c: whatever
 * happened to the file.)
 */
#include "mail/journal.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "journal-lib.h"
#include "mail/journal_p.h"

/* --- opening */

static void
a_missing_journal_is_made(void **state)
{
	struct journal *j;
	struct stat st;

	(void)state;
	j = open_journal();
	assert_true(journal_fresh(j));
	assert_int_equal(journal_count(j), 0);
	journal_close(j);
	assert_int_equal(fstatat(dir, NAME, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	j = open_journal();
	assert_false(journal_fresh(j));
	journal_close(j);

	set_file("", 0);
	j = open_journal();
	assert_true(journal_fresh(j));
	deliver(j, "a", 1);
	j = reopen(j);
	assert_int_equal(journal_count(j), 1);
	journal_close(j);
}

static void
only_a_regular_file_is_read(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dir, NAME, 0700), 0);
	assert_null(try_journal());
	assert_int_equal(unlinkat(dir, NAME, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("elsewhere", dir, NAME), 0);
	assert_null(try_journal());
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(unlinkat(dir, NAME, 0), 0);
	assert_int_equal(mkfifoat(dir, NAME, 0600), 0);
	assert_null(try_journal());
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void
another_key_is_refused(void **state)
{
	(void)state;
	journal_close(open_journal());
	err_clear(&err);
	assert_null(journal_open(dir, NAME, "ann@pop.example.org", NAME, &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.msg, KEY));
	assert_non_null(strstr(err.msg, "ann@pop.example.org"));
}

/* --- facts */

static void
every_state_survives(void **state)
{
	struct journal *j = open_journal();
	const struct journal_entry *e;
	char *before;
	uint32_t a, b, c, d, g;

	(void)state;
	journal_batch(j, &here);
	a = intend(j, "intent", 1);
	b = deliver(j, "delivered", 2);
	c = intend(j, "unproven", 3);
	journal_unproven(j, c);
	d = deliver(j, "dele", 4);
	journal_dele(j, d);
	g = intend(j, "gone", 5);
	journal_forget(j, g);
	before = facts(j);
	j = reopen(j);
	assert_facts(j, before);
	free(before);

	e = journal_get(j, a);
	assert_int_equal(e->state, JOURNAL_INTENT);
	assert_string_equal(e->stage, "s1");
	assert_string_equal(e->final, "1.M1 host,S=1");
	assert_string_equal(journal_entry_place(j, a)->boot, here.boot);
	assert_int_equal(e->size, 101);
	assert_int_equal(e->octets, 91);
	assert_int_equal(e->when, 1700000001);
	assert_int_equal(e->digest[0], 8);
	assert_int_equal(e->head[15], 7);
	e = journal_get(j, b);
	assert_int_equal(e->state, JOURNAL_DELIVERED);
	assert_false(e->dele_sent);
	assert_null(e->stage);
	assert_null(e->final);
	assert_null(journal_entry_place(j, b));
	assert_int_equal(journal_get(j, c)->state, JOURNAL_UNPROVEN);
	assert_int_equal(journal_get(j, d)->state, JOURNAL_DELIVERED);
	assert_true(journal_get(j, d)->dele_sent);
	assert_int_equal(journal_get(j, g)->state, JOURNAL_GONE);

	/* the unproven one may still be proved, or be given up */
	journal_delivered(j, c);
	journal_forget(j, a);
	journal_forget(j, b);
	j = reopen(j);
	assert_int_equal(journal_get(j, c)->state, JOURNAL_DELIVERED);
	assert_int_equal(journal_get(j, a)->state, JOURNAL_GONE);
	assert_int_equal(journal_get(j, b)->state, JOURNAL_GONE);
	journal_close(j);
}

static void
any_octets_make_a_uid(void **state)
{
	static const struct {
		const char *uid;
		size_t len;
	} uids[] = { { "", 0 }, { "-", 1 }, { "%", 1 }, { "%41", 3 },
		{ "A", 1 }, { "a b\n\r\t", 6 }, { "\0", 1 }, { "\377\200", 2 },
		{ "~!@", 3 } };
	struct journal *j = open_journal();
	struct journal_entry e = sample(0);
	char longest[1000];
	const uint8_t *uid;
	uint32_t i, n = sizeof(uids) / sizeof(*uids);
	size_t len;

	(void)state;
	memset(longest, '\n', sizeof(longest));
	for (i = 0; i < n; i++)
		journal_intent(j, uids[i].uid, uids[i].len, &e);
	journal_intent(j, longest, sizeof(longest), &e);
	j = reopen(j);
	assert_int_equal(journal_count(j), n + 1);
	for (i = 0; i < n; i++) {
		uid = journal_uid(j, i, &len);
		assert_int_equal(len, uids[i].len);
		assert_memory_equal(uid, uids[i].uid, len);
		assert_int_equal(journal_find(j, uids[i].uid, len), i);
	}
	assert_int_equal(journal_find(j, longest, sizeof(longest)), n);
	assert_int_equal(journal_find(j, "none", 4), JOURNAL_NONE);
	journal_close(j);
}

static void
copies_of_a_uid_keep_their_order(void **state)
{
	struct journal *j = open_journal();
	uint32_t n;
	int i;

	(void)state;
	deliver(j, "a", 1);
	deliver(j, "b", 2);
	deliver(j, "a", 3);
	journal_forget(j, intend(j, "a", 4));
	deliver(j, "a", 5);
	assert_int_equal(journal_compact(j, true, &err), 0);
	for (i = 0; i < 2; i++) {
		n = journal_find(j, "a", 1);
		assert_int_equal(journal_get(j, n)->size, 101);
		assert_int_equal(journal_get(j, n)->uid,
		    journal_get(j, journal_get(j, n)->next)->uid);
		n = journal_get(j, n)->next;
		assert_int_equal(journal_get(j, n)->size, 103);
		n = journal_get(j, n)->next;
		if (i == 0)
			n = journal_get(j, n)->next;
		assert_int_equal(journal_get(j, n)->size, 105);
		assert_int_equal(journal_get(j, n)->next, JOURNAL_NONE);
		j = reopen(j);
	}
	journal_close(j);
}

/* A DELE of an earlier session was undone or not: only the listing tells. */
static void
quit_takes_this_session_only(void **state)
{
	struct journal *j = open_journal();
	uint32_t a = deliver(j, "a", 1), b = deliver(j, "b", 2);
	uint32_t c = deliver(j, "c", 3);
	int i;

	(void)state;
	journal_dele(j, b);
	j = reopen(j);
	journal_dele(j, c);
	journal_dele(j, a);
	journal_forget(j, c);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(journal_rewrite_lines(j), 5);	/* T, M, M, S, S */
	journal_quit(j);
	for (i = 0; i < 2; i++) {
		assert_int_equal(journal_get(j, a)->state, JOURNAL_GONE);
		assert_int_equal(journal_get(j, b)->state, JOURNAL_DELIVERED);
		assert_true(journal_get(j, b)->dele_sent);
		assert_int_equal(journal_get(j, c)->state, JOURNAL_GONE);
		/* a second one finds nothing left to do */
		journal_quit(j);
		if (i == 0) {
			j = reopen(j);
			assert_int_equal(journal_count(j), 2);
		}
		a = 0, b = 1, c = 0;
	}
	assert_int_equal(count_lines(), 7);	/* head, T, M, M, S, S, X */
	journal_close(j);
}

static uint32_t
find_copy(struct journal *j, const char *uid, unsigned seed)
{
	struct journal_entry e = sample(seed);

	return journal_find_copy(j, uid, strlen(uid), e.octets, e.digest);
}

static void
a_copy_is_recognised_once(void **state)
{
	struct journal *j = open_journal();
	struct journal_entry e = sample(1);

	(void)state;
	deliver(j, "", 1);
	deliver(j, "", 2);
	journal_forget(j, deliver(j, "", 3));
	intend(j, "", 4);
	deliver(j, "", 1);
	deliver(j, "a", 1);
	assert_int_equal(find_copy(j, "", 1), JOURNAL_NONE);	/* just now */
	j = reopen(j);
	deliver(j, "", 2);
	assert_int_equal(find_copy(j, "", 2), 1);
	assert_int_equal(find_copy(j, "", 2), JOURNAL_NONE);
	assert_int_equal(find_copy(j, "", 1), 0);
	assert_int_equal(find_copy(j, "", 1), 4);
	assert_int_equal(find_copy(j, "", 1), JOURNAL_NONE);
	assert_int_equal(find_copy(j, "", 3), JOURNAL_NONE);
	assert_int_equal(find_copy(j, "", 4), JOURNAL_NONE);
	assert_int_equal(find_copy(j, "b", 1), JOURNAL_NONE);
	e.digest[15] ^= 1;
	assert_int_equal(journal_find_copy(j, "a", 1, e.octets, e.digest),
	    JOURNAL_NONE);
	e.digest[15] ^= 1;
	assert_int_equal(journal_find_copy(j, "a", 1, e.octets + 1, e.digest),
	    JOURNAL_NONE);
	assert_int_equal(find_copy(j, "a", 1), 5);
	journal_close(j);
}

static void
another_session_is_like_another_run(void **state)
{
	struct journal *j = open_journal();
	uint32_t a = deliver(j, "a", 1), b = deliver(j, "b", 2);
	int i;

	(void)state;
	assert_int_equal(find_copy(j, "a", 1), JOURNAL_NONE);
	for (i = 0; i < 2; i++) {
		journal_session(j);
		assert_int_equal(find_copy(j, "a", 1), a);
		assert_int_equal(find_copy(j, "a", 1), JOURNAL_NONE);
	}
	journal_dele(j, b);
	journal_session(j);
	journal_dele(j, a);
	for (i = 0; i < 2; i++) {
		journal_quit(j);
		assert_int_equal(journal_get(j, a)->state, JOURNAL_GONE);
		assert_int_equal(journal_get(j, b)->state, JOURNAL_DELIVERED);
		assert_true(journal_get(j, b)->dele_sent);
		j = reopen(j);
	}
	journal_close(j);
}

static void
what_is_known_is_not_written_again(void **state)
{
	struct journal *j = open_journal();
	uint32_t n;

	(void)state;
	journal_batch(j, &here);
	journal_batch(j, &here);
	n = intend(j, "a", 1);
	journal_unproven(j, n);
	journal_unproven(j, n);
	journal_delivered(j, n);
	journal_delivered(j, n);
	journal_quit(j);
	journal_forget(j, n);
	journal_forget(j, n);
	j = reopen(j);
	assert_int_equal(count_lines(), 6);
	journal_close(j);
}

/* A sink that has noted an outcome may still need the names. */
static void
names_stay_until_the_next_batch(void **state)
{
	struct journal *j = open_journal();
	const struct journal_entry *e;

	(void)state;
	journal_batch(j, &here);
	e = journal_get(j, intend(j, "a", 1));
	journal_delivered(j, 0);
	assert_int_equal(journal_sync(j, &err), 0);
	assert_string_equal(e->stage, "s1");
	assert_null(journal_entry_place(j, 0));
	journal_batch(j, &here);
	assert_null(journal_get(j, 0)->stage);
	assert_null(journal_get(j, 0)->final);
	intend(j, "b", 2);
	assert_string_equal(journal_get(j, 1)->stage, "s2");
	journal_close(j);
}

/* --- writing */

static void
nothing_is_written_before_it_is_asked_for(void **state)
{
	struct journal *j = open_journal();

	(void)state;
	deliver(j, "a", 1);
	assert_int_equal(count_lines(), 1);
	assert_int_equal(journal_write(j, &err), 0);
	assert_int_equal(count_lines(), 3);
	journal_reserve(j);
	assert_int_equal(count_lines(), 3);
	journal_close(j);
}

/* A pipe in the file's place takes every write and cannot be synced. */
static void
a_failed_sync_is_final(void **state)
{
	struct journal *j = open_journal();
	int file, fds[2];

	(void)state;
	deliver(j, "a", 1);
	assert_int_equal(journal_write(j, &err), 0);
	assert_int_equal(pipe(fds), 0);
	file = dup(j->fd);
	assert_true(file != -1);
	assert_int_equal(dup2(fds[1], j->fd), j->fd);
	assert_int_equal(journal_sync(j, &err), -1);
	assert_int_equal(err.kind, ERR_IO);

	assert_int_equal(dup2(file, j->fd), j->fd);
	close(file);
	close(fds[0]);
	close(fds[1]);
	err_clear(&err);
	assert_int_equal(journal_sync(j, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	err_clear(&err);
	assert_int_equal(journal_write(j, &err), -1);
	journal_close(j);
}

/* An earlier run may have written it and died before the sync. */
static void
what_was_read_is_synced_once(void **state)
{
	struct journal *j = open_journal();
	int fds[2];

	(void)state;
	deliver(j, "a", 1);
	j = reopen(j);
	assert_int_equal(journal_sync(j, &err), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], j->fd), j->fd);
	assert_int_equal(journal_sync(j, &err), 0);
	journal_close(j);

	j = open_journal();
	assert_int_equal(dup2(fds[1], j->fd), j->fd);
	assert_int_equal(journal_sync(j, &err), -1);
	journal_close(j);
	close(fds[0]);
	close(fds[1]);
}

static void
a_contradiction_is_never_synced(void **state)
{
	struct journal *j;
	uint32_t n;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		j = open_journal();
		n = deliver(j, "a", 1);
		if (i == 0)
			journal_unproven(j, n);
		else if (i == 1)
			journal_dele(j, intend(j, "b", 2));
		journal_forget(j, n);
		if (i == 2)
			journal_delivered(j, n);
		else if (i == 3)
			journal_dele(j, n);
		err_clear(&err);
		assert_int_equal(journal_sync(j, &err), -1);
		assert_int_equal(err.kind, ERR_SOFTWARE);
		journal_close(j);
		assert_int_equal(count_lines(), 1);
	}
}

/* --- compaction */

static void
compaction_changes_no_fact(void **state)
{
	struct history *h = make_history();
	struct journal *j;
	char *before;
	uint32_t n, i;
	unsigned lines;

	(void)state;
	j = open_journal();
	n = journal_count(j);
	assert_int_equal(symlinkat("stale", dir, NAME ".new"), 0);
	before = facts(j);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_facts(j, before);
	assert_int_equal(journal_count(j), n);
	lines = count_lines();
	/* head, T, N, L, W, B, I, P, E, K, M, V, M, B */
	assert_int_equal(lines, 14);
	/* which is what decides, the first and two B aside */
	assert_int_equal(journal_rewrite_lines(j), lines - 3);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), lines);
	j = reopen(j);
	assert_facts(j, before);
	free(before);

	/* what was noted by a number before goes on by that number */
	for (i = 0; i < journal_count(j); i++)
		journal_forget(j, i);
	n = deliver(j, "new", 7);
	assert_int_equal(journal_compact(j, true, &err), 0);
	assert_int_equal(count_lines(), 7);	/* head, T, N, L, W, M, B */
	journal_dele(j, n);
	journal_quit(j);
	j = reopen(j);
	assert_int_equal(journal_get(j, 0)->state, JOURNAL_GONE);
	journal_close(j);
	free_history(h);
}

static void
a_failed_compaction_is_final(void **state)
{
	struct journal *j = open_journal();
	char *before;

	(void)state;
	deliver(j, "a", 1);
	j = reopen(j);
	before = facts(j);
	assert_int_equal(mkdirat(dir, NAME ".new", 0700), 0);
	assert_int_equal(journal_compact(j, true, &err), -1);
	assert_int_equal(unlinkat(dir, NAME ".new", AT_REMOVEDIR), 0);
	deliver(j, "b", 2);
	err_clear(&err);
	assert_int_equal(journal_sync(j, &err), -1);
	journal_close(j);
	j = open_journal();
	assert_facts(j, before);
	free(before);
	journal_close(j);
}

static void
a_file_is_compacted_when_it_is_mostly_dead(void **state)
{
	struct journal *j = open_journal();
	struct stat st;
	uint32_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		journal_forget(j, intend(j, "small", i));
	assert_int_equal(journal_compact(j, false, &err), 0);
	j = reopen(j);
	assert_int_equal(count_lines(), 201);	/* dead, but small */

	for (i = 0; i < 400; i++)
		deliver(j, "large", i);
	assert_int_equal(journal_sync(j, &err), 0);
	assert_int_equal(fstatat(dir, NAME, &st, 0), 0);
	assert_true(st.st_size > 64 * 1024);
	assert_int_equal(journal_compact(j, false, &err), 0);
	assert_int_equal(count_lines(), 401);	/* 600 of 1000 were dead */
	for (i = 0; i < 399; i++)
		deliver(j, "live", i);
	assert_int_equal(journal_compact(j, false, &err), 0);
	j = reopen(j);
	assert_int_equal(count_lines(), 1199);	/* 399 of 1198 are dead */
	for (i = 0; i < 200; i++)
		journal_forget(j, i + 200);
	assert_int_equal(journal_compact(j, false, &err), 0);
	assert_int_equal(count_lines(), 601);	/* 799 of 1398 were; T */
	journal_close(j);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_missing_journal_is_made),
		T(only_a_regular_file_is_read),
		T(another_key_is_refused),
		T(every_state_survives),
		T(any_octets_make_a_uid),
		T(copies_of_a_uid_keep_their_order),
		T(quit_takes_this_session_only),
		T(a_copy_is_recognised_once),
		T(another_session_is_like_another_run),
		T(what_is_known_is_not_written_again),
		T(names_stay_until_the_next_batch),
		T(nothing_is_written_before_it_is_asked_for),
		T(a_failed_sync_is_final),
		T(what_was_read_is_synced_once),
		T(a_contradiction_is_never_synced),
		T(compaction_changes_no_fact),
		T(a_failed_compaction_is_final),
		T(a_file_is_compacted_when_it_is_mostly_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
