/*
 * Reading a file of another fetcher and telling its kind.
 */
#include "conf/import.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/rc_lex.h"
#include "conf/rc_table.h"

#define IMPORT_SIZE_MAX	((size_t)64 << 20)
#define IMPORT_CHUNK	((size_t)64 << 10)
#define BLANKS		" \t"

static int
read_all(struct import_file *f, int fd, struct err *err)
{
	ssize_t n;

	for (;;) {
		if (f->len + 1 >= f->cap) {
			f->text = mem_grow(f->text, f->cap,
			    f->cap + f->len + IMPORT_CHUNK, 1);
			f->cap += f->len + IMPORT_CHUNK;
		}
		n = read(fd, f->text + f->len, f->cap - f->len - 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(err, ERR_CONFIG, errno, "%s", f->name);
		if (n == 0)
			break;
		f->len += (size_t)n;
		if (f->len > IMPORT_SIZE_MAX)
			return err_set(err, ERR_CONFIG,
			    "%s: larger than 64 MiB", f->name);
	}
	f->text[f->len] = '\0';
	return 0;
}

static void
strip_bom(struct import_file *f)
{
	static const char bom[] = { '\xef', '\xbb', '\xbf' };

	if (f->len < sizeof(bom) || memcmp(f->text, bom, sizeof(bom)) != 0)
		return;
	f->len -= sizeof(bom);
	memmove(f->text, f->text + sizeof(bom), f->len + 1);
}

char *
import_line(char **at, char *end, size_t *len)
{
	char *line = *at, *lf;

	if (line >= end)
		return NULL;
	lf = memchr(line, '\n', (size_t)(end - line));
	if (lf == NULL)
		lf = end;
	*at = lf + 1;
	if (lf > line && lf[-1] == '\r')
		lf--;
	*lf = '\0';
	*len = (size_t)(lf - line);
	return line;
}

/* A line of ".fetchids": nothing of it but the UID is without an @. */
static bool
is_fetchid(const char *line)
{
	const char *at = strchr(line, '@'), *blank;

	if (at == NULL || (blank = strpbrk(at, BLANKS)) == NULL)
		return false;
	blank += strspn(blank, BLANKS);
	return *blank != '\0' && strpbrk(blank, BLANKS) == NULL;
}

/* "LENGTH UID" */
static bool
is_fdm_line(const char *line, size_t len)
{
	const size_t digits = strspn(line, "0123456789");
	uint64_t n;

	return line[digits] == ' ' && text_number(line, digits, 5, 65535, &n) &&
	    n == len - digits - 1;
}

/* " COUNT HOST USER" */
static bool
is_mpop_head(const char *line)
{
	size_t digits, host;

	if (line[0] != ' ')
		return false;
	digits = strspn(line + 1, "0123456789");
	if (digits == 0 || line[1 + digits] != ' ')
		return false;
	line += digits + 2;
	host = strcspn(line, " ");
	return host > 0 && line[host] == ' ' && line[host + 1] != '\0';
}

/* The kind that one line makes sure of. */
static enum import_kind
kind_of_line(const char *line)
{
	static const struct {
		const char	*words;
		enum import_kind kind;
	} kinds[] = {
		{ "poll skip server set", IMPORT_FETCHMAILRC },
		{ "host delivery passwordeval tls tls_starttls",
		    IMPORT_MPOPRC },
		{ "[retriever] [destination]", IMPORT_GETMAILRC },
		{ "action match", IMPORT_FDMCONF },
	};
	const size_t n = strcspn(line, " \t=\"'");
	const char *w;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && n > 0; i++)
		for (w = kinds[i].words; *w != '\0';) {
			if (strcspn(w, " ") == n &&
			    strncasecmp(w, line, n) == 0)
				return kinds[i].kind;
			w += strcspn(w, " ");
			w += strspn(w, " ");
		}
	/* mpop has nothing behind it. */
	if (n == 8 && strncmp(line, "defaults", n) == 0 &&
	    strchr("#", line[n + strspn(line + n, BLANKS)]) == NULL)
		return IMPORT_FETCHMAILRC;
	/* fdm.conf has its account's kind behind a quoted name. */
	if (n == 7 && strncmp(line, "account", 7) == 0)
		return line[8] == '"' ? IMPORT_FDMCONF : IMPORT_MPOPRC;
	return IMPORT_UNKNOWN;
}

