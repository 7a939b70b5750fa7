/* The server's side of one connection: plain or TLS, slow, chopped or cut. */
#include "io.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include "queue.h"

#define RAW_MAX		(256 * 1024)	/* input that is not due yet */
#define LINE_MAX_LEN	(128 * 1024)	/* longest line of a client */
#define OUT_MAX		(256 * 1024)
#define LINGER		2000		/* ms a closing client may take */

struct io {
	const struct io_conf	*conf;
	SSL			*ssl;
	BIO			*rbio;
	BIO			*wbio;
	struct delay		 raw;	/* as it came from the socket */
	struct queue		 in;	/* due and decrypted */
	struct queue		 out;	/* plain text to be sent */
	int64_t			 start;	/* when TCP would have connected */
	int64_t			 sent;	/* plain octets */
	int64_t			 eof_due;
	size_t			 chunk;
	int			 fd;
	bool			 eof;	/* the socket's */
	bool			 in_eof;	/* close_notify */
	bool			 dead;
	bool			 spoke;	/* something sent since the last turn */
	char			 line[LINE_MAX_LEN + 1];
};

struct io *
io_new(int fd, const struct io_conf *conf)
{
	struct io *io;
	int on = 1, fl;

	if ((io = calloc(1, sizeof(*io))) == NULL)
		err(1, NULL);
	io->fd = fd;
	io->conf = conf;
	io->chunk = conf->chunk;
	io->start = now_ns() + (int64_t)conf->delay * QUEUE_MS;
	queue_init(&io->raw.q, RAW_MAX);
	queue_init(&io->in, LINE_MAX_LEN);
	queue_init(&io->out, OUT_MAX);
	if ((fl = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, fl | O_NONBLOCK) == -1)
		err(1, "fcntl");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return (io);
}

void
io_free(struct io *io)
{
	if (io->fd != -1)
		close(io->fd);
	SSL_free(io->ssl);
	free(io->raw.q.data);
	free(io->in.data);
	free(io->out.data);
	free(io);
}

bool
io_alive(const struct io *io)
{
	return (!io->dead);
}

bool
io_was_cut(const struct io *io)
{
	return (io->sent == io->conf->cut);
}

bool
io_is_tls(const struct io *io)
{
	return (io->ssl != NULL);
}

void
io_set_chunk(struct io *io, size_t chunk)
{
	io_flush(io);
	io->chunk = chunk;
}

void
io_record(const struct io *io, const char *prefix, const void *data,
    size_t len)
{
	struct iovec iov[3];
	char nl[] = "\n";

	if (io->conf->record == -1)
		return;
	iov[0].iov_base = (void *)(uintptr_t)prefix;
	iov[0].iov_len = strlen(prefix);
	iov[1].iov_base = (void *)(uintptr_t)data;
	iov[1].iov_len = len;
	iov[2].iov_base = nl;
	iov[2].iov_len = 1;
	if (writev(io->conf->record, iov, 3) == -1)
		err(1, "record");
}

void
io_note(const struct io *io, const char *text)
{
	io_record(io, "# ", text, strlen(text));
}

static void
hang_up(struct io *io, const char *why)
{
	if (io->dead)
		return;
	io->dead = true;
	io_note(io, why);
}

