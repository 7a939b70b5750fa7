/*
 * Allocation that does not fail, the arena, and secrets.
 */
#include "config.h"

#include "base/mem.h"

#include <sys/mman.h>

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

#define ARENA_CHUNK	8192

struct chunk {
	struct chunk	*next;
	size_t		 used;
	size_t		 size;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk	*first;		/* the one with room left */
};

/*
 * A mapping that secrets share, since each of its own would cost a page, and
 * three system calls; an rc file may have thousands.
 */
struct vault {
	size_t	size;
	size_t	used;
	size_t	live;			/* secrets in it that are not freed */
};

#define VAULT_SIZE	(64u * 1024)
#define SECRET_ROUND(n)	\
	(((n) + alignof(max_align_t) - 1) / alignof(max_align_t) * \
	    alignof(max_align_t))

/* Stands before the text of each secret. */
struct secret {
	struct vault	*home;
	size_t		 len;
	char		 text[];
};

/* The vault with room left. */
static struct vault *vault_open;

/* Nothing here may allocate, and stdio may. */
static _Noreturn void
mem_out(void)
{
	static const char line[] = "popfetch: out of memory\n";
	ssize_t n;

	n = write(STDERR_FILENO, line, sizeof(line) - 1);
	(void)n;
	_exit(ERR_TEMP);
}

void *
mem_alloc(size_t n)
{
	return mem_array(1, n);
}

void *
mem_array(size_t n, size_t size)
{
	void *p;

	/* The least is one octet: NULL would look like a failure. */
	if (n == 0 || size == 0)
		n = size = 1;
	if ((p = calloc(n, size)) == NULL)
		mem_out();
	return p;
}

void *
mem_grow(void *p, size_t oldn, size_t n, size_t size)
{
	if (p == NULL)
		return mem_array(n, size);
	if ((p = recallocarray(p, oldn, n, size)) == NULL)
		mem_out();
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t n)
{
	char *p;

	if ((p = strndup(s, n)) == NULL)
		mem_out();
	return p;
}

struct arena *
arena_new(void)
{
	return mem_alloc(sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->first; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof(*c))
		mem_out();
	c = mem_alloc(sizeof(*c) + size);
	c->size = size;
	return c;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c;

	if (n > SIZE_MAX - align)
		mem_out();
	n = (n + align - 1) / align * align;
	c = a->first;
	if (c == NULL || c->size - c->used < n) {
		c = chunk_new(n > ARENA_CHUNK / 4 ? n : ARENA_CHUNK);
		/* A large piece fills its chunk: go on with the other. */
		if (a->first != NULL && c->size == n) {
			c->next = a->first->next;
			a->first->next = c;
		} else {
			c->next = a->first;
			a->first = c;
		}
	}
	c->used += n;
	return c->data + c->used - n;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = arena_alloc(a, n + 1);
	memcpy(p, s, n);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_out();
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

static struct vault *
vault_new(size_t need)
{
	size_t size = need > VAULT_SIZE ? need : VAULT_SIZE;
	struct vault *v;

	v = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (v == MAP_FAILED)
		mem_out();

	/* Best effort: a small RLIMIT_MEMLOCK must not stop the mail. */
	(void)mlock(v, size);
#if defined(MADV_DONTDUMP)
	(void)madvise(v, size, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
	(void)madvise(v, size, MADV_NOCORE);
#endif
	v->size = size;
	v->used = SECRET_ROUND(sizeof(*v));
	return v;
}

char *
secret_new(size_t n)
{
	struct vault *v = vault_open;
	struct secret *sec;
	size_t need;

	if (n > SIZE_MAX / 2)
		mem_out();
	need = SECRET_ROUND(sizeof(*sec) + n + 1);
	if (v == NULL || need > v->size - v->used)
		v = vault_open = vault_new(SECRET_ROUND(sizeof(*v)) + need);
	sec = (struct secret *)(void *)((char *)v + v->used);
	v->used += need;
	v->live++;
	sec->home = v;
	sec->len = n;
	return sec->text;
}

char *
secret_dup(const char *s, size_t n)
{
	char *text = secret_new(n);

	memcpy(text, s, n);
	return text;
}

static struct secret *
secret_of(char *s)
{
	return (struct secret *)(void *)(s - offsetof(struct secret, text));
}

void
secret_lock(char *s)
{
	struct vault *v = secret_of(s)->home;

	(void)mlock(v, v->size);
}

void
secret_free(char *s)
{
	struct secret *sec;
	struct vault *v;

	if (s == NULL)
		return;
	sec = secret_of(s);
	v = sec->home;
	explicit_bzero(sec->text, sec->len);
	if (--v->live > 0)
		return;
	if (v == vault_open)
		vault_open = NULL;
	(void)munmap(v, v->size);
}
