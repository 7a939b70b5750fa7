/*
 * Where the octets of a message go: into the next staged file of a pool, in
 * few large writes, and into two digests.
 */
#ifndef NET_BODY_H
#define NET_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct body;
struct err;

/* Staged files that may wait for a message. */
#define BODY_FILES_MAX	256

/* What became of one message. */
struct body_sum {
	bool		 over;		/* larger than max_octets, not stored */
	uint32_t	 id;		/* of the file that holds it */
	uint64_t	 size;		/* octets in it */
	uint8_t		 digest[DIGEST_LEN];	/* of these */
	uint8_t		 head[DIGEST_LEN];	/* of the stable header */
	uint64_t	 unstable;	/* octets of the other fields, as the
					   server counts */
	const char	*sender;	/* of the envelope; until body_begin */
};

/* max_octets: of one message, as stored; 0: no limit. */
struct body	*body_new(uint64_t max_octets);
void		 body_free(struct body *b);	/* NULL is allowed */

/* One more empty file, taken over.  -1 with ERR_SOFTWARE if there are too
 * many. */
int		 body_file(struct body *b, uint32_t id, int fd,
		    struct err *err);

/* Whether a message could be stored now. */
bool		 body_ready(const struct body *b);

/*
 * A message begins.  store: into the next file, of which there must be one;
 * else only the digests are wanted.
 */
void		 body_begin(struct body *b, bool store);

/* Some of it.  -1 with ERR_IO when the file cannot be written. */
int		 body_data(struct body *b, const uint8_t *data, size_t len,
		    struct err *err);

/*
 * It is whole: what is left is written and the file closed.  One that is over
 * gives its file, empty again, back to the pool.  -1 as body_data.
 */
int		 body_end(struct body *b, struct body_sum *sum,
		    struct err *err);

#endif
