/* Where the octets of a message go. */
#include "net/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "pop3/head.h"

/* Octets that are gathered for one write. */
#define BODY_WRITE	(256u << 10)
/* A piece of that size is written from where it lies. */
#define BODY_DIRECT	(64u << 10)

struct body_file {
	uint32_t	id;
	int		fd;
};

struct body {
	struct body_file pool[BODY_FILES_MAX];	/* a ring */
	size_t		 first;
	size_t		 count;
	uint64_t	 max;

	/* the message that is coming */
	bool		 store;
	bool		 over;
	struct body_file file;
	uint64_t	 size;
	struct head	 head;
	struct digest	*whole;
	struct digest	*stable;
	uint8_t		*stash;		/* not written yet */
	size_t		 nstash;
};

struct body *
body_new(uint64_t max_octets)
{
	struct body *b = mem_alloc(sizeof(*b));

	b->max = max_octets;
	b->file.fd = -1;
	b->whole = digest_new();
	b->stable = digest_new();
	b->stash = mem_alloc(BODY_WRITE);
	return b;
}

void
body_free(struct body *b)
{
	if (b == NULL)
		return;
	if (b->file.fd != -1)
		close(b->file.fd);
	for (; b->count > 0; b->count--)
		close(b->pool[b->first++ % BODY_FILES_MAX].fd);
	digest_free(b->whole);
	digest_free(b->stable);
	free(b->stash);
	free(b);
}

int
body_file(struct body *b, uint32_t id, int fd, struct err *err)
{
	if (b->count == BODY_FILES_MAX) {
		close(fd);
		return err_set(err, ERR_SOFTWARE, "too many staged files");
	}
	b->pool[(b->first + b->count++) % BODY_FILES_MAX] =
	    (struct body_file){ .id = id, .fd = fd };
	return 0;
}

bool
body_ready(const struct body *b)
{
	return b->count > 0;
}

void
body_begin(struct body *b, bool store)
{
	b->store = store;
	b->over = false;
	b->size = 0;
	b->nstash = 0;
	head_init(&b->head);
	digest_reset(b->whole);
	digest_reset(b->stable);
	if (!store)
		return;
	b->file = b->pool[b->first];
	b->first = (b->first + 1) % BODY_FILES_MAX;
	b->count--;
}

static void
add_stable(void *arg, const uint8_t *data, size_t len)
{
	digest_add(arg, data, len);
}

static int
put(struct body *b, const uint8_t *data, size_t len, struct err *err)
{
	if (file_write(b->file.fd, data, len, "staged file", err) == 0)
		return 0;
	return err_hint(err, "nothing was deleted; free some space and run "
	    "again");
}

static int
put_stash(struct body *b, struct err *err)
{
	size_t len = b->nstash;

	b->nstash = 0;
	return put(b, b->stash, len, err);
}

int
body_data(struct body *b, const uint8_t *data, size_t len, struct err *err)
{
	if (b->over)
		return 0;
	if (b->max != 0 && len > b->max - b->size) {
		b->over = true;
		return 0;
	}
	b->size += len;
	digest_add(b->whole, data, len);
	head_feed(&b->head, data, len, add_stable, b->stable);
	if (!b->store)
		return 0;
	if (b->nstash > 0 && len > BODY_WRITE - b->nstash &&
	    put_stash(b, err) == -1)
		return -1;
	if (b->nstash == 0 && len >= BODY_DIRECT)
		return put(b, data, len, err);
	memcpy(b->stash + b->nstash, data, len);
	b->nstash += len;
	return 0;
}

/* Empties the file, so that the next message can have it. */
static int
give_back(struct body *b, struct err *err)
{
	struct body_file file = b->file;

	b->file.fd = -1;
	if (ftruncate(file.fd, 0) == -1 || lseek(file.fd, 0, SEEK_SET) == -1) {
		err_sys(err, ERR_IO, errno, "staged file");
		close(file.fd);
		return -1;
	}
	return body_file(b, file.id, file.fd, err);
}

int
body_end(struct body *b, struct body_sum *sum, struct err *err)
{
	head_end(&b->head, add_stable, b->stable);
	*sum = (struct body_sum){
		.over = b->over,
		.id = b->file.id,
		.size = b->size,
		.unstable = b->head.skipped,
		.sender = b->head.sender,
	};
	digest_end(b->whole, sum->digest);
	digest_end(b->stable, sum->head);
	if (!b->store)
		return 0;
	if (b->over)
		return give_back(b, err);
	if (put_stash(b, err) == -1)
		return -1;
	close(b->file.fd);
	b->file.fd = -1;
	return 0;
}
