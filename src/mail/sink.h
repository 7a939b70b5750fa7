/*
 * Where messages go.  A sink is a table of functions with a level that says
 * what its "yes" is worth; the courier compares that level once, in
 * courier.c, with what deleting asks for.
 */
#ifndef MAIL_SINK_H
#define MAIL_SINK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct journal;
struct stage;
struct staged;

enum sink_level {
	SINK_NONE,		/* nobody promised anything (standard output) */
	SINK_ACCEPTED,		/* another program said yes (MDA) */
	SINK_DURABLE,		/* it is on the disk under its name (Maildir) */
};

/* What a sink needs to know of its account; strings borrowed. */
struct sink_conf {
	const char	*label;		/* POPFETCH_ACCOUNT */
	const char	*host;		/* POPFETCH_HOST */
	const char	*user;		/* POPFETCH_USER */
	const char	*maildir;	/* path, for sink_maildir */
	const char	*command;	/* for sink_mda: /bin/sh -c, %T and %F open */
	const char *const *rcpt;	/* for %T, n of them; 0: the caller */
	size_t		 nrcpt;
	const char	*spool;		/* directory for sink_mda's staged files */
	const char	*account;	/* this account's name as a file name */
	int		 mda_timeout;	/* seconds an MDA may take */
	bool		 mda_qmail;	/* its exit status is as qmail-command(8)
					   has it, not sysexits */
	bool		 mda_hold;	/* what it may have taken is not given
					   again, but held: UNPROVEN */
	bool		 raw;		/* for sink_stdout: one message as it is */
	const volatile sig_atomic_t *stop; /* > 1: end a running MDA at once */
};

struct sink;

/* What became of one staged message (struct staged.outcome). */
enum sink_outcome {
	SINK_PENDING,		/* not tried */
	SINK_DELIVERED,
	SINK_KNOWN,		/* it was there already, as the Maildir shows, and
				   is noted in the journal by now */
	SINK_REFUSED,		/* this message not, which counts: it stays on
				   the server */
	SINK_LATER,		/* not now, which is not the message's fault */
	SINK_HELD,		/* it may have been taken: UNPROVEN, and noted */
};

/*
 * In the order of calls.  open may be refused with ERR_CANTCREAT or ERR_CONFIG;
 * deliver takes messages that are whole and synced nowhere yet.
 */
struct sink_ops {
	const char	*name;
	enum sink_level	 level;
	/* Opens and makes what is missing; *stage is where to stage. */
	int	(*open)(struct sink **sink, const struct sink_conf *conf,
		    struct stage **stage, struct err *err);
	/* Finishes or rolls back what a crash left, before the network. */
	int	(*recover)(struct sink *sink, struct journal *j,
		    struct err *err);
	/*
	 * Delivers a batch in order and sets each message's outcome.  0: every
	 * outcome is known, and those that are delivered are noted in the
	 * journal.  -1: the session must end without QUIT; what was delivered
	 * is noted, the rest will be found by recover.
	 */
	int	(*deliver)(struct sink *sink, struct journal *j,
		    struct staged **batch, size_t n, struct err *err);
	void	(*close)(struct sink *sink);	/* NULL is allowed */
};

extern const struct sink_ops sink_maildir;
extern const struct sink_ops sink_mda;
extern const struct sink_ops sink_stdout;	/* its journal must be one that
						   only looks */

#endif
