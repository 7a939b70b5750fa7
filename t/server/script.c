/* The other side of a POP3 conversation, word for word from a file. */
#include "script.h"

#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "session.h"

#define DEPTH	8		/* of loops */
#define BLOCK	(64 * 1024)

enum verb {
	V_SEND_LINE, V_SEND, V_EXPECT, V_ANY, V_PREFIX, V_FILL, V_FILE,
	V_DELAY, V_CHUNK, V_CLOSE, V_CUT, V_TLS, V_SERVE, V_STALL, V_LOOP,
	V_END, V_ON, V_PASS, V_CONNECTION
};

enum operands {
	ARG_NONE,
	ARG_TEXT,			/* with escapes */
	ARG_NUMBER,
	ARG_FILL,			/* number and octet */
	ARG_PATH,
	ARG_RULE,			/* number, if any, and text */
	ARG_START
};

static const struct {
	const char	*word;
	enum verb	 verb;
	enum operands	 operands;
} verbs[] = {
	{ "S:", V_SEND_LINE, ARG_TEXT },
	{ "S-", V_SEND, ARG_TEXT },
	{ "C:", V_EXPECT, ARG_TEXT },
	{ "C*", V_ANY, ARG_NONE },
	{ "C~", V_PREFIX, ARG_TEXT },
	{ "fill", V_FILL, ARG_FILL },
	{ "file", V_FILE, ARG_PATH },
	{ "delay", V_DELAY, ARG_NUMBER },
	{ "chunk", V_CHUNK, ARG_NUMBER },
	{ "close", V_CLOSE, ARG_NONE },
	{ "cut", V_CUT, ARG_NONE },
	{ "tls", V_TLS, ARG_NONE },
	{ "serve", V_SERVE, ARG_START },
	{ "stall", V_STALL, ARG_NONE },
	{ "loop", V_LOOP, ARG_NUMBER },
	{ "end", V_END, ARG_NONE },
	{ "on", V_ON, ARG_RULE },
	{ "pass", V_PASS, ARG_NONE },
	{ "connection", V_CONNECTION, ARG_NONE },
};

struct op {
	enum verb	 verb;
	char		*text;
	size_t		 len;
	size_t		 n;
	size_t		 line;
	size_t		 jump;		/* of an end: its loop */
	size_t		 seen;		/* lines that fitted a rule */
	unsigned char	 octet;
	enum session_start start;
};

struct script {
	const char	*path;
	struct op	*ops;
	size_t		 n;
	bool		 serves;
};

/* What a line of the script means on the way through it. */
struct player {
	struct io			*io;
	const struct session_conf	*conf;
	struct script			*sc;
	size_t				 block;		/* where it starts */
	struct session			*session;	/* of a rule */
	const char			*line;		/* that it is for */
	size_t				 left[DEPTH];	/* rounds of loops */
	size_t				 depth;
	bool				 closed;
};

static bool	rule(void *, struct session *, const char *, size_t);

static void __attribute__((noreturn))
bad(const struct script *sc, const struct op *op, const char *why)
{
	errx(EX_USAGE, "%s: line %zu: %s", sc->path, op->line, why);
}

