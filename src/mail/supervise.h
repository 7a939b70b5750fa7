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
struct courier_summary;

struct supervise_conf {
	const struct courier_conf *jobs;
	size_t		 njobs;
	unsigned	 parallel;	/* jobs N */
	unsigned	 per_host;
	bool		 summaries;	/* one line per account on stderr */
	bool		 news_only;	/* only if something was fetched or deleted */
	bool		 progress;	/* one that moves, at its end */
	bool		 anywhere;	/* also where it is no terminal's that this
					   process is in the foreground of */

	/*
	 * Called in a courier's process before anything else: forgets the
	 * secrets of the other accounts and becomes the user it shall run as.
	 * Non-zero is the account's exit status.
	 */
	int		(*begin)(void *arg, size_t job);
	/* Called in this process once that one is there: only it needs the
	 * account's secret now. */
	void		(*started)(void *arg, size_t job);
	void		*arg;
};

/*
 * Returns the exit status, and in *total the sums of all accounts.  On SIGINT,
 * SIGTERM or a SIGHUP that is not ignored the couriers are told to finish; on
 * the second one they are ended.  What is returned is then SUPERVISE_SIGNAL and
 * the signal's number, and the caller has to end by it.
 */
#define SUPERVISE_SIGNAL	128

int	supervise(const struct supervise_conf *conf,
	    struct courier_summary *total);

#endif
