/*
 * The command line: one table of options, for getopt_long(3) and for --help.
 */
#include "conf/opt.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/opt_p.h"
#include "conf/rc_table.h"
#include "conf/show.h"
#include "conf/url.h"

#define HELP_COLUMN	30	/* where the explanations begin */
#define FOREIGN	512	/* fetchmail's, long only: this and its row */
#define USAGE_HINT	"try 'popfetch --help'"

struct row {
	int		 val;	/* what getopt_long returns */
	const char	*name;
	const char	*arg;	/* its value in the help, in brackets if it may
				   be left out, NULL: it takes none */
	const char	*help;	/* NULL: not shown */
};

/* In the order of --help. */
static const struct row rows[] = {
	{ 'a', "all",		NULL,	"fetch what was fetched before, too" },
	{ 'a', "fetchall",	NULL,	NULL },
	{ 'k', "keep",		"[AGE]", "leave messages on the server" },
	{ 'K', "no-keep",	NULL,	"delete messages that are delivered" },
	{ 'K', "nokeep",	NULL,	NULL },
	{ 'F', "flush",		NULL,	"delete what was delivered before" },
	{ 'l', "limit",		"SIZE",	"leave larger messages alone" },
	{ 'B', "fetch-limit",	"N",	"fetch so many messages at most" },
	{ 'B', "fetchlimit",	"N",	NULL },
	{ 'e', "expunge",	"N",	"say QUIT after so many deletions" },
	{ LONG_RETRY, "retry",	NULL,	"try what was set aside, too" },
	{ LONG_MAILDIR, "maildir", "DIR", "deliver to this Maildir" },
	{ 'm', "mda",		"CMD",	"deliver with this shell command" },
	{ LONG_STDOUT, "stdout", NULL,	"print messages, delete none" },
	{ LONG_RAW, "raw",	NULL,	"print one, without any addition" },
	{ 'u', "user",		"NAME",	"the user's name at the server" },
	{ 'u', "username",	"NAME",	NULL },
	{ 'P', "port",		"PORT",	"the server's port" },
	{ 'P', "service",	"PORT",	NULL },
	{ LONG_TLS, "tls",	"HOW",	"implicit, starttls or off" },
	{ LONG_SSL, "ssl",	NULL,	NULL },
	{ LONG_CA_FILE, "ca-file", "FILE", "certificates to trust instead" },
	{ LONG_CA_FILE, "sslcertfile", "FILE", NULL },
	{ LONG_PIN, "pin",	"PIN",	"the key that the server must have" },
	{ LONG_AUTH, "auth",	"NAME",	"how to log in: password or any" },
	{ LONG_PASSWORD_COMMAND, "password-command", "CMD", "a command that "
	    "prints the password" },
	{ LONG_PASSWORD_COMMAND, "passwordeval", "CMD", NULL },
	{ LONG_PASSWORD_FD, "password-fd", "N", "a descriptor to read it "
	    "from" },
	{ LONG_PASSWORD_FD, "passwordfd", "N", NULL },
	{ 'p', "protocol",	"NAME",	NULL },
	{ 'p', "proto",		"NAME",	NULL },
	{ 't', "timeout",	"SECONDS", "give up on a silent server" },
	{ 'f', "file",		"FILE",	"run-control file; - is stdin" },
	{ 'f', "fetchmailrc",	"FILE",	NULL },
	{ LONG_STATE, "state",	"DIR",	"where to remember what was fetched" },
	{ LONG_JOBS, "jobs",	"N",	"accounts to poll at the same time" },
	{ LONG_PER_HOST, "per-host", "N", "of these, on one server" },
	{ LONG_SHARD, "shard",	"I/N",	"poll one part of N, from 0, only" },
	{ LONG_WAIT, "wait",	"[SECONDS]", "wait for a run that is at work" },
	{ LONG_FORCE, "force",	NULL,	"log in where a run would rather not" },
	{ LONG_EXIT_NEW, "exit-new", NULL, "exit with 1 if no mail was new" },
	{ 'c', "check",		NULL,	"tell whether mail is waiting" },
	{ LONG_LIST, "list",	NULL,	"list the messages on the server" },
	{ LONG_DRY_RUN, "dry-run", NULL, "tell what would be done, and why" },
	{ LONG_CATCH_UP, "catch-up", "[N]", "take all but N messages for known" },
	{ LONG_PROBE, "probe",	NULL,	"tell what a server can do" },
	{ LONG_CONFIGURE, "configure", "ADDRESS", "print a run-control file for it" },
	{ LONG_IMPORT, "import", "FILE", "take over another fetcher's file" },
	{ LONG_CHECK_CONFIG, "check-config", NULL, "look for errors in the "
	    "run-control file" },
	{ LONG_SHOW_CONFIG, "show-config", NULL, "print what it comes to" },
	{ LONG_SHOW_SECRETS, "show-secrets", NULL, "with the passwords" },
	{ LONG_JSON, "json",	NULL,	"print JSON, an object on each line" },
	{ LONG_PROGRESS, "progress", "WHEN", "auto, always or never" },
	{ LONG_COLOR, "color",	"WHEN",	"auto, always or never" },
	{ 'L', "log-file",	"FILE",	"append what is said to it" },
	{ 'L', "logfile",	"FILE",	NULL },
	{ LONG_SYSLOG, "syslog", NULL,	"say it to syslog" },
	{ LONG_NO_SYSLOG, "nosyslog", NULL, NULL },
	{ 'q', "quiet",		NULL,	"say nothing but errors" },
	{ 's', "silent",	NULL,	NULL },
	{ 'v', "verbose",	NULL,	"say more; up to three times" },
	{ 'V', "version",	NULL,	"print the version" },
	{ 'h', "help",		NULL,	"print this" },
	{ LONG_HELP_KEYWORDS, "help-keywords", NULL, "print all keywords and "
	    "options" },
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))
#define NLONGS	(NROWS + OPT_NFETCHMAIL)

