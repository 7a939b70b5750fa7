/*
 * What a session has to say of single messages, in words: for those who only
 * look, and what happened to each of them for programs (report.h).
 */
#include "mail/session_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "mail/courier.h"
#include "mail/journal.h"
#include "mail/report.h"
#include "mail/stage.h"

#define WHY_MAX		ERR_MSG_MAX
#define DATE_MAX	32

/* What a dry run counts on its way through the plan. */
struct dry {
	const char	*action;
	char		 why[WHY_MAX];
	uint32_t	 ndelete;
};

static const struct journal_entry *
entry_of(const struct session *s, const struct plan_item *it)
{
	return it->entry == JOURNAL_NONE ? NULL :
	    journal_get(s->c.journal, it->entry);
}

static const char *
state_word(const struct journal_entry *e)
{
	if (e == NULL)
		return "new";
	switch (e->state) {
	case JOURNAL_DELIVERED:
	case JOURNAL_SEEN:
		return "seen";
	case JOURNAL_FAILED:
		return "failed";
	case JOURNAL_INTENT:
	case JOURNAL_UNPROVEN:
		return "unproven";
	case JOURNAL_GONE:
		break;
	}
	return "new";
}

/* Whether it is new, and this run or another one would fetch it. */
static bool
is_waiting(const struct plan_item *it)
{
	return it->entry == JOURNAL_NONE && (it->action == PLAN_FETCH ||
	    it->action == PLAN_MATCH || it->action == PLAN_LATER);
}

/* --- why */

static void
put_date(char date[DATE_MAX], int64_t when)
{
	const time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(date, DATE_MAX, "%Y-%m-%d", &tm) == 0)
		strlcpy(date, "some time ago", DATE_MAX);
}

/* As popfetchrc(5) has it, in the largest unit that fits. */
static void
put_age(char *text, size_t size, int64_t seconds)
{
	if (seconds % 86400 == 0)
		snprintf(text, size, "%lldd", (long long)(seconds / 86400));
	else if (seconds % 3600 == 0)
		snprintf(text, size, "%lldh", (long long)(seconds / 3600));
	else
		snprintf(text, size, "%lld seconds", (long long)seconds);
}

static void
why_fetched(const struct session *s, const struct plan_item *it, char *why)
{
	const struct journal_entry *e = entry_of(s, it);
	const bool goes = s->may_delete && s->c.account->keep_for == 0;
	char date[DATE_MAX];

	if (e == NULL) {
		snprintf(why, WHY_MAX, "%s%s", it->action == PLAN_MATCH ?
		    "new, unless it is a delivered one under another UID" :
		    "new", goes ? "; deleted once delivered" : "");
		return;
	}
	put_date(date, e->when);
	if (e->state == JOURNAL_FAILED)
		snprintf(why, WHY_MAX, "failed %u times, tried again",
		    e->failures);
	else if (e->state == JOURNAL_DELIVERED)
		snprintf(why, WHY_MAX, "delivered %s, fetched again", date);
	else if (e->state == JOURNAL_SEEN)
		snprintf(why, WHY_MAX, "marked as seen %s, fetched all the "
		    "same", date);
	else
		snprintf(why, WHY_MAX, "may have been delivered, tried again");
}

static void
why_known(const struct session *s, const struct plan_item *it, char *why)
{
	const struct journal_entry *e = entry_of(s, it);
	const int64_t keep_for = s->c.account->keep_for;
	char date[DATE_MAX], age[DATE_MAX];

	put_date(date, e->when);
	if (it->action == PLAN_DELETE && keep_for > 1) {
		put_age(age, sizeof(age), keep_for);
		snprintf(why, WHY_MAX, "older than keep %s: deleted after "
		    "verification", age);
	} else if (e->state == JOURNAL_SEEN)
		snprintf(why, WHY_MAX, "marked as seen %s", date);
	else
		snprintf(why, WHY_MAX, "delivered %s%s", date,
		    it->action == PLAN_DELETE ? ": deleted after verification" :
		    it->action == PLAN_RECHECK ? ": compared, as its UID may be "
		    "a new message's" : "");
}

static void
why_left(const struct session *s, const struct plan_item *it, char *why)
{
	const struct courier_conf *a = s->c.account;
	const struct journal_entry *e = entry_of(s, it);
	char size[PROGRESS_SIZE];

	switch (it->action) {
	case PLAN_TOO_LARGE:
		snprintf(why, WHY_MAX, "over the limit of %s",
		    progress_size(size, a->limit));
		break;
	case PLAN_LATER:
		snprintf(why, WHY_MAX, "over the fetchlimit of %u: another run",
		    a->fetchlimit);
		break;
	case PLAN_NO_UID:
		snprintf(why, WHY_MAX, "it has no UID");
		break;
	case PLAN_SET_ASIDE:
		snprintf(why, WHY_MAX, "failed %u times", e->failures);
		break;
	default:
		snprintf(why, WHY_MAX, "%s", e->state == JOURNAL_INTENT ?
		    "its delivery is under way or was interrupted" :
		    "may have been delivered; --retry fetches it");
	}
}

/* What would be done with an item, and why; d has what was said of those before
 * it. */
static void
explain(const struct session *s, const struct plan_item *it, struct dry *d)
{
	const uint32_t most = s->c.account->max_delete;

	switch (it->action) {
	case PLAN_FETCH:
	case PLAN_MATCH:
		d->action = "fetch";
		why_fetched(s, it, d->why);
		d->ndelete += s->may_delete && s->c.account->keep_for == 0;
		return;
	case PLAN_DELETE:
		d->action = "delete";
		why_known(s, it, d->why);
		if (most == 0 || d->ndelete < most) {
			d->ndelete++;
			return;
		}
		d->action = "skip";
		snprintf(d->why, WHY_MAX, "over the max-delete of %u: another "
		    "run", most);
		return;
	case PLAN_KEEP:
	case PLAN_RECHECK:
		d->action = "skip";
		why_known(s, it, d->why);
		return;
	default:
		d->action = "skip";
		why_left(s, it, d->why);
	}
}

