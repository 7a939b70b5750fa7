/*
 * What the tests of the journal share.
 */
#include "journal-lib.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/digest.h"

static char dirname[64];
int dir;
struct err err;

const struct journal_place here = { "boot-1", 11, 22 };
const struct journal_place there = { "boot 2", 11, 23 };

int
setup(void **state)
{
	(void)state;
	strlcpy(dirname, "/tmp/popfetch-journal.XXXXXXXX", sizeof(dirname));
	err_clear(&err);
	if (mkdtemp(dirname) == NULL)
		return -1;
	dir = open(dirname, O_RDONLY | O_DIRECTORY);
	return dir == -1 ? -1 : 0;
}

/* Fails if anything but the journal was left behind. */
int
teardown(void **state)
{
	(void)state;
	unlinkat(dir, NAME, 0);
	close(dir);
	return rmdir(dirname);
}

struct journal *
try_journal(void)
{
	err_clear(&err);
	return journal_open(dir, NAME, KEY, NAME, &err);
}

struct journal *
open_journal(void)
{
	struct journal *j = try_journal();

	if (j == NULL)
		fail_msg("%s", err.msg);
	return j;
}

/* Writes what was noted and opens the file again. */
struct journal *
reopen(struct journal *j)
{
	assert_int_equal(journal_write(j, &err), 0);
	journal_close(j);
	return open_journal();
}

size_t
get_file(char *text, size_t size)
{
	int fd = openat(dir, NAME, O_RDONLY);
	ssize_t n;

	assert_true(fd != -1);
	n = read(fd, text, size);
	assert_in_range(n, 0, size - 1);
	text[n] = '\0';
	close(fd);
	return (size_t)n;
}

