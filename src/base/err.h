/*
 * One error value.  It is set once, where the fact is known, and carried up
 * unchanged; whoever prints it prints one line: message, then what to do next.
 *
 * Every function here that fails a caller returns -1, so that a site reads
 * "return err_set(err, ERR_TEMP, ...)".  A later call on an error that is
 * already set changes nothing but what err_wrap and err_hint say they add:
 * the first error is the true one.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/*
 * What went wrong, as the exit status that says so: sysexits(3), and what
 * popfetch(1) promises under EXIT STATUS.
 */
enum err_kind {
	ERR_NONE = 0,
	ERR_USAGE = 64,		/* the command line */
	ERR_DATA = 65,		/* the MDA refused a message for good */
	ERR_NOHOST = 68,	/* no such host */
	ERR_UNAVAILABLE = 69,	/* nobody answers there */
	ERR_SOFTWARE = 70,	/* our own fault */
	ERR_CANTCREAT = 73,	/* Maildir or state cannot be created */
	ERR_IO = 74,		/* disk full, write or sync failed */
	ERR_TEMP = 75,		/* try again later */
	ERR_PROTOCOL = 76,	/* reply or certificate is not right */
	ERR_AUTH = 77,		/* login refused */
	ERR_CONFIG = 78,	/* run-control file, permissions, no password */
};

#define ERR_MSG_MAX	640
#define ERR_HINT_MAX	256

/* Plain data, may be copied and sent between processes. */
struct err {
	enum err_kind	kind;	/* ERR_NONE: nothing happened */
	int		sys;	/* errno at the site, or 0 */
	char		msg[ERR_MSG_MAX];	/* printable, no newline */
	char		hint[ERR_HINT_MAX];	/* the next step, may be "" */
};

/* Makes *err empty.  Every struct err starts with this or with all zeros. */
void	err_clear(struct err *err);

bool	err_isset(const struct err *err);

/*
 * Sets kind and message.  The result is made printable by text_vis, so a
 * server's words may be passed in with %s.  Too long a message is cut and then
 * ends in "...".  Returns -1.
 */
int	err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and strerror(sys) behind.  Keeps sys.  Returns -1. */
int	err_sys(struct err *err, enum err_kind kind, int sys,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Puts words and ": " before the message of a set error.  Returns -1. */
int	err_wrap(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Sets the next step of a set error; an earlier one stays.  Returns -1. */
int	err_hint(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Sets kind, message and hint from "what it is; what to do", or without the
 * second half.  Returns -1. */
int	err_sentence(struct err *err, enum err_kind kind, const char *sentence);

/*
 * The worse of two exit statuses, for several accounts: 70 78 77 76 73 74 65
 * 69 68 75, then any other non-zero one, then 0.
 */
int	err_worse(int a, int b);

#endif
