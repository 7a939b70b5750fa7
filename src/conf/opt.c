/*
 * The command line: one table of options, for getopt_long(3) and for --help.
 */
#include "conf/opt.h"

#include <getopt.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "conf/rc_table.h"

#define HELP_COLUMN	26	/* where the explanations begin */
#define USAGE_HINT	"try 'popfetch --help'"

/* Options that are long only; short ones are their letter. */
enum {
	OPT_JOBS = 256,
	OPT_MAILDIR,
	OPT_STATE,
};

struct row {
	int		 val;	/* what getopt_long returns */
	const char	*name;
	const char	*arg;	/* its value in the help, NULL: it takes none */
	const char	*help;	/* NULL: not shown */
};

/* In the order of --help. */
static const struct row rows[] = {
	{ 'a', "all",		NULL,	"fetch what was fetched before, too" },
	{ 'a', "fetchall",	NULL,	NULL },
	{ 'k', "keep",		NULL,	"leave messages on the server" },
	{ 'K', "no-keep",	NULL,	"delete messages that are delivered" },
	{ 'K', "nokeep",	NULL,	NULL },
	{ OPT_MAILDIR, "maildir", "DIR", "deliver to this Maildir" },
	{ 'm', "mda",		"CMD",	"deliver with this shell command" },
	{ 't', "timeout",	"SECONDS", "give up on a silent server" },
	{ 'f', "file",		"FILE",	"run-control file; - is stdin" },
	{ 'f', "fetchmailrc",	"FILE",	NULL },
	{ OPT_STATE, "state",	"DIR",	"where to remember what was fetched" },
	{ OPT_JOBS, "jobs",	"N",	"accounts to poll at the same time" },
	{ 'q', "quiet",		NULL,	"say nothing but errors" },
	{ 's', "silent",	NULL,	NULL },
	{ 'v', "verbose",	NULL,	"say more; up to three times" },
	{ 'V', "version",	NULL,	"print the version" },
	{ 'h', "help",		NULL,	"print this" },
	{ 'U', "uidl",		NULL,	NULL },
	{ 'N', "nodetach",	NULL,	NULL },
	{ 'p', "protocol",	"NAME",	NULL },
	{ 'p', "proto",		"NAME",	NULL },
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static const struct row *
row_find(int val)
{
	size_t i;

	for (i = 0; i < NROWS; i++)
		if (rows[i].val == val)
			return &rows[i];
	return NULL;
}

/* Fills what getopt_long wants; letters has room for three per row. */
static void
make_tables(struct option longs[NROWS + 1], char letters[3 * NROWS + 2])
{
	char *l = letters;
	size_t i;

	memset(longs, 0, (NROWS + 1) * sizeof(longs[0]));
	/* The colon tells a missing value from an unknown option. */
	*l++ = ':';
	for (i = 0; i < NROWS; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].arg != NULL ?
		    required_argument : no_argument;
		longs[i].val = rows[i].val;
		if (rows[i].val >= 256 || row_find(rows[i].val) != &rows[i])
			continue;
		*l++ = (char)rows[i].val;
		if (rows[i].arg != NULL)
			*l++ = ':';
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
fail_long(const char *text, struct err *err)
{
	const struct row *first = NULL;
	const char *like = NULL;
	char name[32];
	unsigned best, d;
	size_t i, n = strcspn(text, "=");

	strlcpy(name, text, n < sizeof(name) ? n + 1 : sizeof(name));
	best = rc_key_near(name) + 1;
	for (i = 0; i < NROWS; i++) {
		if (is_prefix(rows[i].name, text)) {
			if (first == NULL)
				first = &rows[i];
			if (first->val != rows[i].val)
				return err_set(err, ERR_USAGE,
				    "option '--%s' may be '--%s' or '--%s'",
				    name, first->name, rows[i].name);
		}
		if ((d = rc_key_distance(name, rows[i].name)) < best) {
			best = d;
			like = rows[i].name;
		}
	}
	err_set(err, ERR_USAGE, "unknown option '--%s'", name);
	if (like != NULL)
		err_hint(err, "did you mean '--%s'?", like);
	return -1;
}

/* What getopt_long did not take; arg is the argument it was looking at. */
static int
fail_option(int result, const char *arg, struct err *err)
{
	const bool is_long = strncmp(arg, "--", 2) == 0;
	const char *what = "unknown option";

	if (result == ':')
		what = "a value is missing behind";
	else if (row_find(optopt) != NULL)
		what = "no value belongs to";
	else if (is_long)
		return fail_long(arg + 2, err);
	if (is_long)
		err_set(err, ERR_USAGE, "%s '%.*s'", what,
		    (int)strcspn(arg, "="), arg);
	else
		err_set(err, ERR_USAGE, "%s '-%c'", what, optopt);
	return -1;
}

static int
take_number(const char *option, uint64_t min, uint64_t max, uint64_t *value,
    struct err *err)
{
	if (text_number(optarg, strlen(optarg), 20, max, value) &&
	    *value >= min)
		return 0;
	return err_set(err, ERR_USAGE,
	    "'%s' wants a number from %ju to %ju, not '%s'", option,
	    (uintmax_t)min, (uintmax_t)max, optarg);
}

/* fetchmail's -p: what says POP3 is welcome. */
static int
take_protocol(struct err *err)
{
	if (strcasecmp(optarg, "pop3") == 0 || strcasecmp(optarg, "auto") == 0)
		return 0;
	return err_set(err, ERR_USAGE,
	    "protocol '%s': popfetch speaks POP3 only", optarg);
}

static int
take_option(struct opt *o, int val, struct err *err)
{
	uint64_t n = 0;

	switch (val) {
	case 'a':
		o->fetchall = TRI_YES;
		break;
	case 'k':
		o->keep = TRI_YES;
		break;
	case 'K':
		o->keep = TRI_NO;
		break;
	case OPT_MAILDIR:
		o->maildir = optarg;
		break;
	case 'm':
		o->mda = optarg;
		break;
	case 't':
		if (take_number("--timeout", 0, CONF_TIMEOUT_MAX, &n,
		    err) == -1)
			return -1;
		o->timeout = (int)n;
		break;
	case 'f':
		o->file = optarg;
		break;
	case OPT_STATE:
		o->state = optarg;
		break;
	case OPT_JOBS:
		if (take_number("--jobs", 1, CONF_JOBS_MAX, &n, err) == -1)
			return -1;
		o->jobs = (uint32_t)n;
		break;
	case 'q':
	case 's':
		o->quiet = true;
		break;
	case 'v':
		o->verbose++;
		break;
	case 'V':
		o->version = true;
		break;
	case 'h':
		o->help = true;
		break;
	case 'p':
		return take_protocol(err);
	default:
		break;		/* accepted, does nothing */
	}
	return 0;
}

/* A path or command that is empty is a slip in a script. */
static int
check(const struct opt *o, struct err *err)
{
	const char *values[] = { o->maildir, o->mda, o->file, o->state };
	size_t i;

	if (o->maildir != NULL && o->mda != NULL)
		return err_set(err, ERR_USAGE,
		    "'--maildir' and '--mda' exclude each other");
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i] != NULL && *values[i] == '\0')
			return err_set(err, ERR_USAGE,
			    "an option's value is empty");
	return 0;
}

