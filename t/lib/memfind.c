/*
 * memfind: where in the memory of a process a word is.
 *
 *	memfind pid <word
 *
 * A line for each mapping that has it: how often, "secret" if it is locked and
 * kept out of core dumps, else "plain", and the mapping.  Exit status 1 if it
 * is nowhere, 77 if the memory may not be read.  Linux only.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_FORBIDDEN	77
#define WORD_MAX	256
#define CHUNK		((size_t)1 << 20)

struct mapping {
	uint64_t	 start, end;
	char		 text[512];	/* its line in smaps */
	unsigned	 found;
};

static char word[WORD_MAX];
static size_t wordlen;

static void
forbidden(const char *what)
{
	warn("%s", what);
	exit(EXIT_FORBIDDEN);
}

static unsigned
count(const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	unsigned n = 0;

	while ((p = memmem(p, (size_t)(end - p), word, wordlen)) != NULL) {
		n++;
		p++;
	}
	return n;
}

/* Pieces overlap by one octet less than the word. */
static unsigned
look(int mem, const struct mapping *m)
{
	static char data[CHUNK];
	uint64_t at = m->start;
	unsigned found = 0;
	ssize_t n;

	while (at < m->end) {
		size_t want = m->end - at < CHUNK ? m->end - at : CHUNK;

		n = pread(mem, data, want, (off_t)at);
		if (n == -1 && (errno == EACCES || errno == EPERM))
			forbidden("mem");
		if (n <= 0)		/* [vvar], say */
			break;
		found += count(data, (size_t)n);
		if ((size_t)n < wordlen)
			break;
		at += (uint64_t)n == m->end - at ? (uint64_t)n :
		    (uint64_t)n - (wordlen - 1);
	}
	return found;
}

int
main(int argc, char **argv)
{
	struct mapping m = { .end = 0 };
	char path[64], line[512], *p;
	unsigned total = 0;
	FILE *smaps;
	ssize_t n;
	int mem;

	if (argc != 2)
		errx(2, "usage: memfind pid <word");
	if ((n = read(STDIN_FILENO, word, sizeof(word))) <= 0)
		errx(2, "no word");
	wordlen = (size_t)n;
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	if ((mem = open(path, O_RDONLY)) == -1)
		forbidden(path);
	snprintf(path, sizeof(path), "/proc/%s/smaps", argv[1]);
	if ((smaps = fopen(path, "r")) == NULL)
		forbidden(path);
	while (fgets(line, sizeof(line), smaps) != NULL) {
		uint64_t start, end;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2) {
			m.start = start;
			m.end = end;
			memcpy(m.text, line, sizeof(line));
			m.found = look(mem, &m);
			total += m.found;
		}
		if (strncmp(line, "VmFlags:", 8) != 0 || m.found == 0)
			continue;
		p = strstr(line, " dd") != NULL && strstr(line, " lo") != NULL ?
		    "secret" : "plain";
		printf("%u %s %s", m.found, p, m.text);
	}
	return total == 0;
}
