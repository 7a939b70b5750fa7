/*
 * From a name to a connected TCP socket (RFC 8305 in short): resolves, then
 * tries the addresses in the resolver's order, families alternating, a new
 * attempt every 250 ms while the earlier ones are still under way; the first
 * that connects wins.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

#define DIAL_STAGGER_MS		250
#define DIAL_WHERE_MAX		300

struct dialed {
	int	fd;		/* non-blocking, close-on-exec, TCP_NODELAY */
	bool	loopback;	/* the peer is 127.0.0.0/8 or ::1 */
	char	addr[64];	/* the peer's address, for messages */
};

/*
 * host: name or address literal; port: decimal number or a name of services(5);
 * deadline: clock_mono_ms at which it gives up connecting; the resolver keeps
 * its own time (resolv.conf(5)).  0, or -1 with ERR_NOHOST (no such name),
 * ERR_CONFIG (no such service), ERR_TEMP (resolver or deadline) or
 * ERR_UNAVAILABLE (refused, unreachable).  err->sys is ECONNREFUSED if and only
 * if every address that there is a route to answered with a refusal: the
 * caller may then try another port.
 */
int	dial(struct dialed *d, const char *host, const char *port,
	    int64_t deadline, struct err *err);

/* The same of a socket that a plugin connects; nobody knows to whom. */
void	dial_plugged(struct dialed *d, int fd);

/*
 * The words of a plugin's command line, split at white space, with every %h
 * replaced by host and every %p by port; behind them NULL.  From the arena.
 * NULL: there is no word in it.
 */
char	**dial_plugin(struct arena *arena, const char *command,
	    const char *host, const char *port);

/* "host:port" for messages, "[::1]:port" for a literal with colons. */
void	dial_where(char *dst, size_t size, const char *host, const char *port);

#endif
