/*
 * The values of options, as getopt_long(3) left them in optarg.
 */
#include "conf/opt_p.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "conf/rc_table.h"
#include "conf/unit.h"

static int
take_number(const char *option, uint64_t min, uint64_t max, uint64_t *value,
    struct err *err)
{
	if (text_number(optarg, strlen(optarg), 20, max, value) &&
	    *value >= min)
		return 0;
	return err_set(err, ERR_USAGE,
	    "'--%s' wants a number from %ju to %ju, not '%s'", option,
	    (uintmax_t)min, (uintmax_t)max, optarg);
}

int
opt_take_count(int val, uint32_t min, uint32_t max, uint32_t *count,
    struct err *err)
{
	uint64_t n = 0;

	if (take_number(opt_name(val), min, max, &n, err) == -1)
		return -1;
	*count = (uint32_t)n;
	return 0;
}

int
opt_take_protocol(struct opt *o, struct err *err)
{
	const char *name, *why;
	char option[64], lower[16];
	size_t i;

	for (i = 0; i < sizeof(lower) - 1 && optarg[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)optarg[i]);
	lower[i] = '\0';
	name = rc_proto_find(lower);
	if (name != NULL && (why = rc_proto_refused(name)) == NULL) {
		o->proto = name;
		return 0;
	}
	snprintf(option, sizeof(option), "protocol '%s'", optarg);
	return opt_refuse(option, name != NULL ? why :
	    "popfetch speaks POP3 only", err);
}

int
opt_take_auth(struct err *err)
{
	if (strcasecmp(optarg, "password") == 0 ||
	    strcasecmp(optarg, "any") == 0)
		return 0;
	return err_set(err, ERR_USAGE, "'--auth %s': popfetch logs in with a "
	    "password over TLS", optarg);
}

int
opt_take_tls(struct opt *o, struct err *err)
{
	if (strcmp(optarg, "implicit") == 0)
		o->tls = CONF_TLS_IMPLICIT;
	else if (strcmp(optarg, "starttls") == 0)
		o->tls = CONF_TLS_STLS;
	else if (strcmp(optarg, "off") == 0)
		o->tls = CONF_TLS_OFF;
	else
		return err_set(err, ERR_USAGE,
		    "'--tls' wants implicit, starttls or off, not '%s'",
		    optarg);
	return 0;
}

int
opt_take_size(struct opt *o, struct err *err)
{
	if (unit_size(optarg, INT64_MAX, &o->limit) != UNIT_GOOD)
		return err_set(err, ERR_USAGE, "'--limit' wants a size such as "
		    "500k or 20M, not '%s'", optarg);
	if (o->limit == 0)
		o->limit = CONF_UNSET64;
	return 0;
}

int
opt_take_age(struct opt *o, struct err *err)
{
	uint64_t seconds = 0;

	if (optarg != NULL && (unit_age(optarg, CONF_AGE_MAX,
	    &seconds) != UNIT_GOOD || seconds == 0))
		return err_set(err, ERR_USAGE, "'--keep' wants an age such as "
		    "30d or 1d12h, not '%s'", optarg);
	o->keep_for = (int64_t)seconds;
	return 0;
}

int
opt_take_shard(struct opt *o, struct err *err)
{
	const char *slash = strchr(optarg, '/');
	uint64_t part, parts;

	if (slash == NULL || !text_number(slash + 1, strlen(slash + 1), 10,
	    UINT32_MAX, &parts) || parts == 0 ||
	    !text_number(optarg, (size_t)(slash - optarg), 10, parts - 1,
	    &part))
		return err_set(err, ERR_USAGE, "'--shard' wants I/N with I "
		    "less than N, not '%s'", optarg);
	o->shard = (uint32_t)part;
	o->shards = (uint32_t)parts;
	return 0;
}

/* A number, or the name of a service. */
int
opt_take_port(struct opt *o, struct err *err)
{
	uint64_t n;

	o->port = optarg;
	if (optarg[strspn(optarg, "0123456789")] != '\0')
		return 0;
	return take_number("port", 1, 65535, &n, err);
}

int
opt_take_when(const char *option, enum opt_when *when, struct err *err)
{
	static const char *const words[] = {
		[OPT_AUTO] = "auto", [OPT_ALWAYS] = "always",
		[OPT_NEVER] = "never",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(optarg, words[i]) == 0) {
			*when = (enum opt_when)i;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE,
	    "'%s' wants auto, always or never, not '%s'", option, optarg);
}
