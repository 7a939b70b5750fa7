/*
 * Delivery by a program: each message, whole and spooled, as a file on the
 * standard input of /bin/sh -c COMMAND.  Its exit status says whether it has
 * the message (verdict.h); where it has not, the message stays on the server.
 *
 * The guarantee is at least once: a message whose program did not end by
 * itself, or was running when this process died, is given to it again, with
 * the same POPFETCH_KEY; or held, if the account wants that.
 */
#include "mail/sink.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/command.h"
#include "mail/journal.h"
#include "mail/stage.h"
#include "mail/verdict.h"

#define COMMAND_MAX	65536	/* octets of a command, filled in */
#define TERM_GRACE	5000	/* milliseconds between TERM and KILL */

/* What becomes of a message that the program may have taken. */
#define GIVEN_AGAIN	"it is given again, with the same POPFETCH_KEY"
#define HELD		"it may have been delivered and stays on the server " \
			"until 'popfetch --retry' gives it again"

struct sink {
	const struct sink_conf *conf;
	struct stage	*stage;
	sigset_t	 unblocked;	/* the mask to wait with */
};

static void
mda_close(struct sink *s)
{
	free(s);
}

/* Its only work is to interrupt ppoll. */
static void
on_child(int sig)
{
	(void)sig;
}

static int
mda_open(struct sink **sink, const struct sink_conf *conf, struct stage **stage,
    struct err *err)
{
	struct sigaction sa = { .sa_handler = on_child };
	struct sink *s;
	sigset_t child;
	char *path = NULL;
	int spool = -1, dir = -1, ret = -1;

	if (command_check(conf->command, err) == -1)
		return -1;
	s = mem_alloc(sizeof(*s));
	s->conf = conf;
	if (asprintf(&path, "%s/%s", conf->spool, conf->account) == -1) {
		path = NULL;
		err_sys(err, ERR_TEMP, errno, "cannot open the spool");
		goto out;
	}
	if ((spool = file_makedirs(conf->spool, err)) == -1 ||
	    (dir = file_opendirat(spool, conf->account, true, path, err)) == -1)
		goto out;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigemptyset(&s->unblocked);
	*stage = s->stage = stage_new(dir, path);
	*sink = s;
	s = NULL;
	ret = 0;
out:
	if (spool != -1)
		close(spool);
	free(path);
	mda_close(s);
	return ret;
}

/*
 * An intent without an outcome: the program may have taken the message before
 * this process died.
 */
static int
mda_recover(struct sink *s, struct journal *j, struct err *err)
{
	const bool hold = s->conf->mda_hold;
	uint32_t i, n = journal_count(j), open = 0;

	for (i = 0; i < n; i++) {
		if (journal_get(j, i)->state != JOURNAL_INTENT)
			continue;
		if (hold)
			journal_unproven(j, i);
		else
			journal_forget(j, i);
		open++;
	}
	if (open > 0) {
		log_warn("an earlier run died while the MDA had a message: %s",
		    hold ? HELD : GIVEN_AGAIN);
		if (journal_sync(j, err) == -1)
			return -1;
	}
	return stage_clean(s->stage, NULL, NULL, err);
}

/* --- running the program */

static void
put_env(const char *name, const void *value, size_t len)
{
	struct buf b;

	buf_init(&b, 8192);
	if (text_pct(&b, value, len, "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~") &&
	    buf_append(&b, "", 1))
		setenv(name, (const char *)buf_data(&b), 1);
	else
		unsetenv(name);
	buf_free(&b);
}

