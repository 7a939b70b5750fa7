/* The server's side of one connection: plain or TLS, slow, chopped or cut. */
#ifndef POPD_IO_H
#define POPD_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* What a connection shall suffer. */
struct io_conf {
	SSL_CTX	*ctx;		/* or NULL: no TLS to be had */
	const char *count;	/* file for the octets of output, or NULL */
	int64_t	 cut;		/* octets of output before the cut, or -1 */
	size_t	 chunk;		/* largest piece of output, 0: no limit */
	int	 delay;		/* ms from arrival to processing */
	int	 record;	/* descriptor of the record, or -1 */
	int	 lifeline;	/* readable when the parent is gone */
	bool	 stall;		/* at the cut: silence instead */
	bool	 clean;		/* at the cut: close_notify first */
};

enum io_end {
	IO_ORDERLY,		/* all output, close_notify, FIN */
	IO_RESET		/* all output, then RST */
};

struct io;

/*
 * One connection over fd, which it owns from here on.  conf must outlive
 * it.  Nothing here ever returns an error: a connection that is gone, cut
 * or broken is dead, swallows output and has no more lines.
 */
struct io *io_new(int fd, const struct io_conf *conf);
void	 io_free(struct io *io);

/*
 * Waits until a client at this distance would be there: the handshake of
 * TCP and the way back, 2 * delay; with tls the TLS handshake after it.
 */
void	 io_accept(struct io *io, bool tls);

/*
 * Starts TLS.  Input that has already been read is taken as part of the
 * handshake, so plain text that was sent ahead makes it fail.
 */
bool	 io_starttls(struct io *io);

bool	 io_alive(const struct io *io);
bool	 io_was_cut(const struct io *io);	/* by --cut or --stall */
bool	 io_is_tls(const struct io *io);
void	 io_set_chunk(struct io *io, size_t chunk);

/*
 * The next line without its line end, NUL-terminated, valid until the next
 * call.  Output is sent before waiting.  False at the end.
 */
bool	 io_line(struct io *io, char **line, size_t *len);

/* True if input is there that no line has been made of yet. */
bool	 io_early(struct io *io);

void	 io_put(struct io *io, const void *data, size_t len);
void	 io_printf(struct io *io, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 io_flush(struct io *io);

/* Sends what is there and takes in input for that long. */
void	 io_sleep(struct io *io, int64_t ms);

/* Swallows input until the client closes. */
void	 io_drain(struct io *io);

void	 io_close(struct io *io, enum io_end how);

/* Appends prefix, data and a newline to the record with one write. */
void	 io_record(const struct io *io, const char *prefix, const void *data,
	    size_t len);
void	 io_note(const struct io *io, const char *text);

#endif
