/*
 * The names in a Maildir, read once and looked up often.
 */
#include "mail/seen.h"

#include <sys/types.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define FIRST_CAP	256

struct seen {
	uint8_t		(*tokens)[SEEN_TOKEN_LEN];	/* sorted */
	size_t		 n, cap;
};

/* What is to be done with the names: one of the two. */
struct reader {
	struct seen	*seen;
	struct seen_name *names;
	size_t		 n;
};

void
seen_token(uint8_t token[SEEN_TOKEN_LEN], const char *account, const void *uid,
    size_t uidlen, const uint8_t digest[DIGEST_LEN])
{
	struct digest *d = digest_new();
	uint8_t all[DIGEST_LEN];

	digest_add(d, account, strlen(account) + 1);
	digest_add(d, uid, uidlen);
	digest_add(d, "", 1);
	digest_add(d, digest, DIGEST_LEN);
	digest_end(d, all);
	digest_free(d);
	memcpy(token, all, SEEN_TOKEN_LEN);
}

/* SECONDS.M...PpidQ...U<token>.HOST...: the end of the middle. */
bool
seen_in_name(uint8_t token[SEEN_TOKEN_LEN], const char *name)
{
	const size_t digits = 2 * SEEN_TOKEN_LEN;
	const char *middle = strchr(name, '.');
	size_t len;

	if (middle == NULL)
		return false;
	len = strcspn(++middle, ".");
	return middle[len] == '.' && len > digits &&
	    middle[len - digits - 1] == 'U' &&
	    text_unhex(token, SEEN_TOKEN_LEN, middle + len - digits, digits);
}

static void
keep_token(struct seen *s, const char *name)
{
	uint8_t token[SEEN_TOKEN_LEN];
	size_t cap = s->cap == 0 ? FIRST_CAP : 2 * s->cap;

	if (!seen_in_name(token, name))
		return;
	if (s->n == s->cap) {
		s->tokens = mem_grow(s->tokens, s->cap, cap,
		    sizeof(*s->tokens));
		s->cap = cap;
	}
	memcpy(s->tokens[s->n++], token, SEEN_TOKEN_LEN);
}

static int
compare_names(const void *a, const void *b)
{
	const struct seen_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
mark_name(struct reader *r, char *name)
{
	struct seen_name *found, key = { .name = name };

	/* In cur/ the flags follow (maildir(5)); no host has a ":" here. */
	name[strcspn(name, ":")] = '\0';
	found = bsearch(&key, r->names, r->n, sizeof(*r->names),
	    compare_names);
	if (found != NULL)
		found->found = true;
}

static int
read_dir(struct reader *r, int dir, const char *what, struct err *err)
{
	struct dirent *d;
	DIR *dp;
	int fd, e;

	/* fdopendir takes the descriptor over and moves its offset. */
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dp = fdopendir(fd)) == NULL) {
		e = errno;
		if (fd != -1)
			close(fd);
		return err_sys(err, ERR_IO, e, "cannot read %s", what);
	}
	while ((errno = 0, d = readdir(dp)) != NULL) {
		if (r->seen != NULL)
			keep_token(r->seen, d->d_name);
		else
			mark_name(r, d->d_name);
	}
	e = errno;
	closedir(dp);
	return e == 0 ? 0 : err_sys(err, ERR_IO, e, "cannot read %s", what);
}

/* new/ first: what a reader moves meanwhile is then met in cur/. */
static int
read_both(struct reader *r, int dir_new, int dir_cur, const char *what,
    struct err *err)
{
	if (read_dir(r, dir_new, what, err) == -1)
		return -1;
	return read_dir(r, dir_cur, what, err);
}

static int
compare_tokens(const void *a, const void *b)
{
	return memcmp(a, b, SEEN_TOKEN_LEN);
}

struct seen *
seen_read(int dir_new, int dir_cur, const char *what, struct err *err)
{
	struct seen *s = mem_alloc(sizeof(*s));
	struct reader r = { .seen = s };

	if (read_both(&r, dir_new, dir_cur, what, err) == -1) {
		seen_free(s);
		return NULL;
	}
	if (s->n > 0)
		qsort(s->tokens, s->n, sizeof(*s->tokens), compare_tokens);
	return s;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	free(s->tokens);
	free(s);
}

size_t
seen_total(const struct seen *s)
{
	return s->n;
}

/* The first place at which a token is not less. */
static size_t
lower(const struct seen *s, const uint8_t token[SEEN_TOKEN_LEN])
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(s->tokens[mid], token, SEEN_TOKEN_LEN) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
seen_count(const struct seen *s, const uint8_t token[SEEN_TOKEN_LEN])
{
	size_t i = lower(s, token), n = 0;

	while (i + n < s->n &&
	    memcmp(s->tokens[i + n], token, SEEN_TOKEN_LEN) == 0)
		n++;
	return n;
}

int
seen_names(int dir_new, int dir_cur, struct seen_name *names, size_t n,
    const char *what, struct err *err)
{
	struct reader r = { .names = names, .n = n };

	if (n == 0)
		return 0;
	qsort(names, n, sizeof(*names), compare_names);
	return read_both(&r, dir_new, dir_cur, what, err);
}
