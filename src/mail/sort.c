/*
 * Sorting what a server chose.
 */
#include "mail/sort.h"

#include <stdlib.h>

#include "base/err.h"

int
sort_stable(void *v, size_t n, size_t size,
    int (*cmp)(const void *, const void *), struct err *err)
{
	if (n < 2 || mergesort(v, n, size, cmp) == 0)
		return 0;
	return err_set(err, ERR_TEMP, "out of memory");
}

int
sort_compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}
