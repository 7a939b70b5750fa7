/*
 * Notes on accounts whose run-control file is right but may not be meant.
 */
#include "conf/check.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/rc_table.h"

#define NAMES_SHOWN	3

/* Is it one that the check is about? */
typedef bool	check_fn(const struct account *a);

static bool
has_port(const struct account *a, const char *number, const char *service)
{
	return a->port != NULL && (strcmp(a->port, number) == 0 ||
	    strcmp(a->port, service) == 0);
}

static bool
keeps_unsaid(const struct account *a)
{
	return a->keep == TRI_UNSET && a->flush != TRI_YES;
}

static bool
tls_unsaid(const struct account *a)
{
	return a->tls == CONF_TLS_UNSET && a->port == NULL;
}

/* At port 110 fetchmail does the same. */
static bool
tls_by_port(const struct account *a)
{
	return a->tls == CONF_TLS_UNSET && a->port != NULL &&
	    !has_port(a, "995", "pop3s") && !has_port(a, "110", "pop3");
}

static bool
tls_by_995(const struct account *a)
{
	return a->tls == CONF_TLS_UNSET && has_port(a, "995", "pop3s");
}

static bool
not_tls_at_995(const struct account *a)
{
	return (a->tls == CONF_TLS_STLS || a->tls == CONF_TLS_OFF) &&
	    has_port(a, "995", "pop3s");
}

static bool
tls_at_110(const struct account *a)
{
	return a->tls == CONF_TLS_IMPLICIT && has_port(a, "110", "pop3");
}

static bool
delivery_unsaid(const struct account *a)
{
	return a->maildir == NULL && a->mda == NULL;
}

static const struct check {
	check_fn	*is;
	const char	*what;
	const char	*hint;
} checks[] = {
	{ keeps_unsaid, "neither 'keep' nor 'no keep': messages stay on the "
	    "server; fetchmail would delete them",
	    "say 'no keep' to delete what is delivered" },
	{ tls_unsaid, "no 'ssl': TLS at port 995 all the same, or STARTTLS "
	    "at 110 where that is closed; never in the clear", NULL },
	{ tls_by_port, "no 'ssl': TLS from the first octet on all the same, as "
	    "at every port but 110", "use 'starttls' if it is to begin later" },
	{ tls_by_995, "port 995 without 'ssl': TLS all the same, since that "
	    "port is for it", NULL },
	{ not_tls_at_995, "port 995 is for TLS from the first octet on, but "
	    "that is not what is said", "use 'ssl'" },
	{ tls_at_110, "port 110 is not for TLS from the first octet on",
	    "use 'starttls', or port 995" },
	{ delivery_unsaid, "no 'mda': messages go to the Maildir ~/Maildir; "
	    "fetchmail would give them to a mail server on this computer",
	    "use 'maildir DIR' or 'mda CMD'" },
};

static bool
is_foreign(const struct account *a)
{
	return a->proto != NULL && rc_proto_refused(a->proto) != NULL;
}

/* One note for all the accounts that a check is about. */
static void
check_all(struct conf *c, const struct check *check)
{
	const struct account *a, *first = NULL;
	const char *names = NULL;
	struct finding f = { .kind = FINDING_NOTE, .hint = check->hint };
	size_t i, n = 0;

	for (i = 0; i < c->naccounts; i++) {
		a = c->accounts[i];
		if (is_foreign(a) || !check->is(a))
			continue;
		if (first == NULL)
			first = a;
		if (n++ < NAMES_SHOWN)
			names = arena_printf(c->arena, "%s%s%s",
			    n > 1 ? names : "", n > 1 ? ", " : "", a->label);
	}
	if (first == NULL)
		return;
	f.file = first->file;
	f.line = first->line;
	f.msg = n > NAMES_SHOWN ? arena_printf(c->arena,
	    "%s and %zu more: %s", names, n - NAMES_SHOWN, check->what) :
	    arena_printf(c->arena, "%s: %s", names, check->what);
	finding_add(c, &f);
}

/*
 * An mda at the end of the file, beyond the last entry's indentation, that
 * only the last user gets.
 */
static void
check_stray(struct conf *c)
{
	const struct account *a;
	struct finding f = {
		.kind = FINDING_NOTE, .file = c->stray_file,
		.line = c->stray_line, .column = 1,
		.hint = "put it behind 'defaults', before the first 'poll'",
	};
	size_t i;

	for (i = 0; i + 1 < c->naccounts && c->stray_line > 0; i++) {
		a = c->accounts[i];
		if (is_foreign(a) || !delivery_unsaid(a))
			continue;
		f.msg = arena_printf(c->arena, "this 'mda' is for %s only, "
		    "not for %s", c->accounts[c->naccounts - 1]->label,
		    a->label);
		finding_add(c, &f);
		return;
	}
}

void
check_accounts(struct conf *c)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		check_all(c, &checks[i]);
	check_stray(c);
}

/* Why the account will not be polled, or NULL. */
static const char *
refusal(const struct conf *c, const struct account *a)
{
	const bool runs = a->preconnect != NULL || a->postconnect != NULL ||
	    a->on_new != NULL || a->plugin != NULL ||
	    (a->password == NULL && a->passwordeval != NULL);

	if (a->refused == NULL && runs && geteuid() == 0 && c->runas == NULL)
		return "its commands are not run as root; add 'set runas USER', "
		    "or 'set runas root'";
	return a->refused;
}

/* Each costs itself: the status is 78, but the others are fetched. */
void
check_refused(struct conf *c)
{
	const struct account *a;
	const char *why;
	struct finding f = { .kind = FINDING_ERROR };
	struct err err = { .kind = ERR_NONE };
	size_t i;

	for (i = 0; i < c->naccounts; i++) {
		a = c->accounts[i];
		if ((why = refusal(c, a)) == NULL)
			continue;
		if (finding_errors(c) >= FINDING_ERRORS_MAX)
			return;
		f.kind = a->active ? FINDING_ERROR : FINDING_NOTE;
		f.file = a->file;
		f.line = a->line;
		err_sentence(&err, ERR_CONFIG, why);
		f.msg = arena_printf(c->arena, "%s: %s", a->label, err.msg);
		f.hint = err.hint[0] == '\0' ? NULL :
		    arena_strdup(c->arena, err.hint);
		finding_add(c, &f);
		err_clear(&err);
	}
}
