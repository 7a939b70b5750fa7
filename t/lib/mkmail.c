/*
 * mkmail: makes test mail, the same for the same seed, and compares mailboxes.
 *
 *	mkmail [-s seed] [-n count] [-f plain|mixed|tiny] [-e stored] dir
 *	mkmail --oracle dir ...
 *
 * dir gets 00001.eml ... as they go over the wire, stored the same as a client
 * has to store them: CRLF is LF, nothing else is changed, and what does not
 * end with a line end gets one.  --oracle prints the sorted SHA-256 digests of
 * all regular files directly in the directories.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#define MEDIAN		8192		/* octets of a message */
#define LARGEST		(1024 * 1024)	/* of what the distribution gives */
#define TINY		1024
#define BIG		(10 * 1024 * 1024)
#define BIG_EVERY	500
#define ODD_EVERY	3
#define LONG_LINE	(1024 * 1024)
#define EPOCH		1700000000
#define DIGEST_HEX	65
#define BLOCK		(256 * 1024)

enum flavour {
	PLAIN, MIXED, TINY_ONES
};

struct text {
	char	*data;
	size_t	 len;
	size_t	 cap;
};

static uint64_t state;

static const char *const names[] = {
	"Anna", "Bert", "Chiara", "Dieter", "Elif", "Farid", "Greta", "Hugo",
	"Ines", "Jakub", "Kim", "Lea", "Milan", "Nora", "Oskar", "Priya",
};

#define ASCII_WORDS	40	/* the others are not */
static const char *const words[] = {
	"the", "a", "of", "to", "and", "in", "is", "it", "you", "that",
	"meeting", "report", "Tuesday", "invoice", "please", "patch",
	"review", "thanks", "train", "weather", "server", "garden", "lunch",
	"question", "answer", "release", "number", "coffee", "holiday",
	"draft", "photo", "attached", "tomorrow", "budget", "music", "From",
	"ticket", "harbour", "window", "kernel", "gr\303\274n",
	"stra\303\237e", "caf\303\251", "\316\273\317\214\316\263\316\277\317\202",
	"\320\274\320\270\321\200", "\346\227\245\346\234\254", "\342\202\254",
	"na\303\257ve",
};

#define PICK(array)	(array[below(sizeof(array) / sizeof((array)[0]))])

/* SplitMix64: small, good and the same everywhere. */
static uint64_t
next(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31));
}

static size_t
below(size_t n)
{
	return ((size_t)(next() % n));
}

/* Twelve uniform numbers make a good normal one. */
static size_t
log_normal(void)
{
	double z = -6;
	size_t n;
	int i;

	for (i = 0; i < 12; i++)
		z += (double)(next() >> 11) / 9007199254740992.0;
	n = (size_t)(MEDIAN * exp(z));
	return (n < LARGEST ? n : LARGEST);
}

