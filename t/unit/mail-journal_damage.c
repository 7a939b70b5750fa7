/*
 * The journal's file, cut, torn, damaged, made up, or written by a thousand
 * random sessions: what it says is what was noted, or a prefix of that, or
 * nothing at all.
 */
#include "mail/journal.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "journal-lib.h"

static void
cut_at_every_octet_it_knows_a_prefix(void **state)
{
	struct history *h = make_history();
	struct journal *j;
	unsigned lines = 0;
	size_t cut;

	(void)state;
	for (cut = 0; cut <= h->len; cut++) {
		lines += cut > 0 && h->text[cut - 1] == '\n';
		set_file(h->text, cut);
		j = open_journal();
		assert_facts(j, h->facts[lines]);
		assert_int_equal(journal_fresh(j), lines == 0);

		/* and it goes on from there */
		deliver(j, "more", 9);
		j = reopen(j);
		assert_int_equal(
		    journal_get(j, journal_count(j) - 1)->size, 109);
		journal_close(j);
	}
	free_history(h);
}

static void
a_flipped_bit_is_never_a_fact(void **state)
{
	static char text[TEXT_MAX], line[16];
	struct history *h = make_history();
	struct journal *j;
	unsigned at_line = 1;
	size_t i;
	int bit;

	(void)state;
	for (i = 0; i < h->len; i++) {
		for (bit = 0; bit < 8; bit++) {
			h->text[i] = (char)(h->text[i] ^ 1 << bit);
			set_file(h->text, h->len);
			j = try_journal();
			if (j != NULL) {
				assert_in_range(i, h->last, h->len - 1);
				assert_facts(j, h->facts[h->lines - 1]);
				journal_close(j);
			} else {
				assert_int_equal(err.kind, ERR_CONFIG);
				snprintf(line, sizeof(line), "line %u:",
				    at_line);
				assert_non_null(strstr(err.msg, line));
				assert_int_equal(get_file(text, sizeof(text)),
				    h->len);
				assert_memory_equal(text, h->text, h->len);
			}
			h->text[i] = (char)(h->text[i] ^ 1 << bit);
		}
		at_line += h->text[i] == '\n';
	}
	free_history(h);
}

/* What power loss leaves behind the last line that was synced. */
static void
a_torn_end_is_dropped(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} tails[] = { { "\0\0\0\0\0\0\0\0\0\0\0\0", 12 }, { "\n", 1 },
		{ "0", 1 }, { "00000000 18 D 2\n", 16 },
		{ "00000000 18 D 2\n\0\0\n\0", 20 } };
	static char text[TEXT_MAX];
	struct history *h = make_history();
	struct journal *j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		memcpy(text, h->text, h->len);
		memcpy(text + h->len, tails[i].text, tails[i].len);
		set_file(text, h->len + tails[i].len);
		j = open_journal();
		assert_facts(j, h->facts[h->lines]);
		assert_false(journal_fresh(j));
		journal_close(j);
		get_file(text, sizeof(text));
		assert_null(strstr(text, "00000000"));
	}
	free_history(h);
}

static void
a_lost_middle_is_damage(void **state)
{
	struct history *h = make_history();
	char *second = strchr(h->text, '\n') + 1;
	char *third = strchr(second, '\n') + 1;

	(void)state;
	memset(second, 0, (size_t)(third - second));
	set_file(h->text, h->len);
	assert_null(try_journal());
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "line 2:"));
	assert_true(err.hint[0] != '\0');

	set_file(third, h->len - (size_t)(third - h->text));
	assert_null(try_journal());
	set_file("hello\n", 6);
	assert_null(try_journal());
	set_file("hello", 5);
	assert_null(try_journal());
	assert_int_equal(err.kind, ERR_CONFIG);
	free_history(h);
}

#define HEAD	"1 popfetch-journal 2 " KEY
#define D32	"00112233445566778899aabbccddeeff"
#define MESSAGE	"2 M uid 1 2 " D32 " " D32 " 3"
#define INTENT	"2 I uid 1 2 " D32 " " D32 " 3 stage final"
#define FAILED	"2 E uid 1 2 3"

