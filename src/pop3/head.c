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

/* Where in a sender's field the scan is. */
enum {
	SENDER_NONE,		/* in another field */
	SENDER_NAME,		/* before the colon */
	SENDER_BARE,		/* in words, or an address without <> */
	SENDER_ANGLE,		/* in "<address>" */
	SENDER_AFTER,		/* behind that */
	SENDER_DONE,		/* the first mailbox is there */
	SENDER_BAD,		/* there is no telling what is meant */
};

/* The sender's fields stand last, the best first. */
enum field {
	FIELD_OTHER,
	FIELD_SKIP,		/* mail readers and servers rewrite it */
	FIELD_MORE,		/* cannot be told yet */
	FIELD_RETURN_PATH,
	FIELD_RESENT_SENDER,
	FIELD_SENDER,
	FIELD_RESENT_FROM,
	FIELD_FROM,
	FIELD_REPLY_TO,
	FIELD_NONE,		/* no sender yet */
};

struct field_name {
	const char	*name;	/* in lower case */
	enum field	 field;
};

static const struct field_name field_names[] = {
	{ "content-length",	FIELD_SKIP },
	{ "from",		FIELD_FROM },
	{ "reply-to",		FIELD_REPLY_TO },
	{ "resent-from",	FIELD_RESENT_FROM },
	{ "resent-sender",	FIELD_RESENT_SENDER },
	{ "return-path",	FIELD_RETURN_PATH },
	{ "sender",		FIELD_SENDER },
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
	h->place = SENDER_NONE;
	h->best = FIELD_NONE;
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

/* --- the address of a sender's field (RFC 5322 section 3.4 and 4.4) */

/* What came so far was no address: one may begin here. */
static void
addr_begin(struct head *h, int place)
{
	h->place = place;
	h->naddr = 0;
	h->odd = h->gap = false;
}

static void
addr_add(struct head *h, uint8_t c)
{
	if (c < ' ' || c > '~' || h->naddr == HEAD_SENDER_MAX)
		h->odd = true;
	else
		h->addr[h->naddr++] = (char)c;
}

/* An octet of a word: blanks may only stand beside a dot or an @. */
static void
addr_word(struct head *h, uint8_t c)
{
	const char last = h->naddr > 0 ? h->addr[h->naddr - 1] : '.';

	if (h->gap && strchr(".@", c) == NULL && strchr(".@", last) == NULL)
		h->odd = true;
	if (c == ')' || c == '\\')
		h->odd = true;
	h->gap = false;
	addr_add(h, c);
}

/* In "[IPv6:::1]" a colon is no more than that. */
static bool
in_literal(const struct head *h)
{
	return memchr(h->addr, '[', h->naddr) != NULL &&
	    h->addr[h->naddr - 1] != ']';
}

/* A comma, a semicolon or the field's end behind what may be an address. */
static void
addr_end(struct head *h, bool last)
{
	const bool at = memchr(h->addr, '@', h->naddr) != NULL;

	if (h->naddr > 0 && !h->odd && (at || last))
		h->place = SENDER_DONE;
	else
		addr_begin(h, SENDER_BARE);	/* "Doe, Joe <joe@x>" */
}

static void
angle_octet(struct head *h, uint8_t c)
{
	if (c == '>')
		h->place = SENDER_AFTER;
	else if (c == ':' && h->naddr > 0 && h->addr[0] == '@')
		addr_begin(h, SENDER_ANGLE);	/* a route is over */
	else if (c == '<' || ((c == ',' || c == ';' || c == ':') &&
	    (h->naddr == 0 || h->addr[0] != '@') && !in_literal(h)))
		h->odd = true;
	else
		addr_word(h, c);
}

static void
bare_octet(struct head *h, uint8_t c)
{
	if (c == '<')
		addr_begin(h, SENDER_ANGLE);
	else if (c == ':' && !in_literal(h))
		addr_begin(h, SENDER_BARE);	/* behind a group's name */
	else if (c == ',' || c == ';')
		addr_end(h, c == ';');
	else if (c == '>')
		h->odd = true;
	else
		addr_word(h, c);
}

/* Inside a comment or between quotes; a backslash takes the next octet. */
static void
nested_octet(struct head *h, uint8_t c)
{
	const bool escaped = h->escape;

	if (h->quoted && c != '\n')
		addr_add(h, c);
	h->escape = !escaped && c == '\\';
	if (escaped)
		return;
	if (h->quoted) {
		h->quoted = c != '"';
		h->gap = true;
	} else if (c == '(') {
		h->depth++;
	} else if (c == ')') {
		h->depth--;
	}
}

static void
address_octet(struct head *h, uint8_t c)
{
	if (h->depth > 0 || h->quoted) {
		nested_octet(h, c);
	} else if (c == '(') {
		h->depth = 1;
		h->gap = true;
	} else if (is_blank(c) || c == '\n') {
		h->gap = true;
	} else if (h->place == SENDER_AFTER) {
		h->place = c == ',' || c == ';' ? SENDER_DONE : SENDER_BAD;
	} else {
		if (c == '"')
			h->quoted = h->gap = true;
		if (h->place == SENDER_ANGLE)
			angle_octet(h, c);
		else
			bare_octet(h, c);
	}
}

static void
sender_feed(struct head *h, const uint8_t *s, size_t len)
{
	for (; len > 0 && h->place != SENDER_NONE; s++, len--) {
		if (h->place == SENDER_DONE || h->place == SENDER_BAD)
			return;
		if (h->place != SENDER_NAME)
			address_octet(h, *s);
		else if (*s == ':')
			addr_begin(h, SENDER_BARE);
	}
}

/* A sender's field is over, if it was one. */
static void
sender_end(struct head *h)
{
	bool good;

	if (h->place == SENDER_NONE)
		return;
	if (h->place == SENDER_BARE && !h->quoted)
		addr_end(h, true);
	good = (h->place == SENDER_DONE || h->place == SENDER_AFTER) &&
	    h->depth == 0 && !h->odd && h->naddr > 0 && h->addr[0] != '@' &&
	    h->addr[h->naddr - 1] != '@';
	/* "Return-Path: <>" says that there is nobody to write to. */
	if (good || h->field == FIELD_RETURN_PATH) {
		h->best = h->field;
		memcpy(h->sender, h->addr, good ? h->naddr : 0);
		h->sender[good ? h->naddr : 0] = '\0';
	}
	h->place = SENDER_NONE;
}

static void
field_start(struct head *h, enum field field)
{
	h->skip = field == FIELD_SKIP;
	if (field >= FIELD_RETURN_PATH && (int)field < h->best) {
		h->field = (int)field;
		h->place = SENDER_NAME;
		h->depth = 0;
		h->quoted = h->escape = false;
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
