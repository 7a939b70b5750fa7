/*
 * What opt.c does with an option is there; here is what it leaves to others:
 * fetchmail's options that popfetch does not have (opt_fetchmail.c), and values
 * (opt_value.c).
 */
#ifndef CONF_OPT_P_H
#define CONF_OPT_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/opt.h"

struct err;

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

#define OPT_NFETCHMAIL	47

/* Takes it, which changes nothing, or refuses it with ERR_USAGE. */
int	opt_fetchmail_take(const struct opt_fetchmail *row, const char *value,
	    struct err *err);

/* ERR_USAGE.  why is a sentence; behind its "; " is what to use instead. */
int	opt_refuse(const char *option, const char *why, struct err *err);

/* These take optarg; -1 with ERR_USAGE.  option is its name in messages. */
int	opt_take_number(const char *option, uint64_t min, uint64_t max,
	    uint64_t *value, struct err *err);
int	opt_take_when(const char *option, enum opt_when *when,
	    struct err *err);
int	opt_take_size(struct opt *o, struct err *err);
int	opt_take_port(struct opt *o, struct err *err);
int	opt_take_tls(struct opt *o, struct err *err);

/* What says POP3, or a password, is welcome. */
int	opt_take_protocol(struct err *err);
int	opt_take_auth(struct err *err);

#endif
