/*
 * What each option does, and which of them do not go together.
 */
#include "conf/opt_p.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

#include "base/err.h"

static int
take_mode(struct opt *o, int val, struct err *err)
{
	static const struct {
		int		 val;
		enum opt_mode	 mode;
	} modes[] = {
		{ 'V', OPT_VERSION },
		{ 'h', OPT_HELP },
		{ LONG_HELP_KEYWORDS, OPT_HELP_KEYWORDS },
		{ LONG_CHECK_CONFIG, OPT_CHECK_CONFIG },
		{ LONG_SHOW_CONFIG, OPT_SHOW_CONFIG },
		{ 'c', OPT_CHECK },
		{ LONG_LIST, OPT_LIST },
		{ LONG_DRY_RUN, OPT_DRY_RUN },
		{ LONG_CATCH_UP, OPT_CATCH_UP },
		{ LONG_PROBE, OPT_PROBE },
		{ LONG_IMPORT, OPT_IMPORT },
		{ LONG_CONFIGURE, OPT_CONFIGURE },
	};
	size_t i = 0, old = 0;

	while (modes[i].val != val)
		i++;
	while (o->mode != OPT_FETCH && modes[old].mode != o->mode)
		old++;
	/* Who asks for help needs it, whatever else was typed. */
	if (o->mode != OPT_FETCH && o->mode != modes[i].mode &&
	    o->mode != OPT_HELP && val != 'h')
		return err_set(err, ERR_USAGE,
		    "'--%s' and '--%s' exclude each other",
		    opt_name(modes[old].val), opt_name(val));
	if (o->mode != OPT_HELP)
		o->mode = modes[i].mode;
	return 0;
}

static int
take_whole(struct opt *o, int val, struct err *err)
{
	switch (val) {
	case LONG_CATCH_UP:
		if (optarg != NULL && opt_take_count(val, 0, UINT32_MAX,
		    &o->newest, err) == -1)
			return -1;
		break;
	case LONG_IMPORT:
	case LONG_CONFIGURE:
		o->subject = optarg;
		break;
	default:
		break;
	}
	return take_mode(o, val, err);
}

/* What is printed, and where. */
static int
take_output(struct opt *o, int val, struct err *err)
{
	switch (val) {
	case 'q':
	case 's':
		o->quiet = true;
		break;
	case 'v':
		o->verbose++;
		break;
	case LONG_JSON:
		o->json = true;
		break;
	case LONG_SHOW_SECRETS:
		o->show_secrets = true;
		break;
	case LONG_PROGRESS:
		return opt_take_when("--progress", &o->progress, err);
	case LONG_COLOR:
		return opt_take_when("--color", &o->color, err);
	case 'L':
		o->log_file = optarg;
		break;
	case LONG_SYSLOG:
		o->syslog = TRI_YES;
		break;
	case LONG_NO_SYSLOG:
		o->syslog = TRI_NO;
		break;
	default:
		return take_whole(o, val, err);
	}
	return 0;
}

/* How a run goes. */
static int
take_run(struct opt *o, int val, struct err *err)
{
	switch (val) {
	case 'f':
		o->file = optarg;
		break;
	case LONG_STATE:
		o->state = optarg;
		break;
	case LONG_JOBS:
		return opt_take_count(val, 1, CONF_JOBS_MAX, &o->jobs, err);
	case LONG_PER_HOST:
		return opt_take_count(val, 1, CONF_JOBS_MAX, &o->per_host, err);
	case LONG_SHARD:
		return opt_take_shard(o, err);
	case LONG_WAIT:
		o->wait = OPT_WAIT_ANY;
		return optarg == NULL ? 0 : opt_take_count(val, 1,
		    OPT_WAIT_ANY - 1, &o->wait, err);
	case LONG_EXIT_NEW:
		o->exit_new = true;
		break;
	case LONG_FORCE:
		o->force = true;
		break;
	default:
		return take_output(o, val, err);
	}
	return 0;
}

