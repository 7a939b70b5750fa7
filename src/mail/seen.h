/*
 * What a Maildir holds already, as the names in new/ and cur/ tell: each that
 * is of popfetch's making has a token, made of account, UID and content.  It
 * stays in the name when a reader moves the message or sets flags.
 */
#ifndef MAIL_SEEN_H
#define MAIL_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct err;
struct seen;

#define SEEN_TOKEN_LEN	12	/* octets; in a name as hexadecimal digits */

/* The token of a message of that account. */
void		 seen_token(uint8_t token[SEEN_TOKEN_LEN], const char *account,
		    const void *uid, size_t uidlen,
		    const uint8_t digest[DIGEST_LEN]);

/* The token that a name has, or false. */
bool		 seen_in_name(uint8_t token[SEEN_TOKEN_LEN], const char *name);

/* Reads both directories; NULL with ERR_IO.  what is for the message. */
struct seen	*seen_read(int dir_new, int dir_cur, const char *what,
		    struct err *err);
void		 seen_free(struct seen *s);	/* NULL is allowed */

/* How many files have tokens, and how many of them this one. */
size_t		 seen_total(const struct seen *s);
size_t		 seen_count(const struct seen *s,
		    const uint8_t token[SEEN_TOKEN_LEN]);

/* A name to be looked for. */
struct seen_name {
	const char	*name;		/* as it was in new/ */
	uint32_t	 entry;		/* for the caller */
	bool		 found;		/* in new/, or in cur/ with any flags */
};

/* Looks for n names at once; sorts them. */
int		 seen_names(int dir_new, int dir_cur, struct seen_name *names,
		    size_t n, const char *what, struct err *err);

#endif
