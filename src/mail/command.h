/*
 * An MDA's command line: fetchmail's %T and %F filled in, quoted for the shell.
 * Pure.
 */
#ifndef MAIL_COMMAND_H
#define MAIL_COMMAND_H

#include <stddef.h>

struct buf;
struct err;

/*
 * -1 with ERR_CONFIG if a quote stands beside %T, %s or %F: what is filled in is
 * quoted already, and quotes around it would undo that.
 */
int	command_check(const char *command, struct err *err);

/*
 * Appends command to out with every %T (and %s, its older name) replaced by the
 * n recipients, each in single quotes, and every %F by the sender in
 * single quotes; a quote inside is written '\''.  Any other % stays.  A sender
 * that begins with "-" could be read as an option and is left empty.  Ends
 * out with a NUL.
 * -1 with ERR_CONFIG if the result would pass out's limit.
 */
int	command_build(struct buf *out, const char *command,
	    const char *const *rcpt, size_t n, const char *sender,
	    struct err *err);

#endif
