/*
 * Runs the couriers: at most so many at a time, so many to one host, and never
 * two on one maildrop; collects one summary from each, prints it on a terminal,
 * and tells the worst status.
 */
#ifndef MAIL_SUPERVISE_H
#define MAIL_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

struct courier_conf;

struct supervise_conf {
	const struct courier_conf *jobs;
	size_t		 njobs;
	unsigned	 parallel;	/* jobs N */
	unsigned	 per_host;
	bool		 summaries;	/* one line per account on stderr */

	/*
	 * Called in a courier's process before anything else: forgets the
	 * secrets of the other accounts and becomes the user it shall run as.
	 * Non-zero is the account's exit status.
	 */
	int		(*begin)(void *arg, size_t job);
	void		*arg;
};

/*
 * Returns the exit status.  On SIGINT or SIGTERM the couriers are told to finish;
 * on the second one they are ended; the signal is then raised again with its
 * default action, so this does not return.
 */
int	supervise(const struct supervise_conf *conf);

#endif
