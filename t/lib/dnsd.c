/*
 * A name server for tests: "dnsd FILE READY" answers at 127.0.0.1, port 53,
 * from lines "NAME A ADDRESS" and "NAME SRV PRIORITY WEIGHT PORT TARGET", and
 * makes the file READY when it is there.  It belongs into a network of its own.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MESSAGE_MAX	512
#define HEADER		12
#define TYPE_A		1
#define TYPE_SRV	33
#define NXDOMAIN	3

struct message {
	uint8_t	v[MESSAGE_MAX];
	size_t	n;
};

static void
put16(struct message *m, unsigned value)
{
	if (m->n + 2 > sizeof(m->v))
		errx(1, "answer too long");
	m->v[m->n++] = (uint8_t)(value >> 8);
	m->v[m->n++] = (uint8_t)value;
}

/* A name in labels; "." is the root. */
static void
put_name(struct message *m, const char *name)
{
	size_t len;

	while (*name != '\0' && strcmp(name, ".") != 0) {
		len = strcspn(name, ".");
		if (m->n + len + 2 > sizeof(m->v))
			errx(1, "answer too long");
		m->v[m->n++] = (uint8_t)len;
		memcpy(m->v + m->n, name, len);
		m->n += len;
		name += len;
		name += *name == '.';
	}
	m->v[m->n++] = 0;
}

/* The question's name in dots; returns what is behind it, or 0. */
static size_t
get_name(const struct message *m, char *name, size_t size)
{
	size_t at = HEADER, len, n = 0;

	while (at < m->n && (len = m->v[at]) != 0) {
		if (len > 63 || at + 1 + len >= m->n || n + len + 2 > size)
			return 0;
		if (n > 0)
			name[n++] = '.';
		memcpy(name + n, m->v + at + 1, len);
		n += len;
		at += 1 + len;
	}
	name[n] = '\0';
	return at + 5 <= m->n ? at + 1 : 0;
}

/* Appends a record of the question's name if the line is one. */
static bool
put_record(struct message *m, const char *type, const char *data)
{
	unsigned priority, weight, port;
	char target[256];
	struct in_addr addr;
	size_t length;

	put16(m, 0xc000 | HEADER);
	put16(m, strcmp(type, "A") == 0 ? TYPE_A : TYPE_SRV);
	put16(m, 1);
	put16(m, 0);
	put16(m, 1);
	length = m->n;
	put16(m, 0);
	if (strcmp(type, "A") == 0) {
		if (inet_pton(AF_INET, data, &addr) != 1)
			errx(1, "%s is not an address", data);
		memcpy(m->v + m->n, &addr, sizeof(addr));
		m->n += sizeof(addr);
	} else {
		if (sscanf(data, "%u %u %u %255s", &priority, &weight, &port,
		    target) != 4)
			errx(1, "%s is not a service", data);
		put16(m, priority);
		put16(m, weight);
		put16(m, port);
		put_name(m, target);
	}
	m->v[length + 1] = (uint8_t)(m->n - length - 2);
	return true;
}

/* Makes the answer of a question. */
static void
answer(struct message *m, const char *file)
{
	char line[512], name[256], type[8], asked[256];
	size_t at = get_name(m, asked, sizeof(asked));
	unsigned want, records = 0;
	bool known = false;
	int data;
	FILE *f;

	if (at == 0)
		return;
	want = (unsigned)(m->v[at] << 8 | m->v[at + 1]);
	m->n = at + 4;
	if ((f = fopen(file, "r")) == NULL)
		err(1, "%s", file);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%255s %7s %n", name, type, &data) != 2 ||
		    strcasecmp(name, asked) != 0)
			continue;
		known = true;
		if (want == (strcmp(type, "A") == 0 ? TYPE_A : TYPE_SRV))
			records += put_record(m, type, line + data);
	}
	fclose(f);
	m->v[2] = 0x85;		/* an answer, for certain */
	m->v[3] = (uint8_t)(0x80 | (known ? 0 : NXDOMAIN));
	memset(m->v + 6, 0, 6);
	m->v[7] = (uint8_t)records;
}

int
main(int argc, char **argv)
{
	const struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in peer;
	struct message m;
	socklen_t len;
	ssize_t n;
	int fd;

	if (argc != 3)
		errx(64, "usage: dnsd FILE READY");
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    bind(fd, (const struct sockaddr *)&self, sizeof(self)) == -1)
		err(1, "127.0.0.1:53");
	if (open(argv[2], O_WRONLY | O_CREAT, 0644) == -1)
		err(1, "%s", argv[2]);
	for (;;) {
		len = sizeof(peer);
		n = recvfrom(fd, m.v, sizeof(m.v), 0,
		    (struct sockaddr *)&peer, &len);
		if (n < HEADER)
			continue;
		m.n = (size_t)n;
		answer(&m, argv[1]);
		(void)sendto(fd, m.v, m.n, 0, (struct sockaddr *)&peer, len);
	}
}
