/*
 * Lines and statuses of POP3: finding a line's end, reading +OK and -ERR and
 * the response code behind them.
 */
#include "pop3/reply.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"

/* A response code as a table row; finer levels behind it do not count. */
struct code_name {
	const char	*name;
	enum reply_code	 code;
};

static const struct code_name code_names[] = {
	{ "IN-USE",		CODE_IN_USE },
	{ "LOGIN-DELAY",	CODE_LOGIN_DELAY },
	{ "SYS/TEMP",		CODE_SYS_TEMP },
	{ "SYS/PERM",		CODE_SYS_PERM },
	{ "AUTH",		CODE_AUTH },
	{ "UTF8",		CODE_UTF8 },
};

enum reply_found
reply_line(const uint8_t *data, size_t len, size_t *linelen, size_t *used)
{
	const uint8_t *p = data, *lf;
	size_t max = REPLY_LINE_HARD + 2;

	if (len < max)
		max = len;
	while ((lf = memchr(p, '\n', max - (size_t)(p - data))) != NULL) {
		if (lf > data && lf[-1] == '\r') {
			*linelen = (size_t)(lf - data) - 1;
			*used = *linelen + 2;
			return REPLY_LINE;
		}
		p = lf + 1;
	}
	return max == REPLY_LINE_HARD + 2 ? REPLY_TOO_LONG : REPLY_MORE;
}

/* The levels between the brackets, without them. */
static enum reply_code
code_find(const uint8_t *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < sizeof(code_names) / sizeof(code_names[0]); i++) {
		n = strlen(code_names[i].name);
		if (len >= n &&
		    strncasecmp((const char *)s, code_names[i].name, n) == 0 &&
		    (len == n || s[n] == '/'))
			return code_names[i].code;
	}
	return CODE_OTHER;
}

/* RFC 2449 section 8: "[" level *("/" level) "]", a level is not empty. */
static enum reply_code
code_parse(const uint8_t *text, size_t len)
{
	size_t i;

	if (len == 0 || text[0] != '[')
		return CODE_NONE;
	for (i = 1; i < len && text[i] != ']'; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return CODE_NONE;
		if (text[i] == '/' && text[i - 1] == '/')
			return CODE_NONE;
	}
	if (i == len || i == 1 || text[1] == '/' || text[i - 1] == '/')
		return CODE_NONE;
	return code_find(text + 1, i - 1);
}

bool
reply_parse(struct reply *r, const uint8_t *line, size_t len)
{
	size_t n;

	if (len >= 3 && memcmp(line, "+OK", 3) == 0)
		n = 3;
	else if (len >= 4 && memcmp(line, "-ERR", 4) == 0)
		n = 4;
	else
		return false;
	if (len > n && line[n] != ' ')
		return false;
	r->ok = line[0] == '+';
	if (len > n)
		n++;
	r->text = line + n;
	r->len = len - n;
	r->code = code_parse(r->text, r->len);
	return true;
}

enum err_kind
reply_kind(const struct reply *r, enum err_kind otherwise)
{
	switch (r->code) {
	case CODE_IN_USE:
	case CODE_LOGIN_DELAY:
	case CODE_SYS_TEMP:
		return ERR_TEMP;
	case CODE_SYS_PERM:
		return ERR_UNAVAILABLE;
	case CODE_AUTH:
		return ERR_AUTH;
	default:
		return otherwise;
	}
}

bool
reply_coded(const struct reply *r)
{
	return r->code != CODE_NONE && r->code != CODE_OTHER;
}

static bool
is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Whether a word that starts so is in the text, in either case. */
static bool
text_says(const uint8_t *text, size_t len, const char *word)
{
	size_t i, n = strlen(word);

	for (i = 0; i + n <= len; i++)
		if ((i == 0 || !is_letter(text[i - 1])) &&
		    strncasecmp((const char *)text + i, word, n) == 0)
			return true;
	return false;
}

bool
reply_says_busy(const struct reply *r)
{
	static const char *const busy[] = {
		"lock", "busy", "in use", "wait", "temporar"
	};
	size_t i;

	if (reply_coded(r))
		return false;
	for (i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
		if (text_says(r->text, r->len, busy[i]))
			return true;
	return false;
}
