/*
 * The keyword table: in order, consistent, and in the manual page.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/rc_table.h"

/* fetchmail's words (POP3 part and all others), protocols and marks apart. */
static const char *const fetchmail[] = {
	"set", "daemon", "logfile", "idfile", "pidfile", "postmaster",
	"properties", "bouncemail", "spambounce", "softbounce", "syslog",
	"invisible", "showdots", "pinentry_timeout", "poll", "server", "skip",
	"defaults", "via", "aka", "proto", "protocol", "service", "port",
	"auth", "authenticate", "preauth", "preauthenticate", "timeout",
	"interval", "uidl", "envelope", "qvirtual", "local", "localdomains",
	"dns", "checkalias", "interface", "monitor", "plugin", "plugout",
	"tracepolls", "principal", "esmtpname", "esmtppassword", "bad-header",
	"idletimeout", "retrieve-error", "user", "username", "is", "to",
	"pass", "password", "passwordfile", "passwordfd", "passwordeval",
	"passeval", "keep", "flush", "limitflush", "fetchall", "rewrite",
	"stripcr", "forcecr", "pass8", "pass8bits", "dropstatus",
	"dropdelivered", "mimedec", "mimedecode", "idle", "forceidle", "limit",
	"warnings", "fetchlimit", "fetchsizelimit", "fastuidl", "batchlimit",
	"expunge", "mda", "bsmtp", "smtp", "smtphost", "lmtp", "smtpaddress",
	"smtpname", "fetchdomains", "antispam", "folder", "folders", "pre",
	"preconnect", "post", "postconnect", "ssl", "sslproto", "sslmode",
	"sslprotocolversion", "sslprotover", "sslprotocolver",
	"sslprotoversion", "sslcertck", "sslcertfile", "sslcertpath",
	"sslcert", "sslkey", "sslcommonname", "sslfingerprint", "pwmd_socket",
	"pwmd_socket_args", "pwmd_file", "here", "there", "no", "and", "with",
	"has", "wants", "options",
};

static void
the_table_is_sorted_and_unique(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < rc_nkeys; i++)
		if (strcmp(rc_keys[i - 1].name, rc_keys[i].name) >= 0)
			fail_msg("%s stands before %s", rc_keys[i - 1].name,
			    rc_keys[i].name);
	for (i = 0; i < rc_nkeys; i++)
		assert_ptr_equal(rc_key_find(rc_keys[i].name), &rc_keys[i]);
}

static void
every_word_of_fetchmail_is_known(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fetchmail) / sizeof(fetchmail[0]); i++)
		if (rc_key_find(fetchmail[i]) == NULL)
			fail_msg("%s is missing", fetchmail[i]);
}

static void
one_word_denials_of_fetchmail_are_known(void **state)
{
	static const char *const words[] = {
		"nobouncemail", "nouidl", "nocheckalias", "nodns",
		"noenvelope", "nokeep", "noflush", "nolimitflush",
		"nofetchall", "norewrite", "noforcecr", "nostripcr", "nopass8",
		"nopass8bits", "nodropstatus", "nodropdelivered", "nomimedec",
		"nomimedecode", "nospambounce", "noidle", "noforceidle",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (rc_key_find_no(words[i]) == NULL)
			fail_msg("%s is missing", words[i]);
	assert_null(rc_key_find_no("nopoll"));
	assert_null(rc_key_find_no("keep"));
	assert_null(rc_key_find_no("no"));
}

static void
rows_are_consistent(void **state)
{
	const struct rc_key *k, *canon;
	size_t i, size;

	(void)state;
	for (i = 0; i < rc_nkeys; i++) {
		k = &rc_keys[i];
		if (k->class != RC_WORKS && k->note == NULL)
			fail_msg("%s has no note", k->name);
		if (k->class == RC_HARMLESS && k->offset != RC_NOFIELD &&
		    k->arg != RC_ARG_TLSVER)
			fail_msg("%s has a field", k->name);
		size = k->scope == RC_GLOBAL ? sizeof(struct conf) :
		    sizeof(struct account);
		if (k->offset != RC_NOFIELD && k->offset >= size)
			fail_msg("%s has a field outside", k->name);
		if (k->lo > k->hi && k->arg != RC_ARG_TLSFLAG)
			fail_msg("%s has no range", k->name);
		if (k->canon == NULL)
			continue;
		canon = rc_key_find(k->canon);
		if (canon == NULL || canon->canon != NULL ||
		    canon->scope != k->scope || canon->arg != k->arg ||
		    canon->class != k->class || canon->offset != k->offset ||
		    canon->note != k->note)
			fail_msg("%s is not %s", k->name, k->canon);
	}
}

static void
a_note_is_one_line_of_its_own(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < rc_nkeys; i++) {
		if (rc_keys[i].note == NULL)
			continue;
		n = strlen(rc_keys[i].note);
		if (n == 0 || n > 150 || rc_keys[i].note[n - 1] == '.')
			fail_msg("%s: %s", rc_keys[i].name, rc_keys[i].note);
	}
}

