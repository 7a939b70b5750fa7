/*
 * The lines of STAT, LIST, UIDL and CAPA (RFC 1939 sections 5 and 7, RFC 2449
 * section 5), without their CRLF.  Pure.
 *
 * Numbers have 1 to 10 digits and are at most 2^32 - 1, sizes 1 to 19 digits
 * and at most 2^63 - 1; no sign, no blank before them (R14).
 */
#ifndef POP3_LIST_H
#define POP3_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIST_UID_MAX	1000	/* RFC 1939 allows 70; servers bend it */

/* "2 320" and anything behind a blank.  False: not that. */
bool	list_stat(const uint8_t *text, size_t len, uint32_t *count,
	    uint64_t *octets);

/* "1 120" and anything behind a blank; number 0 is refused. */
bool	list_size(const uint8_t *text, size_t len, uint32_t *num,
	    uint64_t *size);

/*
 * "1 whqtswO00WBw418f9t5JxYwZ".  Several blanks before the UID and one "+OK "
 * before the line are tolerated (Q6); the UID is all the rest, 8-bit octets
 * and blanks too, and may be empty.  False for no number, number 0, a UID
 * over LIST_UID_MAX or one that holds CR, LF or NUL (Q5).
 */
bool	list_uidl(const uint8_t *text, size_t len, uint32_t *num,
	    const uint8_t **uid, size_t *uidlen);

/* What a server announces.  All zeros: nothing. */
struct capa {
	bool		known;		/* CAPA was answered +OK */
	bool		top;
	bool		user;
	bool		uidl;
	bool		stls;
	bool		pipelining;
	bool		resp_codes;
	bool		auth_resp_code;
	bool		login_delay_set;
	bool		expire_set;
	bool		expire_never;
	bool		per_user;	/* LOGIN-DELAY or EXPIRE said USER: it
					   may differ after login (R32) */
	uint64_t	login_delay;	/* seconds */
	uint64_t	expire;		/* days, if set and not never */
	unsigned	sasl;		/* CAPA_SASL_* */
};

#define CAPA_SASL_PLAIN		0x01u
#define CAPA_SASL_SCRAM_SHA_1	0x02u
#define CAPA_SASL_SCRAM_SHA_256	0x04u
#define CAPA_SASL_XOAUTH2	0x08u
#define CAPA_SASL_OAUTHBEARER	0x10u
#define CAPA_SASL_OTHER		0x80u

/* Enters one line; tags in either case, unknown ones do nothing (R31). */
void	capa_line(struct capa *c, const uint8_t *line, size_t len);

#endif
