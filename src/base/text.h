/*
 * Octets from outside as text that is safe to print, to store in a line, or
 * to use as a file name.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * Writes at most size - 1 characters and a NUL: the octets, with everything
 * that is not printable ASCII, a blank or a tab shown as C would, \n or \ooo in
 * octal.  A backslash stays one, so what was shown once is not changed by
 * being shown again.  Never cuts inside an escape; a cut text ends in "...".
 * src is not dst.  Returns dst.
 */
char	*text_vis(char *dst, size_t size, const void *src, size_t len);

/*
 * Appends the octets with all but A-Z a-z 0-9 and the characters of keep
 * written as %XX, upper-case; '%' always is.  False, and nothing appended, if
 * out is too full.
 */
bool	text_pct(struct buf *out, const void *src, size_t len,
	    const char *keep);

/*
 * Undoes text_pct into dst, which may be src.  Returns the length, or -1 if a
 * '%' is not followed by two hexadecimal digits or dst would be too small.
 */
long	text_unpct(uint8_t *dst, size_t size, const char *src, size_t len);

/* dst gets 2 * n lower-case digits and a NUL. */
void	text_hex(char *dst, const uint8_t *src, size_t n);

/* Reads exactly 2 * n digits of either case; false if that is not there. */
bool	text_unhex(uint8_t *dst, size_t n, const char *src, size_t len);

/*
 * Decimal digits only, at least one and at most maxdigits, no sign, no blank,
 * value at most max.  False otherwise; *value is then unchanged.
 */
bool	text_number(const void *src, size_t len, unsigned maxdigits,
	    uint64_t max, uint64_t *value);

/* The value of an environment variable; NULL for an empty one, too. */
const char *text_env(const char *name);

#endif
