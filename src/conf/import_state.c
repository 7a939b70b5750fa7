/*
 * The lists of known messages of other fetchers.
 */
#include "conf/import.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define BLANKS		" \t"
#define DIGITS		"0123456789"
#define TIME_MAX	((uint64_t)1 << 40)	/* seconds */

struct reader {
	char		*at, *end;
	import_found	*found;
	void		*arg;
	size_t		 bad;		/* lines */
};

static int64_t
take_time(const char *s, size_t len)
{
	uint64_t when = 0;

	(void)text_number(s, len, 13, TIME_MAX, &when);
	return (int64_t)when;
}

/* fetchmail: USER@HOST UID.  A user's name may hold blanks and another @. */
static void
read_fetchids(struct reader *r)
{
	struct import_seen s = { .user = NULL };
	char *line, *at, *blank;
	size_t len;

	while ((line = import_line(&r->at, r->end, &len)) != NULL) {
		line += strspn(line, BLANKS);
		if (*line == '\0')
			continue;
		at = strchr(line, '@');
		blank = at == NULL ? NULL : strpbrk(at, BLANKS);
		if (blank == NULL) {
			r->bad++;
			continue;
		}
		*blank++ = '\0';
		at = strrchr(line, '@');
		*at = '\0';
		s.user = line;
		s.host = at + 1;
		s.uid = blank + strspn(blank, BLANKS);
		s.len = strcspn(s.uid, BLANKS);
		if (s.len > 0)
			r->found(r->arg, &s);
		else
			r->bad++;
	}
}

/*
 * mpop: " COUNT HOST USER", then so many UIDs, since 1.4.23 each with a blank
 * and the time.
 */
static void
read_mpop_uidls(struct reader *r)
{
	struct import_seen s = { .user = NULL };
	char *line, *blank, *host, *user;
	uint64_t left = 0;
	size_t len, n;

	while ((line = import_line(&r->at, r->end, &len)) != NULL) {
		if (left > 0) {
			left--;
			s.uid = line;
			s.len = len;
			s.when = 0;
			blank = strrchr(line, ' ');
			if (blank != NULL && blank[1] != '\0' &&
			    blank[1 + strspn(blank + 1, DIGITS)] == '\0') {
				s.len = (size_t)(blank - line);
				s.when = take_time(blank + 1,
				    strlen(blank + 1));
			}
			if (s.len > 0)
				r->found(r->arg, &s);
			continue;
		}
		if (*line == '#' || *line == '\0')
			continue;
		n = strspn(line + 1, DIGITS);
		host = line + 1 + n + 1;
		if (*line != ' ' || line[1 + n] != ' ' ||
		    (user = strchr(host, ' ')) == NULL ||
		    !text_number(line + 1, n, 9, UINT32_MAX, &left)) {
			r->bad++;
			continue;
		}
		*user++ = '\0';
		s.host = host;
		s.user = user;
	}
}

/*
 * getmail wrote '-' for each '/' of a UID.  The alphabet of base64 has the one
 * and not the other, so the other spelling is entered as well.
 */
static void
found_oldmail(struct reader *r, struct import_seen *s)
{
	char *slashes;
	size_t i;

	s->variant = false;
	r->found(r->arg, s);
	if (memchr(s->uid, '-', s->len) == NULL)
		return;
	slashes = mem_strndup(s->uid, s->len);
	for (i = 0; i < s->len; i++)
		if (slashes[i] == '-')
			slashes[i] = '/';
	s->uid = slashes;
	s->variant = true;
	r->found(r->arg, s);
	freezero(slashes, s->len);
}

/* getmail: UID, NUL, time.  It passes over lines without NUL itself. */
static void
read_oldmail(struct reader *r)
{
	struct import_seen s = { .user = NULL };
	char *line;
	size_t len;

	while ((line = import_line(&r->at, r->end, &len)) != NULL) {
		s.uid = line;
		s.len = strlen(line);
		if (s.len == len || s.len == 0) {
			r->bad += len > 0;
			continue;
		}
		s.when = take_time(line + s.len + 1, len - s.len - 1);
		found_oldmail(r, &s);
	}
}

/* fdm: LENGTH UID. */
static void
read_fdm_cache(struct reader *r)
{
	struct import_seen s = { .user = NULL };
	char *line;
	size_t len, n;
	uint64_t want;

	while ((line = import_line(&r->at, r->end, &len)) != NULL) {
		n = strspn(line, DIGITS);
		if (line[n] != ' ' || !text_number(line, n, 5, 65535, &want) ||
		    want != len - n - 1 || want == 0) {
			r->bad += len > 0;
			continue;
		}
		s.uid = line + n + 1;
		s.len = (size_t)want;
		r->found(r->arg, &s);
	}
}

/*
 * Thunderbird: "*HOST USER", then "STATUS UID TIME".  Those with f are to be
 * fetched yet, and of those with b it has the beginning only.
 */
static void
read_popstate(struct reader *r)
{
	struct import_seen s = { .user = NULL };
	char *line, *blank;
	size_t len;

	while ((line = import_line(&r->at, r->end, &len)) != NULL) {
		if (*line == '#' || *line == '\0')
			continue;
		if (*line == '*' && (blank = strchr(line, ' ')) != NULL) {
			*blank = '\0';
			s.host = line + 1;
			s.user = blank + 1;
			continue;
		}
		if (strchr("kdbf", line[0]) == NULL || line[1] != ' ' ||
		    line[2] == '\0' || s.user == NULL) {
			r->bad++;
			continue;
		}
		if (line[0] == 'b' || line[0] == 'f')
			continue;
		s.uid = line + 2;
		s.len = strcspn(s.uid, " ");
		s.when = s.uid[s.len] == '\0' ? 0 :
		    take_time(s.uid + s.len + 1, strlen(s.uid + s.len + 1));
		if (s.len > 0)
			r->found(r->arg, &s);
	}
}

size_t
import_state(const struct import_file *f, import_found *found, void *arg)
{
	struct reader r = {
		.at = f->text, .end = f->text + f->len,
		.found = found, .arg = arg,
	};

	switch (f->kind) {
	case IMPORT_FETCHIDS:
		read_fetchids(&r);
		break;
	case IMPORT_MPOP_UIDLS:
		read_mpop_uidls(&r);
		break;
	case IMPORT_OLDMAIL:
		read_oldmail(&r);
		break;
	case IMPORT_FDM_CACHE:
		read_fdm_cache(&r);
		break;
	case IMPORT_POPSTATE:
		read_popstate(&r);
		break;
	default:
		break;
	}
	return r.bad;
}

/* What getmail takes for one '-' in the name, however many stand together. */
static bool
is_replaced(char c)
{
	return c != '\0' && strchr("/\\:;<>|", c) != NULL;
}

/* Behind the part of name that stands for text, or NULL. */
static const char *
skip_part(const char *name, const char *text)
{
	while (*text != '\0') {
		if (is_replaced(*text)) {
			if (*name++ != '-')
				return NULL;
			while (is_replaced(*text))
				text++;
		} else if (strncasecmp(name++, text++, 1) != 0)
			return NULL;
	}
	return name;
}

bool
import_is_oldmail_of(const char *path, const char *host, const char *user)
{
	const char *name = strrchr(path, '/');
	size_t digits;

	name = skip_part(name == NULL ? path : name + 1, "oldmail-");
	if (name == NULL || (name = skip_part(name, host)) == NULL ||
	    *name++ != '-')
		return false;
	digits = strspn(name, DIGITS);
	if (digits == 0 || name[digits] != '-')
		return false;
	name = skip_part(name + digits + 1, user);
	return name != NULL && *name == '\0';
}
