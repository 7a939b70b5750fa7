/*
 * What courier.c and courier_run.c share; nobody else includes it.
 */
#ifndef MAIL_COURIER_P_H
#define MAIL_COURIER_P_H

#include "mail/courier.h"

#include <sys/types.h>
#include <signal.h>
#include <stdbool.h>

#include "mail/session.h"

struct err;
struct ipc;
struct journal;
struct sink;
struct stage;

/* Times the supervisor said to end; 1: finish, 2: now. */
extern volatile sig_atomic_t courier_stops;

struct courier {
	const struct courier_conf *conf;
	struct courier_summary *sum;
	struct sink_conf sink_conf;
	char		*account;	/* the maildrop's name as a file name */
	char		*spool;
	int		 dir;		/* of the state */
	int		 lock;
	struct journal	*journal;
	struct sink	*sink;
	struct stage	*stage;
	struct ipc	*ipc;
	struct session_fault fault;	/* of the last session */
	bool		 quietly;	/* nothing went wrong that was not told
					   before */
	pid_t		 fetcher;
	pid_t		 plugin;	/* 0: none */
	int		 fetcher_status;	/* as waitpid has it */
};

/*
 * All sessions of a run: one; another after "expunge" deletions; and one more if
 * the server cannot bear CAPA (R30) or PIPELINING (Q14), which is remembered
 * once it turned out well.
 */
void	courier_sessions(struct courier *c, struct err *err);

#endif
