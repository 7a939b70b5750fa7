/*
 * Replays a journal.  Strict: a line that is not exactly what journal_text.c
 * writes stops it, the torn end of an unfinished write aside.
 */
#include "mail/journal.h"

#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "mail/journal_p.h"

/* No line I or M is shorter: how many there can be at most. */
#define MESSAGE_MIN	80

/* The types that version 1 did not have. */
#define SINCE_2		"EKLNRTVW"

/* One line, of which the fields before p are taken. */
struct line {
	char		*p;	/* end + 1: all are taken */
	char		*end;	/* the newline */
};

struct loader {
	struct journal	*j;
	uint32_t	 version;	/* of the file */
	uint32_t	 likely;	/* what the next reference is to */
};

static const char malformed[] = "it is malformed";
static const char unknown[] = "its type is unknown";
static const char contradiction[] = "it contradicts an earlier line";

/* Eight lower-case digits and a blank. */
static bool
read_crc(const char *p, const char *end, uint32_t *crc)
{
	uint32_t v = 0;
	int i;

	if (end - p < JOURNAL_CRC_LEN || p[JOURNAL_CRC_LEN - 1] != ' ')
		return false;
	for (i = 0; i < JOURNAL_CRC_LEN - 1; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (uint32_t)(p[i] - '0');
		else if (p[i] >= 'a' && p[i] <= 'f')
			v = v << 4 | (uint32_t)(p[i] - 'a' + 10);
		else
			return false;
	}
	*crc = v;
	return true;
}

/* True if the CRC of the line from p to its newline nl is right. */
static bool
is_right(const char *p, const char *nl, uint32_t above, uint32_t *crc)
{
	return read_crc(p, nl, crc) && crc32c(above, p + JOURNAL_CRC_LEN,
	    (size_t)(nl - p) - JOURNAL_CRC_LEN) == *crc;
}

/* The same where there may be no newline. */
static bool
is_line(const char *p, const char *end, uint32_t above)
{
	const char *nl;
	uint32_t crc;

	return read_crc(p, end, &crc) &&
	    (nl = memchr(p, '\n', (size_t)(end - p))) != NULL &&
	    is_right(p, nl, above, &crc);
}

/*
 * Does the right line at p say that lines from number on were on the disk when
 * it was written?  The outcome of an intent does: that was synced before.
 */
static bool
was_synced(const char *p, const char *end, uint32_t number)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	const char *type = memchr(p + JOURNAL_CRC_LEN, ' ',
	    (size_t)(nl - p) - JOURNAL_CRC_LEN);
	uint64_t line;

	return type != NULL && nl - type > 3 &&
	    (type[1] == LINE_DELIVERED || type[1] == LINE_UNPROVEN) &&
	    text_number(type + 3, (size_t)(nl - type) - 3, 10, UINT32_MAX,
	    &line) && line >= number;
}

/*
 * Is the wrong line at bad damage, or the torn end of the last write?  Damage
 * if a right line stands anywhere behind it: that was written later, so the
 * wrong one was whole once.  What a line is chained to is said by the line
 * above it; if just that is damaged, by its text.  The right line need not
 * start behind a newline, since that may be what was damaged.
 *
 * A hole of zeros is what a crash may leave of a write that was not synced,
 * while what stands behind it did reach the disk.  Then all from the hole on is as
 * good as never written; unless some of it tells that there was a sync.
 */
static bool
is_damage(const char *bad, const char *end, uint32_t above, uint32_t number)
{
	const bool hole = memchr(bad, '\0', (size_t)(end - bad)) != NULL;
	const char *nl, *p;
	uint32_t said = above, computed = above, crc;

	(void)read_crc(bad, end, &said);
	nl = memchr(bad, '\n', (size_t)(end - bad));
	if (nl != NULL && nl - bad > JOURNAL_CRC_LEN)
		computed = crc32c(above, bad + JOURNAL_CRC_LEN,
		    (size_t)(nl - bad) - JOURNAL_CRC_LEN);
	for (p = bad + 1; p < end; p++) {
		if ((is_line(p, end, said) || is_line(p, end, computed)) &&
		    (!hole || was_synced(p, end, number)))
			return true;
		if (p[-1] == '\n' && read_crc(p, end, &crc))
			said = crc;
	}
	return false;
}

