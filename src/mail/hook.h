/*
 * Programs that an account has run around its poll: the shell commands
 * preconnect, postconnect and on-new, and the plugin that a session goes
 * through.
 */
#ifndef MAIL_HOOK_H
#define MAIL_HOOK_H

#include <sys/types.h>
#include <signal.h>

struct err;

struct hook {
	const char	*what;		/* the keyword, begins every message */
	const char	*command;	/* for /bin/sh -c */
	const char	*const *env;	/* name, value, ..., NULL: added to ours */
	int		 seconds;
	/* Counted by a signal that may be blocked, which is let in here; more
	   than so many of them end the command. */
	const volatile sig_atomic_t *stops;
	int		 bears;
};

/*
 * Runs it and waits until the shell is over; what that left in the background
 * goes on.  It has a process group of its own, nothing to read, no other
 * descriptor, and prints to standard error.
 * -1 with ERR_TEMP if it failed, could not be started, or took too long or was
 * stopped, and is ended then with all its group.
 */
int	hook_run(const struct hook *h, struct err *err);

/*
 * Starts a program, which is looked for in PATH, with the other end of the
 * socket *fd as standard input and output, and no other descriptor but standard
 * error.  *fd is non-blocking and close-on-exec.
 * 0; -1 with ERR_CONFIG if it cannot be run, ERR_TEMP if there is no process or
 * socket for it.
 */
int	hook_start(char *const *argv, pid_t *pid, int *fd, struct err *err);

/* Ends it and its group, unless it does so by itself now that the socket is
 * closed. */
void	hook_end(pid_t pid);

#endif