static void
put(struct text *t, const void *data, size_t len)
{
	if (t->len + len > t->cap) {
		t->cap = 2 * (t->len + len) + BLOCK;
		if ((t->data = realloc(t->data, t->cap)) == NULL)
			err(EX_OSERR, NULL);
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

static void
puts_text(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void __attribute__((format(printf, 2, 3)))
putf(struct text *t, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(buf))
		errx(EX_SOFTWARE, "line too long");
	put(t, buf, (size_t)n);
}

static void
header(struct text *t, size_t nth, bool mime)
{
	const char *from = PICK(names), *to = PICK(names);
	time_t when = EPOCH + (time_t)(nth * 600 + below(600));
	char date[64];
	struct tm tm;
	size_t i, n;

	gmtime_r(&when, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	putf(t, "Return-Path: <%s@example.org>\r\n", from);
	n = 1 + below(3);
	for (i = 0; i < n; i++)
		putf(t, "Received: from mx%zu.example.org (mx%zu.example.org "
		    "[192.0.2.%zu])\r\n\tby mail.example.net (Postfix) with "
		    "ESMTPS id %08zX\r\n\tfor <%s@example.net>; %s\r\n", i, i,
		    1 + below(254), below(UINT32_MAX), to, date);
	putf(t, "From: %s Example <%s@example.org>\r\n", from, from);
	putf(t, "To: %s <%s@example.net>\r\n", to, to);
	puts_text(t, "Subject:");
	n = 2 + below(6);
	for (i = 0; i < n; i++)
		putf(t, " %s", words[below(ASCII_WORDS)]);
	putf(t, "\r\nDate: %s\r\nMessage-ID: <%zu.%016llx@example.org>\r\n",
	    date, nth, (unsigned long long)next());
	puts_text(t, "MIME-Version: 1.0\r\n");
	if (mime)
		puts_text(t, "Content-Type: multipart/mixed;\r\n"
		    "\tboundary=\"=_part\"\r\n\r\n--=_part\r\n");
	puts_text(t, "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n");
}

/* Lines of words until the text has that many octets. */
static void
prose(struct text *t, size_t end)
{
	size_t col = 0;
	const char *w;

	while (t->len < end) {
		w = PICK(words);
		puts_text(t, w);
		col += strlen(w) + 1;
		if (col > 66 || below(40) == 0) {
			puts_text(t, below(8) == 0 ? "\r\n\r\n" : "\r\n");
			col = 0;
		} else
			puts_text(t, " ");
	}
	puts_text(t, "\r\n");
}

static void
base64(struct text *t, size_t end)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[78];
	uint64_t r = 0;
	int i;

	memcpy(line + 76, "\r\n", 2);
	while (t->len < end) {
		for (i = 0; i < 76; i++) {
			if (i % 10 == 0)
				r = next();
			line[i] = digits[r & 63];
			r >>= 6;
		}
		put(t, line, sizeof(line));
	}
}

static void
usual(struct text *t, size_t nth, size_t size)
{
	bool mime = size > MEDIAN && below(2) == 0;

	header(t, nth, mime);
	if (!mime) {
		prose(t, size);
		return;
	}
	prose(t, t->len + 500);
	puts_text(t, "--=_part\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	base64(t, size);
	puts_text(t, "--=_part--\r\n");
}

/* Octets out of a set, in any order. */
static void
soup(struct text *t, const char *set, size_t setlen, size_t n)
{
	for (; n > 0; n--)
		put(t, &set[below(setlen)], 1);
}

static void
random_octets(struct text *t, size_t n, int low)
{
	char c;

	for (; n > 0; n--) {
		c = (char)(low + (int)below((size_t)(256 - low)));
		put(t, &c, 1);
	}
}

static void
long_line(struct text *t)
{
	size_t end = t->len + LONG_LINE;

	while (t->len < end)
		putf(t, "%s ", PICK(words));
	puts_text(t, "\r\nafter it\r\n");
}

/* Bodies that a decoder can get wrong. */
static const struct {
	const char	*data;
	size_t		 len;
} bodies[] = {
#define BODY(s)		{ s, sizeof(s) - 1 }
	BODY("a\0b\0\0\r\n\0\r\n\r\n\0.\0\r\n"),
	BODY("bare\rCR\r\r\n\r\r\rend\r\r\n\r.\r\n"),
	BODY("bare\nLF\n\n\r\n\nend\n\n\r\n\n.\r\n"),
	BODY(".\r\n..\r\n...\r\n.x\r\n. \r\n.\t.\r\nx.\r\n\r\n.\r\n\r\n.\r\n"),
	BODY("a\n.\nb\r.\rc\n.\r\nd\r.\r\ne\r\n.\nf\r\n.\rg\r\n.\r\r\n.\n\r\n"),
	BODY("no line end"),
	BODY("half a line end\r"),
	BODY("the wrong line end\n"),
	BODY("a dot without line end\r\n."),
	BODY("+OK 1 octets\r\n-ERR no\r\nFrom nobody Thu Jan  1 00:00:00 1970"
	    "\r\n>From\r\nQUIT\r\n"),
	BODY("\r\n\r\n\r\n"),
	BODY(""),
};

/* Whole messages of that kind. */
static const struct {
	const char	*data;
	size_t		 len;
} messages[] = {
	BODY(""),
	BODY("\r\n"),
	BODY("\r\nno header, only a body\r\n"),
	BODY("this line is no header\r\nnor this\r\n"),
	BODY("Subject: a header and no more\r\n"),
	BODY("Subject: not even a line end"),
	BODY("."),
	BODY(".\r\n"),
	BODY("\n.\n"),
	BODY("\r"),
	BODY("X-Folded: a\r\n\tb\r\n c\r\nNo colon\r\n: no name\r\n\r\nx\r\n"),
};

#define BODIES		(sizeof(bodies) / sizeof(bodies[0]))
#define MESSAGES	(sizeof(messages) / sizeof(messages[0]))

/* In turn, so that a small mailbox has them all. */
static void
odd(struct text *t, size_t nth, size_t kind)
{
	kind %= BODIES + MESSAGES + 4;
	if (kind < MESSAGES) {
		put(t, messages[kind].data, messages[kind].len);
		return;
	}
	header(t, nth, false);
	kind -= MESSAGES;
	if (kind < BODIES) {
		put(t, bodies[kind].data, bodies[kind].len);
		return;
	}
	switch (kind - BODIES) {
	case 0:
		random_octets(t, 3000, 128);
		puts_text(t, "\r\n");
		break;
	case 1:
		random_octets(t, 3000, 0);
		break;
	case 2:
		soup(t, "\r\n.a\0", 5, 2000);
		break;
	default:
		long_line(t);
	}
}

static void
message(struct text *t, enum flavour f, size_t nth)
{
	size_t size;

	if (f == TINY_ONES)
		usual(t, nth, TINY - 40);
	else if (f == MIXED && nth % BIG_EVERY == BIG_EVERY / 2)
		usual(t, nth, BIG);
	else if (f == MIXED && nth % ODD_EVERY == 0)
		odd(t, nth, nth / ODD_EVERY - 1);
	else {
		size = log_normal();
		usual(t, nth, size);
	}
}

static void
write_file(const char *dir, size_t nth, const struct text *t)
{
	char path[4096];
	size_t off = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%05zu.eml", dir, nth);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666)) == -1)
		err(EX_CANTCREAT, "%s", path);
	for (; off < t->len; off += (size_t)n)
		if ((n = write(fd, t->data + off, t->len - off)) == -1)
			err(EX_IOERR, "%s", path);
	if (close(fd) == -1)
		err(EX_IOERR, "%s", path);
}

/* Turns the wire form into the stored form. */
static void
store(struct text *t)
{
	size_t i, out = 0;

	if (t->len > 0 && (t->len < 2 ||
	    memcmp(t->data + t->len - 2, "\r\n", 2) != 0))
		puts_text(t, "\r\n");
	for (i = 0; i < t->len; i++)
		if (t->data[i] != '\r' || i + 1 == t->len ||
		    t->data[i + 1] != '\n')
			t->data[out++] = t->data[i];
	t->len = out;
}

static void
make_dirs(const char *path)
{
	char *copy, *p;

	if ((copy = strdup(path)) == NULL)
		err(EX_OSERR, NULL);
	for (p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(copy, 0777);
		*p = '/';
	}
	if (mkdir(path, 0777) == -1 && errno != EEXIST)
		err(EX_CANTCREAT, "%s", path);
	free(copy);
}

static void
hash_file(int dir, const char *name, char *hex)
{
	static char block[BLOCK];
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int i, len;
	EVP_MD_CTX *ctx;
	ssize_t n;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY)) == -1)
		err(EX_NOINPUT, "%s", name);
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		errx(EX_SOFTWARE, "libcrypto");
	while ((n = read(fd, block, sizeof(block))) > 0)
		if (EVP_DigestUpdate(ctx, block, (size_t)n) != 1)
			errx(EX_SOFTWARE, "libcrypto");
	if (n == -1)
		err(EX_IOERR, "%s", name);
	if (EVP_DigestFinal_ex(ctx, md, &len) != 1)
		errx(EX_SOFTWARE, "libcrypto");
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	EVP_MD_CTX_free(ctx);
	close(fd);
}

