/*
 * The keyword table of the run-control file, and looking words up in it.
 */
#include "conf/rc_table.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

#define WORD_MAX_LEN	32
#define NEAR_MAX	3	/* of rc_key_near */

#define ACCOUNT(field)	offsetof(struct account, field)
#define CONF(field)	offsetof(struct conf, field)

/* Rows: a word of the grammar; one that works; a number that works; a string
   that works and must not be empty; one that is harmless; one that is refused,
   without a field and with one. */
#define GRAMMAR(name, scope) \
	{ name, scope, RC_ARG_NONE, RC_WORKS, RC_NOFIELD, NULL, NULL, 0, 0 }
#define WORKS(name, scope, arg, field, canon) \
	{ name, scope, arg, RC_WORKS, field, canon, NULL, 0, 0 }
#define NUMBER(name, scope, arg, field, lo, hi) \
	{ name, scope, arg, RC_WORKS, field, NULL, NULL, lo, hi }
#define NEEDED(name, scope, arg, field, canon) \
	{ name, scope, arg, RC_WORKS, field, canon, NULL, 1, UINT64_MAX }
#define HARMLESS(name, scope, arg, canon, note) \
	{ name, scope, arg, RC_HARMLESS, RC_NOFIELD, canon, note, 0, 0 }
#define REFUSED(name, scope, arg, canon, note) \
	{ name, scope, arg, RC_REFUSED, RC_NOFIELD, canon, note, 0, 0 }
#define PREPARED(name, scope, arg, field, canon, note) \
	{ name, scope, arg, RC_REFUSED, field, canon, note, 0, 0 }

#define NOTE_AUTH	"popfetch logs in with a password over TLS; " \
			"leave it out"
#define NOTE_BOUNCE	"popfetch never sends a bounce"
#define NOTE_CERT	"certificates are always verified; use 'tlspin' or " \
			"'sslcertfile' to trust a self-signed one"
#define NOTE_CLIENT	"popfetch does not log in with a client certificate; " \
			"use 'password'"
#define NOTE_DAEMON	"popfetch runs once; use cron or a timer"
#define NOTE_FOLDER	"a POP3 server has one mailbox; leave it out"
#define NOTE_HEADER	"messages are delivered as they were received"
#define NOTE_IDLE	"POP3 has no IDLE; use cron or a timer"
#define NOTE_IFACE	"popfetch does not look at network interfaces; " \
			"let what starts it do that"
#define NOTE_MULTI	"popfetch does not sort one maildrop to several " \
			"users; let an MDA do it"
#define NOTE_ODMR	"popfetch speaks POP3 only; leave it out"
#define NOTE_PWMD	"popfetch does not ask pwmd; use 'passwordeval' with " \
			"a command that does"
#define NOTE_PIN	"a fingerprint in MD5 can be forged; use 'tlspin' " \
			"with the pin that 'popfetch --probe' prints"
#define NOTE_SMTP	"popfetch does not deliver by SMTP or LMTP; use " \
			"'maildir', or 'mda' with your mail server's " \
			"delivery agent"
#define NOTE_SMTPOPT	"popfetch does not deliver by SMTP"
#define NOTE_STATE	"popfetch keeps a journal for each account; use " \
			"'set state DIR', and '--import FILE' to take the " \
			"list over"
#define NOTE_TLSVER	"TLS 1.2 or newer is always used"
#define NOTE_UIDL	"popfetch always asks for UIDs"

/* It works with some values and is refused with others. */
#define AUTH(name, canon) \
	{ name, RC_SERVER, RC_ARG_AUTH, RC_WORKS, ACCOUNT(auth), canon, \
	    NOTE_AUTH, 0, 0 }

