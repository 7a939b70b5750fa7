/* popd: a POP3 server for tests; see README.  A process per connection. */
#include <sys/types.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netdb.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "io.h"
#include "mailbox.h"
#include "script.h"
#include "session.h"

#define BACKLOG		1024
#define MAX_SECONDS	300
#define BIGGEST		1000000000000000LL

enum tls_mode {
	TLS_OFF, TLS_IMPLICIT, TLS_STLS
};

struct popd {
	struct session_conf	 session;
	struct io_conf		 io;
	struct script		*script;
	const char		*listen;
	const char		*port;
	const char		*port_file;
	const char		*cert;
	const char		*key;
	size_t			 cut_conn;
	size_t			 once;
	unsigned int		 max_seconds;
	enum tls_mode		 tls;
	bool			 hold;
};

enum popd_option {
	OPT_AUTH_FAIL = 256, OPT_CAPA, OPT_CERT, OPT_CHUNK, OPT_COUNT,
	OPT_CUT, OPT_CUT_CLEAN, OPT_CUT_CONN, OPT_DELAY, OPT_DELE_NOW,
	OPT_EXPIRE0, OPT_FAIL_RETR,
	OPT_GREETING, OPT_HOLD, OPT_IGNORE_DELE, OPT_KEY, OPT_LISTEN, OPT_MAIL,
	OPT_MAX_SECONDS, OPT_NO_CAPA, OPT_NO_PIPELINING, OPT_NO_TOP,
	OPT_NO_UIDL, OPT_ONCE, OPT_PASS, OPT_PORT, OPT_PORT_FILE,
	OPT_QUIT_DROP, OPT_QUIT_DROP_EARLY, OPT_QUIT_FAIL, OPT_QUIT_HANG,
	OPT_RECORD, OPT_SCRIPT, OPT_SIZE_LIE, OPT_STALL, OPT_TLS, OPT_UIDS,
	OPT_USER, OPT_USERS, OPT_WIRE
};

static const struct option options[] = {
	{ "auth-fail",		required_argument, NULL, OPT_AUTH_FAIL },
	{ "capa",		required_argument, NULL, OPT_CAPA },
	{ "cert",		required_argument, NULL, OPT_CERT },
	{ "chunk",		required_argument, NULL, OPT_CHUNK },
	{ "count",		required_argument, NULL, OPT_COUNT },
	{ "cut",		required_argument, NULL, OPT_CUT },
	{ "cut-clean",		no_argument, NULL, OPT_CUT_CLEAN },
	{ "cut-conn",		required_argument, NULL, OPT_CUT_CONN },
	{ "delay",		required_argument, NULL, OPT_DELAY },
	{ "dele-now",		no_argument, NULL, OPT_DELE_NOW },
	{ "expire0",		no_argument, NULL, OPT_EXPIRE0 },
	{ "fail-retr",		required_argument, NULL, OPT_FAIL_RETR },
	{ "greeting",		required_argument, NULL, OPT_GREETING },
	{ "hold",		no_argument, NULL, OPT_HOLD },
	{ "ignore-dele",	no_argument, NULL, OPT_IGNORE_DELE },
	{ "key",		required_argument, NULL, OPT_KEY },
	{ "listen",		required_argument, NULL, OPT_LISTEN },
	{ "mail",		required_argument, NULL, OPT_MAIL },
	{ "max-seconds",	required_argument, NULL, OPT_MAX_SECONDS },
	{ "no-capa",		no_argument, NULL, OPT_NO_CAPA },
	{ "no-pipelining",	no_argument, NULL, OPT_NO_PIPELINING },
	{ "no-top",		no_argument, NULL, OPT_NO_TOP },
	{ "no-uidl",		no_argument, NULL, OPT_NO_UIDL },
	{ "once",		required_argument, NULL, OPT_ONCE },
	{ "pass",		required_argument, NULL, OPT_PASS },
	{ "port",		required_argument, NULL, OPT_PORT },
	{ "port-file",		required_argument, NULL, OPT_PORT_FILE },
	{ "quit-drop",		no_argument, NULL, OPT_QUIT_DROP },
	{ "quit-drop-early",	no_argument, NULL, OPT_QUIT_DROP_EARLY },
	{ "quit-fail",		no_argument, NULL, OPT_QUIT_FAIL },
	{ "quit-hang",		no_argument, NULL, OPT_QUIT_HANG },
	{ "record",		required_argument, NULL, OPT_RECORD },
	{ "script",		required_argument, NULL, OPT_SCRIPT },
	{ "size-lie",		required_argument, NULL, OPT_SIZE_LIE },
	{ "stall",		required_argument, NULL, OPT_STALL },
	{ "tls",		required_argument, NULL, OPT_TLS },
	{ "uids",		required_argument, NULL, OPT_UIDS },
	{ "user",		required_argument, NULL, OPT_USER },
	{ "users",		required_argument, NULL, OPT_USERS },
	{ "wire",		no_argument, NULL, OPT_WIRE },
	{ NULL, 0, NULL, 0 }
};

