/*
 * The work list of a session: what is asked for next, what is delivered and
 * deleted, and when it is over.
 */
#include "mail/session_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/batch.h"
#include "mail/courier.h"
#include "mail/journal.h"
#include "mail/plan.h"
#include "mail/remap.h"
#include "mail/report.h"
#include "mail/sink.h"
#include "mail/stage.h"

struct session *
session_new(const struct session_conf *conf)
{
	struct session *s = mem_alloc(sizeof(*s));

	s->c = *conf;
	batch_init(&s->batch, conf->stage);
	s->listing = listing_new();
	/*
	 * The one comparison: nothing is deleted upstream that is not at least
	 * accepted by somebody else.
	 */
	s->may_delete = conf->account->delete &&
	    conf->account->ops->level >= SINK_ACCEPTED;
	s->began = clock_wall_us() / 1000000;
	return s;
}

bool
session_secured(const struct session *s)
{
	return s->phase != PHASE_OPENING;
}

bool
session_logged_in(const struct session *s, uint64_t *delay, int64_t *when)
{
	if (s->phase <= PHASE_LISTING || s->state == NULL)
		return false;
	*delay = s->login_delay;
	*when = s->began;
	return true;
}

bool
session_more(const struct session *s)
{
	return s->more && s->phase == PHASE_OVER;
}

struct session_fault
session_fault(const struct session *s)
{
	return s->fault;
}

bool
session_over(const struct session *s)
{
	return s->phase == PHASE_OVER;
}

/* --- sending */

int
session_put(struct session *s, int type, const struct plan_item *it,
    struct err *err)
{
	struct ipc_item item = { .num = 0 };

	if (s->out.type != 0 && (int)s->out.type != type) {
		if (ipc_send(s->c.ipc, &s->out, -1, err) == -1)
			return -1;
		s->out.type = 0;
	}
	if (type == 0)
		return 0;
	if (s->out.type == 0)
		ipc_clear(&s->out, (enum ipc_type)type);
	item.num = it->num;
	item.size = it->size;
	if (ipc_put(&s->out, &item))
		return 0;
	if (session_put(s, 0, NULL, err) == -1)
		return -1;
	return session_put(s, type, it, err);
}

int
session_send(struct session *s, enum ipc_type type, struct err *err)
{
	ipc_clear(&s->out, type);
	if (ipc_send(s->c.ipc, &s->out, -1, err) == -1)
		return -1;
	s->out.type = 0;
	return 0;
}

/* Hands out staged files until there is one for every message on its way, or
 * the pool is full. */
static int
fill_pool(struct session *s, struct err *err)
{
	struct staged *m;
	int ret;

	while (s->batch.npool < s->nretr && s->batch.npool < BATCH_POOL) {
		if ((m = batch_hand_out(&s->batch, err)) == NULL)
			return -1;
		ipc_clear(&s->out, IPC_FILE);
		s->out.id = m->id;
		ret = ipc_send(s->c.ipc, &s->out, m->fd, err);
		s->out.type = 0;
		if (ret == -1)
			return -1;
	}
	return 0;
}

/* Asks for one item of the plan, in the way its action needs. */
static int
ask(struct session *s, size_t i, struct err *err)
{
	const struct courier_conf *a = s->c.account;
	const struct plan_item *it = &s->plan.items[i];
	bool verify;

	switch (it->action) {
	case PLAN_FETCH:
		verify = false;
		break;
	case PLAN_MATCH:
		/* With another UID a header is no ground for a DELE. */
		verify = s->has_top && !s->may_delete;
		break;
	case PLAN_DELETE:
	case PLAN_RECHECK:
		/*
		 * A message that an earlier run delivered is compared before
		 * it goes: by size and header if that is possible, else by all
		 * of it.
		 */
		verify = s->has_top;
		break;
	default:
		s->state[i] = ITEM_DONE;
		return 0;
	}
	if (s->may_delete && (a->keep_for == 0 || it->action == PLAN_DELETE)) {
		if (a->max_delete > 0 &&
		    s->c.sum->deleted + s->nasked >= a->max_delete &&
		    it->action == PLAN_DELETE) {
			s->nbraked++;
			s->state[i] = ITEM_DONE;
			return 0;
		}
		s->nasked++;
	}
	s->state[i] = verify ? ITEM_VERIFY : ITEM_RETR;
	if (verify)
		s->nverify++;
	else
		s->nretr++;
	return session_put(s, verify ? IPC_VERIFY : IPC_RETR, it, err);
}