const struct rc_key rc_keys[] = {
	WORKS("aka", RC_SERVER, RC_ARG_NAMES, ACCOUNT(aka), NULL),
	GRAMMAR("and", RC_NOISE),
	HARMLESS("antispam", RC_USER, RC_ARG_LIST, NULL, NOTE_SMTPOPT),
	AUTH("auth", NULL),
	AUTH("authenticate", "auth"),
	HARMLESS("bad-header", RC_SERVER, RC_ARG_STRING, NULL, NOTE_HEADER),
	HARMLESS("batchlimit", RC_USER, RC_ARG_COUNT, NULL,
	    "messages are stored in batches of popfetch's choice"),
	HARMLESS("bouncemail", RC_GLOBAL, RC_ARG_FLAG, NULL, NOTE_BOUNCE),
	REFUSED("bsmtp", RC_USER, RC_ARG_STRING, NULL, NOTE_SMTP),
	HARMLESS("checkalias", RC_SERVER, RC_ARG_FLAG, NULL,
	    "popfetch compares no host names in headers"),
	HARMLESS("daemon", RC_GLOBAL, RC_ARG_SECONDS, NULL, NOTE_DAEMON),
	GRAMMAR("defaults", RC_STATEMENT),
	HARMLESS("dns", RC_SERVER, RC_ARG_FLAG, NULL,
	    "popfetch looks up no host names in headers"),
	HARMLESS("dropdelivered", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	HARMLESS("dropstatus", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	REFUSED("envelope", RC_SERVER, RC_ARG_HEADER, NULL, NOTE_MULTI),
	REFUSED("esmtpname", RC_SERVER, RC_ARG_STRING, NULL, NOTE_SMTP),
	REFUSED("esmtppassword", RC_SERVER, RC_ARG_SECRET, NULL, NOTE_SMTP),
	NUMBER("expunge", RC_USER, RC_ARG_COUNT, ACCOUNT(expunge),
	    0, CONF_UNSET32 - 1),
	HARMLESS("fastuidl", RC_USER, RC_ARG_COUNT, NULL, NOTE_UIDL),
	WORKS("fetchall", RC_USER, RC_ARG_FLAG, ACCOUNT(fetchall), NULL),
	REFUSED("fetchdomains", RC_USER, RC_ARG_LIST, NULL, NOTE_ODMR),
	NUMBER("fetchlimit", RC_USER, RC_ARG_COUNT, ACCOUNT(fetchlimit),
	    0, CONF_UNSET32 - 1),
	HARMLESS("fetchsizelimit", RC_USER, RC_ARG_COUNT, NULL,
	    "all sizes are asked for at once"),
	WORKS("flush", RC_USER, RC_ARG_FLAG, ACCOUNT(flush), NULL),
	REFUSED("folder", RC_USER, RC_ARG_LIST, NULL, NOTE_FOLDER),
	REFUSED("folders", RC_USER, RC_ARG_LIST, "folder", NOTE_FOLDER),
	HARMLESS("forcecr", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	HARMLESS("forceidle", RC_USER, RC_ARG_FLAG, NULL, NOTE_IDLE),
	GRAMMAR("has", RC_NOISE),
	GRAMMAR("here", RC_MARK),
	HARMLESS("idfile", RC_GLOBAL, RC_ARG_STRING, NULL, NOTE_STATE),
	HARMLESS("idle", RC_USER, RC_ARG_FLAG, NULL, NOTE_IDLE),
	HARMLESS("idletimeout", RC_SERVER, RC_ARG_SECONDS, NULL, NOTE_IDLE),
	GRAMMAR("include", RC_STATEMENT),
	REFUSED("interface", RC_SERVER, RC_ARG_STRING, NULL, NOTE_IFACE),
	HARMLESS("interval", RC_SERVER, RC_ARG_COUNT, NULL, NOTE_DAEMON),
	HARMLESS("invisible", RC_GLOBAL, RC_ARG_FLAG, NULL,
	    "popfetch adds no Received header"),
	WORKS("is", RC_USER, RC_ARG_LOCAL, RC_NOFIELD, NULL),
	NUMBER("jobs", RC_GLOBAL, RC_ARG_COUNT, CONF(jobs), 1, CONF_JOBS_MAX),
	NUMBER("keep", RC_USER, RC_ARG_KEEP, ACCOUNT(keep), 60, CONF_AGE_MAX),
	NUMBER("limit", RC_USER, RC_ARG_SIZE, ACCOUNT(limit),
	    0, CONF_UNSET64 - 1),
	REFUSED("limitflush", RC_USER, RC_ARG_FLAG, NULL,
	    "popfetch does not delete what it has not delivered; "
	    "raise 'limit', or delete such messages at the server"),
	REFUSED("lmtp", RC_USER, RC_ARG_FLAG, NULL, NOTE_SMTP),
	REFUSED("local", RC_SERVER, RC_ARG_LIST, "localdomains", NOTE_MULTI),
	REFUSED("localdomains", RC_SERVER, RC_ARG_LIST, NULL, NOTE_MULTI),
	WORKS("logfile", RC_GLOBAL, RC_ARG_PATH, CONF(logfile), NULL),
	NEEDED("maildir", RC_USER, RC_ARG_PATH, ACCOUNT(maildir), NULL),
	NUMBER("max-delete", RC_USER, RC_ARG_COUNT, ACCOUNT(max_delete),
	    0, CONF_UNSET32 - 1),
	NUMBER("max-failures", RC_USER, RC_ARG_COUNT, ACCOUNT(max_failures),
	    0, CONF_UNSET32 - 1),
	NEEDED("mda", RC_USER, RC_ARG_COMMAND, ACCOUNT(mda), NULL),
	WORKS("mda-style", RC_USER, RC_ARG_CHOICE, ACCOUNT(mda_qmail), NULL),
	WORKS("mda-unknown", RC_USER, RC_ARG_CHOICE, ACCOUNT(mda_hold), NULL),
	HARMLESS("mimedec", RC_USER, RC_ARG_FLAG, "mimedecode", NOTE_HEADER),
	HARMLESS("mimedecode", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	REFUSED("monitor", RC_SERVER, RC_ARG_STRING, NULL, NOTE_IFACE),
	GRAMMAR("no", RC_MARK),
	WORKS("on-new", RC_USER, RC_ARG_COMMAND, ACCOUNT(on_new), NULL),
	GRAMMAR("options", RC_NOISE),
	WORKS("pass", RC_USER, RC_ARG_SECRET, ACCOUNT(password), "password"),
	HARMLESS("pass8", RC_USER, RC_ARG_FLAG, "pass8bits", NOTE_HEADER),
	HARMLESS("pass8bits", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	NEEDED("passeval", RC_USER, RC_ARG_COMMAND, ACCOUNT(passwordeval),
	    "passwordeval"),
	WORKS("password", RC_USER, RC_ARG_SECRET, ACCOUNT(password), NULL),
	NEEDED("passwordeval", RC_USER, RC_ARG_COMMAND, ACCOUNT(passwordeval),
	    NULL),
	NUMBER("passwordfd", RC_USER, RC_ARG_FD, ACCOUNT(passwordfd),
	    0, INT_MAX),
	NEEDED("passwordfile", RC_USER, RC_ARG_PATH, ACCOUNT(passwordfile),
	    NULL),
	NUMBER("per-host", RC_GLOBAL, RC_ARG_COUNT, CONF(per_host),
	    1, CONF_JOBS_MAX),
	HARMLESS("pidfile", RC_GLOBAL, RC_ARG_STRING, NULL,
	    "each account has a lock of its own"),
	HARMLESS("pinentry_timeout", RC_GLOBAL, RC_ARG_SECONDS, NULL,
	    "popfetch starts no pinentry"),
	WORKS("plugin", RC_SERVER, RC_ARG_STRING, ACCOUNT(plugin), NULL),
	REFUSED("plugout", RC_SERVER, RC_ARG_STRING, NULL, NOTE_SMTP),
	GRAMMAR("poll", RC_STATEMENT),
	WORKS("port", RC_SERVER, RC_ARG_PORT, ACCOUNT(port), NULL),
	WORKS("post", RC_USER, RC_ARG_COMMAND, ACCOUNT(postconnect),
	    "postconnect"),
	WORKS("postconnect", RC_USER, RC_ARG_COMMAND, ACCOUNT(postconnect),
	    NULL),
	HARMLESS("postmaster", RC_GLOBAL, RC_ARG_STRING, NULL, NOTE_BOUNCE),
	WORKS("pre", RC_USER, RC_ARG_COMMAND, ACCOUNT(preconnect),
	    "preconnect"),
	AUTH("preauth", "auth"),
	AUTH("preauthenticate", "auth"),
	WORKS("preconnect", RC_USER, RC_ARG_COMMAND, ACCOUNT(preconnect),
	    NULL),
	REFUSED("principal", RC_SERVER, RC_ARG_STRING, NULL, NOTE_AUTH),
	HARMLESS("properties", RC_ANYWHERE, RC_ARG_STRING, NULL,
	    "it is for other programs"),
	WORKS("proto", RC_SERVER, RC_ARG_PROTO, ACCOUNT(proto), NULL),
	WORKS("protocol", RC_SERVER, RC_ARG_PROTO, ACCOUNT(proto), "proto"),
	REFUSED("pwmd_file", RC_USER, RC_ARG_STRING, NULL, NOTE_PWMD),
	REFUSED("pwmd_socket", RC_USER, RC_ARG_STRING, NULL, NOTE_PWMD),
	REFUSED("pwmd_socket_args", RC_USER, RC_ARG_STRING, NULL,
	    NOTE_PWMD),
	REFUSED("qvirtual", RC_SERVER, RC_ARG_STRING, NULL, NOTE_MULTI),
	HARMLESS("retrieve-error", RC_SERVER, RC_ARG_STRING, NULL,
	    "a message that cannot be retrieved stays for the next run"),
	HARMLESS("rewrite", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	WORKS("runas", RC_GLOBAL, RC_ARG_STRING, CONF(runas), NULL),
	WORKS("server", RC_STATEMENT, RC_ARG_NONE, RC_NOFIELD, "poll"),
	WORKS("service", RC_SERVER, RC_ARG_PORT, ACCOUNT(port), "port"),
	GRAMMAR("set", RC_STATEMENT),
	HARMLESS("showdots", RC_GLOBAL, RC_ARG_FLAG, NULL,
	    "popfetch prints no dots"),
	GRAMMAR("skip", RC_STATEMENT),
	REFUSED("smtp", RC_USER, RC_ARG_LIST, "smtphost", NOTE_SMTP),
	HARMLESS("smtpaddress", RC_USER, RC_ARG_STRING, NULL, NOTE_SMTPOPT),
	REFUSED("smtphost", RC_USER, RC_ARG_LIST, NULL, NOTE_SMTP),
	HARMLESS("smtpname", RC_USER, RC_ARG_STRING, NULL, NOTE_SMTPOPT),
	HARMLESS("softbounce", RC_GLOBAL, RC_ARG_FLAG, NULL,
	    "what cannot be delivered stays on the server and is set aside; "
	    "see 'max-failures'"),
	HARMLESS("spambounce", RC_GLOBAL, RC_ARG_FLAG, NULL, NOTE_BOUNCE),
	{ "ssl", RC_USER, RC_ARG_TLSFLAG, RC_WORKS, ACCOUNT(tls), NULL, NULL,
	    CONF_TLS_IMPLICIT, CONF_TLS_STLS },
	REFUSED("sslcert", RC_USER, RC_ARG_STRING, NULL, NOTE_CLIENT),
	{ "sslcertck", RC_USER, RC_ARG_FLAG, RC_WORKS, ACCOUNT(sslcertck),
	    NULL, NOTE_CERT, 0, 0 },
	WORKS("sslcertfile", RC_USER, RC_ARG_PATH, ACCOUNT(sslcertfile), NULL),
	WORKS("sslcertpath", RC_USER, RC_ARG_PATH, ACCOUNT(sslcertpath), NULL),
	WORKS("sslcommonname", RC_USER, RC_ARG_STRING,
	    ACCOUNT(sslcommonname), NULL),
	PREPARED("sslfingerprint", RC_USER, RC_ARG_STRING,
	    ACCOUNT(sslfingerprint), NULL, NOTE_PIN),
	REFUSED("sslkey", RC_USER, RC_ARG_STRING, NULL, NOTE_CLIENT),
	REFUSED("sslmode", RC_USER, RC_ARG_STRING, NULL,
	    "popfetch has its own words for that; "
	    "use 'ssl', 'starttls' or 'tls off'"),
	{ "sslproto", RC_USER, RC_ARG_TLSVER, RC_HARMLESS, ACCOUNT(sslproto),
	    NULL, NOTE_TLSVER "; an empty one without 'ssl' is refused", 0, 0 },
	HARMLESS("sslprotocolver", RC_USER, RC_ARG_STRING,
	    "sslprotocolversion", NOTE_TLSVER),
	HARMLESS("sslprotocolversion", RC_USER, RC_ARG_STRING, NULL,
	    NOTE_TLSVER),
	HARMLESS("sslprotover", RC_USER, RC_ARG_STRING,
	    "sslprotocolversion", NOTE_TLSVER),
	HARMLESS("sslprotoversion", RC_USER, RC_ARG_STRING,
	    "sslprotocolversion", NOTE_TLSVER),
	{ "starttls", RC_USER, RC_ARG_TLSFLAG, RC_WORKS, ACCOUNT(tls), NULL,
	    NULL, CONF_TLS_STLS, CONF_TLS_IMPLICIT },
	NEEDED("state", RC_GLOBAL, RC_ARG_PATH, CONF(state), NULL),
	HARMLESS("stripcr", RC_USER, RC_ARG_FLAG, NULL, NOTE_HEADER),
	WORKS("syslog", RC_GLOBAL, RC_ARG_FLAG, CONF(syslog), NULL),
	GRAMMAR("there", RC_MARK),
	NUMBER("timeout", RC_SERVER, RC_ARG_SECONDS, ACCOUNT(timeout),
	    0, CONF_TIMEOUT_MAX),
	WORKS("tls", RC_USER, RC_ARG_TLS, ACCOUNT(tls), NULL),
	WORKS("tlspin", RC_USER, RC_ARG_PIN, ACCOUNT(tlspin), NULL),
	WORKS("to", RC_USER, RC_ARG_LOCAL, RC_NOFIELD, "is"),
	HARMLESS("tracepolls", RC_SERVER, RC_ARG_FLAG, NULL,
	    "popfetch adds no Received header"),
	HARMLESS("uidl", RC_SERVER, RC_ARG_FLAG, NULL, NOTE_UIDL),
	WORKS("user", RC_USER, RC_ARG_NAME, ACCOUNT(user), NULL),
	WORKS("username", RC_USER, RC_ARG_NAME, ACCOUNT(user), "user"),
	WORKS("via", RC_SERVER, RC_ARG_STRING, ACCOUNT(host), NULL),
	GRAMMAR("wants", RC_NOISE),
	HARMLESS("warnings", RC_USER, RC_ARG_SECONDS, NULL,
	    "popfetch sends no mail about large messages"),
	GRAMMAR("with", RC_NOISE),
};

const size_t rc_nkeys = sizeof(rc_keys) / sizeof(rc_keys[0]);

#define PROTO_OTHER	"popfetch speaks POP3 only"
#define PROTO_USE	"; use 'protocol pop3'"

static const struct rc_proto {
	const char	*name;
	const char	*refused;
} rc_protos[] = {
	{ "apop", "popfetch does not do APOP; use 'protocol pop3', over TLS" },
	{ "auto", NULL },
	{ "etrn", PROTO_OTHER },
	{ "imap", PROTO_OTHER "; use mbsync(1) or fetchmail(1) for IMAP, "
	    "or have POP3 switched on at the server" },
	{ "kpop", PROTO_OTHER ", without Kerberos" PROTO_USE },
	{ "odmr", PROTO_OTHER },
	{ "pop2", PROTO_OTHER PROTO_USE },
	{ "pop3", NULL },
	{ "rpop", PROTO_OTHER ", without RPOP's trusted ports" PROTO_USE },
	{ "sdps", PROTO_OTHER ", without Demon's extension" PROTO_USE },
};

#define RC_NPROTOS	(sizeof(rc_protos) / sizeof(rc_protos[0]))

static int
key_compare(const void *word, const void *row)
{
	return strcmp(word, ((const struct rc_key *)row)->name);
}

const struct rc_key *
rc_key_find(const char *word)
{
	return bsearch(word, rc_keys, rc_nkeys, sizeof(rc_keys[0]),
	    key_compare);
}

bool
rc_key_negatable(const struct rc_key *key)
{
	return key->arg == RC_ARG_FLAG || key->arg == RC_ARG_TLSFLAG ||
	    key->arg == RC_ARG_KEEP || key->arg == RC_ARG_HEADER;
}

const struct rc_key *
rc_key_find_no(const char *word)
{
	const struct rc_key *key;

	if (strncmp(word, "no", 2) != 0)
		return NULL;
	key = rc_key_find(word + 2);
	return key != NULL && rc_key_negatable(key) ? key : NULL;
}

static unsigned
min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
rc_key_distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX_LEN + 1][WORD_MAX_LEN + 1];
	size_t na = strlen(a), nb = strlen(b), i, j;
	int ca, cb;

	if (na > WORD_MAX_LEN || nb > WORD_MAX_LEN)
		return UINT32_MAX;
	/* No need to look closer. */
	if (na > nb + NEAR_MAX || nb > na + NEAR_MAX)
		return (unsigned)(na > nb ? na - nb : nb - na);
	for (i = 0; i <= na; i++)
		d[i][0] = (unsigned)i;
	for (j = 0; j <= nb; j++)
		d[0][j] = (unsigned)j;
	for (i = 1; i <= na; i++)
		for (j = 1; j <= nb; j++) {
			ca = tolower((unsigned char)a[i - 1]);
			cb = tolower((unsigned char)b[j - 1]);
			d[i][j] = d[i - 1][j - 1] + (ca != cb);
			d[i][j] = min2(d[i][j], d[i - 1][j] + 1);
			d[i][j] = min2(d[i][j], d[i][j - 1] + 1);
			if (i > 1 && j > 1 &&
			    ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				d[i][j] = min2(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[na][nb];
}

unsigned
rc_key_near(const char *word)
{
	size_t n = strlen(word);

	return n < 3 ? 0 : n < 6 ? 1 : n < 10 ? 2 : NEAR_MAX;
}

const char *
rc_key_suggest(const char *word)
{
	unsigned best = rc_key_near(word) + 1, d;
	const struct rc_key *key, *found = NULL;
	size_t i;

	for (i = 0; i < rc_nkeys; i++) {
		key = &rc_keys[i];
		d = rc_key_distance(word, key->name);
		/* Of two that are as near, the one that works. */
		if (d < best || (d == best && found != NULL &&
		    key->class < found->class)) {
			best = d;
			found = key;
		}
	}
	return found == NULL ? NULL : found->name;
}

const char *
rc_proto_find(const char *word)
{
	bool upper = true;
	size_t i;

	for (i = 0; word[i] != '\0'; i++)
		if (islower((unsigned char)word[i]))
			upper = false;
	for (i = 0; i < RC_NPROTOS; i++)
		if (upper ? strcasecmp(word, rc_protos[i].name) == 0 :
		    strcmp(word, rc_protos[i].name) == 0)
			return rc_protos[i].name;
	return NULL;
}

const char *
rc_proto_refused(const char *proto)
{
	size_t i;

	for (i = 0; i < RC_NPROTOS; i++)
		if (strcmp(proto, rc_protos[i].name) == 0)
			return rc_protos[i].refused;
	return NULL;
}

const char *
rc_proto_suggest(const char *word)
{
	unsigned best = rc_key_near(word) + 1, d;
	const struct rc_proto *row, *found = NULL;
	size_t i;

	for (i = 0; i < RC_NPROTOS; i++) {
		row = &rc_protos[i];
		d = rc_key_distance(word, row->name);
		if (d < best || (d == best && found != NULL &&
		    found->refused != NULL && row->refused == NULL)) {
			best = d;
			found = row;
		}
	}
	return found == NULL ? NULL : found->name;
}