/* Takes the next field; fields are not empty and one blank apart. */
static bool
take(struct line *l, char **field, size_t *len)
{
	char *blank;

	if (l->p >= l->end)
		return false;
	*field = l->p;
	blank = memchr(l->p, ' ', (size_t)(l->end - l->p));
	if (blank == NULL)
		blank = l->end;
	*len = (size_t)(blank - l->p);
	l->p = blank + 1;
	return *len > 0;
}

/* True if there is no further field. */
static bool
taken(const struct line *l)
{
	return l->p == l->end + 1;
}

static bool
take_number(struct line *l, uint64_t max, uint64_t *value)
{
	char *field;
	size_t len;

	return take(l, &field, &len) &&
	    text_number(field, len, 20, max, value);
}

static bool
take_u32(struct line *l, uint32_t *value)
{
	uint64_t v;

	if (!take_number(l, UINT32_MAX, &v))
		return false;
	*value = (uint32_t)v;
	return true;
}

static bool
take_time(struct line *l, int64_t *value)
{
	uint64_t v;

	if (!take_number(l, INT64_MAX, &v))
		return false;
	*value = (int64_t)v;
	return true;
}

static bool
take_digest(struct line *l, uint8_t digest[DIGEST_LEN])
{
	char *field;
	size_t len;

	return take(l, &field, &len) &&
	    text_unhex(digest, DIGEST_LEN, field, len);
}

/* A percent-encoded text, decoded where it stands. */
static bool
take_text(struct line *l, char **text, size_t *len)
{
	long n;

	if (!take(l, text, len))
		return false;
	if (*len == 1 && **text == JOURNAL_EMPTY[0]) {
		*len = 0;
		return true;
	}
	n = text_unpct((uint8_t *)*text, *len, *text, *len);
	if (n < 0)
		return false;
	*len = (size_t)n;
	return true;
}

/* The same into a string of at most size octets with its NUL. */
static bool
take_string(struct line *l, char *dst, size_t size)
{
	char *text;
	size_t len;

	if (!take_text(l, &text, &len) || len >= size ||
	    memchr(text, '\0', len) != NULL)
		return false;
	memcpy(dst, text, len);
	dst[len] = '\0';
	return true;
}

/* The entry that a line announced, or JOURNAL_NONE. */
static uint32_t
find_entry(struct loader *ld, uint32_t line)
{
	const struct journal_entry *e = ld->j->entries;
	uint32_t low = 0, high = ld->j->n, mid;

	/* Outcomes come in the order of the intents. */
	if (ld->likely < high && e[ld->likely].line == line)
		return ld->likely++;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (e[mid].line == line) {
			ld->likely = mid + 1;
			return mid;
		}
		if (e[mid].line < line)
			low = mid + 1;
		else
			high = mid;
	}
	return JOURNAL_NONE;
}

/* The functions that load one type of line return what is wrong, or NULL. */

static const char *
load_batch(struct journal *j, struct line *l)
{
	struct journal_place *p = &j->place;

	if (!take_string(l, p->boot, sizeof(p->boot)) ||
	    !take_number(l, UINT64_MAX, &p->dev) ||
	    !take_number(l, UINT64_MAX, &p->ino) || !taken(l))
		return malformed;
	return NULL;
}

static const char *
load_message(struct journal *j, struct line *l, enum journal_type type)
{
	char stage[JOURNAL_NAME_MAX], final[JOURNAL_NAME_MAX], *uid;
	struct journal_entry *e, m;
	uint32_t n;
	size_t len;

	if (!take_text(l, &uid, &len) || len > UINT16_MAX ||
	    !take_number(l, UINT64_MAX, &m.size) ||
	    !take_number(l, UINT64_MAX, &m.octets) ||
	    !take_digest(l, m.digest) || !take_digest(l, m.head) ||
	    !take_time(l, &m.when))
		return malformed;
	if (type == LINE_INTENT && (!take_string(l, stage, sizeof(stage)) ||
	    !take_string(l, final, sizeof(final))))
		return malformed;
	if (!taken(l))
		return malformed;

	n = journal_state_add(j, uid, len);
	e = &j->entries[n];
	e->line = j->tail.seq;
	e->size = m.size;
	e->octets = m.octets;
	memcpy(e->digest, m.digest, DIGEST_LEN);
	memcpy(e->head, m.head, DIGEST_LEN);
	e->when = m.when;
	if (type == LINE_INTENT)
		journal_state_pend(j, n, stage, final);
	else
		(void)journal_state_become(j, JOURNAL_DELIVERED, n);
	return NULL;
}

