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
struct finding;
struct opt;

/* A flag that can be said, denied, or not mentioned. */
enum conf_tri {
	TRI_UNSET = 0,
	TRI_NO,
	TRI_YES,
};

enum conf_tls {
	CONF_TLS_UNSET = 0,	/* implicit on 995, else STLS on 110 */
	CONF_TLS_IMPLICIT,	/* ssl, or port 995 */
	CONF_TLS_STLS,		/* starttls, or port 110 */
	CONF_TLS_OFF,		/* tls off */
};

#define CONF_TIMEOUT	300	/* seconds, fetchmail's default */
#define CONF_TIMEOUT_MAX 86400
#define CONF_JOBS	32
#define CONF_JOBS_MAX	1000
#define CONF_PER_HOST	4
#define CONF_MAX_FAILURES 5
#define CONF_AGE_MAX	((uint64_t)36500 * 86400)	/* a lifetime */

/* Numbers that nobody has said, before conf_finish: 0 can undo a default. */
#define CONF_UNSET32	UINT32_MAX
#define CONF_UNSET64	UINT64_MAX

/* The longest user name or password: a command line is 255 octets (RFC 2449
   section 4), less "PASS " and CRLF. */
#define CONF_LOGIN_MAX	(255 - 7)

/* Names, in the order they were said. */
struct conf_list {
	const char	**v;
	size_t		 n;
};

/* One maildrop to poll. */
struct account {
	const char	*label;		/* the poll name */
	const char	*host;		/* via, else label */
	const char	*port;		/* number or service; NULL: by tls */
	const char	*proto;		/* in lower case; NULL: not said */
	struct conf_list aka;		/* other names on the command line */
	const char	*auth;		/* password; NULL: not said, or any */
	const char	*refused;	/* NULL, or why this account alone
					   cannot be polled, status 78; behind
					   "; " stands what to do */
	const char	*user;
	char		*password;	/* secret, or NULL */
	const char	*passwordeval;	/* shell command that prints it */
	const char	*passwordfile;	/* absolute after conf_finish */
	int		 passwordfd;	/* -1: none */
	enum conf_tls	 tls;
	bool		 tls_by_port;	/* by conf_finish: nobody said it */
	bool		 tls_off_own;	/* "tls off" stands in the account
					   itself, not in defaults */
	int		 timeout;	/* seconds; 0 only before conf_finish */
	enum conf_tri	 keep;		/* TRI_NO: delete what is delivered */
	int64_t		 keep_for;	/* TRI_YES for so many seconds only; 0:
					   for good */
	enum conf_tri	 flush;		/* delete what earlier runs delivered,
					   also with keep */
	enum conf_tri	 fetchall;
	uint64_t	 limit;		/* octets; 0: none */
	uint32_t	 fetchlimit;	/* messages a run; 0: none */
	uint32_t	 max_delete;	/* messages a run; 0: no fixed number */
	uint32_t	 expunge;	/* deletions a session; 0: any number */
	uint32_t	 max_failures;	/* of a message; 0: any number */
	enum conf_tri	 sslcertck;	/* never TRI_NO */
	const char	*sslcertfile;
	const char	*sslcertpath;
	const char	*sslcommonname;	/* name in the certificate; NULL: host */
	const char	*sslfingerprint; /* always refused */
	const struct finding *sslproto;	/* said if there is no ssl; the
					   parser's */
	const char	*tlspin;	/* rc_value.h */
	const char	*plugin;	/* command line, not for a shell */
	const char	*preconnect;	/* shell commands around a poll */
	const char	*postconnect;
	const char	*on_new;
	const char	*maildir;	/* absolute after conf_finish */
	const char	*mda;		/* shell command; NULL: Maildir */
	enum conf_tri	 mda_qmail;	/* mda-style qmail; TRI_NO: sysexits */
	enum conf_tri	 mda_hold;	/* mda-unknown hold; TRI_NO: redeliver */
	const char	**local;	/* is NAME here: for %T */
	size_t		 nlocal;
	bool		 skip;		/* polled only when named */
	bool		 active;	/* to be polled; by conf_finish */
	const char	*file;		/* and line of its user, or of its poll
					   if it names none; for messages */
	unsigned	 line;
};

struct conf {
	struct arena	*arena;
	struct account	**accounts;
	size_t		 naccounts;
	const char	*rcfile;	/* path as shown, or NULL */
	const char	*rcdir;		/* absolute directory relative names are
					   from; NULL: the current one */
	int64_t		 changed;	/* when rcfile was last edited, seconds
					   since 1970; 0: standard input */
	struct finding	*findings;	/* finding.h */
	size_t		 nfindings, capfindings;
	bool		 want_notes;	/* of harmless words, too */
	const char	*stray_file;	/* an mda at the beginning of a line, */
	unsigned	 stray_line;	/* with the last user; 0: none */
	uint32_t	 jobs;		/* set jobs, --jobs */
	uint32_t	 per_host;
	const char	*state;		/* absolute after conf_finish */
	const char	*runas;		/* set runas USER, or NULL */
	const char	*logfile;	/* absolute after conf_finish; NULL: none */
	enum conf_tri	 syslog;
	bool		 has_password;	/* some password stands in the file */
};

struct conf	*conf_new(void);

/* Wipes the secrets, too; NULL is allowed. */
void		 conf_free(struct conf *c);

/*
 * Merges the command line over everything, fills in what nobody said (delivery
 * to ~/Maildir, the caller's name, state directory), makes paths absolute with
 * ~ expanded, marks the accounts to poll, and checks each: -1 with ERR_CONFIG
 * or ERR_USAGE for the first thing that is wrong; what is wrong with accounts
 * is also among the findings, all of it.
 * An account whose refused is set is not checked.
 *
 * Home is HOME, else the passwd entry; with runas it and the caller's name are
 * that user's.
 * The state directory is --state, else "set state", else
 * $XDG_STATE_HOME/popfetch (not with runas), else ~/.local/state/popfetch.
 */
int		 conf_finish(struct conf *c, const struct opt *o,
		    struct err *err);

/*
 * The maildrop's name, "user@host" or "user@host:port" for a port that is none
 * of 110, 995, pop3, pop3s: the same maildrop has the same name by whatever
 * label and kind of TLS it is polled.  The host is in lower case.  Allocated
 * from the arena.
 */
const char	*conf_key(struct conf *c, const struct account *a);

/* Overwrites and frees the passwords of all accounts but one. */
void		 conf_forget_secrets(struct conf *c, const struct account *but);

#endif