/* The next item to ask for; false: there is none, or not in this session. */
static bool
find_next(struct session *s)
{
	const struct courier_conf *a = s->c.account;

	if (s->stopping || s->more)
		return false;
	while (s->next < s->plan.n &&
	    s->plan.items[s->next].late != s->late)
		s->next++;
	if (s->next == s->plan.n && !s->late) {
		s->late = true;
		s->next = 0;
		if (!find_next(s))
			return false;
		/* One that fails again would cost the others' QUIT. */
		s->more = s->nasked > 0 && s->login_delay == 0;
		return !s->more;
	}
	if (s->next < s->plan.n && a->expunge > 0 && s->nasked >= a->expunge &&
	    s->login_delay == 0)
		s->more = true;
	return s->next < s->plan.n && !s->more;
}

static int
feed(struct session *s, struct err *err)
{
	if (s->nretr + s->nverify <= QUEUE_MESSAGES / 2)
		while (s->nretr + s->nverify < QUEUE_MESSAGES && find_next(s))
			if (ask(s, s->next++, err) == -1)
				return -1;
	if (session_put(s, 0, NULL, err) == -1)
		return -1;
	return fill_pool(s, err);
}

/* --- delivering */

/* Whether the message of an entry, which is safe, is to go by now. */
static bool
is_due(const struct session *s, uint32_t entry)
{
	const int64_t keep_for = s->c.account->keep_for;

	return s->may_delete && (keep_for == 0 ||
	    journal_get(s->c.journal, entry)->when <= s->began - keep_for);
}

/*
 * The brake: deletions of a run.  There is one message on the server for each
 * that was delivered here, and not one more is ever deleted; a server that
 * accepts DELE and deletes nothing would otherwise be asked for ever.
 */
static uint64_t
max_delete(const struct session *s)
{
	const uint32_t most = s->c.account->max_delete;
	const uint64_t delivered = journal_account(s->c.journal)->delivered;

	return most > 0 && most < delivered ? most : delivered;
}

int
session_settled(struct session *s, size_t i, uint32_t entry, struct err *err)
{
	s->plan.items[i].entry = entry;
	s->state[i] = ITEM_DONE;
	if (journal_get(s->c.journal, entry)->vanished != 0)
		journal_vanished(s->c.journal, entry, 0);
	if (!is_due(s, entry))
		return 0;
	if (s->c.sum->deleted + s->ndeleted + s->ndele >= max_delete(s)) {
		s->nbraked++;
		return 0;
	}
	s->state[i] = ITEM_DELE;
	s->ndele++;
	return session_put(s, IPC_DELE, &s->plan.items[i], err);
}

size_t
session_item(const struct session *s, uint32_t num)
{
	size_t lo = 0, hi = s->plan.n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->plan.items[mid].num < num)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->plan.n && s->plan.items[lo].num == num ? lo : SIZE_MAX;
}

void
session_remember(struct err *first, const struct err *why, uint32_t num)
{
	if (!err_isset(why) || (err_isset(first) &&
	    err_worse((int)first->kind, (int)why->kind) == (int)first->kind))
		return;
	*first = *why;
	err_wrap(first, "message %u", num);
}

/* The entry that counts an item's failures, or JOURNAL_NONE. */
static uint32_t
failed_entry(const struct session *s, const struct plan_item *it)
{
	return it->entry != JOURNAL_NONE &&
	    journal_get(s->c.journal, it->entry)->state == JOURNAL_FAILED ?
	    it->entry : JOURNAL_NONE;
}

