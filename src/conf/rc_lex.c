/*
 * The run-control file's tokens, and how a place in it is shown to a person.
 */
#include "conf/rc_lex.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/rc_table.h"

#define EXCERPT_WIDTH	66	/* columns of source that are shown */
#define EXCERPT_BEFORE	30	/* of them before the caret, of a long line */
#define EXCERPT_MAX	16384	/* octets of a line that is looked at */

static const char bom[] = { '\xef', '\xbb', '\xbf' };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_punct(char c)
{
	return c == ',' || c == ';' || c == ':';
}

static bool
ends_word(char c)
{
	return is_blank(c) || is_punct(c) || c == '=';
}

void
rc_lex_init(struct rc_lex *lx, const char *src, size_t len,
    struct arena *arena)
{
	memset(lx, 0, sizeof(*lx));
	lx->src = src;
	lx->len = len;
	lx->line = 1;
	lx->arena = arena;
	if (len >= sizeof(bom) && memcmp(src, bom, sizeof(bom)) == 0)
		lx->pos = lx->bol = sizeof(bom);
}

/* Moves to pos, counting the lines on the way. */
static void
move_to(struct rc_lex *lx, size_t pos)
{
	const char *nl;

	while ((nl = memchr(lx->src + lx->pos, '\n', pos - lx->pos)) != NULL) {
		lx->line++;
		lx->bol = lx->pos = (size_t)(nl - lx->src) + 1;
	}
	lx->pos = pos;
}

static size_t
end_of_line(const struct rc_lex *lx, size_t pos)
{
	const char *nl;

	nl = memchr(lx->src + pos, '\n', lx->len - pos);
	return nl == NULL ? lx->len : (size_t)(nl - lx->src);
}

/* Octets of the backslash and end of line at pos, or 0. */
static size_t
continuation(const char *s, size_t n)
{
	if (n >= 2 && s[0] == '\\' && s[1] == '\n')
		return 2;
	if (n >= 3 && s[0] == '\\' && s[1] == '\r' && s[2] == '\n')
		return 3;
	return 0;
}

/* Passes what stands between tokens. */
static void
skip_gap(struct rc_lex *lx)
{
	const char *s;
	size_t n;

	while (lx->pos < lx->len) {
		s = lx->src + lx->pos;
		if (is_blank(*s) || is_punct(*s))
			move_to(lx, lx->pos + 1);
		else if (*s == '#')
			move_to(lx, end_of_line(lx, lx->pos));
		else if ((n = continuation(s, lx->len - lx->pos)) > 0)
			move_to(lx, lx->pos + n);
		else
			return;
	}
}

static size_t
word_length(const char *s, size_t n)
{
	size_t i, slashes;

	for (i = 0; i < n && !ends_word(s[i]); i++)
		;
	/* A backslash before the end of the line belongs to that. */
	for (slashes = 0; slashes < i && s[i - slashes - 1] == '\\'; slashes++)
		;
	if (slashes % 2 == 1 && continuation(s + i - 1, n - (i - 1)) > 0)
		i--;
	return i;
}

/* The value of at most max digits of a base; *n says how many there were. */
static unsigned
digits(const char *s, size_t len, unsigned base, size_t max, size_t *n)
{
	static const char set[] = "0123456789abcdef";
	const char *d;
	unsigned value = 0;

	for (*n = 0; *n < len && *n < max; ++*n) {
		d = strchr(set, tolower((unsigned char)s[*n]));
		if (s[*n] == '\0' || d == NULL || d >= set + base)
			break;
		value = value * base + (unsigned)(d - set);
	}
	return value;
}

/*
 * The octet that the escape at s means, and in *used how long the escape is;
 * -1: none, -2: it is malformed.
 */
static int
escape(const char *s, size_t len, size_t *used)
{
	static const char from[] = "ntbr", to[] = "\n\t\b\r";
	const char *p;
	unsigned value;

	if ((*used = continuation(s, len)) > 0)
		return -1;
	*used = len < 2 ? len : 2;
	if (len < 2)
		return -1;
	if (s[1] == 'x' || s[1] == 'X') {
		value = digits(s + 2, len - 2, 16, 2, used);
		if (*used == 0)
			return -2;
		*used += 2;
	} else if (isdigit((unsigned char)s[1])) {
		value = digits(s + 1, len - 1, s[1] == '0' ? 8 : 10, 3, used);
		*used += 1;
	} else {
		p = strchr(from, s[1]);
		value = (unsigned char)(p == NULL ? s[1] : to[p - from]);
	}
	return value & 0xff;
}