static void
set_env(const struct sink *s, const struct staged *m)
{
	const struct sink_conf *c = s->conf;
	char size[24], key[2 * DIGEST_LEN + 1];
	uint8_t digest[DIGEST_LEN];
	struct digest *d = digest_new();

	snprintf(size, sizeof(size), "%llu", (unsigned long long)m->size);
	/* The same for every delivery of this message, by any run. */
	digest_add(d, c->host, strlen(c->host) + 1);
	digest_add(d, c->user, strlen(c->user) + 1);
	digest_add(d, m->uid, m->uidlen);
	digest_add(d, "", 1);
	digest_add(d, m->digest, DIGEST_LEN);
	digest_end(d, digest);
	digest_free(d);
	text_hex(key, digest, DIGEST_LEN);
	setenv("POPFETCH_ACCOUNT", c->label, 1);
	setenv("POPFETCH_HOST", c->host, 1);
	setenv("POPFETCH_USER", c->user, 1);
	setenv("POPFETCH_SIZE", size, 1);
	setenv("POPFETCH_KEY", key, 1);
	put_env("POPFETCH_UID", m->uid, m->uidlen);
}

/*
 * Anew, so that its offset is 0 and the program cannot write to it; and before
 * the fork, so that failing is no verdict of the program's.
 */
static int
open_message(const struct sink *s, const struct staged *m, struct err *err)
{
	int fd = openat(stage_dir(s->stage), m->name, O_RDONLY | O_NOFOLLOW);

	if (fd == -1)
		return err_sys(err, ERR_IO, errno, "cannot read %s",
		    stage_path(s->stage));
	return fd;
}

/*
 * In the child.  Nothing but 0, 1 and 2 is left open, and what the program
 * prints goes to standard error with everything else.
 */
