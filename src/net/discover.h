/*
 * Finding the POP3 server of a domain: by its SRV records (RFC 6186, RFC 8314),
 * else by trying the usual names.
 */
#ifndef NET_DISCOVER_H
#define NET_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct tls_roots;

#define DISCOVER_HOST_MAX	256	/* with NUL */
#define DISCOVER_SRV_MAX	8	/* records that are looked at */

struct discover_srv {
	uint16_t	priority, weight, port;
	char		host[DISCOVER_HOST_MAX];	/* "": no service */
};

struct discovered {
	char		host[DISCOVER_HOST_MAX];
	uint16_t	port;
	bool		starttls;	/* else TLS from the start */
	bool		foreign;	/* by SRV, and outside the domain */
};

/*
 * Looks for a server.  One with TLS from the start is taken only if its
 * certificate is right; that is tried in a process of its own, which is locked
 * in before it reads anything.  ERR_UNAVAILABLE if there is none.
 */
int	discover(struct discovered *d, const char *domain,
	    const struct tls_roots *roots, struct err *err);

/*
 * The SRV records of a DNS answer, best first (lowest priority, then greatest
 * weight), at most DISCOVER_SRV_MAX; 0 if it is none.
 */
size_t	discover_parse(struct discover_srv *srv, const uint8_t *answer,
	    size_t len);

#endif
