/*
 * Octets from outside as safe text, and back.
 */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define VIS_WIDTH	4	/* the longest escape is \ooo */
#define CUT		"..."
#define CUT_LEN		(sizeof(CUT) - 1)

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

/* Writes one octet as text of at most VIS_WIDTH characters; their number. */
static size_t
text_vis1(char *dst, uint8_t c)
{
	static const char names[] = "\aa\bb\ff\nn\rr\vv";
	size_t i;

	if ((c >= ' ' && c <= '~') || c == '\t') {
		dst[0] = (char)c;
		return 1;
	}
	dst[0] = '\\';
	for (i = 0; i + 1 < sizeof(names); i += 2)
		if (names[i] == (char)c) {
			dst[1] = names[i + 1];
			return 2;
		}
	dst[1] = (char)('0' + (c >> 6));
	dst[2] = (char)('0' + (c >> 3 & 7));
	dst[3] = (char)('0' + (c & 7));
	return 4;
}

char *
text_vis(char *dst, size_t size, const void *src, size_t len)
{
	const uint8_t *s = src;
	char esc[VIS_WIDTH];
	size_t cut, i, n, out;

	if (size == 0)
		return dst;
	cut = out = 0;
	for (i = 0; i < len; i++) {
		n = text_vis1(esc, s[i]);
		if (n > size - 1 - out)
			break;
		memcpy(dst + out, esc, n);
		out += n;
		/* The last place between escapes where "..." still fits. */
		if (out + CUT_LEN <= size - 1)
			cut = out;
	}
	if (i < len && cut + CUT_LEN <= size - 1) {
		memcpy(dst + cut, CUT, CUT_LEN);
		out = cut + CUT_LEN;
	}
	dst[out] = '\0';
	return dst;
}

static bool
text_plain(uint8_t c, const char *keep)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && c != '%' && strchr(keep, c) != NULL;
}

bool
text_pct(struct buf *out, const void *src, size_t len, const char *keep)
{
	const uint8_t *s = src;
	uint8_t *p;
	size_t i, n;

	n = 0;
	for (i = 0; i < len; i++)
		n += text_plain(s[i], keep) ? 1 : 3;
	if ((p = buf_reserve(out, n)) == NULL)
		return false;
	for (i = 0; i < len; i++) {
		if (text_plain(s[i], keep)) {
			*p++ = s[i];
			continue;
		}
		*p++ = '%';
		*p++ = (uint8_t)hex_upper[s[i] >> 4];
		*p++ = (uint8_t)hex_upper[s[i] & 15];
	}
	buf_commit(out, n);
	return true;
}

/* The value of a hexadecimal digit, or -1. */
static int
text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Two digits as an octet, or -1. */
static int
text_octet(const char *s)
{
	int hi, lo;

	hi = text_digit(s[0]);
	lo = text_digit(s[1]);
	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

long
text_unpct(uint8_t *dst, size_t size, const char *src, size_t len)
{
	size_t i, out;
	int c;

	out = 0;
	for (i = 0; i < len; i++) {
		c = (uint8_t)src[i];
		if (c == '%') {
			if (len - i < 3 || (c = text_octet(src + i + 1)) < 0)
				return -1;
			i += 2;
		}
		if (out == size)
			return -1;
		dst[out++] = (uint8_t)c;
	}
	return (long)out;
}

void
text_hex(char *dst, const uint8_t *src, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*dst++ = hex_lower[src[i] >> 4];
		*dst++ = hex_lower[src[i] & 15];
	}
	*dst = '\0';
}

bool
text_unhex(uint8_t *dst, size_t n, const char *src, size_t len)
{
	size_t i;
	int c;

	if (len % 2 != 0 || len / 2 != n)
		return false;
	for (i = 0; i < n; i++) {
		if ((c = text_octet(src + 2 * i)) < 0)
			return false;
		dst[i] = (uint8_t)c;
	}
	return true;
}

bool
text_number(const void *src, size_t len, unsigned maxdigits, uint64_t max,
    uint64_t *value)
{
	const uint8_t *s = src;
	uint64_t v;
	size_t i;
	unsigned d;

	if (len == 0 || len > maxdigits)
		return false;
	v = 0;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		d = s[i] - (unsigned)'0';
		if (v > (max - d) / 10 || d > max)
			return false;
		v = v * 10 + d;
	}
	*value = v;
	return true;
}

const char *
text_env(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}