static int
hex(int c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c = tolower(c);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* The octet of two hex digits, or -1. */
static int
hex_octet(const char *p)
{
	int hi, lo;

	if ((hi = hex((unsigned char)p[0])) == -1 ||
	    (lo = hex((unsigned char)p[1])) == -1)
		return (-1);
	return (hi << 4 | lo);
}

/* Resolves escapes in place. */
static void
unescape(const struct script *sc, struct op *op)
{
	const char *p = op->text;
	char *out = op->text;
	int c;

	while (*p != '\0') {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		switch (*++p) {
		case 'r':
			*out++ = '\r';
			break;
		case 'n':
			*out++ = '\n';
			break;
		case 't':
			*out++ = '\t';
			break;
		case '\\':
			*out++ = '\\';
			break;
		case 'x':
			if ((c = hex_octet(p + 1)) == -1)
				bad(sc, op, "\\x needs two hex digits");
			*out++ = (char)c;
			p += 2;
			break;
		default:
			bad(sc, op, "unknown escape");
		}
		p++;
	}
	*out = '\0';
	op->len = (size_t)(out - op->text);
}

static void
parse_number(const struct script *sc, struct op *op, char **arg)
{
	char *end;
	unsigned long long n;

	n = strtoull(*arg, &end, 10);
	if (end == *arg || **arg == '-')
		bad(sc, op, "a number is needed");
	op->n = (size_t)n;
	*arg = *end == ' ' ? end + 1 : end;
}

static void
parse_operands(struct script *sc, struct op *op, enum operands what,
    char *arg)
{
	int c;

	switch (what) {
	case ARG_NONE:
		break;
	case ARG_TEXT:
		op->text = arg;
		unescape(sc, op);
		return;
	case ARG_RULE:
		if (isdigit((unsigned char)*arg))
			parse_number(sc, op, &arg);
		op->text = arg;
		unescape(sc, op);
		return;
	case ARG_PATH:
		if (access(arg, R_OK) == -1)
			bad(sc, op, "cannot read that file");
		op->text = arg;
		return;
	case ARG_NUMBER:
		parse_number(sc, op, &arg);
		break;
	case ARG_FILL:
		parse_number(sc, op, &arg);
		if ((c = hex_octet(arg)) == -1)
			bad(sc, op, "two hex digits are needed");
		op->octet = (unsigned char)c;
		arg += 2;
		break;
	case ARG_START:
		sc->serves = true;
		if (strcmp(arg, "greeting") == 0)
			op->start = START_GREETING;
		else if (strcmp(arg, "authorization") == 0)
			op->start = START_AUTHORIZATION;
		else if (strcmp(arg, "transaction") == 0)
			op->start = START_TRANSACTION;
		else
			bad(sc, op, "serve what?");
		return;
	}
	if (*arg != '\0')
		bad(sc, op, "too many words");
}

/* line is owned by the script from here on. */
static void
parse_line(struct script *sc, char *line, size_t number)
{
	struct op *op;
	char *arg;
	size_t i;

	if (sc->n % 64 == 0 && (sc->ops = reallocarray(sc->ops, sc->n + 64,
	    sizeof(*sc->ops))) == NULL)
		err(1, NULL);
	op = &sc->ops[sc->n++];
	memset(op, 0, sizeof(*op));
	op->line = number;
	arg = line + strcspn(line, " ");
	if (*arg != '\0')
		*arg++ = '\0';
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].word, line) != 0)
			continue;
		op->verb = verbs[i].verb;
		parse_operands(sc, op, verbs[i].operands, arg);
		if (op->text != NULL) {
			memmove(line, op->text, op->len > 0 ? op->len + 1 :
			    strlen(op->text) + 1);
			op->text = line;
		} else
			free(line);
		return;
	}
	bad(sc, op, "unknown word");
}

/* Gives every end its loop. */
static void
match_loops(struct script *sc)
{
	size_t stack[DEPTH], depth = 0, i;

	for (i = 0; i < sc->n; i++) {
		struct op *op = &sc->ops[i];

		if (op->verb == V_LOOP) {
			if (op->n == 0)
				bad(sc, op, "a loop of no rounds");
			if (depth == DEPTH)
				bad(sc, op, "too many loops");
			stack[depth++] = i;
		} else if (op->verb == V_END) {
			if (depth == 0)
				bad(sc, op, "end without loop");
			op->jump = stack[--depth];
		} else if ((op->verb == V_CONNECTION || op->verb == V_ON) &&
		    depth > 0)
			bad(sc, op, "loop without end");
	}
	if (depth > 0)
		bad(sc, &sc->ops[stack[0]], "loop without end");
}

struct script *
script_load(const char *path)
{
	struct script *sc;
	FILE *f;
	char *line = NULL;
	size_t cap = 0, number;
	ssize_t len;

	if ((sc = calloc(1, sizeof(*sc))) == NULL)
		err(1, NULL);
	sc->path = path;
	if ((f = fopen(path, "re")) == NULL)
		err(EX_USAGE, "%s", path);
	for (number = 1; (len = getline(&line, &cap, f)) != -1; number++) {
		if (len > 0 && line[len - 1] == '\n')
			line[--len] = '\0';
		if (len == 0 || *line == '#')
			continue;
		parse_line(sc, line, number);
		line = NULL;
		cap = 0;
	}
	free(line);
	fclose(f);
	match_loops(sc);
	return (sc);
}

void
script_free(struct script *sc)
{
	size_t i;

	if (sc == NULL)
		return;
	for (i = 0; i < sc->n; i++)
		free(sc->ops[i].text);
	free(sc->ops);
	free(sc);
}

bool
script_serves(const struct script *sc)
{
	return (sc->serves);
}

/* Reads a line and compares it with what the script wants. */
static bool
expect(struct player *p, const struct op *op)
{
	char note[64], *line;
	size_t len;
	bool ok;

	if ((ok = io_line(p->io, &line, &len))) {
		io_record(p->io, "C: ", line, len);
		if (op->verb == V_EXPECT)
			ok = len == op->len && memcmp(line, op->text, len) == 0;
		else if (op->verb == V_PREFIX)
			ok = len >= op->len &&
			    memcmp(line, op->text, op->len) == 0;
	}
	if (!ok && io_was_cut(p->io))
		return (true);
	if (!ok) {
		snprintf(note, sizeof(note), "mismatch at line %zu", op->line);
		io_note(p->io, note);
	}
	return (ok);
}

