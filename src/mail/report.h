/*
 * Data on standard output, for people, scripts and programs: lines of columns,
 * or with --json one object per line.  The one place that prints it; a mode
 * says what it has to say and the form is chosen here.
 *
 * Each line is one write(2) of at most PIPE_BUF octets, so that those of
 * parallel accounts do not mix.  No addresses, no subjects, no secrets.
 */
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct courier_summary;
struct err;

enum report_form {
	REPORT_TEXT,		/* columns, where a mode asks for them */
	REPORT_WAITING,		/* a line for each account */
	REPORT_JSON,		/* everything that happens */
};

/*
 * Chooses the form; before the first process is started.  With labels a line of
 * columns begins with the account's name.  Before the first call: text, no
 * labels.
 */
void	report_open(enum report_form form, bool labels);

/* Whether objects are printed: what happens is told in no other form. */
bool	report_is_json(void);

/* One message; strings that are NULL are left out, as is a UID of no octets. */
struct report_message {
	const char	*label;		/* its account */
	uint32_t	 num;
	const uint8_t	*uid;
	size_t		 uidlen;
	uint64_t	 size;		/* LIST's, or of the file */
	const char	*state;		/* "new", "seen", ... */
	const char	*action;	/* "fetch", "fetched", ... */
	const char	*why;
	const char	*path;		/* of the delivered file */
};
void	report_message(const struct report_message *m);

/* Something that a server is or can do. */
void	report_fact(const char *label, const char *name, const void *value,
	    size_t len);

/* An account's end: an object, or the line of one that was only asked what is
 * waiting. */
void	report_account(const char *label, const struct courier_summary *sum);

/* An error that ends an account, or the run (label NULL): objects only. */
void	report_error(const char *label, const struct err *err);

/* All accounts together, and the exit status: objects only. */
void	report_total(const struct courier_summary *sum, size_t accounts,
	    int status);

/*
 * Writes all of it to standard output, for those who have data of their own
 * kind.  0 or -1 with ERR_IO.
 */
int	report_write(const void *data, size_t len, struct err *err);

/* 0; or -1 with the error of the first line that could not be written.  sys is
 * EPIPE if the reader has gone away: he has seen enough. */
int	report_close(struct err *err);

/*
 * The octets as the inside of a JSON string, which is valid UTF-8 whatever they
 * are (base/json.h).  Writes at most size - 1 octets and a NUL; a text that is
 * cut ends in "...", so size is at least 4.  Returns dst.
 */
char	*report_quote(char *dst, size_t size, const void *src, size_t len);

#endif