/* A message of which no copy is here: one that failed, or was marked as seen. */
static const char *
load_undelivered(struct journal *j, struct line *l, enum journal_type type)
{
	struct journal_entry *e, m = { .state = JOURNAL_SEEN };
	uint32_t n;
	size_t len;
	char *uid;

	if (!take_text(l, &uid, &len) || len == 0 || len > UINT16_MAX ||
	    !take_number(l, UINT64_MAX, &m.size) || !take_time(l, &m.when))
		return malformed;
	if (type == LINE_FAILED) {
		m.state = JOURNAL_FAILED;
		if (!take_u32(l, &m.failures))
			return malformed;
	}
	if (!taken(l))
		return malformed;
	n = journal_state_add(j, uid, len);
	e = &j->entries[n];
	e->state = m.state;
	e->line = j->tail.seq;
	e->size = m.size;
	e->when = m.when;
	e->failures = m.failures;
	return NULL;
}

/* What a line says of an earlier one. */
static const char *
load_outcome(struct loader *ld, struct line *l, enum journal_type type)
{
	int64_t when = 0;
	uint32_t n, line;

	if (!take_u32(l, &line))
		return malformed;
	if ((type == LINE_VANISHED || type == LINE_FAILED_AGAIN) &&
	    !take_time(l, &when))
		return malformed;
	if (!taken(l))
		return malformed;
	n = find_entry(ld, line);
	if (n == JOURNAL_NONE)
		return "it speaks of a line that is not there";
	if (journal_state_note(ld->j, type, n, when) == EFFECT_REFUSED)
		return contradiction;
	journal_state_reclaim(ld->j);
	return NULL;
}

static const char *
load_quit(struct journal *j, struct line *l)
{
	uint32_t count;

	if (!take_u32(l, &count) || !taken(l))
		return malformed;
	if (count > j->nsent)
		return "it speaks of lines that are not there";
	journal_state_quit(j, count);
	return NULL;
}

static const char *
load_no_pipelining(struct journal *j, struct line *l)
{
	if (!take_time(l, &j->account.no_pipelining) || !taken(l))
		return malformed;
	return NULL;
}

static const char *
load_looking(struct journal *j, struct line *l)
{
	uint64_t looking;

	if (!take_number(l, 1, &looking) || !taken(l))
		return malformed;
	j->account.looking = looking != 0;
	return NULL;
}

static const char *
load_rest(struct journal *j, struct line *l)
{
	struct journal_account *a = &j->account;
	const char *name;
	char *word;
	size_t len;

	if (!take(l, &word, &len))
		return malformed;
	for (a->why = JOURNAL_REST_NONE;
	    (name = journal_text_why(a->why)) != NULL; a->why++) {
		if (len == strlen(name) && memcmp(word, name, len) == 0)
			break;
	}
	if (name == NULL || !take_time(l, &a->rest) ||
	    !take_u32(l, &a->rests) || !taken(l))
		return malformed;
	if (a->why == JOURNAL_REST_NONE && (a->rest != 0 || a->rests != 0))
		return malformed;
	return NULL;
}

/* Only a file that is written anew has it, above all messages. */
static const char *
load_total(struct journal *j, struct line *l)
{
	if (j->account.delivered != 0 || j->n != 0)
		return contradiction;
	if (!take_number(l, INT64_MAX, &j->account.delivered) ||
	    j->account.delivered == 0 || !taken(l))
		return malformed;
	return NULL;
}

/* A line whose CRC is right, from behind the CRC on. */
static const char *
load_line(struct loader *ld, struct line *l)
{
	struct journal *j = ld->j;
	enum journal_type type;
	uint32_t seq;
	size_t len;
	char *word;

	if (!take_u32(l, &seq) || !take(l, &word, &len))
		return malformed;
	if (seq != ++j->tail.seq)
		return "its number is not the next one";
	if (len != 1)
		return unknown;
	if (ld->version == 1 && strchr(SINCE_2, *word) != NULL)
		return unknown;
	type = (enum journal_type)*word;
	switch (type) {
	case LINE_BATCH:
		return load_batch(j, l);
	case LINE_INTENT:
	case LINE_MESSAGE:
		return load_message(j, l, type);
	case LINE_FAILED:
	case LINE_SEEN:
		return load_undelivered(j, l, type);
	case LINE_DELIVERED:
	case LINE_FORGOTTEN:
	case LINE_UNPROVEN:
	case LINE_FAILED_AGAIN:
	case LINE_DELE:
	case LINE_VANISHED:
		return load_outcome(ld, l, type);
	case LINE_QUIT:
		return load_quit(j, l);
	case LINE_LOOKING:
		return load_looking(j, l);
	case LINE_NO_PIPELINING:
		return load_no_pipelining(j, l);
	case LINE_REST:
		return load_rest(j, l);
	case LINE_TOTAL:
		return load_total(j, l);
	default:
		return unknown;
	}
}

