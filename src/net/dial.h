/*
 * From a name to a connected TCP socket (RFC 8305 in short): resolves, then
 * tries the addresses in the resolver's order, families alternating, a new attempt
 * every 250 ms while the earlier ones are still under way; the first that
 * connects wins.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stdint.h>

struct err;

#define DIAL_STAGGER_MS		250

struct dialed {
	int	fd;		/* non-blocking, close-on-exec, TCP_NODELAY */
	bool	loopback;	/* the peer is 127.0.0.0/8 or ::1 */
	char	addr[64];	/* the peer's address, for messages */
};

/*
 * host: name or address literal; port: decimal number or a name of services(5);
 * deadline: clock_mono_ms at which it gives up.  0, or -1 with ERR_NOHOST (no such
 * name), ERR_TEMP (resolver or deadline), ERR_UNAVAILABLE (refused,
 * unreachable).  err->sys is ECONNREFUSED if and only if every address
 * answered with a refusal: the caller may then try another port.
 */
int	dial(struct dialed *d, const char *host, const char *port,
	    int64_t deadline, struct err *err);

#endif
