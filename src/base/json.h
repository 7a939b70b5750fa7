/*
 * Writing JSON (RFC 8259): just the strings, the rest is a matter of printf.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdio.h>

/*
 * A string with its quotes.  Controls become escapes; what is no UTF-8 becomes
 * U+FFFD, octet by octet, so that the output can always be read.
 */
void	json_string(FILE *out, const char *s);

/* The most octets that one character takes between the quotes. */
#define JSON_ONE	6

/*
 * The first character of left octets, of which there is at least one, as it
 * stands between the quotes.  Returns the octets written to dst, without a NUL;
 * *taken is how many it stands for.
 */
size_t	json_one(char dst[JSON_ONE], const void *src, size_t left,
	    size_t *taken);

#endif