/* The first line, whose CRC is right, from behind the CRC on. */
static int
load_head(struct loader *ld, struct line *l, struct err *err)
{
	struct journal *j = ld->j;
	uint32_t seq;
	size_t len;
	char *text;

	if (!take_u32(l, &seq) || seq != ++j->tail.seq ||
	    !take(l, &text, &len) || len != strlen(JOURNAL_MAGIC) ||
	    memcmp(text, JOURNAL_MAGIC, len) != 0 ||
	    !take_u32(l, &ld->version) || ld->version == 0)
		return err_set(err, ERR_CONFIG,
		    "%s: line 1: this is not a journal", j->what);
	if (ld->version > JOURNAL_VERSION) {
		err_set(err, ERR_CONFIG,
		    "%s: line 1: a newer popfetch wrote this journal "
		    "(version %" PRIu32 ", not %d)", j->what, ld->version,
		    JOURNAL_VERSION);
		return err_hint(err, "use that popfetch");
	}
	if (!take_text(l, &text, &len) || !taken(l))
		return err_set(err, ERR_CONFIG, "%s: line 1: %s", j->what,
		    malformed);
	if (len == strlen(j->key) && memcmp(text, j->key, len) == 0)
		return 0;
	err_set(err, ERR_CONFIG, "%s: line 1: this is the journal of %.*s, "
	    "not of %s", j->what, (int)len, text, j->key);
	return err_hint(err, "put the journal of %s there, or none", j->key);
}

/* True if text is the beginning of the first line that we would write. */
static bool
is_torn_head(const struct journal *j, const char *text, size_t len)
{
	struct journal_tail tail = { .seq = 0 };
	struct buf head;
	bool torn;

	buf_init(&head, SIZE_MAX);
	journal_text_head(&head, &tail, j->key);
	torn = len < buf_len(&head) && memcmp(text, buf_data(&head), len) == 0;
	buf_free(&head);
	return torn;
}

static enum journal_loaded
fail(const struct journal *j, uint32_t line, const char *why, struct err *err)
{
	err_set(err, ERR_CONFIG, "%s: line %" PRIu32 ": %s", j->what, line,
	    why);
	err_hint(err, "move the file away: everything that is on the server "
	    "will then be fetched again");
	return LOADED_ERROR;
}

enum journal_loaded
journal_load(struct journal *j, char *text, size_t len, struct err *err)
{
	struct loader ld = { .j = j };
	struct line l;
	char *p, *end = text + len;
	const char *why;
	uint32_t crc, line;

	/* Room that is never used is never touched either. */
	if (len / MESSAGE_MIN < JOURNAL_NONE)
		journal_state_reserve(j, (uint32_t)(len / MESSAGE_MIN));
	for (p = text; p < end; p = l.end + 1) {
		line = j->tail.seq + 1;
		l.end = memchr(p, '\n', (size_t)(end - p));
		if (l.end == NULL || !is_right(p, l.end, j->tail.crc, &crc)) {
			if (is_damage(p, end, j->tail.crc, line) ||
			    (p == text && !is_torn_head(j, text, len)))
				return fail(j, line, "it is damaged", err);
			return p == text ? LOADED_NOTHING : LOADED_TORN;
		}
		l.p = p + JOURNAL_CRC_LEN;
		if (p == text) {
			if (load_head(&ld, &l, err) == -1)
				return LOADED_ERROR;
		} else if ((why = load_line(&ld, &l)) != NULL) {
			return fail(j, line, why, err);
		}
		j->tail.crc = crc;
	}
	if (len == 0)
		return LOADED_NOTHING;
	return ld.version < JOURNAL_VERSION ? LOADED_OLD : LOADED_ALL;
}
