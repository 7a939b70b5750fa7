/*
 * Which accounts are polled: those that the command line names, or all but
 * those with skip, and of these one part if there are to be several.
 */
#ifndef CONF_CHOOSE_H
#define CONF_CHOOSE_H

#include <stdbool.h>

struct conf;
struct err;
struct opt;

/* Is an account called so, by its label or behind aka? */
bool	choose_knows(const struct conf *c, const char *name);

/*
 * Sets active of all accounts.  -1 with ERR_USAGE for a name that no account
 * has, or if all are to be skipped; ERR_CONFIG, also among the findings, for two
 * accounts of one maildrop.
 *
 * An account's part is the first eight octets of the SHA-256 of its maildrop's
 * name (conf_key) as a number, modulo how many parts there are.
 */
int	choose_accounts(struct conf *c, const struct opt *o, struct err *err);

#endif
