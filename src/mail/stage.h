/*
 * Staged files: where a message lies until it is whole.  They live in a
 * directory of their own that only the holder of the account's lock touches;
 * in a Maildir that is tmp/.popfetch/ACCOUNT, which no reader's cleaner enters.
 */
#ifndef MAIL_STAGE_H
#define MAIL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "mail/journal.h"
#include "mail/sink.h"

struct err;
struct stage;
struct stat;

#define STAGE_NAME_MAX	48	/* with NUL */

/* One message on its way from the fetcher to the sink. */
struct staged {
	struct staged	*next;		/* for the courier's lists */
	uint32_t	 id;		/* as in the frames */
	int		 fd;		/* open for reading and writing */
	char		 name[STAGE_NAME_MAX];

	/* set when the fetcher says it is whole */
	uint32_t	 num;
	uint64_t	 size;		/* octets in the file */
	uint64_t	 listed;	/* LIST's size */
	uint8_t		 digest[DIGEST_LEN];
	uint8_t		 head[DIGEST_LEN];
	const uint8_t	*uid;		/* borrowed */
	size_t		 uidlen;
	char		*sender;	/* envelope sender, never NULL; owned */

	/* set by the sink */
	char		 final[JOURNAL_NAME_MAX];	/* in new/ */
	enum sink_outcome outcome;
	uint32_t	 entry;		/* in the journal, or JOURNAL_NONE */
	struct err	*why;		/* of a refusal, owned; else NULL */
};

/*
 * Stages in the directory dir, which it takes over; -1: there is none yet, and
 * so no file in it.  what is its path, for messages, copied.
 */
struct stage	*stage_new(int dir, const char *what);
void		 stage_free(struct stage *s);	/* NULL is allowed */
int		 stage_dir(const struct stage *s);
const char	*stage_path(const struct stage *s);

/*
 * Has begin called before the first file is made, once: it returns the
 * directory to stage in from then on, which is taken over, or -1.
 */
void		 stage_begin(struct stage *s,
		    int (*begin)(void *arg, struct err *err), void *arg);

/* A new empty file, or NULL with ERR_CANTCREAT or ERR_IO. */
struct staged	*stage_make(struct stage *s, struct err *err);

/* Closes the descriptor and frees the struct; the file stays. */
void		 staged_free(struct staged *m);

/* Removes the file, too. */
int		 stage_drop(struct stage *s, struct staged *m,
		    struct err *err);

/* Looks at a file by its name: 1, 0 if there is none, or -1 with ERR_IO. */
int		 stage_stat(const struct stage *s, const char *name,
		    struct stat *st, struct err *err);

/*
 * Removes every file that keep does not name: what was being received when a
 * process died.  Their mails are still on the server.
 */
int		 stage_clean(struct stage *s,
		    bool (*keep)(void *arg, const char *name), void *arg,
		    struct err *err);

/*
 * Makes the files of a batch durable, data and names: one syncfs where the
 * batch is large and the system has it, one fdatasync each otherwise; then the
 * directory.
 */
int		 stage_sync(struct stage *s, struct staged **batch, size_t n,
		    struct err *err);

#endif
