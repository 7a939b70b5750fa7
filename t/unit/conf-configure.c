/*
 * Run-control files for addresses, and the table of providers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/configure.h"
#include "conf/opt.h"
#include "conf/providers.h"
#include "conf/rc_parse.h"

#define PROVIDER(name, domains, host, login, first, also) \
	{ name, domains, host, PROVIDER_##login, first, also },

static const struct provider all[] = {
#include "conf/providers.def"
};

/* The one account of what is written for an address. */
static struct conf *
written(struct configure *c, char **text)
{
	const struct opt o = { .mode = OPT_FETCH };
	struct err err = { .kind = ERR_NONE };
	struct conf *conf = conf_new();
	size_t size = 0, column = 0, i;
	FILE *out = open_memstream(text, &size);

	configure_write(out, c);
	fclose(out);
	conf->rcfile = "written";
	if (rc_parse(conf, *text, size, "written", &err) == -1 ||
	    conf_finish(conf, &o, &err) == -1)
		fail_msg("%s in\n%s", err.msg, *text);
	assert_int_equal(conf->naccounts, 1);
	for (i = 0; i < size; i++) {
		column = (*text)[i] == '\n' ? 0 : (*text)[i] == '\t' ?
		    column + 8 : column + 1;
		if (column > 80)
			fail_msg("a line is too long in\n%s", *text);
	}
	return conf;
}

static void
every_provider_makes_an_account(void **state)
{
	char address[200], domain[100], *text;
	struct configure c;
	struct conf *conf;
	struct err err;
	size_t i, n = 0;

	(void)state;
	setenv("HOME", "/home/joe", 1);
	setenv("LOGNAME", "joe", 1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		err_clear(&err);
		snprintf(domain, sizeof(domain), "%.*s",
		    (int)strcspn(all[i].domains, " "), all[i].domains);
		snprintf(address, sizeof(address), "joe.doe@%s", domain);
		if (all[i].login == PROVIDER_OAUTH ||
		    all[i].login == PROVIDER_NOWHERE) {
			assert_int_equal(configure_start(&c, address, &err),
			    -1);
			assert_int_equal(err.kind, ERR_UNAVAILABLE);
			assert_non_null(all[i].first);
			configure_free(&c);
			continue;
		}
		assert_int_equal(configure_start(&c, address, &err), 0);
		assert_string_equal(c.provider->name, all[i].name);
		conf = written(&c, &text);
		assert_string_equal(conf->accounts[0]->host, all[i].host);
		assert_string_equal(conf->accounts[0]->user,
		    all[i].login == PROVIDER_LOCAL ? "joe.doe" : address);
		assert_int_equal(conf->accounts[0]->tls, CONF_TLS_IMPLICIT);
		assert_int_equal(conf->accounts[0]->keep, TRI_YES);
		assert_null(conf->accounts[0]->port);
		conf_free(conf);
		free(text);
		configure_free(&c);
		n++;
	}
	assert_true(n >= 12);
}

/* No domain twice, and every one as configure_start would have it. */
static void
domains_are_found_whatever_their_case(void **state)
{
	const struct provider *p;
	char domain[100], *s;
	const char *d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (d = all[i].domains; *d != '\0';) {
			snprintf(domain, sizeof(domain), "%.*s",
			    (int)strcspn(d, " "), d);
			p = provider_find(domain);
			assert_non_null(p);
			assert_string_equal(p->name, all[i].name);
			for (s = domain; *s != '\0'; s++)
				if (*s >= 'a' && *s <= 'z')
					*s -= 'a' - 'A';
			assert_ptr_equal(provider_find(domain), p);
			d += strcspn(d, " ");
			d += strspn(d, " ");
		}
	assert_null(provider_find("example.org"));
	assert_null(provider_find("gmail"));
	assert_null(provider_find("gmail.com.example.org"));
	assert_null(provider_find(""));
}

static void
a_server_that_was_found_is_written(void **state)
{
	struct configure c;
	struct err err = { .kind = ERR_NONE };
	struct conf *conf;
	char *text;

	(void)state;
	assert_int_equal(configure_start(&c, "\"j\\o`e\"@Example.ORG", &err),
	    0);
	assert_string_equal(c.domain, "example.org");
	assert_null(c.provider);
	c.host = "pop.example.net";
	c.port = "1110";
	c.starttls = true;
	c.foreign = true;
	conf = written(&c, &text);
	assert_string_equal(conf->accounts[0]->label, "example.org");
	assert_string_equal(conf->accounts[0]->host, "pop.example.net");
	assert_string_equal(conf->accounts[0]->port, "1110");
	assert_string_equal(conf->accounts[0]->user,
	    "\"j\\o`e\"@example.org");
	assert_int_equal(conf->accounts[0]->tls, CONF_TLS_STLS);
	assert_non_null(strstr(text, "outside the address's domain"));
	conf_free(conf);
	free(text);
	configure_free(&c);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "joe", "@example.org", "joe@", "joe@example", "joe@.org",
		"joe@example..org", "joe@example.org.", "joe@exa mple.org",
		"j oe@example.org", "joe@example.org\nset x", "j\noe@a.b",
		"joe@ex\xc3\xa4mple.org", "joe@a\"b.org",
	};
	struct configure c;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&err);
		if (configure_start(&c, bad[i], &err) == 0 ||
		    err.kind != ERR_USAGE)
			fail_msg("%s", bad[i]);
		configure_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_provider_makes_an_account),
		cmocka_unit_test(domains_are_found_whatever_their_case),
		cmocka_unit_test(a_server_that_was_found_is_written),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
