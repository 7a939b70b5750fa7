/*
 * What --check-config says beyond the errors of the language: where a file
 * written for fetchmail means something else here, and what looks like a slip.
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

struct conf;

/*
 * Adds findings about the accounts of a file that was read, before conf_finish
 * fills in what is not said.
 */
void	check_accounts(struct conf *c);

/* Adds findings about accounts that conf_finish refused. */
void	check_refused(struct conf *c);

#endif
