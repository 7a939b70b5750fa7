/*
 * What client.c (the machine) and client_open.c (the opening of a session,
 * up to the listing) share.  For nobody else.
 */
#ifndef POP3_CLIENT_P_H
#define POP3_CLIENT_P_H

#include "base/buf.h"
#include "base/err.h"
#include "pop3/auth.h"
#include "pop3/client.h"
#include "pop3/dot.h"

/* A command that waits for its answer. */
struct slot {
	enum cmd	cmd;
	uint32_t	num;		/* message number, or 0 */
};

/* What the next octets from the server are. */
enum reading {
	READ_STATUS,
	READ_LINES,			/* of CAPA, UIDL, LIST */
	READ_PAUSED,			/* a body; the driver is not ready */
	READ_BODY,
};

struct pop3 {
	struct pop3_conf		 conf;
	const struct pop3_events	*ev;
	void				*arg;
	struct err			 err;
	enum pop3_phase			 phase;
	enum reading			 reading;
	enum pop3_phase			 died;	/* in this phase, if dead */
	bool				 safe;	/* the channel is as asked */

	struct buf			 out;
	struct slot			 fifo[POP3_FIFO_MAX];	/* a ring */
	size_t				 first;
	size_t				 count;
	size_t				 asked;	/* of these, offered */
	bool				 crowded; /* as in struct pop3_end */

	size_t				 behind; /* octets behind this line */
	uint32_t			 lines;	/* of this answer */
	struct dot			 dot;
	uint32_t			 whole;	/* the last answer was this
						   message; 0: it was none */

	struct capa			 capa;
	struct capa			 fresh;	/* of the answer being read */
	struct auth			 auth;
	size_t				 step;	/* of the listing */
	bool				 has_uidl;
	enum pop3_refusal		 refusal;
	bool				 coded;
};

/* How much of a server's line an error message shows. */
#define CLIENT_SHOWN(len)	((len) < 120 ? (int)(len) : 120)

/* Sets the sticky error and ends the session.  Returns -1. */
int	client_fail(struct pop3 *p, enum err_kind kind, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The same for an error that is in p->err already. */
int	client_dead(struct pop3 *p);

/* Whether more than one command may be outstanding. */
bool	client_pipelined(const struct pop3 *p);

/* Sends a command without argument. */
void	client_send(struct pop3 *p, enum cmd cmd);

/*
 * Enters a command into the FIFO and the trace whose line was put into p->out
 * behind its first at octets.  Returns where the next line is.
 */
size_t	client_asked(struct pop3 *p, enum cmd cmd, uint32_t num, size_t at);

/*
 * Answers, as rows of the table in client.c.  A line function returns false for
 * a line that is not what the command promises; an end function gets the
 * status, and for +OK of a multi-line answer comes behind all its lines.
 */
void	client_greeting(struct pop3 *p, const uint8_t *line, size_t len);
bool	client_capa_line(struct pop3 *p, const uint8_t *line, size_t len);
bool	client_uidl_line(struct pop3 *p, const uint8_t *line, size_t len);
bool	client_list_line(struct pop3 *p, const uint8_t *line, size_t len);
void	client_capa_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);
void	client_stls_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);
void	client_auth_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);
void	client_stat_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);
void	client_uidl_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);
void	client_list_end(struct pop3 *p, const struct slot *s,
	    const struct reply *r);

#endif
