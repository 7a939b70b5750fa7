/*
 * Lines on standard error, at the end of a file, or for syslog(3).
 */
#include "base/log.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define LOG_LINE_MAX	4096	/* what a pipe takes in one piece */
#define LOG_LABEL_MAX	256

#ifndef _PATH_LOG
#define _PATH_LOG	"/dev/log"
#endif

static enum log_level log_level = LOG_LVL_WARN;
static char log_label[LOG_LABEL_MAX];
static bool log_color, log_erase;
static int log_fd = -1;			/* the file's */
static bool log_sys;

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

static int
open_file(const char *file, struct err *err)
{
	struct stat st;
	int fd;

	/* Nobody may be there to read a FIFO. */
	fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK, S_IRUSR | S_IWUSR);
	if (fd == -1 || fstat(fd, &st) == -1) {
		err_sys(err, ERR_CANTCREAT, errno, "--log-file %s", file);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
		close(fd);
		return err_set(err, ERR_CONFIG,
		    "--log-file %s: not a regular file", file);
	}
	log_fd = fd;
	return 0;
}

/* syslog(3) does not tell that nobody is there. */
static int
open_syslog(struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strlcpy(sun.sun_path, _PATH_LOG, sizeof(sun.sun_path));
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun,
	    sizeof(sun)) == -1) {
		err_sys(err, ERR_CONFIG, errno, "--syslog: %s", _PATH_LOG);
		if (fd != -1)
			close(fd);
		return err_hint(err, "start a syslog daemon, or use "
		    "--log-file");
	}
	close(fd);
	openlog("popfetch", LOG_PID | LOG_NDELAY, LOG_MAIL);
	log_sys = true;
	return 0;
}

int
log_to(const char *file, bool to_syslog, struct err *err)
{
	if (file == NULL && !to_syslog)
		return 0;
	if ((to_syslog ? open_syslog(err) : open_file(file, err)) == -1)
		return -1;
	log_color = log_erase = false;
	return 0;
}

/* One write, so that no other process's line comes between. */
static void
write_line(const char *mark, const char *text)
{
	char line[LOG_LINE_MAX], when[sizeof("YYYY-MM-DDTHH:MM:SS+0000 ")] = "";
	time_t now = time(NULL);
	struct tm tm;
	size_t n;

	if (log_fd != -1 && localtime_r(&now, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z ", &tm);
	n = (size_t)snprintf(line, sizeof(line) - 1, "%s%s%spopfetch:%s %s%s",
	    when, log_erase ? "\r\033[K" : "", mark,
	    *mark != '\0' ? "\033[0m" : "", log_label, text);
	if (n >= sizeof(line) - 1)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (log_fd != -1 && write(log_fd, line, n) == (ssize_t)n)
		return;
	while (write(STDERR_FILENO, line, n) == -1 && errno == EINTR)
		continue;
}

/* The priority is syslog's, the mark is for a terminal. */
static void
put_line(int priority, const char *mark, const void *text, size_t len)
{
	char vis[LOG_LINE_MAX - 2 * LOG_LABEL_MAX];
	int saved = errno;

	text_vis(vis, sizeof(vis), text, len);
	if (log_sys)
		syslog(priority, "%s%s", log_label, vis);
	else
		write_line(mark, vis);
	errno = saved;
}

void
log_text(enum log_level level, const void *text, size_t len)
{
	static const char red[] = "\033[1;31m", yellow[] = "\033[33m";
	static const int priorities[] = {
		[LOG_LVL_ERROR] = LOG_ERR, [LOG_LVL_WARN] = LOG_WARNING,
		[LOG_LVL_INFO] = LOG_INFO, [LOG_LVL_DEBUG] = LOG_DEBUG,
		[LOG_LVL_WIRE] = LOG_DEBUG,
	};

	if (log_wants(level))
		put_line(priorities[level], !log_color || level > LOG_LVL_WARN ? "" :
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
		put_line(LOG_NOTICE, "", text, strlen(text));
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
