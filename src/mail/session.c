/*
 * The work list of a session: what is asked for next, what is delivered and
 * deleted, and when it is over.
 */
#include "mail/session_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/batch.h"
#include "mail/courier.h"
#include "mail/journal.h"
#include "mail/plan.h"
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
	return s;
}

bool
session_secured(const struct session *s)
{
	return s->phase != PHASE_OPENING;
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

static int
send_plain(struct session *s, enum ipc_type type, struct err *err)
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
	const struct plan_item *it = &s->plan.items[i];
	bool verify;

	switch (it->action) {
	case PLAN_FETCH:
		verify = false;
		break;
	case PLAN_DELETE:
	case PLAN_RECHECK:
		/*
		 * A message that an earlier run delivered is compared before
		 * it goes: by size and header if that is possible, else by all
		 * of it.
		 */
		verify = s->has_top &&
		    journal_get(s->c.journal, it->entry)->size == it->size;
		break;
	default:
		s->state[i] = ITEM_DONE;
		return 0;
	}
	s->state[i] = verify ? ITEM_VERIFY : ITEM_RETR;
	if (verify)
		s->nverify++;
	else
		s->nretr++;
	return session_put(s, verify ? IPC_VERIFY : IPC_RETR, it, err);
}

static int
feed(struct session *s, struct err *err)
{
	if (!s->stopping && s->nretr + s->nverify <= QUEUE_MESSAGES / 2)
		while (s->next < s->plan.n &&
		    s->nretr + s->nverify < QUEUE_MESSAGES)
			if (ask(s, s->next++, err) == -1)
				return -1;
	if (session_put(s, 0, NULL, err) == -1)
		return -1;
	return fill_pool(s, err);
}

/* --- delivering */

int
session_settled(struct session *s, size_t i, uint32_t entry, struct err *err)
{
	s->plan.items[i].entry = entry;
	s->state[i] = ITEM_DONE;
	if (!s->may_delete)
		return 0;
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
	if (err_isset(first))
		return;
	*first = *why;
	err_wrap(first, "message %u", num);
}

/* What the sink said of one message. */
static int
settle(struct session *s, struct staged *m, bool delete, struct err *err)
{
	size_t i = session_item(s, m->num);
	uint32_t old = s->plan.items[i].entry;

	if (m->outcome != SINK_DELIVERED) {
		s->state[i] = ITEM_DONE;
		s->nrefused++;
		if (m->why != NULL)
			session_remember(&s->refused, m->why, m->num);
		return 0;
	}
	s->c.sum->fetched++;
	s->c.sum->octets += m->size;
	/* Another message under an old one's UID, or the same once more. */
	if (old != JOURNAL_NONE)
		journal_forget(s->c.journal, old);
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
	if (!idle(s) || (s->next < s->plan.n && !s->stopping))
		return 0;
	if (s->nrefused > 0) {
		/*
		 * A server may delete at QUIT whatever was retrieved (RFC 1939
		 * section 8, RFC 2449 section 6.7), and not all of that is safe.
		 */
		log_debug("closing without QUIT: not everything retrieved was "
		    "delivered");
		s->phase = PHASE_OVER;
		return 0;
	}
	s->phase = PHASE_QUITTING;
	return send_plain(s, IPC_QUIT, err);
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
	return send_plain(s, IPC_STOP, err);
}

/* --- the end */

/* One line for all messages that met the same kind of trouble. */
static void
report(struct err *first, size_t n, const char *what, struct err *err)
{
	if (n == 0)
		return;
	if (n > 1)
		err_wrap(first, "%zu messages were not %s and stay on the "
		    "server, the first", n, what);
	else
		err_hint(first, "it stays on the server");
	if (!err_isset(err)) {
		*err = *first;
		return;
	}
	log_err(first);
	if (err_worse((int)err->kind, (int)first->kind) == (int)first->kind)
		err->kind = first->kind;
}

void
session_end(struct session *s, bool deliver, struct err *err)
{
	struct err local = { .kind = ERR_NONE };

	if (deliver && session_flush(s, false, &local) == -1 && !err_isset(err))
		*err = local;
	batch_free(&s->batch);
	s->c.sum->failed = (uint32_t)(s->nrefused + s->nfailed);
	report(&s->refused, s->nrefused, "delivered", err);
	report(&s->failed, s->nfailed, "dealt with", err);
	plan_free(&s->plan);
	listing_free(s->listing);
	free(s->state);
	free(s);
}