int
opt_parse(struct opt *o, int argc, char **argv, struct err *err)
{
	struct option longs[NROWS + 1];
	char letters[3 * NROWS + 2];
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
			o->help = true;
		else if (c == '?' || c == ':')
			r = fail_option(c, argv[optind > at ? optind - 1 : at],
			    err);
		else if (c != -1)
			r = take_option(o, c, err);
	} while (c != -1 && r == 0);
	if (r == 0)
		r = check(o, err);
	if (r == -1)
		return err_hint(err, USAGE_HINT);
	o->accounts = argv + optind;
	o->naccounts = (size_t)(argc - optind);
	return 0;
}

void
opt_help(FILE *out)
{
	const struct row *row;
	char left[HELP_COLUMN + 1];
	size_t i;

	fputs("usage: popfetch [OPTION]... [ACCOUNT]...\n"
	    "Fetches mail by POP3 for the accounts named, or for all of the\n"
	    "run-control file.\n\n", out);
	for (i = 0; i < NROWS; i++) {
		row = &rows[i];
		if (row->help == NULL)
			continue;
		snprintf(left, sizeof(left), "  %c%c%c --%s%s%s",
		    row->val < 256 ? '-' : ' ',
		    row->val < 256 ? row->val : ' ',
		    row->val < 256 ? ',' : ' ', row->name,
		    row->arg != NULL ? "=" : "",
		    row->arg != NULL ? row->arg : "");
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, row->help);
	}
	fputs("\nSee popfetch(1) and popfetchrc(5).\n", out);
}
