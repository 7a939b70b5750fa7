/*
 * Words of a ~/.netrc, undone in place, and the entries that they make.
 */
#include "conf/netrc.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct reader {
	char	*p, *end;
	bool	 eol;			/* the last word ended its line */
};

struct entry {
	const char	*machine, *login, *password;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_line(struct reader *r)
{
	char *nl = memchr(r->p, '\n', (size_t)(r->end - r->p));

	r->p = nl != NULL ? nl + 1 : r->end;
}

/*
 * The next word, or NULL.  Its quotes and backslashes are gone, so it is never
 * longer than what it was made of, and the NUL has room.
 */
static char *
next_word(struct reader *r)
{
	char *word, *to, quote = 0;

	while (r->p < r->end && (is_blank(*r->p) || *r->p == '#'))
		if (*r->p == '#')
			skip_line(r);
		else
			r->p++;
	if (r->p == r->end)
		return NULL;
	if (*r->p == '"' || *r->p == '\'')
		quote = *r->p++;
	word = to = r->p;
	while (r->p < r->end && *r->p != '\n' &&
	    (quote != 0 ? *r->p != quote : !is_blank(*r->p))) {
		if (*r->p == '\\' && r->p + 1 < r->end && r->p[1] != '\n')
			r->p++;
		*to++ = *r->p++;
	}
	r->eol = r->p == r->end || *r->p == '\n';
	if (r->p < r->end)
		r->p++;
	*to = '\0';
	return word;
}

/* A macro's text ends at an empty line, or with the file. */
static void
skip_macro(struct reader *r)
{
	if (next_word(r) != NULL && !r->eol)
		skip_line(r);
	while (r->p < r->end && *r->p != '\n')
		skip_line(r);
}

/* Whether the entry has a password, and may be for that login. */
static bool
is_for(const struct entry *e, const char *machine, const char *login)
{
	return e->machine != NULL && e->password != NULL &&
	    strcasecmp(e->machine, machine) == 0 &&
	    (e->login == NULL || strcmp(e->login, login) == 0);
}

/* Where the value behind a word belongs; NULL for a word that has none. */
static const char **
place_of(struct entry *e, const char *word)
{
	if (strcmp(word, "login") == 0 || strcmp(word, "user") == 0)
		return &e->login;
	if (strcmp(word, "password") == 0 || strcmp(word, "passwd") == 0)
		return &e->password;
	return strcmp(word, "machine") == 0 ? &e->machine : NULL;
}

const char *
netrc_find(char *text, size_t len, const char *machine, const char *host,
    const char *login)
{
	struct reader r = { .p = text, .end = text + len };
	struct entry e = { .machine = NULL };
	const char *second = NULL, *word, **place;
	bool first = false;

	do {
		word = next_word(&r);
		if (word == NULL || strcmp(word, "machine") == 0 ||
		    strcmp(word, "default") == 0) {
			if ((first = is_for(&e, machine, login)))
				break;
			if (second == NULL && is_for(&e, host, login))
				second = e.password;
			memset(&e, 0, sizeof(e));
		}
		if (word == NULL || strcmp(word, "default") == 0)
			continue;
		if (strcmp(word, "macdef") == 0)
			skip_macro(&r);
		else if (strcmp(word, "account") == 0)
			(void)next_word(&r);
		else if ((place = place_of(&e, word)) != NULL)
			*place = next_word(&r);
	} while (word != NULL);
	return first ? e.password : second;
}