static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		ended = sig;
}

static long long
number(const char *arg, long long min, long long max)
{
	const char *why;
	long long n;

	n = strtonum(arg, min, max, &why);
	if (why != NULL)
		errx(EX_USAGE, "%s: the number is %s", arg, why);
	return (n);
}

static enum tls_mode
tls_mode(const char *arg)
{
	if (strcmp(arg, "off") == 0)
		return (TLS_OFF);
	if (strcmp(arg, "implicit") == 0)
		return (TLS_IMPLICIT);
	if (strcmp(arg, "stls") == 0)
		return (TLS_STLS);
	errx(EX_USAGE, "--tls is off, implicit or stls");
}

static int
open_record(const char *path)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd == -1)
		err(EX_USAGE, "%s", path);
	return (fd);
}

static void
add_capa(struct session_conf *s, const char *line)
{
	if (s->ncapa == SESSION_CAPAS)
		errx(EX_USAGE, "too many --capa");
	s->capas[s->ncapa++] = line;
}

/* An option about what the session says; false if it is none. */
static bool
session_option(struct session_conf *s, int opt, const char *arg)
{
	switch (opt) {
	case OPT_AUTH_FAIL:	s->auth_fail = arg;		break;
	case OPT_CAPA:		add_capa(s, arg);		break;
	case OPT_DELE_NOW:	s->dele_now = true;		break;
	case OPT_EXPIRE0:	s->expire0 = true;		break;
	case OPT_FAIL_RETR:
		s->fail_retr = (size_t)number(arg, 1, BIGGEST);
		break;
	case OPT_GREETING:	s->greeting = arg;		break;
	case OPT_IGNORE_DELE:	s->ignore_dele = true;		break;
	case OPT_MAIL:		s->mail = arg;			break;
	case OPT_NO_CAPA:	s->no_capa = true;		break;
	case OPT_NO_PIPELINING:	s->no_pipelining = true;	break;
	case OPT_NO_TOP:	s->no_top = true;		break;
	case OPT_NO_UIDL:	s->no_uidl = true;		break;
	case OPT_PASS:		s->pass = arg;			break;
	case OPT_QUIT_DROP:	s->quit = QUIT_DROP;		break;
	case OPT_QUIT_DROP_EARLY: s->quit = QUIT_DROP_EARLY;	break;
	case OPT_QUIT_FAIL:	s->quit = QUIT_FAIL;		break;
	case OPT_QUIT_HANG:	s->quit = QUIT_HANG;		break;
	case OPT_SIZE_LIE:
		s->size_lie = number(arg, -BIGGEST, BIGGEST);
		break;
	case OPT_UIDS:		s->uids = arg;			break;
	case OPT_USER:		s->user = arg;			break;
	case OPT_USERS:		s->users = arg;			break;
	case OPT_WIRE:		s->wire = true;			break;
	default:
		return (false);
	}
	return (true);
}

