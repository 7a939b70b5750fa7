/*
 * What reading a run-control file keeps in mind: the word at hand, the entry it
 * is for, and how to complain about it.  Shared by rc_parse.c, which knows the
 * statements, and by what knows the values (rc_value.h); nobody else's.
 *
 * Functions return 0, or -1 when an error is among the conf's findings and the
 * rest of the statement or line is to be passed over.
 */
#ifndef CONF_RC_H
#define CONF_RC_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/rc_lex.h"
#include "conf/rc_table.h"

struct account;
struct conf;
struct finding;

#define RC_HINT_QUOTE	"a value that holds blanks or , ; : = must be quoted"
#define RC_HINT_SECRET	"put quotes around the password"

struct rc {
	struct conf	*conf;
	struct rc_lex	 lx;
	struct rc_token	 t;		/* the one to be looked at next */
	const char	*name;		/* of the file */
	const char	*dir;		/* what relative names in it are from;
					   NULL: conf_finish says */
	size_t		 cap;		/* of conf->accounts */
	struct account	*defaults;	/* what is behind defaults, or NULL */
	struct account	*base;		/* what is for all users of the entry at
					   hand; NULL outside entries */
	struct account	*user;		/* its last user, or NULL */
	bool		 entries;	/* there has been an entry */
	bool		 behind_secret;	/* the last token was a password */
	bool		 unsure;	/* what went wrong may be a password */
	struct rc_span	 secret;	/* one its line does not announce */
	size_t		 first;		/* the entry's first finding */
	bool		 stop;		/* there are errors enough */
	struct rc_source *source;	/* the included files being read,
					   innermost first; rc_include.c */
	size_t		 included;	/* octets of all of them so far */
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
 * Complains of something that popfetch does not do.  In an entry that turns
 * out to be for another protocol it does not matter.
 */
void	rc_refuse(struct rc *p, const struct rc_token *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The same for what does no harm: a note, if they are wanted. */
void	rc_note(struct rc *p, const struct rc_token *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* What rc_refuse would say, for later; from the arena. */
const struct finding *rc_hold(struct rc *p, const struct rc_token *at,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Says it. */
void	rc_tell(struct rc *p, const struct finding *f);

/* Is the entry at hand for another protocol? */
bool	rc_is_foreign(const struct rc *p);

/* An account that says nothing yet; rc_account_add: one more of the conf's. */
struct account *rc_account_new(struct rc *p, unsigned line);
struct account *rc_account_add(struct rc *p, unsigned line);

/*
 * Completes one of the entry at hand, which has its label: with what is for all
 * users, with what is behind defaults, and with the label as its host.
 */
void	rc_account_finish(struct rc *p, struct account *a);

/*
 * Reads a whole text; what it says is added to what was read before.  name is
 * the file's as shown; dir as in struct rc.
 */
void	rc_read(struct rc *p, const char *text, size_t len, const char *name,
	    const char *dir);

/* Reads the files of a pattern, whose token is at. */
int	rc_include(struct rc *p, const struct rc_token *at);

/* Keeps the rest of the line that begins at pos out of the excerpt. */
void	rc_hide(struct rc *p, size_t pos);

#endif
