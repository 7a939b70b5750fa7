/*
 * Logging in (RFC 1939 section 7).  The place where the mechanisms live: today
 * USER and PASS; SASL (RFC 5034) joins as further rows of the same table.
 *
 * A mechanism is a small machine: it offers command lines and is told each
 * status line, until it says that the login is done or refused.
 */
#ifndef POP3_AUTH_H
#define POP3_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct reply;

enum auth_result {
	AUTH_MORE,		/* a line was sent, its answer is awaited */
	AUTH_OK,
	AUTH_FAILED,		/* err is set */
};

struct auth {
	int	 step;		/* of auth.c */
	bool	 coded;		/* a wrong password would be said by code */
	char	*pass;		/* a secret (mem.h), until it is answered */
};

/*
 * Begins USER and PASS; sends the first line, or both in one flight where
 * together says that the server announced PIPELINING (RFC 2449 section 6.6),
 * which saves a round trip.  coded: it announced AUTH-RESP-CODE.  Copies what it
 * needs.
 */
enum auth_result auth_start(struct auth *a, const char *user, const char *pass,
	    bool together, bool coded, struct buf *out, struct err *err);

/*
 * The server's answer to the next line sent.  Unless together, PASS goes out
 * only after USER's +OK and nothing between them (R26).  A refusal sets
 * ERR_AUTH; ERR_UNAVAILABLE for [SYS/PERM]; ERR_TEMP for [IN-USE],
 * [LOGIN-DELAY], [SYS/TEMP] and, where no code tells, words that say locked
 * or busy, or anything at all if a wrong password would be told by [AUTH] (R64,
 * Q17).  The server's words are in the message.
 */
enum auth_result auth_step(struct auth *a, const struct reply *r,
	    struct buf *out, struct err *err);

/*
 * Overwrites the password where a server repeats it, as those do that answer
 * with the line they did not understand: what is logged must not show it.
 */
void	auth_mask(const struct auth *a, uint8_t *line, size_t len);

/* Wipes what is left. */
void	auth_end(struct auth *a);

#endif
