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

#include "mail/progress.h"
#include "mail/sink.h"

/*
 * The signal by which a supervisor ends a courier: on the first it asks for
 * nothing more, has delivered what is under way, and says QUIT; on the second it
 * closes at once.
 */
#define COURIER_STOP	SIGUSR1

/* What a run is for.  The first four after FETCH look only: they take no lock,
 * retrieve, deliver, delete and write nothing. */
enum courier_task {
	COURIER_FETCH,
	COURIER_CHECK,		/* how much is new */
	COURIER_LIST,		/* every message, and what is known of it */
	COURIER_DRY_RUN,	/* what would be done with it, and why */
	COURIER_PROBE,		/* what the server is and can do: no login */
	COURIER_CATCH_UP,	/* it is known from now on, but not fetched */
};

struct err;

struct courier_conf {
	enum courier_task task;
	uint32_t	 newest;	/* CATCH_UP: so many stay new */
	struct sink_conf sink;		/* label, host, user and the delivery */
	const struct sink_ops *ops;
	const char	*state;		/* directory of journals and locks */
	const char	*key;		/* this maildrop: "joe@pop.example.org" */
	char		*const *password; /* wiped in the copy that the fetcher
					     gets */

	/*
	 * Called once, when the account is about to be polled, to set *password;
	 * -1 with *err set: there is none.  stops counts COURIER_STOP.
	 */
	int		(*unlock)(void *arg,
			    const volatile sig_atomic_t *stops,
			    struct err *err);
	void		*unlock_arg;

	/* Shell commands (hook.h), or NULL. */
	const char	*preconnect;	/* if it fails, the account is skipped */
	const char	*postconnect;	/* once the sessions are over */
	const char	*on_new;	/* if the run delivered something */
	char		*const *plugin;	/* the program and arguments that each
					   session goes through */
	bool		 root_commands;	/* all these may be run as root */

	int		 timeout;	/* seconds, as the fetcher's */
	bool		 delete;	/* nokeep, or */
	int64_t		 keep_for;	/* keep AGE: seconds; 0: at once; 1, which
					   is no age: by a later run */
	uint32_t	 max_delete;	/* messages a run; 0: as many as were ever
					   delivered */
	uint32_t	 expunge;	/* deletions after which QUIT is said and
					   a new session begun; 0: never */
	uint32_t	 max_failures;	/* then a message is set aside; 0: never */
	bool		 retry;		/* try what is set aside or unproven */
	uint32_t	 wait;		/* seconds for a run that is at work on
					   the account; COURIER_WAIT_ANY */
	bool		 attended;	/* somebody waits: no rest is observed */
	int64_t		 changed;	/* when what this rests on was last
					   edited, seconds since 1970: a refused
					   login is tried again after that */
	bool		 keep_unsaid;	/* neither keep nor nokeep was said */
	bool		 fetchall;
	uint64_t	 limit;		/* octets, 0: none */
	uint32_t	 fetchlimit;	/* messages, 0: none */

	/* Called from time to time with how far it is; NULL: nobody watches. */
	void		(*progress)(void *arg, const struct progress *p);
	void		*progress_arg;

	/*
	 * The fetcher's entry point, run in a process of its own; how is made of
	 * COURIER_NO_CAPA, for a server that cut an earlier one off when it asked
	 * for capabilities, and COURIER_NO_PIPELINING.  netfd is the socket that
	 * leads to the server through the plugin, or -1.
	 */
	int		(*fetch)(const void *arg, int ipcfd, int netfd,
			    unsigned how);
	const void	*fetch_arg;
};

#define COURIER_NO_CAPA		0x01
#define COURIER_NO_PIPELINING	0x02

#define COURIER_WAIT_ANY	UINT32_MAX	/* as long as it takes */

/* Milliseconds between these calls. */
#define COURIER_PROGRESS 200

/* What one account came to; sent to the supervisor as it is. */
struct courier_summary {
	uint32_t	listed;		/* messages on the server */
	uint32_t	waiting;	/* of these, new */
	uint64_t	waiting_octets;
	uint32_t	marked;		/* by CATCH_UP */
	int32_t		status;		/* 0 or an enum err_kind */
	uint32_t	fetched;	/* delivered in this run */
	uint64_t	octets;		/* of these, as stored */
	uint32_t	deleted;	/* DELE was accepted and QUIT too */
	uint32_t	kept;		/* delivered earlier, still there */
	uint32_t	skipped;	/* too large, or another run's */
	uint32_t	failed;		/* refused or not retrievable */
	uint32_t	set_aside;	/* failed too often, not tried */
	bool		first;		/* there was no journal before */
	bool		stopped;	/* by COURIER_STOP: there may be more */
};

/*
 * The maildrop's name as the beginning of file names; one that is too long is
 * cut and told apart by a digest.  Allocated, or NULL with errno.
 */
char	*courier_account(const char *key);

/* Whether a task only looks. */
bool	courier_looks(enum courier_task task);

/*
 * Polls the account once, prints what went wrong (log.h), and fills *sum.
 * Runs in a process of its own.
 */
void	courier_main(const struct courier_conf *conf,
	    struct courier_summary *sum);

#endif
