/*
 * The client side of a POP3 session as a machine without sockets, files, clock
 * or logging: octets in, octets out, events by callback.
 *
 * The driver moves octets: what the server sent goes to pop3_input, what
 * pop3_output offers goes to the server.  The machine runs the opening of a
 * session by itself, and then does what it is asked:
 *
 *	greeting, CAPA, [STLS -> driver: handshake, pop3_secured -> CAPA],
 *	secured -> driver: pop3_login -> USER, PASS, [CAPA],
 *	STAT, UIDL, LIST, listed -> driver: pop3_retr, pop3_top, pop3_dele,
 *	pop3_noop, pop3_rset, pop3_quit.
 *
 * Any split of the same input gives the same events.  An error is sticky:
 * after the first one nothing is consumed, nothing is offered, and pop3_error
 * tells what it was.
 *
 * An answer may come to what pop3_output has offered and to nothing else: any
 * other octet is an error (R12).  So a second "+OK" is not taken for the answer
 * to a command that could not have been sent yet.
 *
 * Memory: one struct, one output buffer, a FIFO of outstanding commands of at
 * most POP3_FIFO_MAX.  The machine keeps no list and no body.
 */
#ifndef POP3_CLIENT_H
#define POP3_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pop3/cmd.h"
#include "pop3/list.h"
#include "pop3/reply.h"

struct err;
struct pop3;

#define POP3_FIFO_MAX	4096	/* commands outstanding at once */
#define POP3_CAPA_MAX	512	/* lines of one CAPA answer */
#define POP3_LIST_MAX	16777216	/* messages of one listing */

/* Where a session is, and the state of RFC 1939 section 3 that this is. */
enum pop3_phase {
	POP3_GREETING,		/* AUTHORIZATION: waiting for the greeting */
	POP3_CAPA,		/* AUTHORIZATION: asking for capabilities */
	POP3_STLS,		/* AUTHORIZATION: STLS is sent */
	POP3_HANDSHAKE,		/* AUTHORIZATION: the driver does TLS */
	POP3_LOGIN,		/* AUTHORIZATION: waiting for pop3_login */
	POP3_AUTH,		/* AUTHORIZATION: USER, PASS */
	POP3_LISTING,		/* TRANSACTION: STAT, UIDL, LIST */
	POP3_READY,		/* TRANSACTION: what the driver asks for */
	POP3_QUIT,		/* UPDATE: QUIT is sent */
	POP3_CLOSED,		/* QUIT is answered */
	POP3_DEAD,		/* an error is set */
};

/* "greeting", "CAPA" ... for messages. */
const char	*pop3_phase_name(enum pop3_phase phase);

/* "AUTHORIZATION", "TRANSACTION" or "UPDATE"; "" once it is over. */
const char	*pop3_state_name(enum pop3_phase phase);

/* How the session gets its safety (R40 to R44). */
enum pop3_tls {
	POP3_TLS_DONE,		/* the transport is TLS from the first octet */
	POP3_TLS_STLS,		/* STLS or nothing */
	POP3_TLS_NONE,		/* cleartext, because the account says so */
};

/* The answer to one command of the driver's. */
struct pop3_done {
	enum cmd	 cmd;		/* RETR TOP DELE NOOP RSET QUIT */
	uint32_t	 num;		/* message number, or 0 */
	struct reply	 reply;		/* valid during the callback only; +OK
					   without text if there was a body */
	uint64_t	 octets;	/* of a body, as dot.h counts them */
};

/*
 * Events.  All are called from within pop3_input, but secured, which comes
 * from pop3_secured if CAPA is not asked, and trace; none may be NULL.  An
 * event, but not trace, may call what asks for something: pop3_login,
 * pop3_retr ...
 */
struct pop3_events {
	/*
	 * The server agreed to STLS and not one octet followed its answer.
	 * The driver does the handshake and calls pop3_secured.
	 */
	void	(*starttls)(void *arg);
	/* The channel is as asked; the driver calls pop3_login when it can. */
	void	(*secured)(void *arg, const struct capa *capa);
	/* STAT's answer, before any uid or size. */
	void	(*stat)(void *arg, uint32_t count, uint64_t octets);
	/* One line of UIDL; uid is valid during the call only. */
	void	(*uid)(void *arg, uint32_t num, const uint8_t *uid, size_t len);
	/* One line of LIST. */
	void	(*size)(void *arg, uint32_t num, uint64_t size);
	/* The listing is complete; has_uidl: UIDL was answered +OK. */
	void	(*listed)(void *arg, const struct capa *capa, bool has_uidl);
	/*
	 * A body begins (RETR or TOP said +OK).  False: not now; pop3_input
	 * then returns without consuming more, and asks again when called
	 * again.
	 */
	bool	(*begin)(void *arg, enum cmd cmd, uint32_t num);
	/* Decoded octets of the body. */
	void	(*body)(void *arg, const uint8_t *data, size_t len);
	/* A command is answered; for RETR and TOP the body is whole, or the
	 * answer was -ERR and there was none. */
	void	(*done)(void *arg, const struct pop3_done *done);
	/*
	 * One line of the protocol, for the log: sent or received, without
	 * CRLF.  Secrets are already replaced; bodies are not shown.
	 */
	void	(*trace)(void *arg, bool sent, const uint8_t *line, size_t len);
};