void
set_file(const char *text, size_t len)
{
	int fd = openat(dir, NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

unsigned
count_lines(void)
{
	static char text[TEXT_MAX];
	size_t i, len = get_file(text, sizeof(text));
	unsigned n = 0;

	for (i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* An entry whose every field is another one for another seed. */
struct journal_entry
sample(unsigned seed)
{
	static char stage[32], final[32];
	struct journal_entry e = { .size = 100 + seed, .octets = 90 + seed,
	    .when = 1700000000 + seed, .stage = stage, .final = final };

	memset(e.digest, (int)(seed * 7 + 1), sizeof(e.digest));
	memset(e.head, (int)(seed * 5 + 2), sizeof(e.head));
	snprintf(stage, sizeof(stage), "s%u", seed);
	snprintf(final, sizeof(final), "1.M%u host,S=%u", seed, seed);
	return e;
}

uint32_t
intend(struct journal *j, const char *uid, unsigned seed)
{
	struct journal_entry e = sample(seed);

	return journal_intent(j, uid, strlen(uid), &e);
}

uint32_t
deliver(struct journal *j, const char *uid, unsigned seed)
{
	uint32_t n = intend(j, uid, seed);

	journal_delivered(j, n);
	return n;
}

uint32_t
know(struct journal *j, const char *uid, unsigned seed)
{
	struct journal_entry e = sample(seed);

	return journal_known(j, uid, strlen(uid), &e);
}

uint32_t
spoil(struct journal *j, uint32_t n, const char *uid, unsigned seed)
{
	struct journal_entry e = sample(seed);

	e.failures = 1;
	return journal_failed(j, n, uid, strlen(uid), &e);
}

void
set_lines(const char *const *lines)
{
	static char text[TEXT_MAX];
	uint32_t crc = 0;
	size_t len = 0;

	for (; *lines != NULL; lines++) {
		crc = crc32c(crc, *lines, strlen(*lines));
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%08x %s\n", crc, *lines);
	}
	set_file(text, len);
}

/* One live entry as text. */
void
put_fact(struct buf *b, const void *uid, size_t len,
    const struct journal_entry *e, const struct journal_place *p)
{
	buf_append(b, uid, len);
	buf_printf(b, "|%d%d|%" PRIu64 "|%" PRIu64 "|%02x%02x|%" PRId64,
	    (int)e->state, e->dele_sent, e->size, e->octets, e->digest[15],
	    e->head[0], e->when);
	buf_printf(b, "|%" PRIu32 "|%" PRId64, e->failures, e->vanished);
	if (e->state == JOURNAL_INTENT || e->state == JOURNAL_UNPROVEN)
		buf_printf(b, "|%s|%s|%s,%" PRIu64 ",%" PRIu64, e->stage,
		    e->final, p->boot, p->dev, p->ino);
	buf_append(b, "\n", 1);
}

void
put_account(struct buf *b, const struct journal_account *a)
{
	buf_printf(b, "%" PRIu64 "|%" PRId64 "|%d|%d|%" PRId64 "|%" PRIu32 "\n",
	    a->delivered, a->no_pipelining, a->looking, (int)a->why, a->rest,
	    a->rests);
}

/* All that a journal knows, as text; freed by the caller. */
char *
facts(const struct journal *j)
{
	const struct journal_entry *e;
	const uint8_t *uid;
	struct buf b;
	uint32_t i;
	size_t len;
	char *text;

	buf_init(&b, TEXT_MAX);
	for (i = 0; i < journal_count(j); i++) {
		e = journal_get(j, i);
		if (e->state == JOURNAL_GONE)
			continue;
		uid = journal_uid(j, i, &len);
		put_fact(&b, uid, len, e, journal_entry_place(j, i));
	}
	put_account(&b, journal_account(j));
	text = strndup((char *)buf_data(&b), buf_len(&b));
	buf_free(&b);
	return text;
}

void
assert_facts(const struct journal *j, const char *want)
{
	char *got = facts(j);

	assert_string_equal(got, want);
	free(got);
}

static void
remember(struct history *h, struct journal *j)
{
	assert_int_equal(journal_write(j, &err), 0);
	assert_int_equal(count_lines(), ++h->lines);
	assert_true(h->lines < HISTORY_LINES);
	h->facts[h->lines] = facts(j);
}

struct history *
make_history(void)
{
	struct history *h = calloc(1, sizeof(*h));
	struct journal *j;
	uint32_t a, b, c;

	j = open_journal();
	h->facts[0] = facts(j);
	h->facts[++h->lines] = facts(j);
	journal_forget(j, deliver(j, "old", 9));
	assert_int_equal(journal_compact(j, true, &err), 0);
	remember(h, j);
	journal_batch(j, &here), remember(h, j);
	a = intend(j, "J*", 1), remember(h, j);
	b = intend(j, "b", 2), remember(h, j);
	c = intend(j, "J*", 3), remember(h, j);
	journal_delivered(j, a), remember(h, j);
	journal_unproven(j, b), remember(h, j);
	journal_delivered(j, c), remember(h, j);
	journal_dele(j, a), remember(h, j);
	journal_batch(j, &there), remember(h, j);
	a = intend(j, "", 4), remember(h, j);
	journal_delivered(j, a), remember(h, j);
	journal_dele(j, a), remember(h, j);
	journal_quit(j), remember(h, j);
	b = spoil(j, JOURNAL_NONE, "J*", 6), remember(h, j);
	spoil(j, b, "J*", 7), remember(h, j);
	journal_vanished(j, c, 1700000100), remember(h, j);
	journal_no_pipelining(j, 1700000200), remember(h, j);
	journal_looking(j, true), remember(h, j);
	journal_rest(j, JOURNAL_REST_BUSY, 1700000300, 2), remember(h, j);
	journal_seen(j, "J*", 2, 77, 1700000500), remember(h, j);
	b = know(j, "k", 8), remember(h, j);
	journal_vanished(j, b, 1700000400), remember(h, j);
	journal_vanished(j, c, 0), remember(h, j);
	journal_forget(j, c), remember(h, j);
	a = intend(j, "z", 5), remember(h, j);
	journal_delivered(j, a), remember(h, j);
	journal_close(j);
	h->len = get_file(h->text, sizeof(h->text));
	for (h->last = h->len - 1; h->text[h->last - 1] != '\n'; h->last--)
		;
	return h;
}

void
free_history(struct history *h)
{
	unsigned i;

	for (i = 0; i <= h->lines; i++)
		free(h->facts[i]);
	free(h);
}