static void
passwords_are_kept_as_secrets(void **state)
{
	(void)state;
	assert_int_equal(rc_key_find("pass")->arg, RC_ARG_SECRET);
	assert_int_equal(rc_key_find("password")->arg, RC_ARG_SECRET);
	assert_int_equal(rc_key_find("esmtppassword")->arg, RC_ARG_SECRET);
}

static void
a_slip_is_recognised(void **state)
{
	(void)state;
	assert_string_equal(rc_key_suggest("sssl"), "ssl");
	assert_string_equal(rc_key_suggest("pasword"), "password");
	assert_string_equal(rc_key_suggest("usre"), "user");
	assert_string_equal(rc_key_suggest("Poll"), "poll");
	assert_string_equal(rc_key_suggest("KEEP"), "keep");
	assert_string_equal(rc_key_suggest("fetchlimt"), "fetchlimit");
	/* Rather a word that works than one that is refused. */
	assert_string_equal(rc_key_suggest("sslcertc"), "sslcertck");
	assert_null(rc_key_suggest("hunter2"));
	assert_null(rc_key_suggest(""));
	assert_null(rc_key_suggest("ks"));
	assert_null(rc_key_suggest(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void
distance_counts_edits(void **state)
{
	(void)state;
	assert_int_equal(rc_key_distance("", ""), 0);
	assert_int_equal(rc_key_distance("abc", "ABC"), 0);
	assert_int_equal(rc_key_distance("abc", ""), 3);
	assert_int_equal(rc_key_distance("abc", "acb"), 1);
	assert_int_equal(rc_key_distance("abc", "axc"), 1);
	assert_int_equal(rc_key_distance("abc", "abcd"), 1);
	assert_int_equal(rc_key_distance("kitten", "sitting"), 3);
}

static void
protocols_have_two_spellings(void **state)
{
	(void)state;
	assert_string_equal(rc_proto_find("pop3"), "pop3");
	assert_string_equal(rc_proto_find("POP3"), "pop3");
	assert_null(rc_proto_find("Pop3"));
	assert_null(rc_proto_find("pop"));
	assert_null(rc_proto_refused("pop3"));
	assert_null(rc_proto_refused("auto"));
	assert_non_null(rc_proto_refused("imap"));
	assert_non_null(rc_proto_refused("apop"));
	assert_string_equal(rc_proto_suggest("Pop3"), "pop3");
	assert_string_equal(rc_proto_suggest("pop"), "pop3");
	assert_string_equal(rc_proto_suggest("imp"), "imap");
}

static void
what_is_almost_pop3_is_told_to_use_it(void **state)
{
	static const char *const names[] = {
		"apop", "kpop", "pop2", "rpop", "sdps",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(rc_proto_refused(names[i]), "'protocol pop3'") ==
		    NULL)
			fail_msg("%s: %s", names[i],
			    rc_proto_refused(names[i]));
}

/* Does the word stand in the text, with nothing of a word on its sides? */
static int
mentions(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *s;

	for (s = text; (s = strstr(s, word)) != NULL; s++)
		if ((s == text || !isalnum((unsigned char)s[-1])) &&
		    !isalnum((unsigned char)s[n]) && s[n] != '-' &&
		    s[n] != '_')
			return 1;
	return 0;
}

static void
the_manual_names_every_keyword(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], *text;
	size_t i, n;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/doc/popfetchrc.5",
	    srcdir != NULL ? srcdir : ".");
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	text = calloc(1, 1 << 20);
	assert_non_null(text);
	n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	assert_true(n > 0);
	for (i = 0; i < rc_nkeys; i++)
		if (!mentions(text, rc_keys[i].name))
			fail_msg("%s is not in the manual", rc_keys[i].name);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_unique),
		cmocka_unit_test(every_word_of_fetchmail_is_known),
		cmocka_unit_test(one_word_denials_of_fetchmail_are_known),
		cmocka_unit_test(rows_are_consistent),
		cmocka_unit_test(a_note_is_one_line_of_its_own),
		cmocka_unit_test(passwords_are_kept_as_secrets),
		cmocka_unit_test(a_slip_is_recognised),
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(protocols_have_two_spellings),
		cmocka_unit_test(what_is_almost_pop3_is_told_to_use_it),
		cmocka_unit_test(the_manual_names_every_keyword),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
