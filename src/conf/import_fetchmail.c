/*
 * A .fetchmailrc is a run-control file already: what it comes to here, and what
 * there is to say about it.
 *
 * It is read entry by entry, each with what stands before the first one, so
 * that errors are told where they belong, however many there are.  Every
 * account is written and read again; one that cannot be polled as it is becomes
 * a comment as a whole.
 */
#include "conf/import_p.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/set.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/import.h"
#include "conf/opt.h"
#include "conf/rc.h"
#include "conf/rc_file.h"
#include "conf/rc_parse.h"
#include "conf/show.h"

/* An error of an entry. */
struct remark {
	struct finding	 f;
	size_t		 first, end;	/* the entry's accounts */
};

struct reader {
	const struct import_file *file;
	struct conf	*c;		/* all accounts */
	struct conf	*top;		/* findings to be told before them */
	size_t		 nhead;		/* errors before the first entry */
	struct remark	*v;
	size_t		 n, told;
	struct set	*keys;		/* maildrops of accounts written */
	size_t		 nwritten;
	struct err	 why;		/* the first one is not */
};

static void
put_comment(struct import_writer *w, const struct err *err)
{
	fprintf(w->out, "# %s%s%s\n", err->msg,
	    err->hint[0] != '\0' ? "; " : "", err->hint);
	(*w->open)++;
}

/* --- reading */

/* Notes are told once for all; so is what is wrong outside the entries. */
static void
sort_findings(struct reader *r, size_t first, bool head)
{
	struct conf *c = r->c;
	size_t i, nerrors = 0;

	for (i = 0; i < c->nfindings; i++) {
		if (c->findings[i].kind == FINDING_NOTE || head) {
			finding_add(r->top, &c->findings[i]);
			continue;
		}
		/* Each entry is read behind the same head. */
		if (nerrors++ < r->nhead)
			continue;
		r->v = mem_grow(r->v, r->n, r->n + 1, sizeof(*r->v));
		r->v[r->n++] = (struct remark){
			c->findings[i], first, c->naccounts,
		};
	}
	c->nfindings = 0;
}

/*
 * Reads what stands before the first entry, and the one between from and to,
 * at its own lines and columns.
 */
static void
read_entry(struct reader *r, const struct rc_token *first,
    const struct rc_token *from, size_t to)
{
	const size_t lines = from->line - first->line;
	const size_t blanks = from->column -
	    (lines > 0 ? 1 : first->column);
	const size_t len = first->start + lines + blanks + to - from->start;
	const size_t account = r->c->naccounts;
	char *text = mem_alloc(len + 1), *s = text;
	struct err err = { .kind = ERR_NONE };

	memcpy(s, r->file->text, first->start);
	s += first->start;
	memset(s, '\n', lines);
	memset(s + lines, ' ', blanks);
	s += lines + blanks;
	memcpy(s, r->file->text + from->start, to - from->start);
	(void)rc_parse(r->c, text, len, r->file->name, &err);
	freezero(text, len + 1);
	sort_findings(r, account, false);
}

static void
read_head(struct reader *r, size_t len)
{
	struct err err = { .kind = ERR_NONE };

	(void)rc_parse(r->c, r->file->text, len, r->file->name, &err);
	r->nhead = finding_errors(r->c);
	sort_findings(r, 0, true);
}

/* The next word that may bring accounts, or the end. */
static void
next_entry(struct rc_lex *lx, struct rc_token *t)
{
	const struct rc_key *key;
	bool name = false, no;

	for (;;) {
		rc_lex_next(lx, name, t);
		if (t->kind == RC_EOF)
			return;
		key = rc_keyword(t, &no);
		if (key != NULL && key->scope == RC_STATEMENT &&
		    strcmp(key->name, "set") != 0 &&
		    strcmp(key->name, "defaults") != 0)
			return;
		/* It may be a password. */
		if (key == NULL && t->len > 0)
			explicit_bzero(t->text, t->len);
		name = t->kind == RC_EQUALS || (key != NULL &&
		    (key->arg == RC_ARG_NAME || key->arg == RC_ARG_SECRET ||
		    key->arg == RC_ARG_LOCAL));
	}
}

static void
read_all(struct reader *r)
{
	struct arena *arena = arena_new();
	struct rc_token first, from, to;
	struct rc_lex lx;

	rc_lex_init(&lx, r->file->text, r->file->len, arena);
	next_entry(&lx, &first);
	read_head(r, first.start);
	for (from = first; from.kind != RC_EOF; from = to) {
		next_entry(&lx, &to);
		read_entry(r, &first, &from, to.start);
	}
	arena_free(arena);
	check_accounts(r->c);
	sort_findings(r, 0, true);
}

/* --- writing */

static void __attribute__((noreturn))
fail_memory(void)
{
	log_error("out of memory");
	exit(ERR_TEMP);
}

/* What is written to it becomes *text. */
static FILE *
open_text(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (out == NULL)
		fail_memory();
	return out;
}

/* What is not whole may mean something else. */
static void
close_text(FILE *out)
{
	const bool failed = ferror(out) != 0;

	if (fclose(out) != 0 || failed)
		fail_memory();
}

