/*
 * What --show-config and --help-keywords print.
 */
#include "conf-rc.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/opt.h"
#include "conf/rc_table.h"
#include "conf/show.h"

typedef void	show_fn(FILE *out, const struct conf *c, bool secrets);

static char *
show(const char *text, show_fn *fn, bool secrets)
{
	const struct opt o = { .mode = OPT_SHOW_CONFIG };
	struct err err = { .kind = ERR_NONE };
	struct conf *c = parse(text);
	char *out = NULL;
	size_t size;
	FILE *f;

	c->rcdir = "/rc";
	setenv("HOME", "/home/joe", 1);
	if (conf_finish(c, &o, &err) == -1)
		fail_msg("%s", err.msg);
	f = open_memstream(&out, &size);
	assert_non_null(f);
	fn(f, c, secrets);
	fclose(f);
	conf_free(c);
	return out;
}

static void
passwords_are_masked_unless_asked_for(void **state)
{
	static const char text[] = "poll a user joe is joe pass 'hunter\"2'";
	show_fn *const fns[] = { show_rc, show_json };
	char *out;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		out = show(text, fns[i], false);
		assert_null(strstr(out, "hunter"));
		assert_non_null(strstr(out, "\"" SHOW_MASK "\""));
		free(out);
	}
	out = show(text, show_rc, true);
	assert_non_null(strstr(out, "\tpassword \"hunter\\x222\"\n"));
	free(out);
	out = show(text, show_json, true);
	assert_string_equal(out, "{\"label\":\"a\",\"active\":true,"
	    "\"user\":\"joe\",\"password\":\"hunter\\\"2\",\"is\":[\"joe\"],"
	    "\"maildir\":\"/home/joe/Maildir\"}\n");
	free(out);
}

/* A value for any keyword of its kind. */
static const char *
sample(enum rc_arg arg, const char *name)
{
	switch (arg) {
	case RC_ARG_KEEP:
		return "30d";
	case RC_ARG_CHOICE:
		return strcmp(name, "mda-style") == 0 ? "qmail" : "hold";
	case RC_ARG_COUNT:
	case RC_ARG_FD:
	case RC_ARG_SECONDS:
	case RC_ARG_SIZE:
	case RC_ARG_PORT:
		return "7";
	case RC_ARG_PROTO:
		return "pop3";
	case RC_ARG_AUTH:
		return "password";
	case RC_ARG_TLS:
		return "off";
	case RC_ARG_FLAG:
	case RC_ARG_TLSFLAG:
		return "";
	case RC_ARG_PIN:
		return "'sha256:"
		    "000102030405060708090a0b0c0d0e0f"
		    "101112131415161718191a1b1c1d1eff'";
	default:
		return "x";
	}
}

static void
every_word_that_works_is_shown(void **state)
{
	const struct rc_key *key;
	char text[256], line[64], *out;
	size_t i;

	(void)state;
	for (i = 0; i < rc_nkeys; i++) {
		key = &rc_keys[i];
		if (key->class != RC_WORKS || key->canon != NULL ||
		    (key->scope != RC_SERVER && key->scope != RC_USER))
			continue;
		snprintf(text, sizeof(text), "poll a %s %s", key->name,
		    sample(key->arg, key->name));
		out = show(text, show_rc, false);
		snprintf(line, sizeof(line), "\n\t%s%s", key->name,
		    *sample(key->arg, key->name) == '\0' ? "\n" : " ");
		if (strstr(out, line) == NULL)
			fail_msg("'%s' shows:\n%s", text, out);
		free(out);
	}
}

static void
where_messages_go_is_shown_if_it_is_said(void **state)
{
	char *out;

	(void)state;
	out = show("set no syslog set logfile ~/l poll a", show_rc, false);
	assert_non_null(strstr(out, "\nset logfile \"/home/joe/l\"\n"
	    "set no syslog\n"));
	free(out);
	out = show("set syslog poll a", show_rc, false);
	assert_non_null(strstr(out, "\nset syslog\n"));
	free(out);
	out = show("poll a", show_rc, false);
	assert_null(strstr(out, "log"));
	free(out);
}

static void
a_string_can_be_read_again(void **state)
{
	char *out;

	(void)state;
	out = show("poll a user \"b\\\\c'\\x22\" is x maildir '/%%a\\n%a`'",
	    show_rc, false);
	assert_non_null(strstr(out, "\tuser \"b\\\\c'\\x22\"\n"));
	assert_non_null(strstr(out, "\tmaildir \"/%%a\\x0aa\\x60\"\n"));
	free(out);
}

static void
every_keyword_is_listed_with_its_class(void **state)
{
	static const char *const lines[] = {
		"keep               user      flag,age  works   \n",
		"uidl               server    flag      harmless popfetch ",
		"lmtp               user      flag      refused  popfetch ",
		"pass               user      password  works    as 'password'\n",
		"logfile            set       path      works   \n",
		"mda                user      command   works   \n",
		"sslcertck          user      flag      works    not 'no': ",
	};
	char *out = NULL, *s;
	size_t size, i, n = 0;
	FILE *f = open_memstream(&out, &size);

	(void)state;
	assert_non_null(f);
	show_keywords(f, false);
	fclose(f);
	for (s = out; (s = strchr(s, '\n')) != NULL; s++)
		n++;
	assert_int_equal(n, rc_nkeys);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(out, lines[i]) == NULL)
			fail_msg("no '%s'", lines[i]);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_masked_unless_asked_for),
		cmocka_unit_test(every_word_that_works_is_shown),
		cmocka_unit_test(where_messages_go_is_shown_if_it_is_said),
		cmocka_unit_test(a_string_can_be_read_again),
		cmocka_unit_test(every_keyword_is_listed_with_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
