/*
 * A set of octet strings (UIDs), each with a number: the first one added is
 * 0, the next new one 1.  Strings are opaque: any octet, NUL too.  Lookup is a
 * hash keyed with a random key, so a server that chooses its UIDs cannot make
 * it slow; the strings stand in one block.
 */
#ifndef BASE_SET_H
#define BASE_SET_H

#include <stddef.h>
#include <stdint.h>

#define SET_NONE	UINT32_MAX

struct set;

struct set	*set_new(void);
void		 set_free(struct set *s);		/* NULL is allowed */

/* How many different strings it holds. */
uint32_t	 set_count(const struct set *s);

/* The string's number; it is added if it was not there. len <= 65535. */
uint32_t	 set_add(struct set *s, const void *data, size_t len);

/* The string's number, or SET_NONE. */
uint32_t	 set_find(const struct set *s, const void *data, size_t len);

/* String number n < set_count; valid until the next set_add. */
const uint8_t	*set_get(const struct set *s, uint32_t n, size_t *len);

#endif
