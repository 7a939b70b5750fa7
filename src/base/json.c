/*
 * Writing JSON.
 */
#include "base/json.h"

#include <string.h>

/* The length of the character at s, or 0 if that is no UTF-8 (RFC 3629). */
static size_t
utf8_length(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char	first, last;
		unsigned char	low, high;	/* of the second octet */
		size_t		len;
	} rows[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (s[0] >= rows[i].first && s[0] <= rows[i].last)
			break;
	if (i == sizeof(rows) / sizeof(rows[0]) || rows[i].len > left)
		return 0;
	if (rows[i].len > 1 && (s[1] < rows[i].low || s[1] > rows[i].high))
		return 0;
	for (k = 2; k < rows[i].len; k++)
		if ((s[k] & 0xc0) != 0x80)
			return 0;
	return rows[i].len;
}

size_t
json_one(char dst[JSON_ONE], const void *src, size_t left, size_t *taken)
{
	const unsigned char *s = src;
	const size_t n = utf8_length(s, left);
	char escape[JSON_ONE + 1];

	*taken = n > 0 ? n : 1;
	if (n > 1 || (n == 1 && *s >= ' ' && *s != 0x7f && *s != '"' &&
	    *s != '\\')) {
		memcpy(dst, s, n);
		return n;
	}
	if (n == 0)
		strlcpy(escape, "\\ufffd", sizeof(escape));
	else if (*s == '"' || *s == '\\')
		snprintf(escape, sizeof(escape), "\\%c", *s);
	else if (*s == '\n')
		strlcpy(escape, "\\n", sizeof(escape));
	else
		snprintf(escape, sizeof(escape), "\\u%04x", *s);
	memcpy(dst, escape, strlen(escape));
	return strlen(escape);
}

void
json_string(FILE *out, const char *s)
{
	char one[JSON_ONE];
	size_t n, left = strlen(s), taken;

	putc('"', out);
	for (; left > 0; left -= taken, s += taken) {
		n = json_one(one, s, left, &taken);
		fwrite(one, 1, n, out);
	}
	putc('"', out);
}
