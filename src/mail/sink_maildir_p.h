/*
 * What sink_maildir.c and sink_maildir_recover.c share; nobody else includes
 * it.
 */
#ifndef MAIL_SINK_MAILDIR_P_H
#define MAIL_SINK_MAILDIR_P_H

#include "mail/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/journal.h"

#define SINK_HOST_MAX	32	/* of the host's name in a name */

struct seen;
struct staged;

struct sink {
	const struct sink_conf *conf;
	struct stage	*stage;
	struct journal_place place;
	struct seen	*seen;		/* NULL: not looked yet */
	bool		 look;		/* for what the journal may not know */
	bool		 guarded;	/* the sentinel was there at the start */
	bool		 owed;		/* step e, by a mutation */
	uint64_t	 mark;		/* the sentinel's number */
	char		 host[SINK_HOST_MAX + 1];
	uint32_t	 run;		/* part of every name of this run's */
	unsigned	 made;
	int		 dir_tmp;
	int		 dir_new;
	int		 dir_cur;
	int		 dir_private;	/* tmp/.popfetch; -1: not there yet */
};

/* Step d for one message, and step e; doc/DESIGN, section 4. */
int	sink_maildir_move(struct sink *s, const char *staged,
	    const char *final, struct err *err);
int	sink_maildir_sync_new(struct sink *s, struct err *err);

/* What the journal is to hold of a message. */
void	sink_maildir_describe(struct journal_entry *e, const struct staged *m);

/*
 * Settles those of a batch that are in new/ or cur/ already, puts them before the
 * others, and says how many they are.  It looks only if the journal was lost
 * or is an older copy: else that knows them.
 */
int	sink_maildir_known(struct sink *s, struct journal *j,
	    struct staged **batch, size_t n, size_t *known, struct err *err);

/* Of struct sink_ops. */
int	sink_maildir_recover(struct sink *s, struct journal *j,
	    struct err *err);

#endif
