/*
 * The error value: setting, decorating and ranking it.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The octets of fmt's result as printable text in dst. */
static void __attribute__((format(printf, 3, 0)))
err_text(char *dst, size_t size, const char *fmt, va_list ap)
{
	char raw[ERR_MSG_MAX + 1];

	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	text_vis(dst, size, raw, strlen(raw));
}

void
err_clear(struct err *err)
{
	memset(err, 0, sizeof(*err));
}

bool
err_isset(const struct err *err)
{
	return err->kind != ERR_NONE;
}

int
err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (err_isset(err))
		return -1;
	va_start(ap, fmt);
	err_text(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->kind = kind;
	err->sys = 0;
	return -1;
}

int
err_sys(struct err *err, enum err_kind kind, int sys, const char *fmt, ...)
{
	char words[ERR_MSG_MAX];
	va_list ap;

	if (err_isset(err))
		return -1;
	va_start(ap, fmt);
	err_text(words, sizeof(words), fmt, ap);
	va_end(ap);
	err_set(err, kind, "%s: %s", words, strerror(sys));
	err->sys = sys;
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char words[ERR_MSG_MAX], raw[2 * ERR_MSG_MAX + 2];
	va_list ap;

	if (!err_isset(err))
		return -1;
	va_start(ap, fmt);
	err_text(words, sizeof(words), fmt, ap);
	va_end(ap);
	snprintf(raw, sizeof(raw), "%s: %s", words, err->msg);
	text_vis(err->msg, sizeof(err->msg), raw, strlen(raw));
	return -1;
}

int
err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err_isset(err) || err->hint[0] != '\0')
		return -1;
	va_start(ap, fmt);
	err_text(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sentence(struct err *err, enum err_kind kind, const char *sentence)
{
	const size_t n = strcspn(sentence, ";");

	err_set(err, kind, "%.*s", (int)n, sentence);
	return sentence[n] == '\0' ? -1 : err_hint(err, "%s", sentence + n + 2);
}

/* 0 is the worst. */
static size_t
err_rank(int status)
{
	static const int worst[] = {
		ERR_SOFTWARE, ERR_CONFIG, ERR_AUTH, ERR_PROTOCOL,
		ERR_CANTCREAT, ERR_IO, ERR_DATA, ERR_UNAVAILABLE,
		ERR_NOHOST, ERR_TEMP
	};
	const size_t n = sizeof(worst) / sizeof(worst[0]);
	size_t i;

	for (i = 0; i < n; i++)
		if (worst[i] == status)
			return i;
	return status != 0 ? n : n + 1;
}

int
err_worse(int a, int b)
{
	return err_rank(b) < err_rank(a) ? b : a;
}
