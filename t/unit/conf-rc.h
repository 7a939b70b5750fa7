/*
 * Run-control files in strings, for the unit tests: one is read, or refused
 * with certain words.
 */
#ifndef T_CONF_RC_H
#define T_CONF_RC_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/finding.h"
#include "conf/rc_parse.h"

static inline struct conf *
parse(const char *text)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	c->rcdir = "/rc";
	if (rc_parse(c, text, strlen(text), "rc", &err) == -1)
		fail_msg("%s; %s", err.msg, err.hint);
	assert_int_equal(c->nfindings, 0);
	return c;
}

/* The text is refused with this message, and a hint that begins like that. */
static inline void
refuses(const char *text, const char *msg, const char *hint)
{
	struct err err = { .kind = ERR_NONE };
	struct conf *c = conf_new();

	assert_int_equal(rc_parse(c, text, strlen(text), "rc", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_string_equal(err.msg, msg);
	assert_non_null(c->findings[0].excerpt);
	if (strncmp(err.hint, hint, strlen(hint)) != 0 ||
	    (*hint == '\0' && err.hint[0] != '\0'))
		fail_msg("hint '%s', not '%s'", err.hint, hint);
	if (strstr(err.msg, "hunter") != NULL ||
	    strstr(err.hint, "hunter") != NULL ||
	    strstr(c->findings[0].excerpt, "hunter") != NULL)
		fail_msg("a password is shown: %s %s %s", err.msg, err.hint,
		    c->findings[0].excerpt);
	conf_free(c);
}

#endif
