/* POP3 over a maildrop (RFC 1939, 2449, 2595, 3206), and its bad manners. */
#ifndef POPD_SESSION_H
#define POPD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct io;
struct session;

#define SESSION_CAPAS	32

enum quit_mode {
	QUIT_WELL,
	QUIT_FAIL,		/* deletes nothing and says so */
	QUIT_HANG,		/* deletes, then silence */
	QUIT_DROP,		/* deletes, then closes without an answer */
	QUIT_DROP_EARLY		/* closes before it deletes */
};

enum session_start {
	START_GREETING,
	START_AUTHORIZATION,	/* the greeting was sent */
	START_TRANSACTION
};

struct session_conf {
	const char	*mail;		/* the maildrop of everybody, or NULL */
	const char	*users;		/* a directory of maildrops, or NULL */
	const char	*uids;
	const char	*user;
	const char	*pass;
	const char	*greeting;
	const char	*auth_fail;
	const char	*capas[SESSION_CAPAS];
	size_t		 ncapa;
	int64_t		 size_lie;
	size_t		 fail_retr;	/* message number, or 0 */
	enum quit_mode	 quit;
	bool		 wire;
	bool		 stls;
	bool		 no_pipelining;
	bool		 no_uidl;
	bool		 no_top;
	bool		 no_capa;
	bool		 ignore_dele;
	bool		 expire0;
	bool		 dele_now;

	/* If set, gets each line of the client first; true: it is answered. */
	bool		(*rule)(void *, struct session *, const char *, size_t);
	void		*rule_arg;
};

/* Plays a session to its end and closes the connection. */
void	 session_run(struct io *io, const struct session_conf *conf,
	    enum session_start start);

/* The ordinary answer to a line, for a rule. */
void	 session_answer(struct session *s, const char *line);

#endif