/* Takes in what has arrived, and remembers when. */
static bool
raw_read(struct io *io)
{
	size_t room;
	ssize_t n;
	int64_t due;

	if (io->eof || io->dead || (room = queue_room(&io->raw.q)) == 0)
		return (false);
	n = recv(io->fd, io->raw.q.data + io->raw.q.len, room, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (false);
	due = now_ns();
	if (due < io->start)
		due = io->start;
	due += (int64_t)io->conf->delay * QUEUE_MS;
	if (n <= 0) {
		io->eof = true;
		io->eof_due = due;
		return (true);
	}
	delay_add(&io->raw, (size_t)n, due);
	return (true);
}

static bool
at_eof(const struct io *io)
{
	return (io->in_eof || (io->eof && io->raw.q.len == 0 &&
	    io->eof_due <= now_ns()));
}

/* When something that has arrived becomes due, or -1. */
static int64_t
next_due(const struct io *io)
{
	if (io->raw.n > 0)
		return (delay_next(&io->raw));
	return (io->eof ? io->eof_due : -1);
}

/*
 * Waits for input, for room for output if asked, or for a point in time.
 * Ends the process if its parent has ended.
 */
static void
io_wait(struct io *io, bool output, int64_t until)
{
	struct pollfd p[2];
	int64_t left, timeout = -1;

	p[0].fd = io->conf->lifeline;
	p[0].events = POLLIN;
	p[1].fd = io->fd;
	p[1].events = 0;
	if (!io->eof && io->raw.q.len < io->raw.q.cap)
		p[1].events |= POLLIN;
	if (output)
		p[1].events |= POLLOUT;
	if (p[1].events == 0)
		p[1].fd = -1;	/* or a hang-up would make this loop spin */
	if (until != -1) {
		left = until - now_ns();
		timeout = left <= 0 ? 0 : (left + QUEUE_MS - 1) / QUEUE_MS;
	}
	if (poll(p, 2, (int)timeout) == -1 && errno != EINTR)
		err(1, "poll");
	if (p[0].revents != 0)
		_exit(0);
	if (p[1].fd != -1 && p[1].revents & (POLLIN | POLLHUP | POLLERR))
		(void)raw_read(io);
}

static void
tls_broken(struct io *io)
{
	char reason[256], why[300];

	ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
	snprintf(why, sizeof(why), "tls failed: %s", reason);
	ERR_clear_error();
	hang_up(io, why);
}

/* Moves what is due from the raw input to the input. */
static void
feed(struct io *io)
{
	size_t n, room;
	int r = 0;

	if (io->dead || io->in_eof || (room = queue_room(&io->in)) == 0)
		return;
	n = delay_due(&io->raw);
	if (io->ssl == NULL) {
		n = n < room ? n : room;
		memcpy(io->in.data + io->in.len, io->raw.q.data + io->raw.q.off, n);
		io->in.len += n;
		delay_drop(&io->raw, n);
		return;
	}
	if (n > 0)
		(void)BIO_write(io->rbio, io->raw.q.data + io->raw.q.off, (int)n);
	delay_drop(&io->raw, n);
	while ((room = queue_room(&io->in)) > 0) {
		r = SSL_read(io->ssl, io->in.data + io->in.len, (int)room);
		if (r <= 0)
			break;
		io->in.len += (size_t)r;
	}
	if (room == 0)
		return;
	switch (SSL_get_error(io->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_ZERO_RETURN:
		io->in_eof = true;
		break;
	default:
		tls_broken(io);
	}
}

static void
send_raw(struct io *io, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0 && !io->dead) {
		n = send(io->fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
			io_wait(io, true, -1);
			continue;
		}
		if (n == -1) {
			hang_up(io, "closed by client");
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

/* Sends what libssl has written. */
static void
send_tls(struct io *io)
{
	char *p;
	long n;

	if ((n = BIO_get_mem_data(io->wbio, &p)) > 0)
		send_raw(io, p, (size_t)n);
	(void)BIO_reset(io->wbio);
}

static void
notify_close(struct io *io)
{
	if (io->ssl == NULL || io->dead)
		return;
	(void)SSL_shutdown(io->ssl);
	ERR_clear_error();
	send_tls(io);
}

/* The end that --cut and --stall ask for. */
static void
cut(struct io *io)
{
	io_note(io, io->conf->stall ? "stalled" : "cut");
	io->out.off = io->out.len = 0;
	if (io->conf->stall) {
		io_drain(io);
		return;
	}
	if (io->conf->clean)
		notify_close(io);
	/* Unread input would turn the close into a reset. */
	while (raw_read(io) && !io->eof)
		delay_drop(&io->raw, io->raw.q.len);
	io->dead = true;
	close(io->fd);
	io->fd = -1;
}

void
io_flush(struct io *io)
{
	int64_t left;
	size_t n;

	while (io->out.len > 0 && !io->dead) {
		n = io->out.len;
		if (io->chunk > 0 && n > io->chunk)
			n = io->chunk;
		if (io->conf->cut != -1) {
			left = io->conf->cut - io->sent;
			if ((int64_t)n > left)
				n = (size_t)left;
		}
		if (n > 0 && io->ssl == NULL)
			send_raw(io, io->out.data + io->out.off, n);
		else if (n > 0) {
			if (SSL_write(io->ssl, io->out.data + io->out.off,
			    (int)n) <= 0) {
				tls_broken(io);
				return;
			}
			send_tls(io);
		}
		io->sent += (int64_t)n;
		io->spoke = true;
		queue_drop(&io->out, n);
		if (io->sent == io->conf->cut)
			cut(io);
	}
	if (io->dead)
		io->out.off = io->out.len = 0;
}

void
io_put(struct io *io, const void *data, size_t len)
{
	const char *p = data;
	size_t n;

	while (len > 0 && !io->dead) {
		if (io->out.len == io->out.cap)
			io_flush(io);
		n = io->out.cap - io->out.len;
		n = n < len ? n : len;
		memcpy(io->out.data + io->out.len, p, n);
		io->out.len += n;
		p += n;
		len -= n;
	}
}

void
io_printf(struct io *io, const char *fmt, ...)
{
	char buf[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n > 0)
		io_put(io, buf, (size_t)n < sizeof(buf) ? (size_t)n :
		    sizeof(buf) - 1);
}

bool
io_starttls(struct io *io)
{
	bool early;
	int r;

	io_flush(io);
	if (io->dead || io->ssl != NULL || io->conf->ctx == NULL)
		return (false);
	if ((io->ssl = SSL_new(io->conf->ctx)) == NULL ||
	    (io->rbio = BIO_new(BIO_s_mem())) == NULL ||
	    (io->wbio = BIO_new(BIO_s_mem())) == NULL)
		errx(1, "out of memory");
	SSL_set_bio(io->ssl, io->rbio, io->wbio);
	SSL_set_accept_state(io->ssl);
	(void)BIO_write(io->rbio, io->in.data + io->in.off, (int)io->in.len);
	queue_drop(&io->in, io->in.len);
	while ((r = SSL_do_handshake(io->ssl)) != 1) {
		if (SSL_get_error(io->ssl, r) != SSL_ERROR_WANT_READ) {
			send_tls(io);
			tls_broken(io);
			return (false);
		}
		io->spoke = io->spoke || BIO_pending(io->wbio) > 0;
		early = raw_read(io) || io->raw.q.len > 0;
		send_tls(io);
		if (at_eof(io))
			hang_up(io, "closed by client");
		if (io->dead)
			return (false);
		if (!early && io->spoke) {
			io_note(io, "turn");
			io->spoke = false;
		}
		if (delay_due(&io->raw) == 0)
			io_wait(io, false, next_due(io));
		r = (int)delay_due(&io->raw);
		(void)BIO_write(io->rbio, io->raw.q.data + io->raw.q.off, r);
		delay_drop(&io->raw, (size_t)r);
	}
	/* Up to TLS 1.2 the client waits for this; later it is only tickets. */
	io->spoke = io->spoke || SSL_version(io->ssl) < TLS1_3_VERSION;
	send_tls(io);
	io_note(io, "tls");
	return (true);
}

void
io_accept(struct io *io, bool tls)
{
	if (tls)
		(void)io_starttls(io);
	else
		io_sleep(io, 2 * (int64_t)io->conf->delay);
}

/* Takes a line out of the input, if there is one. */
static bool
cut_line(struct io *io, size_t *len)
{
	const char *p = io->in.data + io->in.off, *nl;
	size_t n;

	if ((nl = memchr(p, '\n', io->in.len)) == NULL)
		return (false);
	n = (size_t)(nl - p);
	memcpy(io->line, p, n);
	queue_drop(&io->in, n + 1);
	if (n > 0 && io->line[n - 1] == '\r')
		n--;
	else
		io_note(io, "bare LF");
	io->line[n] = '\0';
	*len = n;
	return (true);
}

/*
 * What comes before the last of the answers has left is no turn's.  To look
 * afterwards would be too late: a client may be faster than this process.
 */
bool
io_line(struct io *io, char **line, size_t *len)
{
	bool early;

	*line = io->line;
	for (;;) {
		feed(io);
		if (io->dead)
			return (false);
		if (cut_line(io, len))
			return (true);
		if (io->in.len == io->in.cap) {
			hang_up(io, "line too long");
			return (false);
		}
		if (at_eof(io)) {
			io_flush(io);
			hang_up(io, "closed by client");
			return (false);
		}
		early = raw_read(io);
		io_flush(io);
		if (early)
			continue;
		if (io->spoke && io->raw.q.len == 0 && io->in.len == 0 &&
		    !io->eof && !io->dead) {
			io_note(io, "turn");
			io->spoke = false;
		}
		if (!io->dead)
			io_wait(io, false, next_due(io));
	}
}

bool
io_early(struct io *io)
{
	(void)raw_read(io);
	return (io->in.len > 0 || io->raw.q.len > 0);
}

void
io_sleep(struct io *io, int64_t ms)
{
	int64_t until = now_ns() + ms * QUEUE_MS;

	io_flush(io);
	while (!io->dead && now_ns() < until)
		io_wait(io, false, until);
}

static void
swallow(struct io *io, int64_t until)
{
	while (!io->dead && !io->eof && (until == -1 || now_ns() < until)) {
		delay_drop(&io->raw, io->raw.q.len);
		io_wait(io, false, until);
	}
}

void
io_drain(struct io *io)
{
	io_flush(io);
	swallow(io, -1);
	hang_up(io, "closed by client");
}

/* Before the client can have seen the last of it, and end us. */
static void
write_count(const struct io *io)
{
	FILE *f;

	if (io->conf->count == NULL || io->fd == -1)
		return;
	if ((f = fopen(io->conf->count, "we")) == NULL ||
	    fprintf(f, "%lld\n", (long long)io->sent +
	    (long long)io->out.len) < 0 || fclose(f) != 0)
		err(1, "%s", io->conf->count);
}

void
io_close(struct io *io, enum io_end how)
{
	struct linger lg = { .l_onoff = 1, .l_linger = 0 };

	write_count(io);
	io_flush(io);
	if (io->fd == -1)
		return;
	if (how == IO_RESET)
		(void)setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &lg,
		    sizeof(lg));
	else if (!io->dead) {
		notify_close(io);
		(void)shutdown(io->fd, SHUT_WR);
		swallow(io, now_ns() + (int64_t)LINGER * QUEUE_MS);
	}
	io->dead = true;
	close(io->fd);
	io->fd = -1;
}