/* Whether an account is taken as it is written; if not, *err says why. */
static bool
is_good(const struct reader *r, char *text, size_t len, struct err *err)
{
	const struct opt o = { .mode = OPT_CHECK_CONFIG };
	struct conf *c = conf_new();
	struct finding why;
	bool good = false;

	c->runas = r->c->runas;
	if (rc_parse(c, text, len, r->file->name, err) == 0 &&
	    conf_finish(c, &o, err) == 0)
		check_refused(c);
	if (c->nfindings > 0) {
		/* Its lines are nowhere. */
		why = c->findings[0];
		why.file = NULL;
		why.line = why.column = 0;
		finding_err(&why, err);
	} else
		good = !err_isset(err);
	conf_free(c);
	return good;
}

/* Two accounts for one maildrop would take each other's mail. */
static bool
is_new(struct reader *r, const struct account *a, struct err *err)
{
	const char *key = conf_key(r->c, a);
	const uint32_t n = set_count(r->keys);

	if (a->skip || set_add(r->keys, key, strlen(key)) == n)
		return true;
	err_set(err, ERR_CONFIG, "%s: %s is polled by another account already",
	    a->label, key);
	return false;
}

/* Each line of a text as a comment. */
static void
put_commented(FILE *out, char *text, size_t len)
{
	char *at = text, *line;
	size_t n;

	while ((line = import_line(&at, text + len, &n)) != NULL)
		fprintf(out, "#%s\n", line);
}

/* Whether a remark has to wait: it is about a later account than number i. */
static bool
is_later(const struct reader *r, const struct remark *m, size_t i)
{
	struct account *const *a = r->c->accounts;

	return m->first > i || (i + 1 < m->end && m->f.line >= a[i + 1]->line &&
	    a[i + 1]->line > a[i]->line);
}

static void
put_remarks(struct reader *r, struct import_writer *w, size_t i)
{
	struct err err;

	for (; r->told < r->n; r->told++) {
		if (i < r->c->naccounts && is_later(r, &r->v[r->told], i))
			return;
		finding_err(&r->v[r->told].f, &err);
		put_comment(w, &err);
	}
}

static void
put_account(struct reader *r, struct import_writer *w, size_t i)
{
	struct account *a = r->c->accounts[i];
	struct err err = { .kind = ERR_NONE };
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	/* The remarks tell of these; certificates are verified. */
	a->sslcertck = TRI_UNSET;
	a->sslfingerprint = NULL;
	out = open_text(&text, &len);
	show_account(out, a, true);
	close_text(out);
	fputc('\n', w->out);
	put_remarks(r, w, i);
	if (is_good(r, text, len, &err) && is_new(r, a, &err)) {
		fwrite(text, 1, len, w->out);
		r->nwritten++;
	} else {
		if (!err_isset(&r->why))
			r->why = err;
		put_comment(w, &err);
		put_commented(w->out, text, len);
	}
	freezero(text, len);
}

static void
put_top(const struct reader *r, struct import_writer *w)
{
	struct err err;
	size_t i;

	import_put_head(w);
	for (i = 0; i < r->top->nfindings; i++) {
		finding_err(&r->top->findings[i], &err);
		put_comment(w, &err);
	}
	if (r->c->runas == NULL)
		return;
	fputs("set runas ", w->out);
	show_string(w->out, r->c->runas, false);
	fputc('\n', w->out);
}

/* Nothing is written if there would be no account in it. */
static int
put_all(struct reader *r, struct import_writer *w, struct err *err)
{
	FILE *out = w->out;
	char *text = NULL;
	size_t i, len = 0;

	w->out = open_text(&text, &len);
	for (i = 0; i < r->c->naccounts; i++)
		put_account(r, w, i);
	put_remarks(r, w, r->c->naccounts);
	close_text(w->out);
	w->out = out;
	if (r->nwritten > 0) {
		put_top(r, w);
		fwrite(text, 1, len, out);
	} else {
		err_set(err, ERR_CONFIG, "%s: no account in it can be taken "
		    "over: %s", r->file->name, r->why.msg);
		if (r->why.hint[0] != '\0')
			err_hint(err, "%s", r->why.hint);
	}
	freezero(text, len);
	return r->nwritten > 0 ? 0 : -1;
}

static int
finish(struct reader *r, struct err *err)
{
	const struct opt o = { .mode = OPT_CHECK_CONFIG };

	if (r->c->naccounts == 0) {
		if (finding_first(r->top, err) == 0 && r->n > 0)
			finding_err(&r->v[0].f, err);
		return err_isset(err) ? -1 : err_set(err, ERR_CONFIG,
		    "there is no account in it");
	}
	/* What is wrong with an account comes up when it is read again. */
	if (conf_finish(r->c, &o, err) == -1 && r->c->nfindings == 0)
		return -1;
	err_clear(err);
	return 0;
}

int
import_fetchmailrc(FILE *out, const struct import_file *f, size_t *open,
    struct err *err)
{
	struct import_writer w = { .out = out, .name = f->name, .open = open };
	struct reader r = {
		.file = f, .c = conf_new(), .top = conf_new(),
		.keys = set_new(),
	};
	int ret = -1;

	r.c->rcfile = f->name;
	r.c->want_notes = true;
	if ((r.c->rcdir = rc_file_dir(r.c, f->name, err)) == NULL)
		goto out;
	read_all(&r);
	if (finish(&r, err) == 0)
		ret = put_all(&r, &w, err);
out:
	set_free(r.keys);
	free(r.v);
	conf_free(r.top);
	conf_free(r.c);
	return ret;
}