/* An option about the connection or the server. */
static void
server_option(struct popd *d, int opt, const char *arg)
{
	switch (opt) {
	case OPT_CERT:		d->cert = arg;			break;
	case OPT_CHUNK:
		d->io.chunk = (size_t)number(arg, 1, BIGGEST);
		break;
	case OPT_COUNT:		d->io.count = arg;		break;
	case OPT_CUT:
	case OPT_STALL:
		d->io.cut = number(arg, 0, BIGGEST);
		d->io.stall = opt == OPT_STALL;
		break;
	case OPT_CUT_CLEAN:	d->io.clean = true;		break;
	case OPT_CUT_CONN:
		d->cut_conn = (size_t)number(arg, 1, BIGGEST);
		break;
	case OPT_DELAY:
		d->io.delay = (int)number(arg, 0, 1000000);
		break;
	case OPT_HOLD:		d->hold = true;			break;
	case OPT_KEY:		d->key = arg;			break;
	case OPT_LISTEN:	d->listen = arg;		break;
	case OPT_MAX_SECONDS:
		d->max_seconds = (unsigned int)number(arg, 1, 1000000);
		break;
	case OPT_ONCE:
		d->once = (size_t)number(arg, 1, BIGGEST);
		break;
	case OPT_PORT:
		(void)number(arg, 0, 65535);
		d->port = arg;
		break;
	case OPT_PORT_FILE:	d->port_file = arg;		break;
	case OPT_RECORD:	d->io.record = open_record(arg);	break;
	case OPT_SCRIPT:	d->script = script_load(arg);	break;
	case OPT_TLS:		d->tls = tls_mode(arg);		break;
	default:
		exit(EX_USAGE);
	}
}

static void
must_be_dir(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		err(EX_USAGE, "%s", path);
	if (!S_ISDIR(st.st_mode))
		errx(EX_USAGE, "%s: not a directory", path);
}

static void
check_options(struct popd *d)
{
	const struct session_conf *s = &d->session;

	if (s->mail != NULL && s->users != NULL)
		errx(EX_USAGE, "--mail or --users, not both");
	if (s->mail != NULL || s->users != NULL)
		must_be_dir(s->mail != NULL ? s->mail : s->users);
	else if (!d->hold && (d->script == NULL || script_serves(d->script)))
		errx(EX_USAGE, "--mail, --users or --script is needed");
	if (s->uids != NULL && access(s->uids, R_OK) == -1)
		err(EX_USAGE, "%s", s->uids);
	if ((d->cert == NULL) != (d->key == NULL))
		errx(EX_USAGE, "--cert and --key go together");
	if (d->tls != TLS_OFF && d->cert == NULL)
		errx(EX_USAGE, "--tls needs --cert and --key");
	d->session.stls = d->tls == TLS_STLS;
}