static void
set_bad(struct rc_lex *lx, struct rc_token *t, const char *why)
{
	t->kind = RC_BAD;
	t->text = arena_strdup(lx->arena, why);
	t->len = strlen(t->text);
}

/* Sets the token's text from the n octets at s; a NUL ends it early. */
static void
set_text(struct rc_lex *lx, struct rc_token *t, const char *s, size_t n)
{
	size_t i, used;
	int c;

	t->text = arena_alloc(lx->arena, n + 1);
	for (i = 0; i < n; i += used) {
		used = 1;
		c = (unsigned char)s[i];
		if (c == '\\') {
			t->name = true;
			c = escape(s + i, n - i, &used);
		}
		if (c == -2) {
			explicit_bzero(t->text, t->len);
			set_bad(lx, t, "\\x without hexadecimal digits");
			return;
		}
		if (c == 0)
			return;
		if (c > 0)
			t->text[t->len++] = (char)c;
	}
}

/*
 * A token that begins with a quote.  Whichever is longer, the quoted string or
 * the bare word, it is: "a\"b" is a word, quotes and all.  Where that can only
 * be a slip, it is RC_BAD.
 */
static void
lex_quoted(struct rc_lex *lx, struct rc_token *t)
{
	const char *s = lx->src + t->start, *close;
	size_t n = lx->len - t->start, word, quoted = 0;

	word = word_length(s, n);
	t->end = t->start + word;
	if ((close = memchr(s + 1, *s, n - 1)) != NULL)
		quoted = (size_t)(close - s) + 1;
	if (quoted == 0) {
		set_bad(lx, t, "missing end quote");
	} else if (quoted < word) {
		if (s[quoted - 2] != '\\')
			set_bad(lx, t, quoted + 1 == word && s[quoted] == *s ?
			    "a doubled end quote" :
			    "text directly behind an end quote");
		else if (s[word - 1] != *s)
			set_bad(lx, t, "missing end quote");
		else
			set_text(lx, t, s, word);
	} else if (memchr(s, '\n', quoted) != NULL && quoted < n &&
	    s[quoted] != '#' && !ends_word(s[quoted])) {
		/* What ends here is the next string's beginning. */
		set_bad(lx, t, "missing end quote");
	} else {
		t->kind = RC_STRING;
		t->end = t->start + quoted;
		set_text(lx, t, s + 1, quoted - 2);
	}
}