struct pop3_conf {
	enum pop3_tls	tls;
	bool		no_capa;	/* do not ask: an earlier connection of
					   this run was dropped at CAPA (R30) */
	bool		no_pipelining;	/* treat it as not announced */
};

/* events and arg must outlive the machine. */
struct pop3	*pop3_new(const struct pop3_conf *conf,
		    const struct pop3_events *events, void *arg);
void		 pop3_free(struct pop3 *p);	/* NULL is allowed */

/*
 * Consumes octets from the server, changing them in place, and returns how
 * many.  Fewer than len means: the rest belongs to what comes next (a paused
 * body; an incomplete line, which the driver keeps and offers again with more
 * behind it; it is never longer than REPLY_LINE_HARD + 1 octets), or an error
 * is set.  Octets behind STLS's answer are an error (R43).  What comes behind
 * the answer to QUIT is consumed and means nothing.
 */
size_t		 pop3_input(struct pop3 *p, uint8_t *data, size_t len);

/*
 * The server has closed.  0 if that ends a session that was over; -1 and an
 * error otherwise, which says where the session was.  left: octets the driver
 * still holds, which pop3_input did not want.
 */
int		 pop3_eof(struct pop3 *p, size_t left);

/* Octets to send, *len of them, NULL if none; pop3_sent takes n of them off.
 * The server may answer them from now on. */
const uint8_t	*pop3_output(struct pop3 *p, size_t *len);
void		 pop3_sent(struct pop3 *p, size_t n);

/* The handshake is done: everything learnt before is forgotten (R44). */
void		 pop3_secured(struct pop3 *p);

/* USER and PASS; the password stays in the output buffer until it is sent and
 * is then overwritten.  Allowed in POP3_LOGIN. */
int		 pop3_login(struct pop3 *p, const char *user, const char *pass);

/*
 * Asks for a message, for its header (TOP num lines), for its deletion; resets
 * or ends the session.  Allowed in POP3_READY; -1 with the sticky error for a
 * misuse, but with nothing changed if pop3_room is 0.  pop3_quit discards
 * nothing that is outstanding: its answer comes last.
 */
int		 pop3_retr(struct pop3 *p, uint32_t num);
int		 pop3_top(struct pop3 *p, uint32_t num, uint32_t lines);
int		 pop3_dele(struct pop3 *p, uint32_t num);
int		 pop3_noop(struct pop3 *p);
int		 pop3_rset(struct pop3 *p);
int		 pop3_quit(struct pop3 *p);

/*
 * How many commands may be sent now: up to POP3_FIFO_MAX where PIPELINING is
 * announced; where it is not, 1 if nothing is outstanding, else 0.
 */
size_t		 pop3_room(const struct pop3 *p);

/* Commands sent or offered and not answered. */
size_t		 pop3_outstanding(const struct pop3 *p);

enum pop3_phase	 pop3_phase(const struct pop3 *p);

/* Waiting for the driver in the begin event. */
bool		 pop3_paused(const struct pop3 *p);

const struct capa *pop3_capa(const struct pop3 *p);

/* NULL while there is none. */
const struct err *pop3_error(const struct pop3 *p);

/* What a refusal that ended the session says about the next login. */
enum pop3_refusal {
	POP3_REFUSAL_NONE,	/* there was none */
	POP3_REFUSAL_OTHER,	/* nothing */
	POP3_REFUSAL_LOGIN,	/* these credentials are not wanted (R64) */
	POP3_REFUSAL_BUSY,	/* another session has the maildrop */
	POP3_REFUSAL_DELAY,	/* it was too early (R36) */
};

/* How a session stood when its error was set, or stands now: for who decides
 * whether another one would fare better. */
struct pop3_end {
	enum pop3_phase	 phase;		/* not POP3_DEAD, but the one before */
	enum pop3_refusal refusal;
	bool		 coded;		/* a response code told why */
	bool		 safe;		/* TLS is there, or not wanted */
	bool		 pass_sent;	/* PASS is offered and not answered */
	bool		 crowded;	/* more than one command has been under
					   way since there was none */
	bool		 between;	/* no answer has begun that has not
					   ended */
	uint32_t	 suspect;	/* the message whose RETR is answered,
					   or was so last: if what follows makes
					   no sense, it ended too early, or not
					   where it should.  0: none */
};

void		 pop3_end(const struct pop3 *p, struct pop3_end *end);

#endif
