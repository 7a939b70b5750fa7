/* The machine's events become frames, the courier's frames become work. */
#include "net/events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/body.h"

/* --- frames out */

static void
send_frame(struct fetcher *f, const struct ipc_msg *m)
{
	struct err err = { .kind = ERR_NONE };

	if (f->hung_up || ipc_send(f->ipc, m, -1, &err) == 0)
		return;
	f->hung_up = true;
	/* Not gone: it will be told. */
	if (err.sys != 0 && !err_isset(&f->err))
		f->err = err;
}

static void
set_data(struct ipc_msg *m, const void *data, size_t len)
{
	if (len > IPC_DATA_MAX)
		len = IPC_DATA_MAX;
	memcpy(m->data, data, len);
	m->len = (uint32_t)len;
}

void
events_text(struct fetcher *f, enum ipc_type type, uint32_t flags,
    const char *text)
{
	ipc_clear(&f->out, type);
	f->out.flags = flags;
	set_data(&f->out, text, strlen(text));
	send_frame(f, &f->out);
}

void
events_info(struct fetcher *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!f->conf->verbose)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ipc_clear(&f->out, IPC_LOG);
	f->out.num = LOG_LVL_INFO;
	set_data(&f->out, text, strlen(text));
	send_frame(f, &f->out);
}

static void
send_failed(struct fetcher *f, const struct work_item *item,
    enum ipc_type what, uint32_t id, const void *why, size_t len)
{
	ipc_clear(&f->out, IPC_FAILED);
	f->out.num = item->num;
	f->out.flags = what;
	f->out.id = id;
	set_data(&f->out, why, len);
	send_frame(f, &f->out);
}

/* The server said -ERR to what was wanted of a message. */
static void
send_refused(struct fetcher *f, const struct work_item *item,
    enum ipc_type what, const struct reply *r)
{
	const bool later = r->code == CODE_SYS_TEMP || r->code == CODE_IN_USE;

	send_failed(f, item, what, later ? IPC_FAILED_TEMP : 0, r->text,
	    r->len);
}

/* --- the listing, many lines to a frame */

static void
flush_pack(struct fetcher *f)
{
	if (f->pack.type != 0)
		send_frame(f, &f->pack);
	f->pack.type = 0;
}

static void
pack(struct fetcher *f, enum ipc_type type, const struct ipc_item *item)
{
	if (f->pack.type != (uint32_t)type) {
		flush_pack(f);
		ipc_clear(&f->pack, type);
	}
	if (ipc_put(&f->pack, item))
		return;
	flush_pack(f);
	ipc_clear(&f->pack, type);
	(void)ipc_put(&f->pack, item);	/* one always fits an empty frame */
}

static void
on_stat(void *arg, uint32_t count, uint64_t octets)
{
	struct fetcher *f = arg;

	f->stat_count = count;
	f->stat_octets = octets;
	events_info(f, "the server has %" PRIu32 " messages, %" PRIu64
	    " octets", count, octets);
}

static void
on_uid(void *arg, uint32_t num, const uint8_t *uid, size_t len)
{
	const struct ipc_item item = {
		.num = num, .text = uid, .len = (uint16_t)len,
	};

	pack(arg, IPC_UIDS, &item);
}

static void
on_size(void *arg, uint32_t num, uint64_t size)
{
	const struct ipc_item item = { .num = num, .size = size };

	pack(arg, IPC_SIZES, &item);
}

