/*
 * When an account is left alone: after a refused login, so that a timer cannot
 * lock a user out (R65); while another session has the maildrop (Q26); and
 * between logins as far apart as the server asks (R36).  Pure.
 *
 * Times are seconds since 1970.
 */
#ifndef MAIL_REST_H
#define MAIL_REST_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/journal.h"

/* Seconds after a refused login: the first time, and at most, doubling. */
#define REST_REFUSED_FIRST	(15 * 60)
#define REST_REFUSED_MOST	(6 * 3600)
/* Seconds after [IN-USE]. */
#define REST_BUSY		(10 * 60)
/* Seconds between logins: if the server does not say how many, and at most. */
#define REST_DELAY		(5 * 60)
#define REST_DELAY_MOST		86400
/* A rest that is over in so many seconds is waited for: a timer of exactly the
 * time the server asks for would find its account resting every other time. */
#define REST_WAIT_MOST		10

struct rest {
	enum journal_why why;
	int64_t		 until;
	uint32_t	 rests;		/* in a row, of this kind */
};

/*
 * The rest that follows on what is known when a login met why; delay is
 * LOGIN-DELAY's seconds, 0: not said.
 */
struct rest	rest_after(const struct journal_account *a,
		    enum journal_why why, uint64_t delay, int64_t now);

/*
 * The same for a login that was never answered.  Once is a line that was cut: no
 * rest, but it is remembered.  Twice in a row is a server that refuses without a
 * word (Q16).
 */
struct rest	rest_after_silence(const struct journal_account *a, int64_t now);

/*
 * Seconds that the account rests from now on; 0: it does not.  A refused login
 * is tried again if what it rests on was edited since (changed; 0: unknown).  A
 * rest longer than any of its kind comes from a clock that was wrong, and is
 * none.
 */
int64_t		rest_left(const struct journal_account *a, int64_t changed,
		    int64_t now);

#endif
