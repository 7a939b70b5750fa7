/*
 * The courier: one process per account.  It owns the account's lock, journal,
 * plan and sink, writes every file and runs the MDA; it forks the fetcher and
 * believes it nothing.
 */
#ifndef MAIL_COURIER_H
#define MAIL_COURIER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "mail/sink.h"

/*
 * The signal by which a supervisor ends a courier: on the first it asks for
 * nothing more, has delivered what is under way, and says QUIT; on the second it
 * closes at once.
 */
#define COURIER_STOP	SIGUSR1

struct courier_conf {
	struct sink_conf sink;		/* label, host, user and the delivery */
	const struct sink_ops *ops;
	const char	*state;		/* directory of journals and locks */
	const char	*key;		/* this maildrop: "joe@pop.example.org" */
	char		*password;	/* wiped in the copy that the fetcher gets */
	int		 timeout;	/* seconds, as the fetcher's */
	bool		 delete;	/* nokeep */
	bool		 keep_unsaid;	/* neither keep nor nokeep was said */
	bool		 fetchall;
	uint64_t	 limit;		/* octets, 0: none */
	uint32_t	 fetchlimit;	/* messages, 0: none */

	/*
	 * The fetcher's entry point, run in a process of its own.  again: the
	 * first one's connection was dropped when it asked for capabilities
	 * (its error had sys ECONNABORTED); this one shall not ask.
	 */
	int		(*fetch)(const void *arg, int ipcfd, bool again);
	const void	*fetch_arg;
};

/* What one account came to; sent to the supervisor as it is. */
struct courier_summary {
	uint32_t	index;		/* of the job, set by the supervisor */
	int32_t		status;		/* 0 or an enum err_kind */
	uint32_t	fetched;	/* delivered in this run */
	uint64_t	octets;		/* of these, as stored */
	uint32_t	deleted;	/* DELE was accepted and QUIT too */
	uint32_t	kept;		/* delivered earlier, still there */
	uint32_t	skipped;	/* too large, or another run's */
	uint32_t	failed;		/* refused or not retrievable */
	bool		first;		/* there was no journal before */
};

/*
 * Polls the account once, prints what went wrong (log.h), and fills *sum.
 * Runs in a process of its own.
 */
void	courier_main(const struct courier_conf *conf,
	    struct courier_summary *sum);

#endif
