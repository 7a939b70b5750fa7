/*
 * Scans the header of a message as it streams by.
 *
 * A line is known as soon as enough of its field name is there.  If a piece
 * ends before that, its octets wait in name[]; otherwise nothing is copied,
 * and lines that follow each other are given out as one run.
 */
#include "pop3/head.h"

#include <string.h>
#include <strings.h>

enum {
	LINE_START,
	IN_NAME,		/* the line so far is in name[] */
	IN_LINE,		/* what field it is is known */
};

/* Where in a Return-Path field the scan is. */
enum {
	SENDER_NONE,		/* in another field */
	SENDER_NAME,		/* before the colon */
	SENDER_BEFORE,		/* before the address */
	SENDER_ANGLE,		/* in "<address>" */
	SENDER_BARE,		/* in an address without brackets */
	SENDER_AFTER,		/* behind it */
	SENDER_BAD,		/* not a plain address */
};

enum field {
	FIELD_OTHER,
	FIELD_SKIP,		/* mail readers and servers rewrite it */
	FIELD_SENDER,
	FIELD_MORE,		/* cannot be told yet */
};

struct field_name {
	const char	*name;	/* in lower case */
	enum field	 field;
};

static const struct field_name field_names[] = {
	{ "content-length",	FIELD_SKIP },
	{ "return-path",	FIELD_SENDER },
	{ "status",		FIELD_SKIP },
	{ "x-imap",		FIELD_SKIP },
	{ "x-imapbase",		FIELD_SKIP },
	{ "x-keywords",		FIELD_SKIP },
	{ "x-status",		FIELD_SKIP },
	{ "x-uid",		FIELD_SKIP },
	{ "x-uidl",		FIELD_SKIP },
};

void
head_init(struct head *h)
{
	memset(h, 0, sizeof(*h));
	h->state = LINE_START;
	h->from = SENDER_NONE;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Whether the len octets at s begin the field name, or are it. */
static enum field
field_match(const struct field_name *f, const uint8_t *s, size_t len)
{
	size_t n = strlen(f->name);

	if ((s[0] | 0x20) != f->name[0])
		return FIELD_OTHER;
	if (strncasecmp((const char *)s, f->name, len < n ? len : n) != 0)
		return FIELD_OTHER;
	while (n < len && is_blank(s[n]))
		n++;
	if (n >= len)
		return FIELD_MORE;
	return s[n] == ':' ? f->field : FIELD_OTHER;
}

/* What field a line is that starts with these octets, at least one. */
static enum field
field_of(const uint8_t *s, size_t len)
{
	const size_t max = sizeof(((struct head *)NULL)->name);
	enum field found, result = FIELD_OTHER;
	size_t i;

	if (len > max)
		len = max;
	for (i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++) {
		found = field_match(&field_names[i], s, len);
		if (found == FIELD_MORE)
			result = len < max ? FIELD_MORE : FIELD_OTHER;
		else if (found != FIELD_OTHER)
			return found;
	}
	return result;
}

static void
sender_add(struct head *h, uint8_t c)
{
	if (c <= ' ' || c > '~' || c == '<' || c == '>' ||
	    h->nsender == HEAD_SENDER_MAX)
		h->from = SENDER_BAD;
	else
		h->sender[h->nsender++] = (char)c;
}

static void
sender_octet(struct head *h, uint8_t c)
{
	bool blank = is_blank(c) || c == '\n';

	switch (h->from) {
	case SENDER_NAME:
		if (c == ':')
			h->from = SENDER_BEFORE;
		break;
	case SENDER_BEFORE:
		if (c == '<') {
			h->from = SENDER_ANGLE;
		} else if (!blank) {
			h->from = SENDER_BARE;
			sender_add(h, c);
		}
		break;
	case SENDER_ANGLE:
		if (c == '>')
			h->from = SENDER_AFTER;
		else
			sender_add(h, c);
		break;
	case SENDER_BARE:
		if (blank)
			h->from = SENDER_AFTER;
		else
			sender_add(h, c);
		break;
	case SENDER_AFTER:
		if (!blank)
			h->from = SENDER_BAD;
		break;
	default:
		break;
	}
}

static void
sender_feed(struct head *h, const uint8_t *s, size_t len)
{
	while (len-- > 0 && h->from != SENDER_NONE && h->from != SENDER_BAD)
		sender_octet(h, *s++);
}

/* The Return-Path field is over, if it was one. */
static void
sender_end(struct head *h)
{
	if (h->from == SENDER_NONE)
		return;
	if (h->from == SENDER_BAD || h->from == SENDER_ANGLE)
		h->nsender = 0;
	h->sender[h->nsender] = '\0';
	h->from = SENDER_NONE;
}

static void
field_start(struct head *h, enum field field)
{
	h->skip = field == FIELD_SKIP;
	if (field == FIELD_SENDER && !h->have_sender) {
		h->have_sender = true;
		h->from = SENDER_NAME;
	}
	h->state = IN_LINE;
}

/*
 * At the start of a line.  Returns how many octets went to name[], which is
 * all that are there or none.
 */
static size_t
line_start(struct head *h, const uint8_t *p, size_t len)
{
	enum field field;

	if (is_blank(*p)) {
		h->state = IN_LINE;
		return 0;
	}
	sender_end(h);
	if (*p == '\n') {
		h->end = true;
		return 0;
	}
	if ((field = field_of(p, len)) != FIELD_MORE) {
		field_start(h, field);
		return 0;
	}
	memcpy(h->name, p, len);
	h->nname = len;
	h->state = IN_NAME;
	return len;
}

/* One more octet of a name that an earlier piece began. */
static void
name_add(struct head *h, uint8_t c,
    void (*stable)(void *arg, const uint8_t *data, size_t len), void *arg)
{
	enum field field;

	h->name[h->nname++] = c;
	if ((field = field_of(h->name, h->nname)) == FIELD_MORE)
		return;
	field_start(h, field);
	if (!h->skip)
		stable(arg, h->name, h->nname);
	else
		h->skipped += h->nname + (c == '\n');
	sender_feed(h, h->name, h->nname);
	h->nname = 0;
	if (c == '\n')
		h->state = LINE_START;
}

void
head_feed(struct head *h, const uint8_t *data, size_t len,
    void (*stable)(void *arg, const uint8_t *data, size_t len), void *arg)
{
	/* From run to p: stable, and not given out yet. */
	const uint8_t *p = data, *end = data + len, *run = data, *lf, *next;
	size_t n;

	while (p < end && !h->end) {
		if (h->state == IN_NAME) {
			name_add(h, *p++, stable, arg);
			run = p;
			continue;
		}
		if (h->state == LINE_START) {
			n = line_start(h, p, (size_t)(end - p));
			if (h->end || n > 0)
				break;
		}
		lf = memchr(p, '\n', (size_t)(end - p));
		next = lf != NULL ? lf + 1 : end;
		if (h->skip) {
			if (run < p)
				stable(arg, run, (size_t)(p - run));
			run = next;
			h->skipped += (size_t)(next - p) + (lf != NULL);
		}
		sender_feed(h, p, (size_t)(next - p));
		h->state = lf != NULL ? LINE_START : IN_LINE;
		p = next;
	}
	if (run < p)
		stable(arg, run, (size_t)(p - run));
}

void
head_end(struct head *h,
    void (*stable)(void *arg, const uint8_t *data, size_t len), void *arg)
{
	if (h->state == IN_NAME && h->nname > 0)
		stable(arg, h->name, h->nname);
	h->nname = 0;
	sender_end(h);
}
