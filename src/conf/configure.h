/*
 * A run-control file for one mail address, of which the server is known.  No
 * socket is opened here.
 */
#ifndef CONF_CONFIGURE_H
#define CONF_CONFIGURE_H

#include <stdbool.h>
#include <stdio.h>

struct err;
struct provider;

struct configure {
	char		*local;		/* of the address */
	char		*domain;	/* in lower case */
	const struct provider *provider;	/* or NULL, and what follows: */
	const char	*host;
	const char	*port;		/* NULL: the usual one */
	bool		 starttls;
	bool		 foreign;	/* outside the domain, by its DNS */
};

/*
 * Takes an address apart and looks its provider up.  ERR_USAGE if it is none;
 * ERR_UNAVAILABLE if the provider lets nobody in who has but a password, with
 * what to do.  configure_free in any case.
 */
int	configure_start(struct configure *c, const char *address,
	    struct err *err);
void	configure_free(struct configure *c);

/* The run-control file. */
void	configure_write(FILE *out, const struct configure *c);

#endif