static const struct row *
row_find(int val)
{
	size_t i;

	for (i = 0; i < NROWS; i++)
		if (rows[i].val == val)
			return &rows[i];
	return NULL;
}

const char *
opt_name(int val)
{
	return row_find(val)->name;
}

/* What getopt_long returns for one of fetchmail's. */
static int
foreign_val(size_t i)
{
	return opt_fetchmail[i].letter != 0 ? opt_fetchmail[i].letter :
	    FOREIGN + (int)i;
}

/* NULL: it is one of ours. */
static const struct opt_fetchmail *
foreign_find(int val)
{
	size_t i;

	for (i = 0; i < OPT_NFETCHMAIL; i++)
		if (foreign_val(i) == val)
			return &opt_fetchmail[i];
	return NULL;
}

static char *
put_letter(char *l, int val, bool value)
{
	*l++ = (char)val;
	if (value)
		*l++ = ':';
	return l;
}

/* Fills what getopt_long wants. */
static void
make_tables(struct option longs[NLONGS + 1], char letters[2 * NLONGS + 2])
{
	struct option *o = longs;
	char *l = letters;
	size_t i;

	memset(longs, 0, (NLONGS + 1) * sizeof(longs[0]));
	/* The colon tells a missing value from an unknown option. */
	*l++ = ':';
	for (i = 0; i < NROWS; i++, o++) {
		o->name = rows[i].name;
		o->has_arg = rows[i].arg == NULL ? no_argument :
		    rows[i].arg[0] == '[' ? optional_argument :
		    required_argument;
		o->val = rows[i].val;
		if (o->val < 256 && row_find(o->val) == &rows[i])
			l = put_letter(l, o->val,
			    o->has_arg == required_argument);
	}
	for (i = 0; i < OPT_NFETCHMAIL; i++, o++) {
		o->name = opt_fetchmail[i].name;
		o->has_arg = opt_fetchmail[i].value ? required_argument :
		    no_argument;
		o->val = foreign_val(i);
		if (o->val < 256)
			l = put_letter(l, o->val, opt_fetchmail[i].value);
	}
	*l = '\0';
}

/* Does a long option, which may have a value behind '=', begin with text? */
static bool
is_prefix(const char *name, const char *text)
{
	return strncmp(name, text, strcspn(text, "=")) == 0;
}

/* A long option that is none, or is short for several. */
static int
fail_long(const struct option *longs, const char *text, struct err *err)
{
	const struct option *o, *first = NULL;
	const char *like = NULL;
	char name[32];
	unsigned best, d;
	size_t n = strcspn(text, "=");

	strlcpy(name, text, n < sizeof(name) ? n + 1 : sizeof(name));
	best = rc_key_near(name) + 1;
	for (o = longs; o->name != NULL; o++) {
		if (is_prefix(o->name, text)) {
			if (first == NULL)
				first = o;
			if (first->val != o->val)
				return err_set(err, ERR_USAGE,
				    "option '--%s' may be '--%s' or '--%s'",
				    name, first->name, o->name);
		}
		d = rc_key_distance(name, o->name);
		if (d < best && foreign_find(o->val) == NULL) {
			best = d;
			like = o->name;
		}
	}
	err_set(err, ERR_USAGE, "unknown option '--%s'", name);
	if (like != NULL)
		err_hint(err, "did you mean '--%s'?", like);
	return -1;
}

