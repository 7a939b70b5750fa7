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

int
opt_take_number(const char *option, uint64_t min, uint64_t max, uint64_t *value,
    struct err *err)
{
	if (text_number(optarg, strlen(optarg), 20, max, value) &&
	    *value >= min)
		return 0;
	return err_set(err, ERR_USAGE,
	    "'%s' wants a number from %ju to %ju, not '%s'", option,
	    (uintmax_t)min, (uintmax_t)max, optarg);
}

int
opt_take_protocol(struct err *err)
{
	const char *name = rc_proto_find(optarg), *why;
	char option[64];

	if (name != NULL && (why = rc_proto_refused(name)) == NULL)
		return 0;
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

/* Octets, or with k, M or G so many times 1024 of them. */
int
opt_take_size(struct opt *o, struct err *err)
{
	static const char units[] = "kmgt";
	size_t n = strspn(optarg, "0123456789");
	const char *u = NULL;
	unsigned shift = 0;

	if (optarg[n] != '\0' && optarg[n + 1] == '\0' &&
	    (u = strchr(units, tolower((unsigned char)optarg[n]))) != NULL)
		shift = 10 * (unsigned)(u - units + 1);
	if ((optarg[n] == '\0' || u != NULL) &&
	    text_number(optarg, n, 20, INT64_MAX >> shift, &o->limit) &&
	    o->limit > 0) {
		o->limit <<= shift;
		return 0;
	}
	return err_set(err, ERR_USAGE,
	    "'--limit' wants a size such as 500k or 20M, not '%s'", optarg);
}

/* A number, or the name of a service. */
int
opt_take_port(struct opt *o, struct err *err)
{
	uint64_t n;

	o->port = optarg;
	if (optarg[strspn(optarg, "0123456789")] != '\0')
		return 0;
	return opt_take_number("--port", 1, 65535, &n, err);
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
