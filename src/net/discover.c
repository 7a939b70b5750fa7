/*
 * Finding the POP3 server of a domain.
 */
#include "net/discover.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/sandbox.h"
#include "net/tls.h"

#define TRIAL_MS	10000		/* for one server */
#define ANSWER_MAX	4096
#define FDS_MAX		64		/* of a trial */

/* Octets of a DNS message, RFC 1035 section 4, RFC 2782. */
#define HEADER		12
#define QUESTION	4		/* behind its name */
#define RR_HEAD		10		/* behind a record's name */
#define SRV_HEAD	6		/* before the target's */

/* Better records first. */
static bool
is_before(const struct discover_srv *a, const struct discover_srv *b)
{
	return a->priority != b->priority ? a->priority < b->priority :
	    a->weight > b->weight;
}

/* A name that may stand in a run-control file and a certificate. */
static bool
is_hostname(const char *s)
{
	const char *ok = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return s[strspn(s, ok)] == '\0';
}

/* What is left of an answer. */
struct reader {
	const uint8_t	*begin, *at, *end;
};

static bool
skip(struct reader *r, size_t n)
{
	if ((size_t)(r->end - r->at) < n)
		return false;
	r->at += n;
	return true;
}

/* Goes past a name and n octets behind it. */
static bool
skip_name(struct reader *r, size_t n)
{
	const int len = dn_skipname(r->at, r->end);

	return len != -1 && skip(r, (size_t)len + n);
}

