/*
 * The Maildir as a sink: what only a program can arrange between its steps.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "mail/journal.h"
#include "mail/sink.h"
#include "mail/stage.h"

static char root[64], maildir[80];
static struct sink_conf conf;
static struct journal *journal;
static struct sink *sink;
static struct stage *stage;
static struct err err;

static void
start(void)
{
	int dir;

	err_clear(&err);
	assert_true((dir = file_opendir(root, false, &err)) != -1);
	journal = journal_open(dir, "journal", "joe@host", "journal", &err);
	close(dir);
	assert_non_null(journal);
	assert_int_equal(sink_maildir.open(&sink, &conf, &stage, &err), 0);
	assert_int_equal(sink_maildir.recover(sink, journal, &err), 0);
}

static void
stop(void)
{
	journal_close(journal);
	sink_maildir.close(sink);
	stage_free(stage);
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/popfetch-maildir.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(maildir, sizeof(maildir), "%s/inbox", root);
	conf.maildir = maildir;
	conf.account = "joe@host";
	start();
	return 0;
}

static int
tear_down(void **state)
{
	char cmd[128];

	(void)state;
	stop();
	clock_fake(-1, -1);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	return system(cmd);
}

/* A whole message of that text under that UID. */
static struct staged *
message(const char *uid, const char *text)
{
	struct staged *m = stage_make(stage, &err);
	struct digest *d = digest_new();

	assert_non_null(m);
	assert_int_equal(write(m->fd, text, strlen(text)), strlen(text));
	digest_add(d, text, strlen(text));
	digest_end(d, m->digest);
	digest_free(d);
	m->size = m->listed = strlen(text);
	m->uid = (const uint8_t *)uid;
	m->uidlen = strlen(uid);
	return m;
}

static int
deliver(struct staged **batch, size_t n)
{
	err_clear(&err);
	return sink_maildir.deliver(sink, journal, batch, n, &err);
}

/* Delivers one message alone and says what became of it. */
static enum sink_outcome
deliver_one(const char *uid, const char *text)
{
	struct staged *m = message(uid, text);
	enum sink_outcome outcome;

	assert_int_equal(deliver(&m, 1), 0);
	assert_int_equal(journal_get(journal, m->entry)->state,
	    JOURNAL_DELIVERED);
	outcome = m->outcome;
	staged_free(m);
	return outcome;
}

static unsigned
entries(const char *name)
{
	char path[160];
	unsigned n = 0;
	DIR *dp;

	snprintf(path, sizeof(path), "%s/%s", maildir, name);
	assert_non_null(dp = opendir(path));
	while (readdir(dp) != NULL)
		n++;
	closedir(dp);
	return n - 2;
}

/* The state directory is lost. */
static void
lose_journal(void)
{
	char path[80];

	stop();
	snprintf(path, sizeof(path), "%s/journal", root);
	assert_int_equal(unlink(path), 0);
	start();
}

static void
taken_file_is_fetched_again(void **state)
{
	struct staged *m[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		m[i] = message("uid", "text");
	/* By a cleaner that left the sentinel. */
	assert_int_equal(unlinkat(stage_dir(stage), m[1]->name, 0), 0);
	assert_int_equal(unlinkat(stage_dir(stage), m[3]->name, 0), 0);
	assert_int_equal(deliver(m, 4), -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_int_equal(err.sys, ENOENT);
	for (i = 0; i < 4; i++) {
		assert_int_equal(m[i]->outcome, SINK_PENDING);
		staged_free(m[i]);
	}
	assert_int_equal(entries("new"), 1);
	stop();
	start();
	/* The first was renamed, the third is now; the others are forgotten. */
	assert_int_equal(entries("new"), 2);
	for (i = 0; i < 4; i++)
		assert_int_equal(journal_get(journal, (uint32_t)i)->state,
		    i % 2 == 0 ? JOURNAL_DELIVERED : JOURNAL_GONE);
}

static void
names_differ_though_the_clock_stands_still_or_goes_back(void **state)
{
	static const int64_t wall[] = { 5000000, 5000000, 0, 5000000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wall) / sizeof(wall[0]); i++) {
		clock_fake(wall[i], 0);
		assert_int_equal(deliver_one("", "text"), SINK_DELIVERED);
		/* In the same process, so with the same number. */
		stop();
		start();
	}
	assert_int_equal(entries("new"), 4);
}

static void
each_copy_there_is_recognised_once(void **state)
{
	struct staged *m[4];
	size_t i;

	(void)state;
	assert_int_equal(deliver_one("", "same"), SINK_DELIVERED);
	assert_int_equal(deliver_one("", "same"), SINK_DELIVERED);
	assert_int_equal(deliver_one("a", "one"), SINK_DELIVERED);
	lose_journal();

	m[0] = message("a", "other");
	m[1] = message("", "same");
	m[2] = message("a", "one");
	m[3] = message("", "same");
	assert_int_equal(deliver(m, 4), 0);
	/* Those that were there come first, in their order. */
	assert_int_equal(m[0]->outcome, SINK_KNOWN);
	assert_int_equal(m[0]->uidlen, 0);
	assert_int_equal(m[1]->outcome, SINK_KNOWN);
	assert_memory_equal(m[1]->uid, "a", 1);
	assert_int_equal(m[2]->outcome, SINK_KNOWN);
	assert_int_equal(m[3]->outcome, SINK_DELIVERED);
	for (i = 0; i < 4; i++) {
		assert_int_equal(journal_get(journal, m[i]->entry)->state,
		    JOURNAL_DELIVERED);
		staged_free(m[i]);
	}
	assert_int_equal(deliver_one("", "same"), SINK_DELIVERED);
	assert_int_equal(deliver_one("b", "one"), SINK_DELIVERED);
	assert_int_equal(entries("new"), 6);
	assert_int_equal(entries("tmp/.popfetch/joe@host"), 0);
}

static void
copy_that_the_journal_knows_is_no_other(void **state)
{
	(void)state;
	/* A new account looks, and what it has just delivered is its own. */
	assert_int_equal(deliver_one("a", "one"), SINK_DELIVERED);
	assert_int_equal(deliver_one("a", "one"), SINK_DELIVERED);
	stop();
	start();
	assert_int_equal(deliver_one("a", "one"), SINK_DELIVERED);
	assert_int_equal(entries("new"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    taken_file_is_fetched_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    names_differ_though_the_clock_stands_still_or_goes_back,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    each_copy_there_is_recognised_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    copy_that_the_journal_knows_is_no_other, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