/* Item i was not delivered through no fault of its own: in another run it comes
 * after the others, so that these do not wait for it. */
static void
put_off(struct session *s, size_t i)
{
	const struct plan_item *it = &s->plan.items[i];
	const struct journal_entry e = { .size = it->size, .when = s->began };

	if (it->uidlen > 0 && failed_entry(s, it) == JOURNAL_NONE)
		(void)journal_failed(s->c.journal, JOURNAL_NONE, it->uid,
		    it->uidlen, &e);
}

void
session_count_failure(struct session *s, size_t i, struct err *why)
{
	const uint32_t most = s->c.account->max_failures;
	struct plan_item *it = &s->plan.items[i];
	const struct journal_entry e = {
		.size = it->size, .when = s->began, .failures = 1,
	};
	uint32_t n;

	if (it->uidlen == 0)
		return;			/* nothing to remember it by */
	n = journal_failed(s->c.journal, failed_entry(s, it), it->uid,
	    it->uidlen, &e);
	if (most > 0 && journal_get(s->c.journal, n)->failures >= most)
		err_hint(why, "it failed %u times and is set aside; popfetch "
		    "--retry tries it again",
		    journal_get(s->c.journal, n)->failures);
}

/* What failed under that UID before is delivered by now. */
static void
forget_failures(struct session *s, size_t i)
{
	const struct plan_item *it = &s->plan.items[i];
	struct journal *j = s->c.journal;
	uint32_t n;

	if (it->uidlen == 0)
		return;
	for (n = journal_find(j, it->uid, it->uidlen); n != JOURNAL_NONE;
	    n = journal_get(j, n)->next)
		if (journal_get(j, n)->state == JOURNAL_FAILED)
			journal_forget(j, n);
}

/* The sink did not take message m, which is item i and was retrieved. */
static void
not_delivered(struct session *s, size_t i, struct staged *m)
{
	struct err none = { .kind = ERR_NONE };
	struct err *why = m->why != NULL ? m->why : &none;
	const uint32_t old = s->plan.items[i].entry;

	s->nunsafe++;
	s->nrefused++;
	if (m->outcome == SINK_REFUSED)
		session_count_failure(s, i, why);
	else if (m->outcome == SINK_LATER)
		put_off(s, i);
	/* The sink has noted it anew. */
	if (m->outcome == SINK_HELD && old != JOURNAL_NONE &&
	    journal_get(s->c.journal, old)->state != JOURNAL_DELIVERED)
		journal_forget(s->c.journal, old);
	session_remember(&s->refused, why, m->num);
	session_tell(s, i, "failed", why->msg, NULL);
}

/* What the sink said of one message. */
static int
settle(struct session *s, struct staged *m, bool delete, struct err *err)
{
	size_t i = session_item(s, m->num);
	uint32_t old = s->plan.items[i].entry;

	if (m->outcome != SINK_DELIVERED && m->outcome != SINK_KNOWN) {
		s->state[i] = ITEM_DONE;
		not_delivered(s, i, m);
		return 0;
	}
	if (m->outcome == SINK_DELIVERED) {
		s->c.sum->fetched++;
		s->c.sum->octets += m->size;
		session_tell(s, i, "fetched", NULL, m);
		/* A server may delete at QUIT what was retrieved. */
		if (s->c.account->ops->level == SINK_NONE)
			s->nunsafe++;
	} else
		s->c.sum->kept++;
	/* Another message under an old one's UID, or the same once more. */
	if (old != JOURNAL_NONE)
		journal_forget(s->c.journal, old);
	forget_failures(s, i);
	if (delete)
		return session_settled(s, i, m->entry, err);
	s->state[i] = ITEM_DONE;
	return 0;
}

