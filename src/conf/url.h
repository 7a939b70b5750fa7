/*
 * Accounts by URL (RFC 2384) on the command line: pop://[USER@]HOST[:PORT] with
 * STLS, pops:// with TLS from the start.
 */
#ifndef CONF_URL_H
#define CONF_URL_H

#include <stdbool.h>

struct conf;
struct err;
struct opt;

/* Is an argument meant for a URL, whatever is wrong with it? */
bool	url_is(const char *text);

/* -1 with ERR_USAGE; what may be a password is never in the message. */
int	url_check(const char *text, struct err *err);

/* Is an argument more likely a server's name than an account's? */
bool	url_is_host(const char *text);

/* Do the arguments name URLs only, so that no run-control file is needed? */
bool	url_alone(const struct opt *o);

/* Puts pops:// before arguments that are servers' names and no accounts; the
 * new ones live in c's arena.  -1 with ERR_USAGE. */
int	url_from_hosts(const struct conf *c, struct opt *o, struct err *err);

/* Adds an account for each URL among the arguments, which are right. */
void	url_add(struct conf *c, const struct opt *o);

#endif
