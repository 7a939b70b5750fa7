/*
 * Messages on standard output: as an mbox of the kind mboxrd, or one as it is.
 * Nobody promises anything here, so that nothing is noted and nothing deleted;
 * each message is whole before its first octet is printed.
 */
#include "mail/sink.h"

#include <sys/types.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "mail/journal.h"
#include "mail/report.h"
#include "mail/stage.h"

#define CHUNK		65536

struct sink {
	const struct sink_conf *conf;
	struct stage	*stage;
};

/* One message on its way out. */
struct print {
	struct buf	 out;
	int		 at;		/* octets of "From " that begin this line;
					   -1: it begins otherwise */
	bool		 ended;		/* the last octet was a line's end */
};

/* Mail that could not be printed does not stay in the spool. */
static void
stdout_close(struct sink *s)
{
	struct err ignored = { .kind = ERR_NONE };

	if (s != NULL)
		(void)stage_clean(s->stage, NULL, NULL, &ignored);
	free(s);
}

static int
stdout_open(struct sink **sink, const struct sink_conf *conf,
    struct stage **stage, struct err *err)
{
	char *path = NULL;
	int spool, dir = -1;

	if (asprintf(&path, "%s/%s", conf->spool, conf->account) == -1)
		return err_sys(err, ERR_TEMP, errno, "cannot open the spool");
	if ((spool = file_makedirs(conf->spool, err)) != -1) {
		dir = file_opendirat(spool, conf->account, true, path, err);
		close(spool);
	}
	if (dir != -1) {
		*sink = mem_alloc(sizeof(**sink));
		(*sink)->conf = conf;
		(*sink)->stage = *stage = stage_new(dir, path);
	}
	free(path);
	return dir != -1 ? 0 : -1;
}

/* What is spooled there is an MDA's or an earlier run's, and still on the
 * server. */
static int
stdout_recover(struct sink *s, struct journal *j, struct err *err)
{
	(void)j;
	return stage_clean(s->stage, NULL, NULL, err);
}

static int
flush(struct print *p, struct err *err)
{
	const size_t len = buf_len(&p->out);

	if (report_write(buf_data(&p->out), len, err) == -1)
		return -1;
	buf_consume(&p->out, len);
	return 0;
}

/* mboxrd: "From " at a line's start, with or without > before it, gets one. */
static void
put_quoted(struct print *p, const uint8_t *data, size_t len)
{
	static const char from[] = "From ";
	const uint8_t *end = data + len;

	for (; data < end; data++) {
		if (p->at > 0 || (p->at == 0 && *data != '>')) {
			if (*data == (uint8_t)from[p->at]) {
				if (from[++p->at] != '\0')
					continue;
				(void)buf_printf(&p->out, ">%s", from);
				p->at = -1;
				continue;
			}
			(void)buf_append(&p->out, from, (size_t)p->at);
			p->at = -1;
		}
		(void)buf_append(&p->out, data, 1);
		if (*data == '\n')
			p->at = 0;
	}
}

static void
put_head(struct print *p, const struct staged *m)
{
	const time_t now = (time_t)(clock_wall_us() / 1000000);
	const char *c;
	char date[64];
	struct tm tm;
	bool plain = *m->sender != '\0';

	for (c = m->sender; *c != '\0'; c++)
		plain = plain && isgraph((unsigned char)*c);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm) == 0)
		strlcpy(date, "Thu Jan  1 00:00:00 1970", sizeof(date));
	(void)buf_printf(&p->out, "From %s %s\n",
	    plain ? m->sender : "MAILER-DAEMON", date);
}

static int
print_body(const struct sink *s, const struct staged *m, struct print *p,
    struct err *err)
{
	uint8_t *chunk = mem_alloc(CHUNK);
	off_t at = 0;
	ssize_t n;
	int ret = 0;

	while (ret == 0 && (n = pread(m->fd, chunk, CHUNK, at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			ret = err_sys(err, ERR_IO, errno, "cannot read %s",
			    stage_path(s->stage));
			break;
		}
		at += n;
		p->ended = chunk[n - 1] == '\n';
		if (s->conf->raw)
			(void)buf_append(&p->out, chunk, (size_t)n);
		else
			put_quoted(p, chunk, (size_t)n);
		ret = flush(p, err);
	}
	free(chunk);
	return ret;
}

static int
print_message(const struct sink *s, const struct staged *m, struct err *err)
{
	struct print p = { .at = 0, .ended = true };
	int ret;

	buf_init(&p.out, SIZE_MAX);
	if (!s->conf->raw)
		put_head(&p, m);
	ret = print_body(s, m, &p, err);
	if (ret == 0 && !s->conf->raw) {
		if (p.at > 0)
			(void)buf_append(&p.out, "From", (size_t)p.at);
		(void)buf_printf(&p.out, "%s\n", p.ended ? "" : "\n");
		ret = flush(&p, err);
	}
	buf_free(&p.out);
	return ret;
}

static int
stdout_deliver(struct sink *s, struct journal *j, struct staged **batch,
    size_t n, struct err *err)
{
	struct journal_entry e = { .size = 0 };
	struct staged *m;
	size_t i;

	for (i = 0; i < n; i++) {
		m = batch[i];
		if (s->conf->stop != NULL && *s->conf->stop > 1)
			return err_set(err, ERR_TEMP, "stopped");
		if (print_message(s, m, err) == -1) {
			err_wrap(err, "message %u", m->num);
			return err_hint(err, "it stays on the server");
		}
		if (file_remove(stage_dir(s->stage), m->name,
		    stage_path(s->stage), err) == -1)
			return -1;
		e.size = m->listed;
		e.octets = m->size;
		m->entry = journal_known(j, m->uid, m->uidlen, &e);
		m->outcome = SINK_DELIVERED;
	}
	return 0;
}

const struct sink_ops sink_stdout = {
	.name = "standard output",
	.level = SINK_NONE,
	.open = stdout_open,
	.recover = stdout_recover,
	.deliver = stdout_deliver,
	.close = stdout_close,
};