/* What getopt_long did not take; arg is the argument it was looking at. */
static int
fail_option(const struct option *longs, int result, const char *arg,
    struct err *err)
{
	const bool is_long = strncmp(arg, "--", 2) == 0;
	const char *what = "unknown option";

	if (result == ':')
		what = "a value is missing behind";
	else if (row_find(optopt) != NULL || foreign_find(optopt) != NULL)
		what = "no value belongs to";
	else if (is_long)
		return fail_long(longs, arg + 2, err);
	if (is_long)
		err_set(err, ERR_USAGE, "%s '%.*s'", what,
		    (int)strcspn(arg, "="), arg);
	else
		err_set(err, ERR_USAGE, "%s '-%c'", what, optopt);
	return -1;
}

/* The arguments that are URLs. */
static int
check_urls(const struct opt *o, struct err *err)
{
	size_t i;

	for (i = 0; i < o->naccounts; i++) {
		if (!url_is(o->accounts[i]))
			continue;
		if (url_check(o->accounts[i], err) == -1)
			return -1;
		if (o->mode == OPT_CHECK_CONFIG || o->mode == OPT_IMPORT ||
		    o->mode == OPT_CONFIGURE)
			return err_set(err, ERR_USAGE, "this needs a "
			    "run-control file, not a URL");
	}
	return 0;
}

int
opt_parse(struct opt *o, int argc, char **argv, struct err *err)
{
	struct option longs[NLONGS + 1];
	char letters[2 * NLONGS + 2];
	int c, at, r = 0;

	memset(o, 0, sizeof(*o));
	make_tables(longs, letters);
	opterr = 0;
	optind = 0;		/* start anew, wherever an earlier call ended */
	do {
		optopt = 0;
		at = optind == 0 ? 1 : optind;
		c = getopt_long(argc, argv, letters, longs, NULL);
		if (c == '?' && optopt == '?')
			o->mode = OPT_HELP;
		else if (c == '?' || c == ':')
			r = fail_option(longs, c,
			    argv[optind > at ? optind - 1 : at], err);
		else if (c != -1)
			r = foreign_find(c) != NULL ?
			    opt_fetchmail_take(foreign_find(c), optarg, err) :
			    opt_take(o, c, err);
	} while (c != -1 && r == 0);
	o->accounts = argv + optind;
	o->naccounts = (size_t)(argc - optind);
	/* Who wants to see more does not mean the -q of an alias. */
	if (o->verbose > 0)
		o->quiet = false;
	if (r == 0)
		r = opt_check(o, err);
	if (r == 0 && o->mode != OPT_HELP)
		r = check_urls(o, err);
	return r == -1 ? err_hint(err, USAGE_HINT) : 0;
}

void
opt_table(FILE *out, bool json)
{
	struct show_row row = { .event = "option", .place = "option" };
	char name[32], as[32];
	const struct row *r;
	size_t i;

	row.name = name;
	row.class = show_class(RC_WORKS);
	for (i = 0; i < NROWS; i++) {
		r = &rows[i];
		snprintf(name, sizeof(name), "--%s", r->name);
		row.value = r->arg == NULL ? "-" : r->arg;
		/* -s is -q, but has a letter of its own. */
		snprintf(as, sizeof(as), "--%s",
		    opt_name(r->val == 's' ? 'q' : r->val));
		row.as = r->help == NULL && strcmp(as, name) != 0 ? as : NULL;
		row.note = r->help;
		show_row(out, json, &row);
	}
	opt_fetchmail_table(out, json);
}

void
opt_help(FILE *out)
{
	const struct row *row;
	char left[HELP_COLUMN + 1];
	size_t i;

	fputs("usage: popfetch [OPTION]... [ACCOUNT | URL]...\n"
	    "Fetches mail by POP3 for the accounts named, or for all of the\n"
	    "run-control file.  A URL, pops://USER@HOST, needs no such file."
	    "\n\n", out);
	for (i = 0; i < NROWS; i++) {
		row = &rows[i];
		if (row->help == NULL)
			continue;
		snprintf(left, sizeof(left), "  %c%c%c --%s%s%s",
		    row->val < 256 ? '-' : ' ',
		    row->val < 256 ? row->val : ' ',
		    row->val < 256 ? ',' : ' ', row->name,
		    row->arg == NULL ? "" : *row->arg == '[' ? "[=" : "=",
		    row->arg == NULL ? "" :
		    row->arg + (*row->arg == '[' ? 1 : 0));
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, row->help);
	}
	fputs("\nSee popfetch(1) and popfetchrc(5).\n", out);
}