static void
a_line_that_was_never_written_is_refused(void **state)
{
	static const char *const bad[] = { "2 Q 1", "2 DD 1", "2 B boot 1",
		"2 B boot 1 2 3", "2 B boot -1 2", "3 B boot 1 2", "2 D 1",
		"2 D 2", "2 X 1", "2 X", "2", "2 ", "2  B boot 1 2",
		"2 B boot 1 2 ", "2 B boot  1 2", "2 B  1 2",
		"2 BB boot 1 2", "02 Z", "2 B %4 1 2", "2 B %00 1 2",
		"2 M uid 1 2 " D32 " " D32,
		MESSAGE " x", MESSAGE "x", INTENT " x", "2 I uid 1 2 " D32 " "
		D32 " 3 stage", "2 M uid 1 2 " D32 "0 " D32 " 3",
		"2 M uid 18446744073709551616 2 " D32 " " D32 " 3",
		FAILED " 4", "2 E uid 1 2", "2 E uid 1 2 -1", "2 E % 1 2 3",
		"2 E uid 1 -2 3", "2 E uid x 2 3",
		"2 E uid 1 9223372036854775808 3", "2 E uid 1 2 4294967296",
		"2 R 1 5", "2 V 1 5", "2 N", "2 N 1 2", "2 N -1",
		"2 N 9223372036854775808", "2 T", "2 T 0", "2 T 1 2",
		"2 T 9223372036854775808", "2 W", "2 W busy", "2 W busy 1",
		"2 W busy 1 2 3", "2 W bus 1 2", "2 W busyy 1 2",
		"2 W lazy 1 2", "2 W % 1 2", "2 W none 1 0", "2 W none 0 1",
		"2 W busy 9223372036854775808 1", "2 W busy 1 4294967296",
		NULL };
	static const char *const contra[][2] = { { MESSAGE, "3 P 2" },
		{ INTENT, "3 S 2" }, { MESSAGE, "3 D 3" }, { MESSAGE, "3 F 1" },
		{ MESSAGE, "3 X 1" }, { MESSAGE, "2 F 2" },
		{ FAILED, "3 D 2" }, { FAILED, "3 P 2" }, { FAILED, "3 S 2" },
		{ FAILED, "3 V 2 5" }, { INTENT, "3 V 2 5" },
		{ INTENT, "3 V 2 0" }, { MESSAGE, "3 R 2 5" },
		{ INTENT, "3 R 2 5" }, { MESSAGE, "3 V 2" },
		{ MESSAGE, "3 V 2 5 5" }, { MESSAGE, "3 V 2 -5" },
		{ FAILED, "3 R 2" }, { FAILED, "3 R 2 5 5" },
		{ FAILED, "3 F 2 5" }, { MESSAGE, "3 T 5" },
		{ FAILED, "3 T 5" }, { "2 T 5", "3 T 5" } };
	const char *lines[] = { HEAD, NULL, NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; bad[i] != NULL; i++) {
		lines[1] = bad[i];
		set_lines(lines);
		if (try_journal() != NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.msg, "line 2:"));
	}
	for (i = 0; i < sizeof(contra) / sizeof(*contra); i++) {
		lines[1] = contra[i][0];
		lines[2] = contra[i][1];
		set_lines(lines);
		if (try_journal() != NULL)
			fail_msg("accepted: %s", contra[i][1]);
		assert_non_null(strstr(err.msg, "line 3:"));
		lines[2] = NULL;
		set_lines(lines);
		journal_close(open_journal());
	}
}

