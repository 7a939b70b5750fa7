/*
 * What other fetchers leave behind: which kind a file is of, and what it says.
 * Configurations become a run-control file; lists of known messages are read
 * line by line, and the caller enters them.
 */
#ifndef CONF_IMPORT_H
#define CONF_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

enum import_kind {
	IMPORT_UNKNOWN,
	IMPORT_FETCHMAILRC,	/* configurations */
	IMPORT_MPOPRC,
	IMPORT_GETMAILRC,
	IMPORT_FDMCONF,		/* known, but not read */
	IMPORT_FETCHIDS,	/* lists of known messages, from here on */
	IMPORT_MPOP_UIDLS,
	IMPORT_OLDMAIL,
	IMPORT_FDM_CACHE,
	IMPORT_POPSTATE,
};

struct import_file {
	const char	*name;		/* as the user wrote it */
	char		*text;		/* a NUL stands behind it */
	size_t		 len, cap;
	enum import_kind kind;
};

/* A message that another fetcher knows.  Strings are good during the call. */
struct import_seen {
	const char	*user;		/* NULL: the file does not say */
	const char	*host;
	const char	*uid;
	size_t		 len;
	int64_t		 when;		/* seconds since 1970; 0: not said */
	bool		 variant;	/* the one before, spelled otherwise */
};

typedef void import_found(void *arg, const struct import_seen *seen);

/*
 * Reads a file, "-" for standard input, and finds out its kind; ERR_CONFIG
 * also if that is none that is read.  import_close in any case.
 */
int	import_open(struct import_file *f, const char *name, struct err *err);
void	import_close(struct import_file *f);

/* The kind of a text; IMPORT_UNKNOWN if no kind fits. */
enum import_kind import_sniff(const char *text, size_t len);

/* Whether it lists messages. */
bool	import_is_state(enum import_kind kind);

/*
 * Writes a configuration as a run-control file, with comments on what has no
 * counterpart; *open is how many.  ERR_CONFIG if there is no account in it.
 */
int	import_rc(FILE *out, const struct import_file *f, size_t *open,
	    struct err *err);

/* The kinds of it; text ends with a NUL and is written to. */
int	import_fetchmailrc(FILE *out, const struct import_file *f,
	    size_t *open, struct err *err);
int	import_mpoprc(FILE *out, const struct import_file *f, size_t *open,
	    struct err *err);
int	import_getmailrc(FILE *out, const struct import_file *f, size_t *open,
	    struct err *err);

/*
 * Calls found for each message of a list; the text is written to.  Returns how
 * many lines could not be understood.
 */
size_t	import_state(const struct import_file *f, import_found *found,
	    void *arg);

/*
 * Whether an oldmail file's name says that it is for a server and a user:
 * getmail writes them, and the port, into the name.
 */
bool	import_is_oldmail_of(const char *path, const char *host,
	    const char *user);

/*
 * The next line, without its end, or NULL: *at goes on from line to line up to
 * end.  A NUL is put behind it.
 */
char	*import_line(char **at, char *end, size_t *len);

#endif
