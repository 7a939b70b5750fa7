/*
 * What the files of the command line share: the table (opt.c), what each option
 * does (opt_take.c), its value (opt_value.c), and fetchmail's options that
 * popfetch does not have (opt_fetchmail.c).
 */
#ifndef CONF_OPT_P_H
#define CONF_OPT_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/opt.h"

struct err;

/* Options that are long only; short ones are their letter. */
enum {
	LONG_AUTH = 256,
	LONG_CATCH_UP,
	LONG_CA_FILE,
	LONG_CHECK_CONFIG,
	LONG_COLOR,
	LONG_CONFIGURE,
	LONG_DRY_RUN,
	LONG_EXIT_NEW,
	LONG_FORCE,
	LONG_HELP_KEYWORDS,
	LONG_IMPORT,
	LONG_JOBS,
	LONG_JSON,
	LONG_LIST,
	LONG_MAILDIR,
	LONG_NO_SYSLOG,
	LONG_PASSWORD_COMMAND,
	LONG_PASSWORD_FD,
	LONG_PER_HOST,
	LONG_PIN,
	LONG_PROBE,
	LONG_PROGRESS,
	LONG_RAW,
	LONG_RETRY,
	LONG_SHARD,
	LONG_SHOW_CONFIG,
	LONG_SHOW_SECRETS,
	LONG_SSL,
	LONG_STATE,
	LONG_STDOUT,
	LONG_SYSLOG,
	LONG_TLS,
	LONG_WAIT,
};

struct opt_fetchmail {
	int		 letter;	/* 0: long only */
	const char	*name;
	bool		 value;		/* does one follow? */
	const char	*keyword;	/* of the run-control file, whose class
					   and note decide; NULL: the next */
	const char	*why;		/* refused: what it is, "; ", and what
					   to use; NULL: accepted */
};

extern const struct opt_fetchmail opt_fetchmail[];

#define OPT_NFETCHMAIL	46

/* Takes it, which changes nothing, or refuses it with ERR_USAGE. */
int	opt_fetchmail_take(const struct opt_fetchmail *row, const char *value,
	    struct err *err);

/* Their rows of the table (opt.h). */
void	opt_fetchmail_table(FILE *out, bool json);

/* ERR_USAGE.  why is a sentence; behind its "; " is what to use instead. */
int	opt_refuse(const char *option, const char *why, struct err *err);

/* The long name of an option that is none of those of fetchmail's. */
const char *opt_name(int val);

/* Takes an option with optarg, its value; -1 with ERR_USAGE. */
int	opt_take(struct opt *o, int val, struct err *err);

/* Once all are taken: -1 with ERR_USAGE for what does not go together. */
int	opt_check(const struct opt *o, struct err *err);

/* These take optarg; -1 with ERR_USAGE.  option is its name in messages. */
int	opt_take_count(int val, uint32_t min, uint32_t max, uint32_t *count,
	    struct err *err);
int	opt_take_when(const char *option, enum opt_when *when,
	    struct err *err);
int	opt_take_size(struct opt *o, struct err *err);
int	opt_take_port(struct opt *o, struct err *err);
int	opt_take_tls(struct opt *o, struct err *err);
int	opt_take_shard(struct opt *o, struct err *err);

/* The one value that may be missing. */
int	opt_take_age(struct opt *o, struct err *err);

/* What says POP3, or a password, is welcome. */
int	opt_take_protocol(struct opt *o, struct err *err);
int	opt_take_auth(struct err *err);

#endif
