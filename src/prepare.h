/*
 * What the two processes of each account are told: where the account is, what
 * it is trusted by, and what becomes of its mail.
 */
#ifndef PREPARE_H
#define PREPARE_H

#include <stddef.h>

struct account;
struct conf;
struct courier_conf;
struct err;
struct opt;
struct work;

struct prepared {
	struct work		*work;		/* and n of these: */
	struct courier_conf	*jobs;
	size_t			 n;
};

/* Room for so many accounts. */
void	prepare_init(struct prepared *p, size_t naccounts);
void	prepare_free(struct prepared *p);

/* Makes one account ready to be polled; -1: says why it cannot be. */
int	prepare_account(struct prepared *p, struct conf *c, const struct opt *o,
	    struct account *a, struct err *err);

/* The account of a job. */
struct account *prepare_of(const struct prepared *p, size_t job);

#endif
