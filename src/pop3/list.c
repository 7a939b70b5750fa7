/*
 * The lines of STAT, LIST, UIDL and CAPA.
 */
#include "pop3/list.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NUM_DIGITS	10
#define SIZE_DIGITS	19

/* What is left of a line, taken word by word. */
struct words {
	const uint8_t	*p;
	size_t		 len;
};

/* The octets up to the next blank or the end, and one blank behind them. */
static struct words
words_next(struct words *w)
{
	const uint8_t *blank = memchr(w->p, ' ', w->len);
	struct words word = { w->p, w->len };

	if (blank != NULL)
		word.len = (size_t)(blank - w->p);
	w->p += word.len;
	w->len -= word.len;
	if (blank != NULL) {
		w->p++;
		w->len--;
	}
	return word;
}

static bool
words_num(struct words *w, uint32_t *num)
{
	struct words word = words_next(w);
	uint64_t v;

	if (!text_number(word.p, word.len, NUM_DIGITS, UINT32_MAX, &v))
		return false;
	*num = (uint32_t)v;
	return true;
}

static bool
words_size(struct words *w, uint64_t *size)
{
	struct words word = words_next(w);

	return text_number(word.p, word.len, SIZE_DIGITS, INT64_MAX, size);
}

bool
list_stat(const uint8_t *text, size_t len, uint32_t *count, uint64_t *octets)
{
	struct words w = { text, len };

	return words_num(&w, count) && words_size(&w, octets);
}

bool
list_size(const uint8_t *text, size_t len, uint32_t *num, uint64_t *size)
{
	struct words w = { text, len };

	return words_num(&w, num) && *num > 0 && words_size(&w, size);
}

bool
list_uidl(const uint8_t *text, size_t len, uint32_t *num, const uint8_t **uid,
    size_t *uidlen)
{
	struct words w = { text, len };

	if (len >= 4 && memcmp(text, "+OK ", 4) == 0) {
		w.p += 4;
		w.len -= 4;
	}
	if (!words_num(&w, num) || *num == 0)
		return false;
	while (w.len > 0 && *w.p == ' ') {
		w.p++;
		w.len--;
	}
	if (w.len > LIST_UID_MAX || memchr(w.p, '\0', w.len) != NULL ||
	    memchr(w.p, '\r', w.len) != NULL ||
	    memchr(w.p, '\n', w.len) != NULL)
		return false;
	*uid = w.p;
	*uidlen = w.len;
	return true;
}

static bool
word_is(struct words word, const char *name)
{
	size_t n = strlen(name);

	return word.len == n &&
	    strncasecmp((const char *)word.p, name, n) == 0;
}

/* SASL's words are the mechanisms (RFC 5034 section 3). */
static void
capa_sasl(struct capa *c, struct words *args)
{
	static const struct {
		const char	*name;
		unsigned	 flag;
	} mechs[] = {
		{ "PLAIN",		CAPA_SASL_PLAIN },
		{ "SCRAM-SHA-1",	CAPA_SASL_SCRAM_SHA_1 },
		{ "SCRAM-SHA-256",	CAPA_SASL_SCRAM_SHA_256 },
		{ "XOAUTH2",		CAPA_SASL_XOAUTH2 },
		{ "OAUTHBEARER",	CAPA_SASL_OAUTHBEARER },
	};
	struct words word;
	unsigned flag;
	size_t i;

	while (args->len > 0) {
		word = words_next(args);
		if (word.len == 0)
			continue;
		flag = CAPA_SASL_OTHER;
		for (i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
			if (word_is(word, mechs[i].name))
				flag = mechs[i].flag;
		c->sasl |= flag;
	}
}

/* LOGIN-DELAY seconds [USER] */
static void
capa_login_delay(struct capa *c, struct words *args)
{
	if (words_size(args, &c->login_delay))
		c->login_delay_set = true;
	if (word_is(words_next(args), "USER"))
		c->per_user = true;
}

/* EXPIRE days|NEVER [USER] */
static void
capa_expire(struct capa *c, struct words *args)
{
	struct words word = words_next(args);

	if (word_is(word, "NEVER"))
		c->expire_set = c->expire_never = true;
	else if (text_number(word.p, word.len, SIZE_DIGITS, INT64_MAX,
	    &c->expire))
		c->expire_set = true;
	if (word_is(words_next(args), "USER"))
		c->per_user = true;
}

void
capa_line(struct capa *c, const uint8_t *line, size_t len)
{
	const struct {
		const char	*tag;
		bool		*flag;
		void		(*args)(struct capa *, struct words *);
	} tags[] = {
		{ "TOP",		&c->top,		NULL },
		{ "USER",		&c->user,		NULL },
		{ "UIDL",		&c->uidl,		NULL },
		{ "STLS",		&c->stls,		NULL },
		{ "PIPELINING",		&c->pipelining,		NULL },
		{ "RESP-CODES",		&c->resp_codes,		NULL },
		{ "AUTH-RESP-CODE",	&c->auth_resp_code,	NULL },
		{ "LOGIN-DELAY",	NULL,	capa_login_delay },
		{ "EXPIRE",		NULL,	capa_expire },
		{ "SASL",		NULL,	capa_sasl },
	};
	struct words w = { line, len }, word = words_next(&w);
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (!word_is(word, tags[i].tag))
			continue;
		if (tags[i].flag != NULL)
			*tags[i].flag = true;
		else
			tags[i].args(c, &w);
	}
}