static void
a_newer_format_is_left_alone(void **state)
{
	static const char *const heads[] = { "1 popfetch-journal 3 x y z",
		"1 popfetch-journal 0 " KEY, "1 other-journal 2 " KEY,
		"2 popfetch-journal 2 " KEY, HEAD " x", NULL };
	static char before[TEXT_MAX], after[TEXT_MAX];
	const char *lines[] = { NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; heads[i] != NULL; i++) {
		lines[0] = heads[i];
		set_lines(lines);
		get_file(before, sizeof(before));
		if (try_journal() != NULL)
			fail_msg("accepted: %s", heads[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_int_equal(strstr(err.msg, "newer popfetch") != NULL,
		    i == 0);
		get_file(after, sizeof(after));
		assert_string_equal(before, after);
	}
}

/* The end of the disk: a file may not grow beyond the middle of a line. */
static void
a_failed_write_is_final(void **state)
{
	struct rlimit old, low;
	struct journal *j = open_journal();
	struct stat st;
	char *before, first[ERR_MSG_MAX];

	(void)state;
	deliver(j, "a", 1);
	assert_int_equal(journal_sync(j, &err), 0);
	before = facts(j);
	assert_int_equal(fstatat(dir, NAME, &st, 0), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)st.st_size + 30;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	deliver(j, "b", 2);
	assert_int_equal(journal_sync(j, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(err.sys, EFBIG);

	strlcpy(first, err.msg, sizeof(first));
	err_clear(&err);
	assert_int_equal(journal_write(j, &err), -1);
	assert_string_equal(err.msg, first);
	err_clear(&err);
	assert_int_equal(journal_sync(j, &err), -1);
	err_clear(&err);
	assert_int_equal(journal_compact(j, true, &err), -1);
	assert_string_equal(err.msg, first);
	journal_close(j);

	j = open_journal();
	assert_facts(j, before);
	free(before);
	journal_close(j);
}

/* --- the model: a list of facts, and nothing else */

#define MODEL_MAX	64
#define SEQUENCES	1000

struct fact {
	struct journal_entry e;
	char		 uid[4];
	bool		 now;		/* DELE in this session */
	bool		 dropped;	/* not in the file any more */
	struct journal_place place;
	char		 stage[32], final[32];
};

struct model {
	struct fact	 f[MODEL_MAX];
	uint32_t	 n;
	struct journal_place place;
	struct journal_account account;
};

static uint32_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 10) % sides;
}

static char *
model_facts(const struct model *m)
{
	struct buf b;
	uint32_t i;
	char *text;

	buf_init(&b, TEXT_MAX);
	for (i = 0; i < m->n; i++) {
		if (m->f[i].e.state != JOURNAL_GONE)
			put_fact(&b, m->f[i].uid, strlen(m->f[i].uid),
			    &m->f[i].e, &m->f[i].place);
	}
	put_account(&b, &m->account);
	text = strndup((char *)buf_data(&b), buf_len(&b));
	buf_free(&b);
	return text;
}

/* An entry in one of two states, or MODEL_MAX. */
static uint32_t
pick(const struct model *m, enum journal_state a, enum journal_state b)
{
	uint32_t i, k, from = m->n == 0 ? 0 : dice(m->n);

	for (k = 0; k < m->n; k++) {
		i = (from + k) % m->n;
		if (m->f[i].e.state == a || m->f[i].e.state == b)
			return i;
	}
	return MODEL_MAX;
}

/* A message that is announced, in one of the three ways. */
static void
do_announce(struct model *m, struct journal *j)
{
	struct fact *f = &m->f[m->n];
	uint32_t what = dice(4);

	f->e = sample(dice(1000));
	strlcpy(f->stage, f->e.stage, sizeof(f->stage));
	strlcpy(f->final, f->e.final, sizeof(f->final));
	f->e.stage = f->stage;
	f->e.final = f->final;
	f->e.state = JOURNAL_INTENT;
	f->now = f->dropped = false;
	f->place = m->place;
	snprintf(f->uid, sizeof(f->uid), "%.*s", (int)dice(2), "u");
	if (dice(2) == 0 || what == 0)
		snprintf(f->uid, sizeof(f->uid), "%u", dice(20));
	if (what == 0) {
		f->e.failures = dice(2);
		assert_int_equal(journal_failed(j, JOURNAL_NONE, f->uid,
		    strlen(f->uid), &f->e), m->n);
		f->e = (struct journal_entry){ .state = JOURNAL_FAILED,
		    .failures = f->e.failures, .size = f->e.size, .when = f->e.when };
	} else if (what == 1) {
		assert_int_equal(journal_known(j, f->uid, strlen(f->uid),
		    &f->e), m->n);
		f->e.state = JOURNAL_DELIVERED;
		m->account.delivered++;
	} else {
		assert_int_equal(journal_intent(j, f->uid, strlen(f->uid),
		    &f->e), m->n);
	}
	m->n++;
}

static void
do_quit(struct model *m, struct journal *j)
{
	uint32_t i;

	journal_quit(j);
	for (i = 0; i < m->n; i++) {
		if (m->f[i].now)
			m->f[i].e.state = JOURNAL_GONE;
		m->f[i].now = false;
	}
}

static void
do_outcome(struct model *m, struct journal *j)
{
	uint32_t i;

	switch (dice(5)) {
	case 0:
		if ((i = pick(m, JOURNAL_DELIVERED, JOURNAL_DELIVERED)) ==
		    MODEL_MAX)
			return;
		journal_dele(j, i);
		m->f[i].now = m->f[i].e.dele_sent = true;
		return;
	case 1:
		if ((i = pick(m, JOURNAL_INTENT, JOURNAL_UNPROVEN)) ==
		    MODEL_MAX)
			return;
		journal_unproven(j, i);
		m->f[i].e.state = JOURNAL_UNPROVEN;
		return;
	case 2:
		if (m->n == 0)
			return;
		i = dice(m->n);
		journal_forget(j, i);
		m->f[i].e.state = JOURNAL_GONE;
		return;
	default:
		if ((i = pick(m, JOURNAL_INTENT, JOURNAL_UNPROVEN)) ==
		    MODEL_MAX)
			return;
		journal_delivered(j, i);
		m->f[i].e.state = JOURNAL_DELIVERED;
		m->account.delivered++;
	}
}

/* Not an outcome: what may be said of an entry over and over again. */
static void
do_more(struct model *m, struct journal *j)
{
	struct journal_entry again = { .when = dice(1000) };
	uint32_t i;

	if (dice(2) == 0) {
		i = pick(m, JOURNAL_FAILED, JOURNAL_FAILED);
		if (i == MODEL_MAX)
			return;
		journal_failed(j, i, NULL, 0, &again);
		m->f[i].e.failures++;
		m->f[i].e.when = again.when;
	} else {
		i = pick(m, JOURNAL_DELIVERED, JOURNAL_DELIVERED);
		if (i == MODEL_MAX)
			return;
		m->f[i].e.vanished = dice(2) * again.when;
		journal_vanished(j, i, m->f[i].e.vanished);
	}
}

static void
do_account(struct model *m, struct journal *j)
{
	struct journal_account *a = &m->account;

	if (dice(2) == 0) {
		a->no_pipelining = dice(2) * 1000;
		journal_no_pipelining(j, a->no_pipelining);
		return;
	}
	a->why = (enum journal_why)dice(4);
	a->rest = dice(2000);
	a->rests = dice(3);
	journal_rest(j, a->why, a->rest, a->rests);
	if (a->why == JOURNAL_REST_NONE)
		a->rest = a->rests = 0;
}

static void
do_compact(struct model *m, struct journal *j)
{
	uint32_t i;

	assert_int_equal(journal_compact(j, true, &err), 0);
	for (i = 0; i < m->n; i++)
		m->f[i].dropped = m->f[i].e.state == JOURNAL_GONE;
}

/* Closes and opens: only then do numbers change, if something was dropped. */
static struct journal *
do_reopen(struct model *m, struct journal *j)
{
	uint32_t i, n = 0;

	j = reopen(j);
	for (i = 0; i < m->n; i++) {
		if (m->f[i].dropped)
			continue;
		m->f[n] = m->f[i];
		m->f[n].e.stage = m->f[n].stage;
		m->f[n].e.final = m->f[n].final;
		m->f[n++].now = false;
	}
	m->n = n;
	return j;
}

static struct journal *
do_something(struct model *m, struct journal *j)
{
	uint32_t what = dice(46);

	if (what < 14 && m->n < MODEL_MAX) {
		do_announce(m, j);
	} else if (what < 30) {
		do_outcome(m, j);
	} else if (what < 33) {
		m->place = dice(2) == 0 ? here : there;
		journal_batch(j, &m->place);
	} else if (what < 35) {
		do_quit(m, j);
	} else if (what < 36) {
		do_compact(m, j);
	} else if (what < 38) {
		j = do_reopen(m, j);
	} else if (what < 42) {
		do_more(m, j);
	} else if (what < 44) {
		do_account(m, j);
	} else {
		assert_int_equal(journal_write(j, &err), 0);
	}
	return j;
}

static void
a_thousand_random_sequences_are_replayed(void **state)
{
	static struct model m;
	struct journal *j;
	uint32_t i, ops;
	char *want;

	(void)state;
	for (i = 0; i < SEQUENCES; i++) {
		seed = i;
		memset(&m, 0, sizeof(m));
		set_file("", 0);
		j = open_journal();
		for (ops = 10 + dice(80); ops > 0; ops--) {
			j = do_something(&m, j);
			want = model_facts(&m);
			assert_facts(j, want);
			free(want);
		}
		j = do_reopen(&m, j);
		assert_int_equal(journal_count(j), m.n);
		want = model_facts(&m);
		assert_facts(j, want);
		free(want);
		journal_close(j);
	}
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(cut_at_every_octet_it_knows_a_prefix),
		T(a_flipped_bit_is_never_a_fact),
		T(a_torn_end_is_dropped),
		T(a_lost_middle_is_damage),
		T(a_line_that_was_never_written_is_refused),
		T(a_newer_format_is_left_alone),
		T(a_failed_write_is_final),
		T(a_thousand_random_sequences_are_replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
