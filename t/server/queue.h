/* Queues of octets; the delay line is one in which they wait until due. */
#ifndef POPD_QUEUE_H
#define POPD_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#define QUEUE_MS	1000000		/* all times are ns, monotonic */
#define DELAY_BURSTS	1024		/* arrivals that are told apart */

struct queue {
	char	*data;
	size_t	 off;
	size_t	 len;
	size_t	 cap;
};

/* Octets that arrived together become due together. */
struct burst {
	size_t	 len;
	int64_t	 due;
};

struct delay {
	struct queue	 q;
	struct burst	 bursts[DELAY_BURSTS];
	size_t		 n;
};

int64_t	 now_ns(void);

void	 queue_init(struct queue *q, size_t cap);
void	 queue_drop(struct queue *q, size_t n);

/* Moves the contents to the front; returns how much fits behind them. */
size_t	 queue_room(struct queue *q);

/* Counts n octets in that have been put behind the others. */
void	 delay_add(struct delay *d, size_t n, int64_t due);

/* How many octets are due now. */
size_t	 delay_due(const struct delay *d);
void	 delay_drop(struct delay *d, size_t n);

/* When the next octets become due, or -1. */
int64_t	 delay_next(const struct delay *d);

#endif
