/*
 * What the files of powerloss share.
 *
 *	powerloss.c		options, which states are tried, figures
 *	powerloss-record.c	runs a command and notes what it does to a tree
 *	powerloss-model.c	what a disk may hold after a crash
 *	powerloss-try.c		one such state, made real; recovery; oracle
 */
#ifndef POWERLOSS_H
#define POWERLOSS_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTHING		(-1)	/* in place of an index */
#define MAIL_MAX	64	/* messages: bits of op.gone */
#define MIX_START	0xcbf29ce484222325	/* the first hash for mix */

/* A file or directory.  Files grow and are never written over. */
struct node {
	int		 fd;	/* open, lest its number be reused */
	dev_t		 dev;
	ino_t		 ino;
	bool		 dir;
	int		 slot;	/* of a directory: where its name is */
	char		*data;
	size_t		 len;
	size_t		 base;	/* octets that were there at the start */
	uint64_t	*mixed;	/* [i]: hash of the first i octets; or NULL */
};

/* A name in a directory, whether there is such a file or not. */
struct slot {
	int		 dir;	/* node */
	char		*name;
	int		 base;	/* node at the start */
	int		 now;	/* node after all that was recorded */
};

enum op_kind {
	OP_MAKE,		/* node under slot */
	OP_MOVE,		/* node from slot from to slot, atomically */
	OP_DROP,		/* node no longer under slot */
	OP_WRITE,		/* node's octets up to len */
	OP_SYNC,		/* of node, file or directory */
	OP_SYNCFS,
	OP_SENT,		/* something went to the server */
	OP_GONE,		/* the server dropped these messages */
};

struct op {
	enum op_kind	 kind;
	int		 node, slot, from;
	size_t		 len;
	uint64_t	 gone;
};

struct history {
	const char	*root;	/* the tree; it exists from the start */
	const char	*server;	/* the directory that is the maildrop */
	char		*mail[MAIL_MAX];	/* names of its messages */
	int		 nmail;
	uint64_t	 base_gone;	/* it had not at the start */
	uint64_t	 gone;		/* it has not now */
	struct node	*nodes;	/* 0 is the root */
	struct slot	*slots;
	struct op	*ops;
	int		 nnodes, nslots, nops;
};

/* --- powerloss-record.c */

/* Takes what is there now for durable. */
/* The names of the messages in a directory, in order. */
void	record_mail(struct history *h, const char *wire);
void	record_base(struct history *h);

/*
 * Runs a command to its end, or until something in it is about to do its
 * kill-th rename (0: never), which ends that process.  Returns its exit status.
 */
int	record_run(struct history *h, char *argv[], int kill);

/* --- powerloss-model.c */

/* Something of which a crash may keep more or less. */
struct doubt {
	int		 op;	/* a name, or the server's QUIT; or NOTHING */
	int		 node;	/* whose octets from durable to len */
	size_t		 durable, len;
};

/* What is in doubt if power fails behind the first crash operations. */
struct frontier {
	int		 crash;
	struct doubt	*doubts;
	int		 n;
};

/*
 * A choice has one number for each doubt: 0 or 1 for an operation, the
 * octets kept for data; or, for data, this: all of its size, but zeros.
 */
#define ZEROS		UINT32_MAX

struct tree {
	int		*at;	/* by slot: node */
	size_t		*len;	/* by node */
	size_t		*sound;	/* by node: octets that are not zeros */
	uint64_t	 gone;
};

void	frontier_make(struct frontier *f, const struct history *h, int crash);
void	tree_init(struct tree *t, const struct history *h);
void	tree_free(struct tree *t);
void	tree_make(struct tree *t, const struct history *h,
	    const struct frontier *f, const uint32_t *choice);
/* Whether a slot can be reached from the root. */
bool	tree_shows(const struct tree *t, const struct history *h, int slot);
uint64_t tree_hash(const struct tree *t, const struct history *h);
uint64_t mix(uint64_t hash, const void *data, size_t len);

bool	is_journal(const struct history *h, int node);
/* A rename from one directory into another: a delivery. */
bool	is_delivery(const struct history *h, const struct op *op);
void	op_print(const struct history *h, const struct op *op);

/* --- powerloss-try.c */

struct found {
	unsigned long	 lost, doubled, altered;	/* messages */
	unsigned long	 unproven, damaged;		/* messages */
	unsigned long	 other;		/* states with another fault */
};

struct attempt {
	const char	*wire;	/* directory of the messages as served */
	const char	*want;	/* and as they have to be stored */
	const char	*out;	/* file for what a run says */
	char		**argv;
	bool		 delete;	/* all of it, from the server */
};

void	attempt_prepare(const struct attempt *a, const struct history *h);
/* Makes the state, also the server's, in h->root. */
void	attempt_build(const struct attempt *a, const struct history *h,
	    const struct tree *t);
/* Recovers from what attempt_build made; true if all is as it must be. */
bool	attempt_run(const struct attempt *a, const struct history *h,
	    struct found *found);

#endif
