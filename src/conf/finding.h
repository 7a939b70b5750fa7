/*
 * What there is to say about a run-control file: its errors, all of them, and
 * on demand notes about words that are accepted and change nothing.  Collected
 * in struct conf while the file is read; who prints them is another matter.
 */
#ifndef CONF_FINDING_H
#define CONF_FINDING_H

#include <stdbool.h>
#include <stddef.h>

struct account;
struct conf;
struct err;

#define FINDING_ERRORS_MAX	20	/* reading ends after so many */

enum finding_kind {
	FINDING_ERROR,
	FINDING_NOTE,
};

struct finding {
	enum finding_kind kind;
	bool		 pop3_only;	/* does not matter in an entry for
					   another protocol */
	const char	*file;		/* as shown; NULL: none */
	unsigned	 line, column;	/* from 1; 0: none */
	const char	*msg;		/* may hold what is not printable */
	const char	*hint;		/* the next step, or NULL */
	const char	*excerpt;	/* the line and a caret, two printable
					   lines with newlines; or NULL */
};

/*
 * Appends a copy; the strings must live as long as the conf.  A note that says
 * the same as an earlier one is left out.
 */
void	finding_add(struct conf *c, const struct finding *f);

/* The same for an error that stands in no line. */
void	finding_add_err(struct conf *c, const struct err *err);

/* The same with the place of an account, which err gets, too. */
void	finding_add_account(struct conf *c, const struct account *a,
	    struct err *err);

/* How many errors there are. */
size_t	finding_errors(const struct conf *c);

/* Forgets those from number first on that are pop3_only. */
void	finding_drop(struct conf *c, size_t first);

/* As an error: "file:line:column: message", and the hint.  Returns -1. */
int	finding_err(const struct finding *f, struct err *err);

/* Sets err from the first error and returns -1, or 0 if there is none. */
int	finding_first(const struct conf *c, struct err *err);

#endif
