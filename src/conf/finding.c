/*
 * Errors and notes about a run-control file.
 */
#include "conf/finding.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"

#define CAP_FIRST	16

static bool
is_known(const struct conf *c, const struct finding *f)
{
	size_t i;

	for (i = 0; i < c->nfindings; i++)
		if (c->findings[i].kind == f->kind &&
		    strcmp(c->findings[i].msg, f->msg) == 0)
			return true;
	return false;
}

void
finding_add(struct conf *c, const struct finding *f)
{
	size_t cap = c->capfindings;

	if (f->kind == FINDING_NOTE && is_known(c, f))
		return;
	if (c->nfindings == cap) {
		c->capfindings = cap == 0 ? CAP_FIRST : 2 * cap;
		c->findings = mem_grow(c->findings, cap, c->capfindings,
		    sizeof(*c->findings));
	}
	c->findings[c->nfindings++] = *f;
}

void
finding_add_err(struct conf *c, const struct err *err)
{
	const struct finding f = {
		.kind = FINDING_ERROR,
		.msg = arena_strdup(c->arena, err->msg),
		.hint = err->hint[0] == '\0' ? NULL :
		    arena_strdup(c->arena, err->hint),
	};

	finding_add(c, &f);
}

size_t
finding_errors(const struct conf *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->nfindings; i++)
		n += c->findings[i].kind == FINDING_ERROR;
	return n;
}

void
finding_drop(struct conf *c, size_t first)
{
	size_t i, n = first;

	for (i = first; i < c->nfindings; i++)
		if (!c->findings[i].pop3_only)
			c->findings[n++] = c->findings[i];
	c->nfindings = n;
}

int
finding_err(const struct finding *f, struct err *err)
{
	err_clear(err);
	err_set(err, ERR_CONFIG, "%s", f->msg);
	if (f->column != 0)
		err_wrap(err, "%s:%u:%u", f->file, f->line, f->column);
	else if (f->line != 0)
		err_wrap(err, "%s:%u", f->file, f->line);
	else if (f->file != NULL)
		err_wrap(err, "%s", f->file);
	if (f->hint != NULL)
		err_hint(err, "%s", f->hint);
	return -1;
}

void
finding_add_account(struct conf *c, const struct account *a, struct err *err)
{
	const struct finding f = {
		.kind = FINDING_ERROR, .file = a->file, .line = a->line,
		.msg = arena_strdup(c->arena, err->msg),
		.hint = err->hint[0] == '\0' ? NULL :
		    arena_strdup(c->arena, err->hint),
	};

	finding_add(c, &f);
	finding_err(&f, err);
}

int
finding_first(const struct conf *c, struct err *err)
{
	size_t i;

	for (i = 0; i < c->nfindings; i++)
		if (c->findings[i].kind == FINDING_ERROR)
			return finding_err(&c->findings[i], err);
	return 0;
}
