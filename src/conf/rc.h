/*
 * What reading a run-control file keeps in mind: the word at hand, the entry it
 * is for, and how to complain about it.  Shared by rc_parse.c, which knows the
 * statements, and rc_value.c, which knows the values; nobody else's.
 *
 * Functions return 0, or -1 when the error of the conf's caller is set.
 */
#ifndef CONF_RC_H
#define CONF_RC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/rc_lex.h"
#include "conf/rc_table.h"

struct account;
struct conf;

#define RC_HINT_QUOTE	"a value that holds blanks or , ; : = must be quoted"
#define RC_HINT_SECRET	"put quotes around the password"

/* A complaint that is made only if the entry turns out to be one for POP3. */
struct rc_refusal {
	bool		 made;
	struct err	 err;
	const char	*excerpt;
};

struct rc {
	struct conf	*conf;
	struct rc_lex	 lx;
	struct rc_token	 t;		/* the one to be looked at next */
	struct err	*err;
	const char	*name;		/* of the file */
	size_t		 cap;		/* of conf->accounts */
	struct account	*defaults;	/* what is behind defaults, or NULL */
	struct account	*base;		/* what is for all users of the entry at
					   hand; NULL outside entries */
	struct account	*user;		/* its last user, or NULL */
	bool		 entries;	/* there has been an entry */
	bool		 behind_secret;	/* the last token was a password */
	struct rc_span	 secret;	/* one its line does not announce */
	struct rc_refusal refusal;
};

/* A keyword, with "no" perhaps, and where it stands. */
struct rc_word {
	const struct rc_key *key;
	bool		 no;
	struct rc_token	 at;
};

/* Makes the next token the one at hand. */
void	rc_next(struct rc *p, bool name);

/* The row of a token that is a keyword, in *no whether as "nokeep"; or NULL. */
const struct rc_key *rc_keyword(const struct rc_token *t, bool *no);
bool	rc_is_keyword(const struct rc_token *t);

/*
 * Fills w from the keyword at hand, or from "no" and the flag behind it, which
 * is then the token at hand.  -1 if there is none.
 */
int	rc_take(struct rc *p, struct rc_word *w);

/* Says what is wrong at a token; hint may be NULL.  Returns -1. */
int	rc_fail(struct rc *p, const struct rc_token *at, const char *hint,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Says that a token is not the keyword that should stand there.  Returns -1. */
int	rc_fail_unknown(struct rc *p, const struct rc_token *t);

/*
 * Complains of something that popfetch does not do: at once behind set, at the
 * end of an entry otherwise (rc_refused), since in an entry for another
 * protocol it does not matter.
 */
int	rc_refuse(struct rc *p, const struct rc_token *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Ends an entry: -1 if it holds something refused and is one for POP3. */
int	rc_refused(struct rc *p);

/* Keeps the rest of the line that begins at pos out of the excerpt. */
void	rc_hide(struct rc *p, size_t pos);

#endif
