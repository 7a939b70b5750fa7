/*
 * The staged files of a session on their two ways: handed out to the fetcher
 * (the pool), and come back whole to be delivered together (the batch).
 * The struct is open so that it can live inside the session.
 */
#ifndef MAIL_BATCH_H
#define MAIL_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct stage;
struct staged;

/* A batch is delivered when it has so many messages or octets, or so many
 * milliseconds after its first message (DESIGN section 4). */
#define BATCH_MESSAGES	128
#define BATCH_OCTETS	(32u << 20)
#define BATCH_MS	200

/* Files handed out ahead of the messages: as many as one batch has, so that
 * the download goes on while a batch is being synced. */
#define BATCH_POOL	128

struct batch {
	struct stage	*stage;
	struct staged	*pool;		/* handed out, oldest first */
	struct staged	**pool_end;
	size_t		 npool;
	struct staged	*gathered[BATCH_MESSAGES];
	size_t		 n;
	uint64_t	 octets;
	int64_t		 since;		/* monotonic ms of the first one */
};

/* stage is borrowed. */
void		 batch_init(struct batch *b, struct stage *stage);

/* A new file in the pool, or NULL with *err set. */
struct staged	*batch_hand_out(struct batch *b, struct err *err);

/* Takes file id out of the pool, or NULL: it is not there.  The caller's now. */
struct staged	*batch_take(struct batch *b, uint32_t id);

/* Adds a whole message; there is room unless batch_full. */
void		 batch_add(struct batch *b, struct staged *m);
bool		 batch_full(const struct batch *b);

/* Takes message num out of those gathered, or NULL: it is not there.  The
 * caller's now. */
struct staged	*batch_remove(struct batch *b, uint32_t num);

/* Milliseconds until it should be delivered, 0: now, -1: it is empty. */
int		 batch_wait(const struct batch *b);

/* Frees the gathered ones; their files stay or are somewhere else by now. */
void		 batch_clear(struct batch *b);

/* batch_clear, and removes the pool's files. */
void		 batch_free(struct batch *b);

#endif