/* --- looking */

void
session_count(const struct session *s)
{
	struct courier_summary *sum = s->c.sum;
	size_t i;

	sum->listed = (uint32_t)s->plan.n;
	sum->waiting = 0;
	sum->waiting_octets = 0;
	for (i = 0; i < s->plan.n; i++) {
		if (!is_waiting(&s->plan.items[i]))
			continue;
		sum->waiting++;
		sum->waiting_octets += s->plan.items[i].size;
	}
}

static struct report_message
message_of(const struct session *s, const struct plan_item *it)
{
	const struct report_message m = {
		.label = s->c.account->sink.label, .num = it->num,
		.uid = it->uid, .uidlen = it->uidlen, .size = it->size,
	};

	return m;
}

static void
look_at(const struct session *s, const struct plan_item *it, struct dry *d)
{
	struct report_message m = message_of(s, it);

	if (s->c.account->task == COURIER_LIST) {
		m.state = state_word(entry_of(s, it));
	} else {
		explain(s, it, d);
		m.action = d->action;
		m.why = d->why;
	}
	report_message(&m);
}

/* All but the newest, which have the highest numbers, are known from now on. */
static int
catch_up(struct session *s, struct err *err)
{
	const uint32_t newest = s->c.account->newest;
	struct journal *j = s->c.journal;
	const struct plan_item *it;
	const struct journal_entry *e;
	size_t i, end = s->plan.n > newest ? s->plan.n - newest : 0;

	for (i = 0; i < end; i++) {
		it = &s->plan.items[i];
		e = entry_of(s, it);
		if (it->uid == NULL || (e != NULL && e->state != JOURNAL_FAILED))
			continue;
		if (e != NULL)
			journal_forget(j, it->entry);
		journal_seen(j, it->uid, it->uidlen, it->size, s->began);
		s->c.sum->marked++;
	}
	return journal_sync(j, err);
}

int
session_look(struct session *s, struct err *err)
{
	const enum courier_task task = s->c.account->task;
	struct dry d = { .ndelete = 0 };
	size_t i;

	s->looked = true;
	if (task == COURIER_LIST || task == COURIER_DRY_RUN)
		for (i = 0; i < s->plan.n; i++)
			look_at(s, &s->plan.items[i], &d);
	if (task == COURIER_CATCH_UP && catch_up(s, err) == -1)
		return -1;
	s->phase = PHASE_QUITTING;
	return session_send(s, IPC_QUIT, err);
}

void
session_tell_fact(const struct session *s, const struct ipc_msg *m)
{
	static const char sasl[] = "SASL ";
	const char *name = (const char *)m->data;
	const size_t n = strnlen(name, m->len);

	const char *label = s->c.account->sink.label, *value = name + n + 1;
	const size_t len = n < m->len ? m->len - n - 1 : 0;

	if (n == m->len)
		return;
	report_fact(label, name, value, len);
	if (strcmp(name, "capa") == 0 && len > strlen(sasl) &&
	    strncasecmp(value, sasl, strlen(sasl)) == 0)
		report_fact(label, "mechanisms", value + strlen(sasl),
		    len - strlen(sasl));
}

/* --- what happens, for a person */

/* What is to come, of the listing. */
void
session_expect(struct session *s)
{
	const struct plan_item *it;

	for (it = s->plan.items; it < s->plan.items + s->plan.n; it++) {
		if (it->action != PLAN_FETCH && it->action != PLAN_MATCH)
			continue;
		s->progress.total++;
		s->progress.all += it->size;
	}
}

/* The fetcher fills the files in the order in which it got them. */
struct progress
session_progress(const struct session *s)
{
	struct progress p = s->progress;
	struct stat st;

	if (s->batch.pool != NULL && fstat(s->batch.pool->fd, &st) == 0)
		p.octets += (uint64_t)st.st_size;
	return p;
}

/* --- what happens, for programs */

void
session_tell_left(const struct session *s)
{
	const struct plan_item *it;
	struct report_message m;
	struct dry d;

	if (!report_is_json())
		return;
	for (it = s->plan.items; it < s->plan.items + s->plan.n; it++) {
		if (it->action < PLAN_TOO_LARGE)
			continue;
		d.ndelete = 0;
		explain(s, it, &d);
		m = message_of(s, it);
		m.action = d.action;
		m.why = d.why;
		report_message(&m);
	}
}

void
session_tell(const struct session *s, size_t i, const char *action,
    const char *why, const struct staged *file)
{
	const struct courier_conf *a = s->c.account;
	const struct plan_item *it = &s->plan.items[i];
	struct report_message m;
	char *path = NULL, new[WHY_MAX];

	if (!report_is_json())
		return;
	m = message_of(s, it);
	m.action = action;
	m.why = why;
	if (why == NULL && (it->action == PLAN_FETCH ||
	    it->action == PLAN_MATCH)) {
		why_fetched(s, it, new);
		m.why = new;
	}
	if (file != NULL && a->ops->level == SINK_DURABLE &&
	    asprintf(&path, "%s/new/%s", a->sink.maildir, file->final) != -1)
		m.path = path;
	report_message(&m);
	free(path);
}

void
session_tell_deleted(const struct session *s)
{
	size_t i;

	for (i = 0; i < s->plan.n; i++)
		if (s->state[i] == ITEM_DELETED)
			session_tell(s, i, "deleted", "delivered", NULL);
}
