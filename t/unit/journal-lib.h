/*
 * What the tests of the journal share: a directory, the file in it, samples.
 */
#ifndef T_JOURNAL_LIB_H
#define T_JOURNAL_LIB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "mail/journal.h"

struct buf;

#define NAME	"joe.journal"
#define KEY	"joe@pop.example.org"
#define TEXT_MAX (1024 * 1024)

extern struct err err;			/* cleared by every try_journal */
extern int dir;				/* the test's own */
extern const struct journal_place here, there;

/* Before and after each test; a file that is left behind fails it. */
int	setup(void **state);
int	teardown(void **state);

/* Opens the journal: NULL is an answer, or a failed test. */
struct journal *try_journal(void);
struct journal *open_journal(void);
/* Writes what was noted and opens the file again. */
struct journal *reopen(struct journal *j);

/* The file; get_file ends it with a NUL, and fails if it does not fit. */
size_t	get_file(char *text, size_t size);
void	set_file(const char *text, size_t len);
unsigned count_lines(void);

/* An entry whose every field is another one for another seed.  Its strings
 * stand until the next call. */
struct journal_entry sample(unsigned seed);
uint32_t intend(struct journal *j, const char *uid, unsigned seed);
uint32_t deliver(struct journal *j, const char *uid, unsigned seed);
uint32_t know(struct journal *j, const char *uid, unsigned seed);
/* n may be JOURNAL_NONE. */
uint32_t spoil(struct journal *j, uint32_t n, const char *uid, unsigned seed);

/* The file, made of lines, up to a NULL, that get right CRCs. */
void	set_lines(const char *const *lines);

/* One live entry as text, the account's facts, and all that a journal knows,
 * to be freed. */
void	put_fact(struct buf *b, const void *uid, size_t len,
	    const struct journal_entry *e, const struct journal_place *p);
void	put_account(struct buf *b, const struct journal_account *a);
char	*facts(const struct journal *j);
void	assert_facts(const struct journal *j, const char *want);

/* A journal with every type of line, and what is known after each. */
#define HISTORY_LINES 40
struct history {
	char	 text[8192];
	size_t	 len;
	char	*facts[HISTORY_LINES];	/* by number of lines */
	unsigned lines;
	size_t	 last;			/* where the last line starts */
};
struct history *make_history(void);
void	free_history(struct history *h);

#endif