/* Where the server is, and how to get in. */
static int
take_server(struct opt *o, int val, struct err *err)
{
	switch (val) {
	case 'u':
		o->user = optarg;
		break;
	case 'P':
		return opt_take_port(o, err);
	case LONG_TLS:
		return opt_take_tls(o, err);
	case LONG_SSL:
		o->tls = CONF_TLS_IMPLICIT;
		break;
	case LONG_CA_FILE:
		o->ca_file = optarg;
		break;
	case LONG_PIN:
		o->pin = optarg;
		break;
	case LONG_AUTH:
		return opt_take_auth(err);
	case LONG_PASSWORD_COMMAND:
		o->password_command = optarg;
		break;
	case LONG_PASSWORD_FD:
		o->has_password_fd = true;
		return opt_take_count(val, 0, INT_MAX, &o->password_fd, err);
	case 'p':
		return opt_take_protocol(o, err);
	case 't':
		return opt_take_count(val, 0, CONF_TIMEOUT_MAX, &o->timeout,
		    err);
	default:
		return take_run(o, val, err);
	}
	return 0;
}

/* A count of which 0 means that there is none. */
static int
take_bound(int val, uint32_t *n, struct err *err)
{
	if (opt_take_count(val, 0, CONF_UNSET32 - 1, n, err) == -1)
		return -1;
	if (*n == 0)
		*n = CONF_UNSET32;
	return 0;
}

/* What is fetched, how much of it, and where it goes. */
int
opt_take(struct opt *o, int val, struct err *err)
{
	switch (val) {
	case 'a':
		o->fetchall = TRI_YES;
		break;
	case 'k':
		o->keep = TRI_YES;
		return opt_take_age(o, err);
	case 'K':
		o->keep = TRI_NO;
		break;
	case 'F':
		o->flush = TRI_YES;
		break;
	case 'l':
		return opt_take_size(o, err);
	case 'B':
		return take_bound(val, &o->fetchlimit, err);
	case 'e':
		return take_bound(val, &o->expunge, err);
	case LONG_RETRY:
		o->retry = true;
		break;
	case LONG_MAILDIR:
		o->maildir = optarg;
		break;
	case 'm':
		o->mda = optarg;
		break;
	case LONG_STDOUT:
		o->to_stdout = true;
		break;
	case LONG_RAW:
		o->raw = true;
		break;
	default:
		return take_server(o, val, err);
	}
	return 0;
}

/* Two options of which each would undo the other. */
static int
check_pairs(const struct opt *o, struct err *err)
{
	const struct {
		bool		 a, b;
		const char	*what_a, *what_b;
	} pairs[] = {
		{ o->to_stdout, o->mda != NULL, "stdout", "mda" },
		{ o->to_stdout, o->maildir != NULL, "stdout", "maildir" },
		{ o->maildir != NULL, o->mda != NULL, "maildir", "mda" },
		{ o->log_file != NULL, o->syslog == TRI_YES, "log-file", "syslog" },
		{ o->password_command != NULL, o->has_password_fd,
		    "password-command", "password-fd" },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].a && pairs[i].b)
			return err_set(err, ERR_USAGE,
			    "'--%s' and '--%s' exclude each other",
			    pairs[i].what_a, pairs[i].what_b);
	return 0;
}

int
opt_check(const struct opt *o, struct err *err)
{
	/* A path or command that is empty is a slip in a script. */
	const char *values[] = {
		o->maildir, o->mda, o->file, o->state, o->subject, o->user,
		o->port, o->ca_file, o->log_file, o->pin, o->password_command,
	};
	size_t i;

	if (o->to_stdout && (o->json || o->mode != OPT_FETCH))
		return err_set(err, ERR_USAGE, "'--stdout' is for messages "
		    "alone, and this would print something else there");
	if (o->json && o->mode == OPT_CONFIGURE)
		return err_set(err, ERR_USAGE, "'--json' does not go with "
		    "'--configure': a run-control file is printed");
	if (o->raw && !o->to_stdout)
		return err_set(err, ERR_USAGE, "'--raw' goes with '--stdout'");
	if (o->show_secrets && o->mode != OPT_SHOW_CONFIG)
		return err_set(err, ERR_USAGE,
		    "'--show-secrets' goes with '--show-config'");
	if (o->exit_new && o->mode != OPT_FETCH && o->mode != OPT_HELP)
		return err_set(err, ERR_USAGE,
		    "'--exit-new' is for a run that fetches");
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i] != NULL && *values[i] == '\0')
			return err_set(err, ERR_USAGE,
			    "an option's value is empty");
	return check_pairs(o, err);
}
