/*
 * Entering messages that another program has fetched into an account's journal,
 * so that they are not fetched again.
 */
#ifndef MAIL_ENTER_H
#define MAIL_ENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct enter;
struct err;

/*
 * Locks the account and opens its journal; state and key as in courier.h.
 * ERR_TEMP with sys EWOULDBLOCK if it is at work just now.
 */
struct enter	*enter_open(const char *state, const char *key,
		    struct err *err);

/* Notes a UID, unless one is known already: then it is false.  when: seconds
 * since 1970. */
bool		 enter_uid(struct enter *e, const void *uid, size_t len,
		    int64_t when);

/* Puts what was noted on the disk. */
int		 enter_commit(struct enter *e, struct err *err);

/* NULL is allowed. */
void		 enter_close(struct enter *e);

#endif
