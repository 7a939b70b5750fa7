/*
 * The run-control file, whatever it holds: what is accepted and shown means the
 * same when it is read again, and what is refused is told in printable words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/show.h"

#define RC_CHECK(cond)	do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_findings(struct conf *c)
{
	const struct finding *f;
	const char *s;
	size_t i;

	RC_CHECK(finding_errors(c) <= FINDING_ERRORS_MAX * 3);
	for (i = 0; i < c->nfindings; i++) {
		f = &c->findings[i];
		RC_CHECK(f->msg != NULL && *f->msg != '\0');
		for (s = f->excerpt; s != NULL && *s != '\0'; s++)
			RC_CHECK((*s >= ' ' && *s <= '~') || *s == '\n');
	}
}

/* The configuration that is shown for a text, or NULL if it is refused. */
static char *
shown(const char *text, size_t len, FILE *json)
{
	const struct opt o = { .mode = OPT_SHOW_CONFIG };
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();
	char *out = NULL;
	size_t size;
	FILE *f;
	int r;

	c->want_notes = true;
	r = rc_parse(c, text, len, "rc", &err);
	RC_CHECK((r == -1) == (finding_errors(c) > 0));
	RC_CHECK((r == -1) == err_isset(&err));
	if (r == 0) {
		check_accounts(c);
		r = conf_finish(c, &o, &err);
	}
	check_findings(c);
	show_findings(json, c, true);
	if (r == 0) {
		RC_CHECK((f = open_memstream(&out, &size)) != NULL);
		show_rc(f, c, true);
		RC_CHECK(fclose(f) == 0);
		show_json(json, c, true);
	}
	conf_free(c);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static FILE *null;
	char *first, *second;

	if (null == NULL) {
		RC_CHECK((null = fopen("/dev/null", "w")) != NULL);
		setenv("HOME", "/home/joe", 1);
		setenv("LOGNAME", "joe", 1);
	}
	first = shown((const char *)data, len, null);
	if (first == NULL)
		return 0;
	second = shown(first, strlen(first), null);
	RC_CHECK(second != NULL && strcmp(first, second) == 0);
	free(first);
	free(second);
	return 0;
}
