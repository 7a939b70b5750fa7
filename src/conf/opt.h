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

/* What is to be done. */
enum opt_mode {
	OPT_FETCH = 0,
	OPT_HELP,		/* -h */
	OPT_VERSION,		/* -V */
	OPT_HELP_KEYWORDS,	/* --help-keywords */
	OPT_CHECK_CONFIG,	/* --check-config */
	OPT_SHOW_CONFIG,	/* --show-config */
	OPT_CHECK,		/* -c */
	OPT_LIST,		/* --list */
	OPT_DRY_RUN,		/* --dry-run */
	OPT_CATCH_UP,		/* --catch-up */
	OPT_PROBE,		/* --probe */
	OPT_IMPORT,		/* --import */
	OPT_CONFIGURE,		/* --configure */
};

enum opt_when {
	OPT_AUTO = 0,		/* if a person watches */
	OPT_ALWAYS,
	OPT_NEVER,
};

#define OPT_WAIT_ANY	UINT32_MAX	/* --wait without a number */

/* Of limit, fetchlimit and expunge 0 on the command line, which means none, is
 * CONF_UNSET64 or CONF_UNSET32 here. */
struct opt {
	enum opt_mode	 mode;
	bool		 json;		/* --json */
	bool		 show_secrets;	/* --show-secrets */
	uint32_t	 newest;	/* --catch-up=N */
	bool		 to_stdout;	/* --stdout */
	bool		 raw;		/* --raw */
	enum opt_when	 progress;	/* --progress */
	enum opt_when	 color;		/* --color */
	bool		 quiet;		/* -q */
	unsigned	 verbose;	/* times -v was given */
	const char	*subject;	/* of --import, --configure */
	const char	*file;		/* -f; "-": standard input */
	const char	*state;		/* --state */
	enum conf_tri	 fetchall;	/* -a */
	enum conf_tri	 keep;		/* -k yes, -K no */
	int64_t		 keep_for;	/* --keep=AGE seconds, 0: for good */
	bool		 retry;		/* --retry */
	uint32_t	 expunge;	/* -e, 0: not said */
	const char	*maildir;	/* --maildir */
	const char	*mda;		/* -m */
	uint32_t	 jobs;		/* --jobs, 0: not said */
	uint32_t	 per_host;	/* --per-host, 0: not said */
	uint32_t	 shard, shards;	/* --shard=shard/shards, 0: all */
	uint32_t	 wait;		/* --wait seconds, or OPT_WAIT_ANY */
	bool		 force;		/* --force */
	bool		 exit_new;	/* --exit-new */
	uint32_t	 timeout;	/* -t seconds, 0: not said */
	enum conf_tri	 flush;		/* -F */
	uint64_t	 limit;		/* -l octets, 0: not said */
	uint32_t	 fetchlimit;	/* -B, 0: not said */
	const char	*user;		/* -u */
	const char	*port;		/* -P: number or service */
	const char	*proto;		/* -p, in lower case */
	enum conf_tls	 tls;		/* --tls */
	const char	*ca_file;	/* --ca-file */
	const char	*pin;		/* --pin, as typed */
	const char	*password_command;
	bool		 has_password_fd;
	uint32_t	 password_fd;	/* if it has one */
	const char	*log_file;	/* -L */
	enum conf_tri	 syslog;	/* --syslog, --nosyslog */
	char		**accounts;	/* the rest: names of accounts, URLs */
	size_t		 naccounts;
};

/*
 * Fills o from argv; strings point into it.  -1 with ERR_USAGE: one line that
 * names the option, hint "try 'popfetch --help'".
 */
int	opt_parse(struct opt *o, int argc, char **argv, struct err *err);

/* The rest of --help-keywords: all options, fetchmail's as well. */
void	opt_table(FILE *out, bool json);

/* --help: at most 80 columns; generated from the option table. */
void	opt_help(FILE *out);

#endif
