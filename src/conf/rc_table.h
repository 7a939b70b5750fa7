/*
 * Every keyword of the run-control file: one row each.  The parser, the help,
 * the suggestions for a misspelt word and the tests of the manual are driven by
 * this table; a word that is not in it does not exist.
 */
#ifndef CONF_RC_TABLE_H
#define CONF_RC_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a keyword may stand. */
enum rc_scope {
	RC_STATEMENT,		/* poll, skip, defaults, set */
	RC_GLOBAL,		/* behind set */
	RC_SERVER,		/* in an entry; for all its users */
	RC_USER,		/* in an entry; for the last user named */
	RC_NOISE,		/* means nothing */
};

/* What follows it. */
enum rc_arg {
	RC_ARG_NONE,
	RC_ARG_FLAG,		/* nothing; "no" may stand before it */
	RC_ARG_STRING,
	RC_ARG_NAME,		/* string in name context */
	RC_ARG_SECRET,		/* the same, kept as a secret */
	RC_ARG_PATH,		/* relative to the run-control file; ~ */
	RC_ARG_COUNT,		/* number */
	RC_ARG_SECONDS,
	RC_ARG_SIZE,		/* octets: 20M, 500k */
	RC_ARG_PORT,		/* number or service name */
	RC_ARG_PROTO,		/* protocol name */
	RC_ARG_TLS,		/* off, implicit, starttls */
	RC_ARG_LIST,		/* names, up to the next keyword */
};

/* What popfetch does with it. */
enum rc_class {
	RC_WORKS,
	RC_HARMLESS,		/* accepted, changes nothing */
	RC_REFUSED,		/* means something popfetch does not do: note says
				   what, and what to use */
};

struct rc_key {
	const char	*name;
	enum rc_scope	 scope;
	enum rc_arg	 arg;
	enum rc_class	 class;
	size_t		 offset;	/* of the field in struct account or conf */
	const char	*canon;		/* the row this is another spelling of, or NULL */
	const char	*note;		/* for RC_REFUSED and RC_HARMLESS */
};

extern const struct rc_key rc_keys[];
extern const size_t rc_nkeys;

/* The row of a word, or NULL; a spelling's own row, not its canon. */
const struct rc_key	*rc_key_find(const char *word);

/* The keyword most like a misspelt word, or NULL if none is near. */
const char		*rc_key_suggest(const char *word);

#endif