static int
digest_cmp(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static int
oracle(char *dirs[])
{
	char (*all)[DIGEST_HEX] = NULL;
	size_t n = 0, i;
	struct dirent *de;
	struct stat st;
	DIR *d;

	for (; *dirs != NULL; dirs++) {
		if ((d = opendir(*dirs)) == NULL)
			err(EX_NOINPUT, "%s", *dirs);
		while ((de = readdir(d)) != NULL) {
			if (fstatat(dirfd(d), de->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == -1)
				err(EX_NOINPUT, "%s", de->d_name);
			if (!S_ISREG(st.st_mode))
				continue;
			if (n % 1024 == 0 && (all = reallocarray(all, n + 1024,
			    sizeof(*all))) == NULL)
				err(EX_OSERR, NULL);
			hash_file(dirfd(d), de->d_name, all[n++]);
		}
		closedir(d);
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), digest_cmp);
	for (i = 0; i < n; i++)
		puts(all[i]);
	free(all);
	return (fflush(stdout) == 0 ? 0 : EX_IOERR);
}

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: mkmail [-s seed] [-n count] "
	    "[-f plain|mixed|tiny] [-e stored] dir\n"
	    "       mkmail --oracle dir ...\n");
	exit(EX_USAGE);
}

static size_t
number(const char *arg, long long max)
{
	const char *why;
	long long n;

	n = strtonum(arg, 0, max, &why);
	if (why != NULL)
		errx(EX_USAGE, "%s: the number is %s", arg, why);
	return ((size_t)n);
}

static enum flavour
flavour(const char *arg)
{
	if (strcmp(arg, "plain") == 0)
		return (PLAIN);
	if (strcmp(arg, "mixed") == 0)
		return (MIXED);
	if (strcmp(arg, "tiny") == 0)
		return (TINY_ONES);
	usage();
}

int
main(int argc, char *argv[])
{
	struct text t = { NULL, 0, 0 };
	enum flavour f = PLAIN;
	const char *stored = NULL;
	size_t count = 100, seed = 1, i;
	int opt;

	if (argc > 2 && strcmp(argv[1], "--oracle") == 0)
		return (oracle(argv + 2));
	while ((opt = getopt(argc, argv, "e:f:n:s:")) != -1) {
		switch (opt) {
		case 'e':
			stored = optarg;
			break;
		case 'f':
			f = flavour(optarg);
			break;
		case 'n':
			count = number(optarg, 10000000);
			break;
		case 's':
			seed = number(optarg, INT64_MAX);
			break;
		default:
			usage();
		}
	}
	if (optind + 1 != argc)
		usage();
	make_dirs(argv[optind]);
	if (stored != NULL)
		make_dirs(stored);
	for (i = 1; i <= count; i++) {
		/* Each has its own: a shorter mailbox is a part of a longer. */
		state = seed * 1000003 + i;
		t.len = 0;
		message(&t, f, i);
		write_file(argv[optind], i, &t);
		if (stored != NULL) {
			store(&t);
			write_file(stored, i, &t);
		}
	}
	free(t.data);
	return (0);
}
