/*
 * Runs a shell command for what it prints: for so long at most, and for so many
 * octets.
 */
#ifndef CONF_RUN_H
#define CONF_RUN_H

#include <signal.h>
#include <stddef.h>

struct err;

struct run_conf {
	const char	*what;		/* the keyword, begins every message */
	const char	*command;	/* for /bin/sh -c */
	const char	*const *env;	/* name, value, ..., NULL: added to ours */
	int		 seconds;
	/* Not NULL: the command is ended once this is not 0.  The signal that
	   sets it may be blocked, it is let in here. */
	const volatile sig_atomic_t *stops;
};

/*
 * What the command prints goes into out, *len octets of it.  It has a process
 * group of its own, nothing to read, and no other descriptor.  It is over when
 * the shell is; what that left in the background may go on.  What it says on
 * standard error is shown line by line, made printable.
 *
 * -1: ERR_TEMP if it did not end in time or was stopped, and is ended then with
 * all its group; ERR_CONFIG if it failed, the message ends with the last line
 * it said; or if it prints more than size octets.  What is in out is then to be
 * wiped all the same.
 */
int	run_command(const struct run_conf *conf, char *out, size_t size,
	    size_t *len, struct err *err);

#endif
