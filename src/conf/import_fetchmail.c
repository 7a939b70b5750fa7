/*
 * A .fetchmailrc is a run-control file already: what it comes to here, and what
 * there is to say about it.
 */
#include "conf/import_p.h"

#include "base/err.h"
#include "conf/check.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/import.h"
#include "conf/opt.h"
#include "conf/rc_parse.h"
#include "conf/rc_table.h"
#include "conf/show.h"

/* Notes, too: a word that does nothing here did something there. */
static void
comment_findings(FILE *out, const struct conf *c)
{
	struct err each;
	size_t i;

	for (i = 0; i < c->nfindings; i++) {
		finding_err(&c->findings[i], &each);
		fprintf(out, "# %s%s%s\n", each.msg,
		    each.hint[0] != '\0' ? "; " : "", each.hint);
	}
}

int
import_fetchmailrc(FILE *out, const struct import_file *f, size_t *open,
    struct err *err)
{
	const struct opt none = { .mode = OPT_FETCH };
	struct err each = { .kind = ERR_NONE };
	struct import_writer w = { .out = out, .name = f->name };
	struct conf *c = conf_new();
	const struct account *a;
	size_t i;
	int r = -1;

	c->rcfile = f->name;
	c->want_notes = true;
	(void)rc_parse(c, f->text, f->len, f->name, &each);
	check_accounts(c);
	if (c->naccounts == 0) {
		err_set(err, ERR_CONFIG, "%s", err_isset(&each) ? each.msg :
		    "there is no account in it");
		goto out;
	}
	err_clear(&each);
	if (conf_finish(c, &none, &each) == 0)
		check_refused(c);
	import_put_head(&w);
	comment_findings(out, c);
	*open = c->nfindings;
	for (i = 0; i < c->naccounts; i++) {
		a = c->accounts[i];
		/* One for another protocol has its comment. */
		if (a->proto != NULL && rc_proto_refused(a->proto) != NULL)
			continue;
		fputc('\n', out);
		show_account(out, a, true);
	}
	r = 0;
out:
	conf_free(c);
	return r;
}
