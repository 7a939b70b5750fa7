/*
 * Every keyword of the run-control file: one row each.  The parser, the
 * suggestions for a misspelt word and the tests of the manual are driven by
 * this table; a word that is not in it does not exist.
 */
#ifndef CONF_RC_TABLE_H
#define CONF_RC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a keyword may stand. */
enum rc_scope {
	RC_STATEMENT,		/* poll, skip, defaults, set, include */
	RC_GLOBAL,		/* behind set */
	RC_SERVER,		/* in an entry; for all its users */
	RC_USER,		/* in an entry; for the last user named */
	RC_ANYWHERE,		/* behind set, or as RC_USER */
	RC_MARK,		/* here, there, no: belong to another word */
	RC_NOISE,		/* means nothing */
};

/* What follows it. */
enum rc_arg {
	RC_ARG_NONE,
	RC_ARG_FLAG,		/* nothing; "no" may stand before it */
	RC_ARG_TLSFLAG,		/* the same; lo and hi are the enum conf_tls
				   that it and its "no" mean */
	RC_ARG_KEEP,		/* the same; without "no" an age may follow */
	RC_ARG_CHOICE,		/* one of two words, as a flag's no and yes */
	RC_ARG_STRING,
	RC_ARG_COMMAND,		/* string for a shell */
	RC_ARG_NAME,		/* string in name context */
	RC_ARG_SECRET,		/* the same, kept as a secret */
	RC_ARG_PATH,		/* relative to the run-control file; ~ */
	RC_ARG_COUNT,		/* number */
	RC_ARG_FD,		/* the same; unset is -1 */
	RC_ARG_SECONDS,
	RC_ARG_SIZE,		/* octets: 20M, 500k */
	RC_ARG_PORT,		/* number or service name */
	RC_ARG_PROTO,		/* protocol name */
	RC_ARG_AUTH,		/* mechanism; "password" is one */
	RC_ARG_TLS,		/* off, implicit, starttls */
	RC_ARG_TLSVER,		/* TLS version; '' without ssl is no TLS */
	RC_ARG_PIN,		/* digests of public keys in a string */
	RC_ARG_LOCAL,		/* local names, then here; or a name, there */
	RC_ARG_LIST,		/* strings or numbers, up to the next keyword;
				   passed over */
	RC_ARG_NAMES,		/* the same, kept in a struct conf_list */
	RC_ARG_HEADER,		/* a number perhaps, then a string; "no" may
				   stand before the keyword */
};

/* What popfetch does with it. */
enum rc_class {
	RC_WORKS,
	RC_HARMLESS,		/* accepted, changes nothing; note says what
				   popfetch does instead */
	RC_REFUSED,		/* means something popfetch does not do: note
				   says what, and what to use */
};

#define RC_NOFIELD	SIZE_MAX	/* an offset: none */

struct rc_key {
	const char	*name;
	enum rc_scope	 scope;
	enum rc_arg	 arg;
	enum rc_class	 class;
	size_t		 offset;	/* of the field in struct account, or
					   for RC_GLOBAL in struct conf */
	const char	*canon;		/* the row this is another spelling
					   of, or NULL */
	const char	*note;		/* for RC_REFUSED and RC_HARMLESS; for a
					   flag that works: why its "no" is
					   refused */
	uint64_t	 lo, hi;	/* bounds of a number that works, and of
					   an age in seconds; lo is 1 for a
					   string, path or command that must not
					   be empty */
};

/* Sorted by name as strcmp(3) does. */
extern const struct rc_key rc_keys[];
extern const size_t rc_nkeys;

/* The row of a word, or NULL; a spelling's own row, not its canon. */
const struct rc_key	*rc_key_find(const char *word);

/* The row of the flag in a word like "nokeep", or NULL. */
const struct rc_key	*rc_key_find_no(const char *word);

/* May "no" stand before it? */
bool			 rc_key_negatable(const struct rc_key *key);

/*
 * The keyword most like a misspelt word, best one that works, or NULL if none
 * is near.  Case does not count.
 */
const char		*rc_key_suggest(const char *word);

/*
 * How many letters must be put in, taken out, changed or swapped with their
 * neighbour to make b of a; case does not count.  Exact only as far as it may
 * matter; words longer than 32 are infinitely far.
 */
unsigned		 rc_key_distance(const char *a, const char *b);

/* The greatest distance at which two words are still alike. */
unsigned		 rc_key_near(const char *word);

/*
 * A protocol's name in lower case, for a word that is all lower or all upper
 * case; NULL if there is none of that name.
 */
const char		*rc_proto_find(const char *word);

/* Why a protocol of rc_proto_find is not spoken, or NULL if it is. */
const char		*rc_proto_refused(const char *proto);

/* The protocol most like a misspelt word, best one that is spoken, or NULL. */
const char		*rc_proto_suggest(const char *word);

#endif
