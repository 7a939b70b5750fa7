/*
 * Sorting what a server chose.
 */
#ifndef MAIL_SORT_H
#define MAIL_SORT_H

#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * Keeps the order of equals, takes what is in order already in one walk, and
 * no choice of numbers makes it slow.  -1 with ERR_TEMP: no memory.
 */
int	sort_stable(void *v, size_t n, size_t size,
	    int (*cmp)(const void *, const void *), struct err *err);

/* -1, 0 or 1. */
int	sort_compare(uint64_t a, uint64_t b);

#endif