static void
load_tls(struct popd *d)
{
	if (d->cert == NULL)
		return;
	if ((d->io.ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
	    SSL_CTX_use_certificate_chain_file(d->io.ctx, d->cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(d->io.ctx, d->key,
	    SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		errx(EX_USAGE, "cannot use %s and %s", d->cert, d->key);
	}
}

static int
start_listening(const struct popd *d, unsigned int *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
	    .ai_socktype = SOCK_STREAM }, *ai;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char serv[NI_MAXSERV];
	int fd, rv, on = 1;

	if ((rv = getaddrinfo(d->listen, d->port, &hints, &ai)) != 0)
		errx(EX_USAGE, "%s: %s", d->listen, gai_strerror(rv));
	if ((fd = socket(ai->ai_family, ai->ai_socktype, 0)) == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    (!d->hold && listen(fd, BACKLOG) == -1) ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		err(1, "%s port %s", d->listen, d->port);
	freeaddrinfo(ai);
	if (getnameinfo((struct sockaddr *)&ss, len, NULL, 0, serv,
	    sizeof(serv), NI_NUMERICSERV) != 0)
		errx(1, "getnameinfo");
	*port = (unsigned int)number(serv, 1, 65535);
	return (fd);
}

/* A reader of the port file sees all of it or nothing. */
static void
tell_port(const struct popd *d, unsigned int port)
{
	char tmp[4096];
	FILE *f;

	if (d->port_file == NULL) {
		printf("%u\n", port);
		fflush(stdout);
		return;
	}
	snprintf(tmp, sizeof(tmp), "%s.new", d->port_file);
	if ((f = fopen(tmp, "we")) == NULL || fprintf(f, "%u\n", port) < 0 ||
	    fclose(f) != 0 || rename(tmp, d->port_file) == -1)
		err(1, "%s", d->port_file);
}

/* The child: one connection from the greeting to the end. */
static int
serve(struct popd *d, int fd, size_t nth)
{
	struct io *io;
	bool ok = true;

	if (nth != d->cut_conn)
		d->io.cut = -1;
	io = io_new(fd, &d->io);
	io_accept(io, d->tls == TLS_IMPLICIT);
	if (d->script != NULL)
		ok = script_run(d->script, nth, io, &d->session);
	else
		session_run(io, &d->session, START_GREETING);
	io_free(io);
	script_free(d->script);
	SSL_CTX_free(d->io.ctx);
	return (ok ? 0 : 1);
}

static void
set_signals(void (*handler)(int))
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGALRM, SIGCHLD };
	struct sigaction sa = { .sa_handler = handler };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		sigaddset(&set, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	/* Caught ones come in pselect only. */
	sigprocmask(handler == SIG_DFL ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

static void
take(struct popd *d, int lfd, int lifeline, size_t *accepted)
{
	int fd;

	if ((fd = accept(lfd, NULL, NULL)) == -1)
		return;
	(*accepted)++;
	if (d->io.record != -1 && dprintf(d->io.record, "# connection %zu\n",
	    *accepted) == -1)
		err(1, "record");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		set_signals(SIG_DFL);
		close(lfd);
		close(lifeline);
		exit(serve(d, fd, *accepted));
	default:
		close(fd);
	}
}

/* Reaps children; returns how many, and keeps the worst of their ends. */
static size_t
reap(int flags, int *status)
{
	size_t n = 0;
	int st;

	while (waitpid(-1, &st, flags) > 0) {
		n++;
		/* Who ends us may end our whole process group. */
		if (WIFEXITED(st) ? WEXITSTATUS(st) != 0 : !ended)
			*status = 1;
	}
	return (n);
}

static int
run(struct popd *d, int lfd)
{
	size_t accepted = 0, finished = 0;
	int lifeline[2], status = 0;
	sigset_t none;
	fd_set rd;

	if (pipe(lifeline) == -1)
		err(1, "pipe");
	d->io.lifeline = lifeline[0];
	sigemptyset(&none);
	for (;;) {
		finished += reap(WNOHANG, &status);
		if (ended || (d->once > 0 && finished >= d->once))
			break;
		FD_ZERO(&rd);
		if (!d->hold && (d->once == 0 || accepted < d->once))
			FD_SET(lfd, &rd);
		if (pselect(lfd + 1, &rd, NULL, NULL, NULL, &none) > 0)
			take(d, lfd, lifeline[1], &accepted);
	}
	close(lfd);
	close(lifeline[1]);
	reap(0, &status);
	if (ended == SIGALRM)
		errx(1, "ended by --max-seconds");
	return (status);
}

int
main(int argc, char *argv[])
{
	static struct popd d = { .io = { .cut = -1, .record = -1 },
	    .listen = "127.0.0.1", .port = "0", .cut_conn = 1,
	    .max_seconds = MAX_SECONDS };
	unsigned int port;
	int fd, opt, status;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!session_option(&d.session, opt, optarg))
			server_option(&d, opt, optarg);
	if (optind != argc)
		errx(EX_USAGE, "%s: not an option", argv[optind]);
	check_options(&d);
	load_tls(&d);
	signal(SIGPIPE, SIG_IGN);
	set_signals(on_signal);
	if (d.session.mail != NULL)
		mailbox_learn(d.session.mail, d.session.wire);
	fd = start_listening(&d, &port);
	tell_port(&d, port);
	alarm(d.max_seconds);
	status = run(&d, fd);
	script_free(d.script);
	SSL_CTX_free(d.io.ctx);
	return (status);
}