static uint16_t
number(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The next record of the answer; false at its end.  *is: it is one for srv. */
static bool
next_record(struct reader *r, struct discover_srv *srv, bool *is)
{
	const uint8_t *data, *head;
	uint16_t len;

	if (!skip_name(r, RR_HEAD))
		return false;
	head = r->at - RR_HEAD;
	data = r->at;
	len = number(head + RR_HEAD - 2);
	if (!skip(r, len))
		return false;
	*is = number(head) == ns_t_srv && number(head + 2) == ns_c_in &&
	    len > SRV_HEAD && dn_expand(r->begin, r->at, data + SRV_HEAD,
	    srv->host, sizeof(srv->host)) != -1 && is_hostname(srv->host);
	if (!*is)
		return true;
	srv->priority = number(data);
	srv->weight = number(data + 2);
	srv->port = number(data + 4);
	return true;
}

size_t
discover_parse(struct discover_srv *srv, const uint8_t *answer, size_t len)
{
	struct reader r = { answer, answer, answer + len };
	struct discover_srv one;
	size_t n = 0, at;
	unsigned questions, records;
	bool is;

	if (!skip(&r, HEADER))
		return 0;
	questions = number(answer + 4);
	records = number(answer + 6);
	while (questions-- > 0)
		if (!skip_name(&r, QUESTION))
			return 0;
	while (records-- > 0 && next_record(&r, &one, &is)) {
		if (!is || n == DISCOVER_SRV_MAX)
			continue;
		for (at = n++; at > 0 && is_before(&one, &srv[at - 1]); at--)
			srv[at] = srv[at - 1];
		srv[at] = one;
	}
	return n;
}

static size_t
look_up(struct discover_srv *srv, const char *service, const char *domain)
{
	uint8_t answer[ANSWER_MAX];
	char name[DISCOVER_HOST_MAX + 16];
	int len;

	snprintf(name, sizeof(name), "%s.%s.", service, domain);
	len = res_query(name, ns_c_in, ns_t_srv, answer, sizeof(answer));
	if (len <= 0)
		return 0;
	return discover_parse(srv, answer, (size_t)len < sizeof(answer) ?
	    (size_t)len : sizeof(answer));
}

/* Waits for what a transport wants. */
static int
wait_for(const struct conn *c, int what, int64_t deadline, struct err *err)
{
	struct pollfd p = {
		.fd = c->fd,
		.events = what == CONN_WANT_READ ? POLLIN : POLLOUT,
	};
	const int64_t left = deadline - clock_mono_ms();

	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return err_set(err, ERR_TEMP, "no answer in time");
	return 0;
}

/* In the trial's process: the handshake, and no further. */
static int
try_tls(const struct discover_srv *srv, const struct tls_roots *roots,
    struct err *err)
{
	const char *readable[TLS_PATHS_MAX];
	struct sandbox_conf sandbox = {
		.keep = STDERR_FILENO, .max_fds = FDS_MAX,
	};
	const int64_t deadline = clock_mono_ms() + TRIAL_MS;
	struct conn *c = NULL;
	struct dialed d;
	char port[8], report[128];
	int r;

	snprintf(port, sizeof(port), "%u", srv->port);
	if (sandbox_early(&sandbox, err) == -1 ||
	    dial(&d, srv->host, port, deadline, err) == -1)
		return -1;
	sandbox.readable = readable;
	sandbox.nreadable = tls_roots_paths(roots, readable, TLS_PATHS_MAX);
	sandbox_late(&sandbox, report, sizeof(report));
	if (tls_client(&c, d.fd, srv->host, NULL, roots, err) == -1)
		return -1;
	while ((r = c->ops->handshake(c, err)) == CONN_WANT_READ ||
	    r == CONN_WANT_WRITE)
		if (wait_for(c, r, deadline, err) == -1)
			break;
	if (r == CONN_EOF)
		err_set(err, ERR_UNAVAILABLE, "the server closed");
	c->ops->close(c);
	return r == 0 ? 0 : -1;
}

/* Whether a server is there and its certificate is right. */
static bool
is_good(const struct discover_srv *srv, const struct tls_roots *roots)
{
	struct err err = { .kind = ERR_NONE };
	int status;
	pid_t pid;

	/* A hanging resolver is not to be waited for, either. */
	if ((pid = fork()) == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(2 * TRIAL_MS / 1000);
		_exit(try_tls(srv, roots, &err) == 0 ? 0 : 1);
	}
	if (pid == -1)
		return false;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
is_outside(const char *host, const char *domain)
{
	const size_t h = strlen(host), n = strlen(domain);

	return h < n || strcasecmp(host + h - n, domain) != 0 ||
	    (h > n && host[h - n - 1] != '.');
}

static void
take(struct discovered *d, const struct discover_srv *srv, bool starttls,
    const char *domain)
{
	strlcpy(d->host, srv->host, sizeof(d->host));
	d->port = srv->port;
	d->starttls = starttls;
	d->foreign = is_outside(srv->host, domain);
}

/* By SRV records; *denied: the domain says that it has no such service. */
static bool
by_records(struct discovered *d, const char *domain,
    const struct tls_roots *roots, bool *denied)
{
	struct discover_srv srv[DISCOVER_SRV_MAX];
	size_t i, n;

	*denied = false;
	n = look_up(srv, "_pop3s._tcp", domain);
	for (i = 0; i < n; i++) {
		if (srv[i].host[0] == '\0')
			*denied = true;
		else if (is_good(&srv[i], roots)) {
			take(d, &srv[i], false, domain);
			return true;
		}
	}
	/* Whether it knows STLS, and with which certificate, is seen at the
	   login, which does not come about without. */
	n = look_up(srv, "_pop3._tcp", domain);
	for (i = 0; i < n; i++) {
		if (srv[i].host[0] == '\0')
			*denied = true;
		else {
			take(d, &srv[i], true, domain);
			return true;
		}
	}
	return false;
}

int
discover(struct discovered *d, const char *domain,
    const struct tls_roots *roots, struct err *err)
{
	static const char *const names[] = { "pop", "mail" };
	struct discover_srv guess = { .port = 995 };
	bool denied;
	size_t i;

	if (by_records(d, domain, roots, &denied))
		return 0;
	if (denied)
		return err_set(err, ERR_UNAVAILABLE,
		    "%s says by DNS that it has no POP3", domain);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(guess.host, sizeof(guess.host), "%s.%s", names[i],
		    domain);
		if (!is_good(&guess, roots))
			continue;
		take(d, &guess, false, domain);
		return 0;
	}
	err_set(err, ERR_UNAVAILABLE, "no POP3 server found for %s: neither by "
	    "SRV records nor, with a certificate that is right, at "
	    "pop.%s:995 and mail.%s:995", domain, domain, domain);
	return err_hint(err, "ask your provider for its name, and write "
	    "'poll NAME user YOU'");
}
