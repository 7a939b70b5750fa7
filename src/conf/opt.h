/*
 * The command line (getopt_long(3)).  Parsing does nothing but fill a struct:
 * no file is opened, nothing is printed.
 */
#ifndef CONF_OPT_H
#define CONF_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/conf.h"

struct err;

struct opt {
	bool		 help;
	bool		 version;
	bool		 quiet;		/* -q */
	unsigned	 verbose;	/* times -v was given */
	const char	*file;		/* -f; "-": standard input */
	const char	*state;		/* --state */
	enum conf_tri	 fetchall;	/* -a */
	enum conf_tri	 keep;		/* -k yes, -K no */
	const char	*maildir;	/* --maildir */
	const char	*mda;		/* -m */
	uint32_t	 jobs;		/* --jobs, 0: not said */
	int		 timeout;	/* -t seconds, 0: not said */
	char		**accounts;	/* the rest: names of accounts */
	size_t		 naccounts;
};

/*
 * Fills o from argv; strings point into it.  -1 with ERR_USAGE: one line that
 * names the option, hint "try 'popfetch --help'".
 */
int	opt_parse(struct opt *o, int argc, char **argv, struct err *err);

/* --help: at most 80 columns; generated from the option table. */
void	opt_help(FILE *out);

#endif