static bool
is_number(const char *s)
{
	if (*s == '-')
		s++;
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static void
lex_word(struct rc_lex *lx, struct rc_token *t)
{
	const char *s = lx->src + t->start;

	t->end = t->start + word_length(s, lx->len - t->start);
	set_text(lx, t, s, t->end - t->start);
	if (t->kind == RC_WORD && !t->name && is_number(t->text))
		t->kind = RC_NUMBER;
}

static bool
is_noise(const struct rc_token *t)
{
	const struct rc_key *key;

	if (t->kind != RC_WORD || t->name)
		return false;
	key = rc_key_find(t->text);
	return key != NULL && key->scope == RC_NOISE;
}

void
rc_lex_next(struct rc_lex *lx, bool name, struct rc_token *t)
{
	do {
		skip_gap(lx);
		memset(t, 0, sizeof(*t));
		t->kind = RC_WORD;
		t->name = name;
		t->start = t->end = lx->pos;
		t->line = lx->line;
		t->column = (unsigned)(lx->pos - lx->bol) + 1;
		if (lx->pos == lx->len) {
			t->kind = RC_EOF;
		} else if (lx->src[lx->pos] == '=') {
			t->kind = RC_EQUALS;
			t->end++;
		} else if (lx->src[lx->pos] == '"' ||
		    lx->src[lx->pos] == '\'') {
			lex_quoted(lx, t);
		} else
			lex_word(lx, t);
		move_to(lx, t->end);
	} while (is_noise(t));
}

void
rc_lex_where(const struct rc_lex *lx, size_t pos, unsigned *line,
    unsigned *column)
{
	struct rc_lex at;

	rc_lex_init(&at, lx->src, lx->len, lx->arena);
	move_to(&at, pos);
	*line = at.line;
	*column = (unsigned)(pos - at.bol) + 1;
}

/* Is a word like "password", also if misspelt, so that a secret follows it? */
static bool
announces_secret(const char *s, size_t n)
{
	char word[64];
	size_t i;

	if (n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';
	if (strcasestr(word, "pass") != NULL)
		return true;
	for (i = 0; i < rc_nkeys; i++)
		if (strstr(rc_keys[i].name, "pass") != NULL &&
		    rc_key_distance(word, rc_keys[i].name) <=
		    rc_key_near(word))
			return true;
	return false;
}

/* Marks what follows such a word in the line s of n octets. */
static void
mask_words(char *mask, const char *s, size_t n)
{
	const char *close;
	size_t i, j, end;

	for (i = 0; i < n; i = j) {
		while (i < n && ends_word(s[i]))
			i++;
		for (j = i; j < n && !ends_word(s[j]); j++)
			;
		if (!announces_secret(s + i, j - i))
			continue;
		for (end = j; end < n && ends_word(s[end]); end++)
			;
		i = end;
		if (end < n && (s[end] == '"' || s[end] == '\'')) {
			close = memchr(s + end + 1, s[end], n - end - 1);
			end = close == NULL ? n : (size_t)(close - s);
		} else if (end < n && s[end] == '#')
			end = n;
		while (end < n && !is_blank(s[end]))
			end++;
		memset(mask + i, 1, end - i);
	}
}

/* The line as it is shown, and where in it the span is. */
struct shown {
	char	*text;
	size_t	 len;
	size_t	 start, end;
};

static void
show_line(struct shown *out, const char *s, size_t n, const char *mask,
    struct rc_span where)
{
	size_t i;

	out->text = mem_alloc(4 * n + 1);
	for (i = 0; i < n; i++) {
		if (i == where.start)
			out->start = out->len;
		if (mask[i]) {
			if (i == 0 || !mask[i - 1]) {
				memset(out->text + out->len, '*', 4);
				out->len += 4;
			} else if (i == where.start)
				out->start = out->len - 4;
		} else if (((unsigned char)s[i] & 0xc0) == 0x80)
			;	/* one sign for a character of UTF-8 */
		else if (is_blank(s[i]))
			out->text[out->len++] = ' ';
		else
			out->text[out->len++] =
			    s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
		if (i + 1 == where.end)
			out->end = out->len;
	}
	if (where.start >= n)
		out->start = out->len;
	if (where.end > n)
		out->end = out->len;
}

/* The lines of the excerpt, cut to a terminal's width. */
static const char *
print_excerpt(struct arena *arena, unsigned line, const struct shown *l)
{
	char number[16], tail[EXCERPT_WIDTH + 1];
	const char *before = "", *behind = "";
	size_t from = 0, to = l->len, n;
	int gutter;

	if (l->len > EXCERPT_WIDTH && l->start > EXCERPT_BEFORE) {
		from = l->start - EXCERPT_BEFORE;
		before = "...";
	}
	if (to - from > EXCERPT_WIDTH) {
		to = from + EXCERPT_WIDTH;
		behind = "...";
	}
	n = l->end > to ? to : l->end;
	n = n > l->start + 1 ? n - l->start - 1 : 0;
	memset(tail, '~', sizeof(tail));
	gutter = snprintf(number, sizeof(number), "%5u", line);
	return arena_printf(arena, "%s | %s%.*s%s\n%*s | %*s^%.*s\n", number,
	    before, (int)(to - from), l->text + from, behind, gutter, "",
	    (int)(strlen(before) + l->start - from), "", (int)n, tail);
}

const char *
rc_lex_excerpt(const struct rc_lex *lx, unsigned line, struct rc_span where,
    struct rc_span secret)
{
	struct shown shown = { 0 };
	const char *excerpt;
	char *mask;
	size_t bol, eol, i;

	for (bol = where.start; bol > 0 && lx->src[bol - 1] != '\n'; bol--)
		;
	if (bol == 0 && lx->len >= sizeof(bom) &&
	    memcmp(lx->src, bom, sizeof(bom)) == 0)
		bol = sizeof(bom);
	eol = end_of_line(lx, bol);
	if (eol > bol && lx->src[eol - 1] == '\r')
		eol--;
	if (eol - bol > EXCERPT_MAX)
		return NULL;
	mask = mem_alloc(eol - bol + 1);
	mask_words(mask, lx->src + bol, eol - bol);
	for (i = bol; i < eol; i++)
		if (i >= secret.start && i < secret.end)
			mask[i - bol] = 1;
	where.start -= bol;
	where.end -= bol;
	show_line(&shown, lx->src + bol, eol - bol, mask, where);
	excerpt = print_excerpt(lx->arena, line, &shown);
	free(mask);
	free(shown.text);
	return excerpt;
}
