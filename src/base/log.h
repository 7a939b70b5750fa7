/*
 * Lines for a person, on standard error or where log_to says: "popfetch:
 * ACCOUNT: text".  Each is one write(2), so lines of parallel accounts do not
 * mix.  Everything printed
 * passes through text_vis: no octet of a server reaches a terminal raw.
 *
 * Only main, the supervisor and the courier print; the fetcher sends what it
 * has to say to its courier.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum log_level {
	LOG_LVL_ERROR,		/* -q: only these */
	LOG_LVL_WARN,		/* default */
	LOG_LVL_INFO,		/* -v, and summaries on a terminal */
	LOG_LVL_DEBUG,		/* -vv */
	LOG_LVL_WIRE,		/* -vvv: the protocol, secrets masked */
};

/* Sets what is shown.  Before the first call: LOG_LVL_WARN. */
void	log_open(enum log_level level);

/*
 * How lines look on a terminal.  Colour marks the first word of errors and
 * warnings; erase has each line begin with what clears the line that stands
 * there, for a progress line that another process may have drawn.
 */
void	log_style(bool color, bool erase);

/*
 * From now on lines go to the end of a file, with the time before them, or to
 * syslog(3), and not to standard error.  With neither nothing changes.  -1:
 * ERR_CANTCREAT or ERR_CONFIG, and they stay where they are.  A line that
 * cannot be written to the file goes to standard error.
 */
int	log_to(const char *file, bool to_syslog, struct err *err);

/* The account that the following lines are about; NULL: none.  Copied. */
void	log_account(const char *label);

bool	log_wants(enum log_level level);

void	log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As a warning, but it is none: never marked. */
void	log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_at(enum log_level level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * One line at the given level; text of len octets, not trusted.  None of these
 * changes errno.
 */
void	log_text(enum log_level level, const void *text, size_t len);

/*
 * Prints a set error as one line, "message; hint", at LOG_LVL_ERROR.  An
 * empty error prints nothing.
 */
void	log_err(const struct err *err);

#endif
