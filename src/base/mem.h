/*
 * Memory: allocation that does not fail, an arena for what lives as long as
 * the configuration, and secrets.
 *
 * An allocation that cannot be had writes one line to standard error and
 * exits with ERR_TEMP: nothing is lost by that, since dying at any point is
 * what the delivery protocol is made for.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void	*mem_alloc(size_t n);				/* zeroed */
void	*mem_array(size_t n, size_t size);		/* zeroed, n * size */
/*
 * Grows from oldn to n elements of size octets; the new ones are zeroed, and
 * so is the old place if it moves.
 */
void	*mem_grow(void *p, size_t oldn, size_t n, size_t size);
char	*mem_strdup(const char *s);
char	*mem_strndup(const char *s, size_t n);

/* Everything allocated from an arena is freed at once with it. */
struct arena;
struct arena	*arena_new(void);
void		 arena_free(struct arena *a);		/* NULL is allowed */
void		*arena_alloc(struct arena *a, size_t n); /* zeroed, aligned */
char		*arena_strdup(struct arena *a, const char *s);
char		*arena_strndup(struct arena *a, const char *s, size_t n);
char		*arena_printf(struct arena *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/*
 * A secret: a string in memory that only secrets share, kept out of core dumps
 * and swap where the system can, overwritten when freed.  secret_free(NULL)
 * does nothing.
 */
char	*secret_dup(const char *s, size_t n);
char	*secret_new(size_t n);		/* room for n octets and a NUL; zeroed */
void	 secret_free(char *s);

/* In a process that has it from its parent: out of swap again (fork(2)). */
void	 secret_lock(char *s);

#endif
