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
 * One row per transport.  A read may hold octets that poll(2) does not know
 * of: read until WANT_*, and only then poll.  A write that got WANT_* is
 * repeated with the same octets, or the same and more behind them; they may
 * have moved.  Reads and writes may alternate as they like.
 */
struct conn_ops {
	/* 0 when done, else a result.  Before any read or write. */
	int	(*handshake)(struct conn *c, struct err *err);
	/* Octets read (> 0) or a result. */
	ssize_t	(*read)(struct conn *c, void *buf, size_t len,
		    struct err *err);
	/* Octets written (> 0, may be fewer than len) or a result. */
	ssize_t	(*write)(struct conn *c, const void *buf, size_t len,
		    struct err *err);
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

/* Gives the descriptor of a plain transport back and frees c: the way to
 * TLS after STLS. */
int		 conn_release(struct conn *c);

#endif