static void
exec_command(const struct sink *s, const struct staged *m, int fd,
    const char *command)
{
	child_begin();
	if (dup2(fd, STDIN_FILENO) == -1 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		_exit(EX_TEMPFAIL);
	closefrom(STDERR_FILENO + 1);
	set_env(s, m);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(EX_TEMPFAIL);
}

/* The user wants everything to end at once. */
static bool
stopped(const struct sink *s)
{
	return s->conf->stop != NULL && *s->conf->stop > 1;
}

/* Waits for pid, at most ms milliseconds or until stopped.  1: it has ended,
 * 0: it has not, -1: that cannot be known. */
static int
wait_for(const struct sink *s, pid_t pid, int64_t ms, int *status)
{
	int64_t now, end = clock_mono_ms() + ms;
	struct timespec ts;
	pid_t got;

	for (;;) {
		do {
			got = waitpid(pid, status, WNOHANG);
		} while (got == -1 && errno == EINTR);
		if (got != 0)
			return got > 0 ? 1 : -1;
		now = clock_mono_ms();
		if (now >= end || stopped(s))
			return 0;
		ts.tv_sec = (time_t)((end - now) / 1000);
		ts.tv_nsec = (long)((end - now) % 1000) * 1000000;
		ppoll(NULL, 0, &ts, &s->unblocked);
	}
}

/* What the program came to, which runs as pid. */
static enum verdict
await_verdict(const struct sink *s, pid_t pid, struct err *err)
{
	const struct sink_conf *c = s->conf;
	int status = 0, got;

	got = wait_for(s, pid, (int64_t)c->mda_timeout * 1000, &status);
	if (got == 1)
		return verdict_of(status, c->mda_qmail, err);
	if (got == -1)
		err_sys(err, ERR_SOFTWARE, errno, "cannot wait for the MDA");
	/*
	 * The exit status that TERM brings is no verdict: many a program ends
	 * with 0 then, whatever it has done.
	 */
	child_end_group(pid, TERM_GRACE);
	if (stopped(s))
		err_set(err, ERR_TEMP, "stopped while the MDA had it");
	else
		err_set(err, ERR_TEMP, "the MDA took longer than %d seconds "
		    "('timeout') and was ended", c->mda_timeout);
	err_hint(err, "%s", c->mda_hold ? HELD : GIVEN_AGAIN);
	return got == -1 || stopped(s) ? VERDICT_LOST : VERDICT_UNKNOWN;
}

static enum verdict
run_mda(const struct sink *s, const struct staged *m, struct err *err)
{
	enum verdict v = VERDICT_BROKEN;
	struct buf cmd;
	int fd = -1;
	pid_t pid;

	buf_init(&cmd, COMMAND_MAX);
	if (command_build(&cmd, s->conf->command, s->conf->rcpt,
	    s->conf->nrcpt, m->sender, err) == -1 ||
	    (fd = open_message(s, m, err)) == -1)
		goto out;
	switch (pid = fork()) {
	case -1:
		err_sys(err, ERR_TEMP, errno, "cannot start the MDA");
		goto out;
	case 0:
		exec_command(s, m, fd, (const char *)buf_data(&cmd));
	}
	setpgid(pid, pid);	/* in both: whoever comes first */
	v = await_verdict(s, pid, err);
out:
	if (fd != -1)
		close(fd);
	buf_free(&cmd);
	return v;
}

/* --- delivery */

/* Before the program starts: what it may take must be known after a crash. */
static int
announce(struct journal *j, struct staged *m, struct err *err)
{
	struct journal_entry e = { .size = m->listed, .octets = m->size };

	memcpy(e.digest, m->digest, DIGEST_LEN);
	memcpy(e.head, m->head, DIGEST_LEN);
	e.when = clock_wall_us() / 1000000;
	e.stage = m->name;
	e.final = m->name;
	m->entry = journal_intent(j, m->uid, m->uidlen, &e);
	return journal_sync(j, err);
}

static void
note(const struct sink *s, struct journal *j, struct staged *m, enum verdict v)
{
	static const enum sink_outcome outcomes[] = {
		[VERDICT_YES] = SINK_DELIVERED,
		[VERDICT_LATER] = SINK_LATER,
		[VERDICT_NO] = SINK_REFUSED,
		[VERDICT_BROKEN] = SINK_PENDING,
		[VERDICT_UNKNOWN] = SINK_REFUSED,
		[VERDICT_LOST] = SINK_PENDING,
	};

	m->outcome = outcomes[v];
	if (v == VERDICT_YES) {
		journal_delivered(j, m->entry);
		return;
	}
	if (s->conf->mda_hold && (v == VERDICT_UNKNOWN || v == VERDICT_LOST)) {
		journal_unproven(j, m->entry);
		m->outcome = SINK_HELD;
		return;
	}
	journal_forget(j, m->entry);
	m->entry = JOURNAL_NONE;
}

/* One message: intent on the disk, program, outcome noted. */
static int
deliver_one(struct sink *s, struct journal *j, struct staged *m,
    struct err *err)
{
	struct err why = { .kind = ERR_NONE };
	enum verdict v;
	int ret;

	if (announce(j, m, err) == -1)
		return -1;
	v = run_mda(s, m, &why);
	note(s, j, m, v);
	ret = journal_write(j, err);
	if (v == VERDICT_LOST)
		err_wrap(&why, "message %u", m->num);
	if (v == VERDICT_LOST || v == VERDICT_BROKEN) {
		*err = why;
		return -1;
	}
	if (v != VERDICT_YES) {
		m->why = mem_alloc(sizeof(*m->why));
		*m->why = why;
	}
	return ret;
}

static int
mda_deliver(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	struct journal_place place = { .dev = 0 };
	size_t i;

	journal_batch(j, &place);
	for (i = 0; i < n; i++) {
		if (stopped(s))
			return err_set(err, ERR_TEMP, "stopped");
		if (deliver_one(s, j, batch[i], err) == -1)
			return -1;
		if (file_remove(stage_dir(s->stage), batch[i]->name,
		    stage_path(s->stage), err) == -1)
			return -1;
	}
	/* A deletion follows: what makes a repeat impossible goes first. */
	return journal_sync(j, err);
}

const struct sink_ops sink_mda = {
	.name = "MDA",
	.level = SINK_ACCEPTED,
	.open = mda_open,
	.recover = mda_recover,
	.deliver = mda_deliver,
	.close = mda_close,
};
