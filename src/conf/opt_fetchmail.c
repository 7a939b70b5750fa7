/*
 * fetchmail 6.4's options that popfetch does not have.  Those of the same
 * meaning are in opt.c.
 */
#include "conf/opt_p.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/rc_table.h"
#include "conf/show.h"

#define ONCE	"popfetch runs once; use cron or a timer"
#define NO_DAEMON "there is no daemon to end; stop the timer that starts " \
		"popfetch"
#define MULTI	"popfetch does not sort one maildrop to several users; let " \
		"an MDA do it"

const struct opt_fetchmail opt_fetchmail[OPT_NFETCHMAIL] = {
	{ 'd', "daemon",	true,	NULL, ONCE },
	{ 0, "quit",		false,	NULL, NO_DAEMON },
	{ 'N', "nodetach",	false,	NULL, NULL },
	{ 0, "invisible",	false,	"invisible", NULL },
	{ 0, "showdots",	false,	"showdots", NULL },
	{ 'i', "idfile",	true,	NULL, "popfetch keeps a journal for "
	    "each account; use '--state DIR', and '--import FILE' to take "
	    "such a file over" },
	{ 0, "pidfile",		true,	"pidfile", NULL },
	{ 0, "postmaster",	true,	"postmaster", NULL },
	{ 0, "nobounce",	false,	"bouncemail", NULL },
	{ 0, "nosoftbounce",	false,	"softbounce", NULL },
	{ 0, "softbounce",	false,	"softbounce", NULL },
	{ 'I', "interface",	true,	"interface", NULL },
	{ 'M', "monitor",	true,	"monitor", NULL },
	{ 0, "configdump",	false,	NULL, "popfetch writes no Python; use "
	    "'--show-config --json'" },
	{ 'y', "yydebug",	false,	NULL, "it is for fetchmail's own "
	    "parser; use '--check-config'" },
	{ 0, "bad-header",	true,	"bad-header", NULL },
	{ 'U', "uidl",		false,	"uidl", NULL },
	{ 0, "idle",		false,	NULL, "POP3 has no IDLE; use cron or a "
	    "timer" },
	{ 'E', "envelope",	true,	NULL, MULTI },
	{ 'Q', "qvirtual",	true,	NULL, MULTI },
	{ 0, "principal",	true,	"principal", NULL },
	{ 0, "tracepolls",	false,	"tracepolls", NULL },
	{ 0, "limitflush",	false,	"limitflush", NULL },
	{ 'n', "norewrite",	false,	"rewrite", NULL },
	{ 'r', "folder",	true,	"folder", NULL },
	{ 'S', "smtphost",	true,	"smtphost", NULL },
	{ 0, "fetchdomains",	true,	"fetchdomains", NULL },
	{ 'D', "smtpaddress",	true,	"smtpaddress", NULL },
	{ 0, "smtpname",	true,	"smtpname", NULL },
	{ 'Z', "antispam",	true,	"antispam", NULL },
	{ 'b', "batchlimit",	true,	"batchlimit", NULL },
	{ 0, "fetchsizelimit",	true,	"fetchsizelimit", NULL },
	{ 0, "fastuidl",	true,	"fastuidl", NULL },
	{ 0, "bsmtp",		true,	"bsmtp", NULL },
	{ 0, "lmtp",		false,	"lmtp", NULL },
	{ 'w', "warnings",	true,	"warnings", NULL },
	{ 0, "sslcertck",	false,	NULL, NULL },
	{ 0, "nosslcertck",	false,	NULL, "certificates are always "
	    "verified; use '--pin' or '--ca-file' to trust a self-signed one" },
	{ 0, "sslproto",	true,	"sslproto", NULL },
	{ 0, "sslcert",		true,	"sslcert", NULL },
	{ 0, "sslkey",		true,	"sslkey", NULL },
	{ 0, "sslcertpath",	true,	"sslcertpath", NULL },
	{ 0, "sslcommonname",	true,	"sslcommonname", NULL },
	{ 0, "sslfingerprint",	true,	"sslfingerprint", NULL },
	{ 0, "plugin",		true,	"plugin", NULL },
	{ 0, "plugout",		true,	"plugout", NULL },
};

int
opt_refuse(const char *option, const char *why, struct err *err)
{
	err_sentence(err, ERR_USAGE, why);
	return err_wrap(err, "%s", option);
}

static int
refuse(const struct opt_fetchmail *row, const char *why, struct err *err)
{
	char option[64];

	if (row->letter != 0)
		snprintf(option, sizeof(option), "fetchmail's '-%c', '--%s'",
		    row->letter, row->name);
	else
		snprintf(option, sizeof(option), "fetchmail's '--%s'",
		    row->name);
	return opt_refuse(option, why, err);
}

int
opt_fetchmail_take(const struct opt_fetchmail *row, const char *value,
    struct err *err)
{
	const struct rc_key *key;

	/* Foreground, and once. */
	if (row->letter == 'd' && strcmp(value, "0") == 0)
		return 0;
	if (row->keyword == NULL)
		return row->why == NULL ? 0 : refuse(row, row->why, err);
	key = rc_key_find(row->keyword);
	if (key->arg == RC_ARG_TLSVER && *value == '\0')
		return refuse(row, "an empty one means no TLS; use '--tls off' "
		    "if that is meant", err);
	if (key->class == RC_HARMLESS)
		return 0;
	if (key->class == RC_REFUSED)
		return refuse(row, key->note, err);
	err_set(err, ERR_USAGE, "'--%s' is no option", row->name);
	return err_hint(err, "write '%s' into the run-control file",
	    row->keyword);
}

void
opt_fetchmail_table(FILE *out, bool json)
{
	struct show_row row = { .event = "option", .place = "option" };
	const struct opt_fetchmail *o;
	const struct rc_key *key;
	enum rc_class class;
	char name[32];
	size_t i;

	row.name = name;
	for (i = 0; i < OPT_NFETCHMAIL; i++) {
		o = &opt_fetchmail[i];
		key = o->keyword == NULL ? NULL : rc_key_find(o->keyword);
		/* What works in the file only is refused here. */
		class = key == NULL ? o->why == NULL ? RC_HARMLESS :
		    RC_REFUSED : key->class == RC_HARMLESS ? RC_HARMLESS :
		    RC_REFUSED;
		snprintf(name, sizeof(name), "--%s", o->name);
		row.value = o->value ? "VALUE" : "-";
		row.class = show_class(class);
		row.note = key == NULL ? o->why : key->class == RC_WORKS ?
		    "write it into the run-control file" : key->note;
		show_row(out, json, &row);
	}
}
