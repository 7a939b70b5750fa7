/*
 * Where an account's password comes from.  The first of these that is said
 * decides, and is an error if it does not bring one:
 *
 *	password		in the run-control file
 *	passwordeval		what a command prints
 *	passwordfile		a file
 *	passwordfd		a line of an inherited descriptor
 *
 * and if none is said, the first that has it:
 *
 *	$CREDENTIALS_DIRECTORY/LABEL	as systemd(1) sets it
 *	~/.netrc			by poll name and user, else host and user
 *	/dev/tty			a question (readpassphrase(3))
 *
 * One trailing newline is dropped.  Whatever holds a password meanwhile is a
 * secret (mem.h), or is wiped.
 */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

#include <signal.h>

struct account;
struct conf;
struct err;

/*
 * In the first process, before any fork: gets the password of an account,
 * unless a command or a file of its user's is to be asked for it.
 *
 * ERR_CONFIG if there is none and no terminal to ask, or if it could not be
 * sent in a command (R7); and for a command that would run as root without
 * "set runas root".
 */
int	secret_get(struct conf *c, struct account *a, struct err *err);

/* Closes the descriptors of all passwordfd, which nobody else may inherit. */
void	secret_close(const struct conf *c);

/*
 * In the account's own process, as the user it runs as, when it is about to be
 * polled: gets the password if secret_get has left it.  stops as in run.h.
 * ERR_CONFIG, or ERR_TEMP for a command that does not end.
 */
int	secret_ask(struct account *a, const volatile sig_atomic_t *stops,
	    struct err *err);

#endif