uint32_t
events_login_delay(const struct fetcher *f)
{
	uint64_t seconds = 0;

	if (f->pop3 != NULL)
		seconds = pop3_capa(f->pop3)->login_delay;
	return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

static void
on_listed(void *arg, const struct capa *capa, bool has_uidl)
{
	struct fetcher *f = arg;

	flush_pack(f);
	ipc_clear(&f->out, IPC_LISTED);
	f->out.num = f->stat_count;
	f->out.size = f->stat_octets;
	if (has_uidl)
		f->out.flags |= IPC_F_UIDL;
	if (capa->top)
		f->out.flags |= IPC_F_TOP;
	f->out.id = events_login_delay(f);
	f->out.octets = UINT64_MAX;
	if (capa->expire_set && !capa->expire_never)
		f->out.octets = capa->expire;
	send_frame(f, &f->out);
}

/* --- what a server is, for those who only want to know that */

void
events_fact(struct fetcher *f, const char *name, const void *value, size_t len)
{
	const size_t n = strlen(name) + 1;

	if (!f->conf->probe || n + len > IPC_DATA_MAX)
		return;
	ipc_clear(&f->out, IPC_FACT);
	memcpy(f->out.data, name, n);
	memcpy(f->out.data + n, value, len);
	f->out.len = (uint32_t)(n + len);
	send_frame(f, &f->out);
}

/* The greeting and the lines of CAPA, as they come. */
static void
tell_line(struct fetcher *f, const uint8_t *line, size_t len)
{
	const bool before = f->tls == FETCHER_TLS_STLS && !f->channel_safe;

	if (pop3_phase(f->pop3) == POP3_GREETING)
		events_fact(f, "greeting", line, len);
	else if (pop3_phase(f->pop3) == POP3_CAPA && len > 0 &&
	    *line != '+' && *line != '-' && *line != '.')
		events_fact(f, before ? "capa-before-tls" : "capa", line, len);
}

/* --- opening */

static void
on_starttls(void *arg)
{
	struct fetcher *f = arg;

	f->starttls = true;
}

static void
on_secured(void *arg, const struct capa *capa)
{
	struct fetcher *f = arg;

	(void)capa;
	events_text(f, IPC_SECURED, 0, f->channel);
}

static void
on_trace(void *arg, bool sent, const uint8_t *line, size_t len)
{
	struct fetcher *f = arg;

	if (f->conf->probe && !sent)
		tell_line(f, line, len);
	if (!f->conf->wire)
		return;
	if (len > IPC_DATA_MAX - 2)
		len = IPC_DATA_MAX - 2;
	ipc_clear(&f->out, IPC_LOG);
	f->out.num = LOG_LVL_WIRE;
	memcpy(f->out.data, sent ? "> " : "< ", 2);
	memcpy(f->out.data + 2, line, len);
	f->out.len = (uint32_t)len + 2;
	send_frame(f, &f->out);
}

/* --- messages */

/* What followed a message was an answer, so it ended where it should. */
static void
release(struct fetcher *f)
{
	if (f->held.type != 0)
		send_frame(f, &f->held);
	f->held.type = 0;
}

static bool
on_begin(void *arg, enum cmd cmd, uint32_t num)
{
	struct fetcher *f = arg;
	const struct work_item *item = work_oldest(&f->work);

	(void)cmd;
	(void)num;
	if (err_isset(&f->err))
		return false;
	release(f);
	work_begun(&f->work, f->now);
	if (item->kind == WORK_RETR && !body_ready(f->body))
		return false;
	body_begin(f->body, item->kind == WORK_RETR);
	memset(f->tail, 0, sizeof(f->tail));
	return true;
}

static void
on_body(void *arg, const uint8_t *data, size_t len)
{
	struct fetcher *f = arg;

	f->tail[0] = len > 1 ? data[len - 2] : f->tail[1];
	f->tail[1] = data[len - 1];
	if (!err_isset(&f->err) &&
	    body_data(f->body, data, len, &f->err) == -1)
		err_wrap(&f->err, "message %" PRIu32,
		    work_oldest(&f->work)->num);
}

/* One message has come, whole. */
static void
message_end(struct fetcher *f, const struct work_item *item, uint64_t octets)
{
	static const char over[] = "larger than announced and over the limit";
	struct body_sum sum;

	if (body_end(f->body, &sum, &f->err) == -1) {
		err_wrap(&f->err, "message %" PRIu32, item->num);
		return;
	}
	if (sum.over) {
		send_failed(f, item, item->kind == WORK_RETR ? IPC_RETR :
		    IPC_VERIFY, IPC_FAILED_SEEN, over, strlen(over));
		return;
	}
	ipc_clear(&f->out, item->kind == WORK_RETR ? IPC_DONE : IPC_VERIFIED);
	f->out.num = item->num;
	memcpy(f->out.head, sum.head, sizeof(f->out.head));
	if (item->kind != WORK_TOP) {
		f->out.octets = octets;
		memcpy(f->out.digest, sum.digest, sizeof(f->out.digest));
	}
	if (item->kind == WORK_RETR) {
		f->out.id = sum.id;
		f->out.size = sum.size;
		set_data(&f->out, sum.sender, strlen(sum.sender));
	} else {
		f->out.size = sum.unstable;
		f->out.flags = item->kind == WORK_VERIFY ? IPC_F_WHOLE : 0;
	}
	/*
	 * Less than was announced: the lie of a size, or of a dot that is part
	 * of the message.  What comes next tells.
	 */
	if (item->kind == WORK_RETR && octets < item->size)
		f->held = f->out;
	else
		send_frame(f, &f->out);
}

static void
message_refused(struct fetcher *f, const struct work_item *item,
    const struct reply *r)
{
	switch (item->kind) {
	case WORK_TOP:
		/* TOP is optional whatever was announced (R24). */
		work_add(&f->work, WORK_VERIFY, item->num, item->size);
		break;
	case WORK_VERIFY:
		send_refused(f, item, IPC_VERIFY, r);
		break;
	default:
		send_refused(f, item, IPC_RETR, r);
	}
}

static void
on_dele(struct fetcher *f, const struct work_item *item,
    const struct reply *r)
{
	if (!r->ok) {
		send_refused(f, item, IPC_DELE, r);
		return;
	}
	ipc_clear(&f->out, IPC_DELETED);
	f->out.num = item->num;
	send_frame(f, &f->out);
}

static void
on_quit(struct fetcher *f, const struct reply *r)
{
	ipc_clear(&f->out, IPC_BYE);
	f->out.flags = r->ok ? 1 : 0;
	set_data(&f->out, r->text, r->len);
	send_frame(f, &f->out);
	f->bye = !f->hung_up;
}

static void
on_done(void *arg, const struct pop3_done *done)
{
	struct fetcher *f = arg;
	const struct work_item item = work_answered(&f->work, f->now);

	memset(f->tail, 0, sizeof(f->tail));
	if (err_isset(&f->err))
		return;
	release(f);
	switch (item.kind) {
	case WORK_RETR:
	case WORK_TOP:
	case WORK_VERIFY:
		if (done->reply.ok)
			message_end(f, &item, done->octets);
		else
			message_refused(f, &item, &done->reply);
		break;
	case WORK_DELE:
		on_dele(f, &item, &done->reply);
		break;
	case WORK_NOOP:
		break;
	case WORK_QUIT:
		on_quit(f, &done->reply);
		break;
	}
}

const struct pop3_events events_table = {
	.starttls = on_starttls,
	.secured = on_secured,
	.stat = on_stat,
	.uid = on_uid,
	.size = on_size,
	.listed = on_listed,
	.begin = on_begin,
	.body = on_body,
	.done = on_done,
	.trace = on_trace,
};

/* --- frames in */

static void
misplaced(struct fetcher *f)
{
	err_set(&f->err, ERR_SOFTWARE, "the courier sent frame type %" PRIu32
	    " out of place", f->frame.type);
}

/* Old servers take no longer arguments (RFC 1939 section 3), and do not say so
 * when they cut one (R6). */
static void
warn_of_length(struct fetcher *f, const char *user, const char *pass)
{
	static const char text[] = "the server does not know CAPA; a user name "
	    "or password over 40 octets may be too long for it";
	const size_t most = CMD_LINE_OLD - strlen("USER \r\n");

	if (pop3_capa(f->pop3)->known ||
	    (strlen(user) <= most && strlen(pass) <= most))
		return;
	ipc_clear(&f->out, IPC_LOG);
	f->out.num = LOG_LVL_WARN;
	set_data(&f->out, text, strlen(text));
	send_frame(f, &f->out);
}

/* User NUL password; ipc_check has put a NUL behind it. */
static void
take_login(struct fetcher *f)
{
	const char *user = (const char *)f->frame.data;
	const uint8_t *end = memchr(f->frame.data, '\0', f->frame.len);

	if (end == NULL || pop3_phase(f->pop3) != POP3_LOGIN)
		misplaced(f);
	else {
		warn_of_length(f, user, (const char *)end + 1);
		(void)pop3_login(f->pop3, user, (const char *)end + 1);
	}
	explicit_bzero(&f->frame, sizeof(f->frame));
}

static void
take_work(struct fetcher *f, enum work_kind kind)
{
	struct ipc_item item;
	size_t off = 0;
	int more;

	while ((more = ipc_get(&f->frame, &off, &item)) == 1)
		work_add(&f->work, kind, item.num, item.size);
	if (more == -1 || pop3_phase(f->pop3) != POP3_READY)
		misplaced(f);
}

/* Gives back what was not asked for yet, and an empty frame to end it. */
static void
take_stop(struct fetcher *f)
{
	struct work_item item;

	while (work_drop(&f->work, &item)) {
		const struct ipc_item back = {
			.num = item.num, .size = item.size,
		};

		pack(f, IPC_DROPPED, &back);
	}
	flush_pack(f);
	events_text(f, IPC_DROPPED, 0, "");
}

static void
take_frame(struct fetcher *f, int fd)
{
	switch (f->frame.type) {
	case IPC_LOGIN:
		take_login(f);
		break;
	case IPC_FILE:
		(void)body_file(f->body, f->frame.id, fd, &f->err);
		break;
	case IPC_RETR:
		take_work(f, WORK_RETR);
		break;
	case IPC_VERIFY:
		take_work(f, pop3_capa(f->pop3)->top ? WORK_TOP : WORK_VERIFY);
		break;
	case IPC_DELE:
		take_work(f, WORK_DELE);
		break;
	case IPC_QUIT:
		work_quit(&f->work);
		break;
	case IPC_STOP:
		take_stop(f);
		break;
	default:
		misplaced(f);
	}
}

void
events_frames(struct fetcher *f)
{
	int fd, got = 1;

	while (!err_isset(&f->err) &&
	    (got = ipc_recv(f->ipc, &f->frame, &fd, &f->err)) == 1)
		take_frame(f, fd);
	if (got == -1 && !err_isset(&f->err))
		f->hung_up = true;
}