/* Which of the lists all of a text's lines make. */
static enum import_kind
sniff_list(char *text, size_t len)
{
	char *at = text, *line;
	bool ids = true, fdm = true;
	size_t n, lines = 0;

	while ((line = import_line(&at, text + len, &n)) != NULL) {
		if (memchr(line, '\0', n) != NULL)
			return IMPORT_OLDMAIL;
		line += strspn(line, BLANKS);
		if (*line == '\0')
			continue;
		lines++;
		ids = ids && is_fetchid(line) &&
		    kind_of_line(line) != IMPORT_FETCHMAILRC;
		fdm = fdm && is_fdm_line(line, strlen(line));
	}
	if (lines == 0 || (!ids && !fdm))
		return IMPORT_UNKNOWN;
	return fdm ? IMPORT_FDM_CACHE : IMPORT_FETCHIDS;
}

/* What the first line that decides it says. */
static enum import_kind
sniff_lines(char *text, size_t len)
{
	enum import_kind kind = IMPORT_UNKNOWN;
	char *at = text, *line;
	size_t n;

	while (kind == IMPORT_UNKNOWN &&
	    (line = import_line(&at, text + len, &n)) != NULL) {
		if (strstr(line, "POP3 State File") != NULL && *line == '#')
			return IMPORT_POPSTATE;
		if (*line == '#' || n == 0)
			continue;
		if (is_mpop_head(line))
			return IMPORT_MPOP_UIDLS;
		kind = kind_of_line(line + strspn(line, BLANKS));
	}
	return kind;
}

/* Whether a statement of fetchmail's language begins it, on whatever line. */
static bool
is_fetchmailrc(const char *text, size_t len)
{
	struct arena *arena = arena_new();
	const struct rc_key *key = NULL;
	struct rc_token t;
	struct rc_lex lx;

	rc_lex_init(&lx, text, len, arena);
	rc_lex_next(&lx, false, &t);
	if (t.kind == RC_WORD)
		key = rc_key_find(t.text);
	arena_free(arena);
	return key != NULL && key->scope == RC_STATEMENT;
}

enum import_kind
import_sniff(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1);
	enum import_kind kind;

	memcpy(copy, text, len);
	kind = sniff_list(copy, len);
	if (kind == IMPORT_UNKNOWN) {
		memcpy(copy, text, len);
		kind = sniff_lines(copy, len);
	}
	if (kind == IMPORT_UNKNOWN && is_fetchmailrc(text, len))
		kind = IMPORT_FETCHMAILRC;
	freezero(copy, len + 1);
	return kind;
}

bool
import_is_state(enum import_kind kind)
{
	return kind >= IMPORT_FETCHIDS;
}

static int
check_kind(const struct import_file *f, struct err *err)
{
	if (f->kind == IMPORT_FDMCONF) {
		err_set(err, ERR_CONFIG, "%s: fdm.conf, whose rules have no "
		    "counterpart here", f->name);
		return err_hint(err, "write 'poll HOST user NAME'; the file "
		    "of 'new-only cache' is read");
	}
	if (f->kind != IMPORT_UNKNOWN)
		return 0;
	err_set(err, ERR_CONFIG, "%s: neither a configuration nor a list of "
	    "messages of a fetcher that popfetch knows", f->name);
	return err_hint(err, "fetchmail's, mpop's, getmail's, fdm's and "
	    "Thunderbird's are read, see popfetch(1)");
}

int
import_open(struct import_file *f, const char *name, struct err *err)
{
	int fd = STDIN_FILENO, r;

	memset(f, 0, sizeof(*f));
	f->name = name;
	if (strcmp(name, "-") != 0 &&
	    (fd = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(err, ERR_CONFIG, errno, "%s", name);
	r = read_all(f, fd, err);
	if (fd != STDIN_FILENO)
		close(fd);
	if (r == -1)
		return -1;
	strip_bom(f);
	if (f->len == 0)
		return err_set(err, ERR_CONFIG, "%s: empty", name);
	f->kind = import_sniff(f->text, f->len);
	return check_kind(f, err);
}

void
import_close(struct import_file *f)
{
	/* There are passwords in it, perhaps. */
	if (f->text != NULL)
		freezero(f->text, f->cap);
	f->text = NULL;
}

int
import_rc(FILE *out, const struct import_file *f, size_t *open,
    struct err *err)
{
	*open = 0;
	switch (f->kind) {
	case IMPORT_FETCHMAILRC:
		return import_fetchmailrc(out, f, open, err);
	case IMPORT_MPOPRC:
		return import_mpoprc(out, f, open, err);
	case IMPORT_GETMAILRC:
		return import_getmailrc(out, f, open, err);
	default:
		return err_set(err, ERR_SOFTWARE, "%s: not a configuration",
		    f->name);
	}
}
