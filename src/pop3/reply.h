/*
 * Lines and statuses of POP3 (RFC 1939 section 3, RFC 2449 sections 3, 4
 * and 8).  Pure: octets in, views out.
 *
 * A line ends at CRLF and at nothing else; a bare CR or LF is part of it.
 */
#ifndef POP3_REPLY_H
#define POP3_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define REPLY_LINE_MAX	512	/* RFC 2449 section 4, with CRLF */
#define REPLY_LINE_HARD	8192	/* what is tolerated, and reported as long */

/* What reply_line found. */
enum reply_found {
	REPLY_MORE,		/* no whole line yet */
	REPLY_LINE,		/* *linelen octets and CRLF */
	REPLY_TOO_LONG,		/* more than REPLY_LINE_HARD octets */
};

/*
 * Looks for one line at the start of data.  REPLY_LINE: *linelen is its length
 * without the CRLF, *used with it.  Never REPLY_MORE for REPLY_LINE_HARD + 2
 * octets or more.
 */
enum reply_found reply_line(const uint8_t *data, size_t len, size_t *linelen,
	    size_t *used);

/* Response codes in square brackets that mean something to us (RFC 2449
 * section 8, RFC 3206, RFC 6856); upper levels count, finer ones do not. */
enum reply_code {
	CODE_NONE,
	CODE_IN_USE,
	CODE_LOGIN_DELAY,
	CODE_SYS_TEMP,
	CODE_SYS_PERM,
	CODE_AUTH,
	CODE_UTF8,
	CODE_OTHER,		/* well formed, not known */
};

struct reply {
	bool		 ok;		/* +OK, else -ERR */
	enum reply_code	 code;
	const uint8_t	*text;		/* behind the status and a blank */
	size_t		 len;
};

/*
 * Parses a status line without its CRLF: "+OK" or "-ERR" in upper case, then
 * the end or a blank (RFC 1939 section 3).  False if it is neither.
 */
bool	reply_parse(struct reply *r, const uint8_t *line, size_t len);

/*
 * What kind of error a refusal is: by its response code where that tells (R16,
 * R35, R36, R64), else otherwise.
 */
enum err_kind	reply_kind(const struct reply *r, enum err_kind otherwise);

/* Whether there is a response code that means something to us. */
bool	reply_coded(const struct reply *r);

/*
 * Whether a refusal speaks of a maildrop that is locked or busy.  Text is free
 * and means nothing where a code tells (R70); where none does, the words are all
 * there is (Q17).
 */
bool	reply_says_busy(const struct reply *r);

#endif
