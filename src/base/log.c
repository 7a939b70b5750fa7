/*
 * Lines on standard error.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define LOG_LINE_MAX	4096	/* what a pipe takes in one piece */
#define LOG_LABEL_MAX	256

static enum log_level log_level = LOG_LVL_WARN;
static char log_label[LOG_LABEL_MAX];
static bool log_color, log_erase;

void
log_open(enum log_level level)
{
	log_level = level;
}

void
log_style(bool color, bool erase)
{
	log_color = color;
	log_erase = erase;
}

void
log_account(const char *label)
{
	char vis[LOG_LABEL_MAX - 2];

	log_label[0] = '\0';
	if (label != NULL)
		snprintf(log_label, sizeof(log_label), "%s: ",
		    text_vis(vis, sizeof(vis), label, strlen(label)));
}

bool
log_wants(enum log_level level)
{
	return level <= log_level;
}

/* One write, so that no other process's line comes between. */
static void
write_line(const char *mark, const void *text, size_t len)
{
	char line[LOG_LINE_MAX];
	size_t n;
	int saved = errno;

	n = (size_t)snprintf(line, sizeof(line), "%s%spopfetch:%s %s",
	    log_erase ? "\r\033[K" : "", mark, *mark != '\0' ? "\033[0m" : "",
	    log_label);
	text_vis(line + n, sizeof(line) - n - 1, text, len);
	n += strlen(line + n);
	line[n++] = '\n';
	while (write(STDERR_FILENO, line, n) == -1 && errno == EINTR)
		continue;
	errno = saved;
}

void
log_text(enum log_level level, const void *text, size_t len)
{
	static const char red[] = "\033[1;31m", yellow[] = "\033[33m";

	if (log_wants(level))
		write_line(!log_color || level > LOG_LVL_WARN ? "" :
		    level == LOG_LVL_ERROR ? red : yellow, text, len);
}

static void __attribute__((format(printf, 2, 0)))
log_va(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];

	if (log_wants(level) && vsnprintf(text, sizeof(text), fmt, ap) >= 0)
		log_text(level, text, strlen(text));
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LVL_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LVL_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LVL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LVL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_note(const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (log_wants(LOG_LVL_WARN) &&
	    vsnprintf(text, sizeof(text), fmt, ap) >= 0)
		write_line("", text, strlen(text));
	va_end(ap);
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(level, fmt, ap);
	va_end(ap);
}

void
log_err(const struct err *err)
{
	if (err_isset(err))
		log_error("%s%s%s", err->msg, err->hint[0] != '\0' ? "; " : "",
		    err->hint);
}
