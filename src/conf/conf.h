/*
 * The result of reading a run-control file and the command line: one account
 * per user of every poll entry, with defaults merged.  Not changed once
 * conf_finish has returned.
 *
 * Order: conf_new, rc_load (rc_parse.h), conf_finish with what the command line
 * says (opt.h).  All strings live in the conf's arena; passwords are secrets of
 * their own (base/mem.h).
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct opt;

/* A flag that can be said, denied, or not mentioned. */
enum conf_tri {
	TRI_UNSET = 0,
	TRI_NO,
	TRI_YES,
};

enum conf_tls {
	CONF_TLS_UNSET = 0,	/* implicit on 995, else mandatory STLS on 110 */
	CONF_TLS_IMPLICIT,	/* ssl, or port 995 */
	CONF_TLS_STLS,		/* starttls, or port 110 */
	CONF_TLS_OFF,		/* tls off */
};

#define CONF_TIMEOUT	300	/* seconds, fetchmail's default */
#define CONF_JOBS	32
#define CONF_PER_HOST	4

/* One maildrop to poll. */
struct account {
	const char	*label;		/* the poll name */
	const char	*host;		/* via, else label */
	const char	*port;		/* number or service; NULL: by tls */
	const char	*user;
	char		*password;	/* secret, or NULL */
	enum conf_tls	 tls;
	bool		 tls_off_own;	/* "tls off" stands in the account itself,
					   not in defaults */
	int		 timeout;	/* seconds; 0 only before conf_finish */
	enum conf_tri	 keep;		/* TRI_NO: delete what is delivered */
	enum conf_tri	 fetchall;
	uint64_t	 limit;		/* octets; 0: none */
	bool		 limit_set;	/* so that 0 can undo a default */
	uint32_t	 fetchlimit;	/* messages a run; 0: none */
	bool		 fetchlimit_set;
	const char	*sslcertfile;
	const char	*sslcertpath;
	const char	*maildir;	/* absolute after conf_finish */
	const char	*mda;		/* shell command; NULL: Maildir */
	const char	**local;	/* is NAME here: for %T */
	size_t		 nlocal;
	bool		 skip;		/* polled only when named */
	bool		 active;	/* to be polled now; set by conf_finish */
	unsigned	 line;		/* of its poll, for messages */
};

struct conf {
	struct arena	*arena;
	struct account	**accounts;
	size_t		 naccounts;
	const char	*rcfile;	/* path as shown, or NULL */
	const char	*rcdir;		/* directory relative names are from */
	const char	*excerpt;	/* of an error: the line and a caret, two
					   printable lines with newlines; or NULL */
	uint32_t	 jobs;		/* set jobs, --jobs */
	uint32_t	 per_host;
	const char	*state;		/* directory; absolute after conf_finish */
	const char	*runas;		/* set runas USER, or NULL */
};

struct conf	*conf_new(void);
void		 conf_free(struct conf *c);	/* wipes secrets; NULL is allowed */

/*
 * Merges the command line over everything, fills in what nobody said (delivery
 * to ~/Maildir, the caller's name, state directory), makes paths absolute with ~
 * expanded, marks the accounts to poll, and checks each: -1 with ERR_CONFIG or
 * ERR_USAGE for the first thing that is wrong, with file and line where it has one.
 *
 * Home is HOME, else the passwd entry; with runas it is that user's.
 * The state directory is --state, else $XDG_STATE_HOME/popfetch, else
 * ~/.local/state/popfetch.
 */
int		 conf_finish(struct conf *c, const struct opt *o,
		    struct err *err);

/*
 * The maildrop's name, "user@host" or "user@host:port" for a port that is none of
 * 110, 995, pop3, pop3s: the same maildrop has the same name by whatever label
 * and kind of TLS it is polled.  Allocated from the arena.
 */
const char	*conf_key(struct conf *c, const struct account *a);

/* Overwrites and frees the passwords of all accounts but one. */
void		 conf_forget_secrets(struct conf *c, const struct account *but);

#endif