static void
fill(struct io *io, size_t n, int octet)
{
	static char block[BLOCK];
	size_t part;

	memset(block, octet, sizeof(block));
	for (; n > 0 && io_alive(io); n -= part) {
		part = n < sizeof(block) ? n : sizeof(block);
		io_put(io, block, part);
	}
}

static void
send_file(struct io *io, const char *path)
{
	static char block[BLOCK];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	while (io_alive(io) && (n = read(fd, block, sizeof(block))) > 0)
		io_put(io, block, (size_t)n);
	close(fd);
}

/* Records what still comes until the client closes. */
static void
wait_close(struct io *io)
{
	char *line;
	size_t len;

	while (io_line(io, &line, &len))
		io_record(io, "C: ", line, len);
}

/* An ordinary session, but for what the rules of this block say. */
static void
serve(struct player *p, const struct op *op)
{
	struct session_conf conf = *p->conf;

	conf.rule = rule;
	conf.rule_arg = p;
	session_run(p->io, &conf, op->start);
	p->closed = true;
}

/* What sends or changes something; it cannot fail. */
static void
act(struct player *p, const struct op *op)
{
	switch (op->verb) {
	case V_SEND_LINE:
	case V_SEND:
		io_record(p->io, "S: ", op->text, op->len);
		io_put(p->io, op->text, op->len);
		if (op->verb == V_SEND_LINE)
			io_put(p->io, "\r\n", 2);
		break;
	case V_FILL:
		fill(p->io, op->n, op->octet);
		break;
	case V_FILE:
		send_file(p->io, op->text);
		break;
	case V_DELAY:
		io_sleep(p->io, (int64_t)op->n);
		break;
	case V_CHUNK:
		io_set_chunk(p->io, op->n);
		break;
	case V_TLS:
		(void)io_starttls(p->io);
		break;
	case V_STALL:
		io_drain(p->io);
		break;
	case V_CLOSE:
	case V_CUT:
		io_close(p->io, op->verb == V_CUT ? IO_RESET : IO_ORDERLY);
		p->closed = true;
		break;
	case V_SERVE:
		serve(p, op);
		break;
	case V_PASS:
		if (p->session != NULL)
			session_answer(p->session, p->line);
		break;
	default:
		break;
	}
}

/* The next operation after a loop or end. */
static size_t
turn_loop(struct player *p, size_t i)
{
	const struct op *op = &p->sc->ops[i];

	if (op->verb == V_LOOP) {
		p->left[p->depth++] = op->n;
		return (i + 1);
	}
	if (p->left[p->depth - 1] > 1 && io_alive(p->io)) {
		p->left[p->depth - 1]--;
		return (op->jump + 1);
	}
	p->depth--;
	return (i + 1);
}

static size_t
block_start(const struct script *sc, size_t nth)
{
	size_t i, start = 0;

	for (i = 0; i < sc->n && nth > 1; i++)
		if (sc->ops[i].verb == V_CONNECTION) {
			start = i + 1;
			nth--;
		}
	return (start);
}

/* Plays from i to the end of its part.  False: the client has left the script. */
static bool
play(struct player *p, size_t i)
{
	const struct op *op;

	while (i < p->sc->n && !p->closed) {
		op = &p->sc->ops[i];
		switch (op->verb) {
		case V_CONNECTION:
		case V_ON:
			return (true);
		case V_LOOP:
		case V_END:
			i = turn_loop(p, i);
			continue;
		case V_EXPECT:
		case V_ANY:
		case V_PREFIX:
			if (!expect(p, op))
				return (false);
			break;
		default:
			act(p, op);
		}
		i++;
	}
	return (true);
}

static bool
rule(void *arg, struct session *s, const char *line, size_t len)
{
	struct player *p = arg;
	struct op *op;
	size_t i;

	for (i = p->block; i < p->sc->n; i++) {
		op = &p->sc->ops[i];
		if (op->verb == V_CONNECTION)
			break;
		if (op->verb != V_ON || len < op->len ||
		    memcmp(line, op->text, op->len) != 0)
			continue;
		op->seen++;
		if (op->n != 0 && op->n != op->seen)
			continue;
		p->session = s;
		p->line = line;
		if (!play(p, i + 1))
			io_close(p->io, IO_ORDERLY);
		p->session = NULL;
		return (true);
	}
	return (false);
}

bool
script_run(struct script *sc, size_t nth, struct io *io,
    const struct session_conf *conf)
{
	struct player p = { .io = io, .conf = conf, .sc = sc,
	    .block = block_start(sc, nth) };

	if (!play(&p, p.block)) {
		io_close(io, IO_ORDERLY);
		return (false);
	}
	if (!p.closed)
		wait_close(io);
	io_close(io, IO_ORDERLY);
	return (true);
}
