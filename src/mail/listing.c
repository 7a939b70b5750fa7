/*
 * What a server lists: the lines of UIDL and LIST, put together.
 */
#include "mail/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "mail/sort.h"

#define FIRST_LINES	256
#define FIRST_OCTETS	8192

struct uid_line {
	uint32_t	num;
	uint32_t	len;
	size_t		at;		/* in the octets */
};

struct size_line {
	uint32_t	num;
	uint64_t	size;
};

struct listing {
	struct uid_line	*uids;
	size_t		 nuids, capuids;
	bool		 uids_unsorted;
	struct size_line *sizes;
	size_t		 nsizes, capsizes;
	bool		 sizes_unsorted;
	uint8_t		*octets;
	size_t		 noctets, capoctets;
};

struct listing *
listing_new(void)
{
	return mem_alloc(sizeof(struct listing));
}

void
listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	free(l->uids);
	free(l->sizes);
	free(l->octets);
	free(l);
}

/* Makes room for more behind the n of a vector. */
static void *
room(void *vector, size_t n, size_t more, size_t first, size_t *cap,
    size_t size)
{
	size_t old = *cap;

	if (n + more <= old)
		return vector;
	*cap = old == 0 ? first : 2 * old;
	if (*cap < n + more)
		*cap = n + more;
	return mem_grow(vector, old, *cap, size);
}

static int
check_line(uint32_t num, size_t lines, const char *list, struct err *err)
{
	if (num == 0)
		return err_set(err, ERR_PROTOCOL,
		    "the server lists a message number 0 (%s)", list);
	if (lines >= LISTING_MAX)
		return err_set(err, ERR_PROTOCOL,
		    "the server lists more than %u messages (%s)",
		    LISTING_MAX, list);
	return 0;
}

int
listing_uid(struct listing *l, uint32_t num, const void *uid, size_t len,
    struct err *err)
{
	struct uid_line *u;

	if (check_line(num, l->nuids, "UIDL", err) == -1)
		return -1;
	if (len > LISTING_UID_MAX || len > LISTING_OCTETS_MAX - l->noctets)
		return err_set(err, ERR_PROTOCOL,
		    "the server's UIDs are too long (message %u)", num);
	if (l->nuids > 0 && num < l->uids[l->nuids - 1].num)
		l->uids_unsorted = true;
	l->uids = room(l->uids, l->nuids, 1, FIRST_LINES, &l->capuids,
	    sizeof(*l->uids));
	l->octets = room(l->octets, l->noctets, len, FIRST_OCTETS,
	    &l->capoctets, 1);
	u = &l->uids[l->nuids++];
	u->num = num;
	u->len = (uint32_t)len;
	u->at = l->noctets;
	if (len > 0)
		memcpy(l->octets + u->at, uid, len);
	l->noctets += len;
	return 0;
}

int
listing_size(struct listing *l, uint32_t num, uint64_t size, struct err *err)
{
	struct size_line *s;

	if (check_line(num, l->nsizes, "LIST", err) == -1)
		return -1;
	if (l->nsizes > 0 && num < l->sizes[l->nsizes - 1].num)
		l->sizes_unsorted = true;
	l->sizes = room(l->sizes, l->nsizes, 1, FIRST_LINES, &l->capsizes,
	    sizeof(*l->sizes));
	s = &l->sizes[l->nsizes++];
	s->num = num;
	s->size = size;
	return 0;
}

static int
by_uid_num(const void *a, const void *b)
{
	const struct uid_line *x = a, *y = b;

	return sort_compare(x->num, y->num);
}

static int
by_size_num(const void *a, const void *b)
{
	const struct size_line *x = a, *y = b;

	return sort_compare(x->num, y->num);
}

int
listing_sort(struct listing *l, struct err *err)
{
	if (l->uids_unsorted && sort_stable(l->uids, l->nuids,
	    sizeof(*l->uids), by_uid_num, err) == -1)
		return -1;
	if (l->sizes_unsorted && sort_stable(l->sizes, l->nsizes,
	    sizeof(*l->sizes), by_size_num, err) == -1)
		return -1;
	l->uids_unsorted = l->sizes_unsorted = false;
	return 0;
}

size_t
listing_uids(const struct listing *l)
{
	return l->nuids;
}

size_t
listing_sizes(const struct listing *l)
{
	return l->nsizes;
}

bool
listing_next_uid(const struct listing *l, struct listing_walk *w,
    struct listing_line *line)
{
	const struct uid_line *u;

	if (w->uid == l->nuids)
		return false;
	u = &l->uids[w->uid];
	while (w->size < l->nsizes && l->sizes[w->size].num < u->num)
		w->size++;
	line->num = u->num;
	/* Where all are empty there are no octets to point to. */
	line->uid = u->len > 0 ? l->octets + u->at : (const uint8_t *)"";
	line->uidlen = u->len;
	line->whole = w->size < l->nsizes &&
	    l->sizes[w->size].num == u->num &&
	    (w->uid == 0 || u[-1].num != u->num);
	line->size = line->whole ? l->sizes[w->size].size : 0;
	w->uid++;
	return true;
}

bool
listing_next_size(const struct listing *l, struct listing_walk *w,
    struct listing_line *line)
{
	const struct size_line *s;

	do {
		if (w->size == l->nsizes)
			return false;
		s = &l->sizes[w->size++];
	} while (s > l->sizes && s->num == s[-1].num);
	*line = (struct listing_line){
		.num = s->num, .whole = true, .size = s->size
	};
	return true;
}
