/*
 * The lines of a journal, written.  popfetch-journal(5) describes them; a
 * change here that an older popfetch cannot read needs a new version.
 */
#include "mail/journal.h"

#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "mail/journal_p.h"

/*
 * Everything printable but the percent sign: what a server's UIDs are made of
 * can be looked for as it is.
 */
#define PLAIN	"!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"

/* Starts a line; returns where it starts in out. */
static size_t
begin(struct buf *out, struct journal_tail *tail)
{
	size_t at = buf_len(out);

	(void)buf_printf(out, "%08x %" PRIu32 " ", 0U, ++tail->seq);
	return at;
}

/* Ends the line that starts at at. */
static void
end(struct buf *out, struct journal_tail *tail, size_t at)
{
	uint8_t *line = buf_data(out) + at, crc[4];
	char hex[2 * sizeof(crc) + 1];
	size_t i;

	tail->crc = crc32c(tail->crc, line + JOURNAL_CRC_LEN,
	    buf_len(out) - at - JOURNAL_CRC_LEN);
	for (i = 0; i < sizeof(crc); i++)
		crc[i] = (uint8_t)(tail->crc >> (24 - 8 * i));
	text_hex(hex, crc, sizeof(crc));
	memcpy(line, hex, 2 * sizeof(crc));
	(void)buf_append(out, "\n", 1);
}

static void
put_text(struct buf *out, const void *text, size_t len)
{
	if (len == 0)
		(void)buf_append(out, JOURNAL_EMPTY, strlen(JOURNAL_EMPTY));
	else
		(void)text_pct(out, text, len, PLAIN);
}

/* As begin, for what announces message n: its type and its UID. */
static size_t
begin_message(struct buf *out, struct journal_tail *tail,
    enum journal_type type, const struct journal *j, uint32_t n)
{
	const size_t at = begin(out, tail);
	const uint8_t *uid;
	size_t len;

	(void)buf_printf(out, "%c ", (int)type);
	uid = journal_uid(j, n, &len);
	put_text(out, uid, len);
	return at;
}

void
journal_text_head(struct buf *out, struct journal_tail *tail, const char *key)
{
	size_t at = begin(out, tail);

	(void)buf_printf(out, "%s %d ", JOURNAL_MAGIC, JOURNAL_VERSION);
	put_text(out, key, strlen(key));
	end(out, tail, at);
}

void
journal_text_batch(struct buf *out, struct journal_tail *tail,
    const struct journal_place *place)
{
	size_t at = begin(out, tail);

	(void)buf_printf(out, "%c ", LINE_BATCH);
	put_text(out, place->boot, strlen(place->boot));
	(void)buf_printf(out, " %" PRIu64 " %" PRIu64, place->dev, place->ino);
	end(out, tail, at);
}

void
journal_text_message(struct buf *out, struct journal_tail *tail,
    enum journal_type type, const struct journal *j, uint32_t n)
{
	const struct journal_entry *e = journal_get(j, n);
	char digest[2 * DIGEST_LEN + 1], head[2 * DIGEST_LEN + 1];
	size_t at = begin_message(out, tail, type, j, n);

	text_hex(digest, e->digest, DIGEST_LEN);
	text_hex(head, e->head, DIGEST_LEN);
	(void)buf_printf(out, " %" PRIu64 " %" PRIu64 " %s %s %" PRId64,
	    e->size, e->octets, digest, head, e->when);
	if (type == LINE_INTENT) {
		(void)buf_append(out, " ", 1);
		put_text(out, e->stage, strlen(e->stage));
		(void)buf_append(out, " ", 1);
		put_text(out, e->final, strlen(e->final));
	}
	end(out, tail, at);
}

void
journal_text_failed(struct buf *out, struct journal_tail *tail,
    const struct journal *j, uint32_t n)
{
	const struct journal_entry *e = journal_get(j, n);
	size_t at = begin_message(out, tail, LINE_FAILED, j, n);

	(void)buf_printf(out, " %" PRIu64 " %" PRId64 " %" PRIu32, e->size,
	    e->when, e->failures);
	end(out, tail, at);
}

void
journal_text_seen(struct buf *out, struct journal_tail *tail,
    const struct journal *j, uint32_t n)
{
	const struct journal_entry *e = journal_get(j, n);
	size_t at = begin_message(out, tail, LINE_SEEN, j, n);

	(void)buf_printf(out, " %" PRIu64 " %" PRId64, e->size, e->when);
	end(out, tail, at);
}

void
journal_text_number(struct buf *out, struct journal_tail *tail,
    enum journal_type type, uint64_t number)
{
	size_t at = begin(out, tail);

	(void)buf_printf(out, "%c %" PRIu64, (int)type, number);
	end(out, tail, at);
}

void
journal_text_when(struct buf *out, struct journal_tail *tail,
    enum journal_type type, uint32_t line, int64_t when)
{
	size_t at = begin(out, tail);

	(void)buf_printf(out, "%c %" PRIu32 " %" PRId64, (int)type, line,
	    when);
	end(out, tail, at);
}

const char *
journal_text_why(enum journal_why why)
{
	switch (why) {
	case JOURNAL_REST_NONE:
		return "none";
	case JOURNAL_REST_REFUSED:
		return "refused";
	case JOURNAL_REST_BUSY:
		return "busy";
	case JOURNAL_REST_DELAY:
		return "delay";
	}
	return NULL;
}

void
journal_text_rest(struct buf *out, struct journal_tail *tail,
    const struct journal_account *account)
{
	size_t at = begin(out, tail);

	(void)buf_printf(out, "%c %s %" PRId64 " %" PRIu32, LINE_REST,
	    journal_text_why(account->why), account->rest, account->rests);
	end(out, tail, at);
}