int
session_flush(struct session *s, bool delete, struct err *err)
{
	struct batch *b = &s->batch;
	size_t i;
	int ret;

	if (b->n == 0)
		return 0;
	ret = s->c.account->ops->deliver(s->c.sink, s->c.journal, b->gathered,
	    b->n, err);
	for (i = 0; i < b->n; i++) {
		if (ret == 0)
			ret = settle(s, b->gathered[i], delete, err);
		else if (b->gathered[i]->outcome == SINK_DELIVERED)
			s->c.sum->fetched++;
	}
	batch_clear(b);
	if (ret == -1)
		return -1;
	if (!delete)
		return 0;
	if (journal_write(s->c.journal, err) == -1)
		return -1;
	return session_put(s, 0, NULL, err);
}

/* --- time */

/*
 * Everything asked for is here and delivered.  Deletions may still be
 * unanswered: QUIT goes out behind them and its answer comes after theirs.
 */
static bool
idle(const struct session *s)
{
	return s->nretr + s->nverify + s->batch.n + s->ndropping == 0;
}

int
session_tick(struct session *s, struct err *err)
{
	if (s->phase != PHASE_WORKING)
		return 0;
	if ((s->nretr == 0 || batch_wait(&s->batch) == 0) &&
	    session_flush(s, true, err) == -1)
		return -1;
	if (feed(s, err) == -1)
		return -1;
	if (!idle(s) || (s->more && s->ndele > 0))
		return 0;
	if (s->more && s->ndeleted == 0) {
		/* Nothing was gained that QUIT would confirm. */
		s->more = false;
		s->nasked = 0;
		return session_tick(s, err);
	}
	if (s->nunsafe > 0) {
		/*
		 * A server may delete at QUIT whatever was retrieved (RFC 1939
		 * section 8, RFC 2449 section 6.7), and not all of that is safe.
		 */
		log_debug("closing without QUIT: not everything retrieved was "
		    "delivered");
		s->more = false;
		s->phase = PHASE_OVER;
		return 0;
	}
	s->phase = PHASE_QUITTING;
	return session_send(s, IPC_QUIT, err);
}

int
session_wait(const struct session *s)
{
	return batch_wait(&s->batch);
}

int
session_stop(struct session *s, struct err *err)
{
	if (s->stopping || s->phase == PHASE_QUITTING || s->phase == PHASE_OVER)
		return 0;
	s->stopping = true;
	if (s->phase != PHASE_WORKING) {
		s->phase = PHASE_OVER;	/* nothing was asked for yet */
		return 0;
	}
	s->ndropping = 1;
	return session_send(s, IPC_STOP, err);
}

/* --- the end */

/* One line for all messages that met the same kind of trouble. */
static void
report(const char *label, struct err *first, size_t n, const char *what,
    struct err *err)
{
	if (n == 0)
		return;
	if (n > 1)
		err_wrap(first, "%zu messages were not %s and stay on the "
		    "server, among them", n, what);
	else
		err_hint(first, "it stays on the server");
	if (!err_isset(err)) {
		*err = *first;
		return;
	}
	log_err(first);
	report_error(label, first);
	if (err_worse((int)err->kind, (int)first->kind) == (int)first->kind)
		err->kind = first->kind;
}

void
session_end(struct session *s, bool deliver, struct err *err)
{
	const char *label = s->c.account->sink.label;
	struct err local = { .kind = ERR_NONE };

	if (s->nbraked > 0)
		log_warn("%zu messages that should be deleted stay on the "
		    "server: a run deletes no more than %llu (max-delete)",
		    s->nbraked, (unsigned long long)max_delete(s));
	if (deliver && session_flush(s, false, &local) == -1 && !err_isset(err))
		*err = local;
	batch_free(&s->batch);
	s->c.sum->failed += (uint32_t)(s->nrefused + s->nfailed);
	report(label, &s->refused, s->nrefused, "delivered", err);
	report(label, &s->failed, s->nfailed, "dealt with", err);
	remap_free(s->remap);
	plan_free(&s->plan);
	listing_free(s->listing);
	free(s->state);
	free(s);
}
