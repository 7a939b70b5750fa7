/*
 * A transport: octets to and from one server over a non-blocking descriptor.
 * There are two, plain (conn.c) and TLS (tls.c); which one it is shows nowhere
 * else.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct conn;
struct err;

/* Results below zero; what poll(2) has to wait for, or how it ended. */
enum conn_result {
	CONN_WANT_READ = -1,
	CONN_WANT_WRITE = -2,
	CONN_EOF = -3,		/* the peer closed, in the orderly way of the
				   transport (TLS: close_notify) */
	CONN_ERR = -4,		/* err is set */
};

/*
 * One row per transport.  Every call may be repeated after WANT_*, with the
 * same arguments.
 */
struct conn_ops {
	const char *name;
	/* 0 when done, else a result.  Before any read or write. */
	int	(*handshake)(struct conn *c, struct err *err);
	/* Octets read (> 0) or a result. */
	ssize_t	(*read)(struct conn *c, void *buf, size_t len,
		    struct err *err);
	/* Octets written (> 0, may be fewer than len) or a result. */
	ssize_t	(*write)(struct conn *c, const void *buf, size_t len,
		    struct err *err);
	/* Octets that read would return without waiting for the descriptor. */
	size_t	(*pending)(const struct conn *c);
	/* Says goodbye if that needs no waiting; closes; frees c. */
	void	(*close)(struct conn *c);
};

/* The start of every transport's own struct. */
struct conn {
	const struct conn_ops	*ops;
	int			 fd;
};

/* Cleartext over fd, which it takes over. */
struct conn	*conn_plain(int fd);

#endif
