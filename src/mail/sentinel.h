/*
 * The sentinel: ACCOUNT.alive beside an account's staging directory.
 *
 * It is made anew before a session stages anything, and so is the first thing
 * that a cleaner of old files would take: while it is there, no staged file was
 * taken by anybody else.
 *
 * Its last line says how many messages the journal had delivered when the last
 * batch was: a journal that has less is an older copy, or a new one in place of
 * one that was lost.  Nothing else is concluded from it, so that it is neither
 * synced nor missed: what is wrong or not there costs a look into the Maildir.
 *
 * dir is the directory that it is in, -1: that is not there; account is the
 * account's name as a file name.
 */
#ifndef MAIL_SENTINEL_H
#define MAIL_SENTINEL_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/* 1: it is there, 0: it is not, -1 with ERR_IO: that cannot be told. */
int	sentinel_there(int dir, const char *account, const char *what,
	    struct err *err);

/* Makes it anew; ERR_CANTCREAT or ERR_IO. what is for the message. */
int	sentinel_make(int dir, const char *account, uint64_t delivered,
	    const char *what, struct err *err);

/* Adds a line, as far as that can be done. */
void	sentinel_note(int dir, const char *account, uint64_t delivered);

/* False: it is not there, or holds no number. */
bool	sentinel_read(int dir, const char *account, uint64_t *delivered);

#endif
