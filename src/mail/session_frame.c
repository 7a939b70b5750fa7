/*
 * What follows from each frame of the fetcher's.  Nothing in it is believed:
 * every number is looked up in the plan, and a frame that does not fit the state
 * of its message ends the session.
 */
#include "mail/session_p.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/courier.h"
#include "mail/journal.h"
#include "mail/remap.h"
#include "mail/sink.h"
#include "mail/stage.h"

static int
lied(struct err *err, const char *what)
{
	err_set(err, ERR_SOFTWARE, "the fetcher process sent a frame that "
	    "cannot be right (%s)", what);
	return err_hint(err, "nothing was deleted; please report this");
}

static int
send_login(struct session *s, struct err *err)
{
	const struct courier_conf *a = s->c.account;
	const char *pass = *a->password;
	size_t ulen = strlen(a->sink.user), plen = strlen(pass);
	int ret;

	if (ulen + 1 + plen > IPC_DATA_MAX)
		return err_set(err, ERR_CONFIG, "the password is too long");
	ipc_clear(&s->out, IPC_LOGIN);
	memcpy(s->out.data, a->sink.user, ulen + 1);
	memcpy(s->out.data + ulen + 1, pass, plen);
	s->out.len = (uint32_t)(ulen + 1 + plen);
	ret = ipc_send(s->c.ipc, &s->out, -1, err);
	explicit_bzero(s->out.data, s->out.len);
	s->out.type = 0;
	return ret;
}

/*
 * A server may repeat the password, and what it says is shown.  Only from four
 * octets on, or the rest could no more be read.
 */
static void
hide_password(const struct session *s, struct ipc_msg *m)
{
	const char *pass = *s->c.account->password;
	const size_t n = strlen(pass);
	uint8_t *p = m->data, *end = m->data + m->len;

	while (n >= 4 && (p = memmem(p, (size_t)(end - p), pass, n)) != NULL)
		p = (uint8_t *)memset(p, '*', n) + n;
}

static int
on_listing(struct session *s, const struct ipc_msg *m, struct err *err)
{
	struct ipc_item it;
	size_t off = 0;
	int more;

	if (s->phase != PHASE_LISTING)
		return lied(err, "a listing out of place");
	while ((more = ipc_get(m, &off, &it)) == 1)
		if ((m->type == IPC_UIDS ?
		    listing_uid(s->listing, it.num, it.text, it.len, err) :
		    listing_size(s->listing, it.num, it.size, err)) == -1)
			return -1;
	return more == 0 ? 0 : lied(err, "a malformed listing");
}

/*
 * What this session may still fetch of fetchlimit; an earlier one of the run has
 * left some, or the courier would not have begun this one.
 */
static uint32_t
left_to_fetch(const struct session *s)
{
	const uint32_t limit = s->c.account->fetchlimit;

	return limit > s->c.sum->fetched ? limit - s->c.sum->fetched : limit;
}

/* The journal follows the listing. */
static int
note_listing(struct session *s, struct err *err)
{
	const struct plan *p = &s->plan;
	struct journal *j = s->c.journal;
	size_t i;

	for (i = 0; i < p->ngone; i++)
		journal_forget(j, p->gone[i]);
	for (i = 0; i < p->nvanished; i++)
		journal_vanished(j, p->vanished[i], s->began);
	for (i = 0; i < p->nback; i++)
		journal_vanished(j, p->back[i], 0);
	if (p->count[PLAN_FETCH] + p->count[PLAN_MATCH] > 0)
		journal_reserve(j);
	if (p->count[PLAN_MATCH] == 0)
		return 0;
	s->remap = remap_new(j, p, err);
	return s->remap != NULL ? 0 : -1;
}

/* In words; what is left alone for a reason that the user has to know, at the
 * top of his voice, once in a run. */
static void
tell_plan(const struct session *s, bool first)
{
	const size_t *n = s->plan.count;

	log_info("%zu messages: %zu to fetch, %zu to delete, %zu known, "
	    "%zu to compare, %zu too large, %zu for another run", s->plan.n,
	    n[PLAN_FETCH], n[PLAN_DELETE], n[PLAN_KEEP] + n[PLAN_RECHECK],
	    n[PLAN_MATCH], n[PLAN_TOO_LARGE], n[PLAN_LATER]);
	if (!first)
		return;
	session_tell_left(s);
	if (n[PLAN_NO_UID] > 0)
		log_warn("%zu messages have no UID, so nothing would tell them "
		    "from new ones; they stay on the server and are not fetched",
		    n[PLAN_NO_UID]);
	if (n[PLAN_SET_ASIDE] > 0)
		log_warn("%zu messages failed %u times and are set aside: they "
		    "stay on the server; popfetch --retry tries them again",
		    n[PLAN_SET_ASIDE], s->c.account->max_failures);
	if (n[PLAN_UNPROVEN] > 0)
		log_warn("%zu messages may or may not have been delivered by an "
		    "interrupted run; they stay on the server; popfetch --retry "
		    "fetches them again", n[PLAN_UNPROVEN]);
}

/*
 * A server that deletes by itself does not ask what the account says (RFC 2449
 * section 6.7); news on the first run, and to somebody who looks.
 */
static void
tell_expiry(const struct session *s, uint64_t days)
{
	const struct courier_conf *a = s->c.account;
	const enum log_level level = a->attended || s->c.sum->first ?
	    LOG_LVL_WARN : LOG_LVL_INFO;
	const bool keeps = !a->delete || a->keep_for > 0;

	if (!keeps || (days > 0 && (a->keep_for == 0 ||
	    days * 86400 >= (uint64_t)a->keep_for)))
		return;
	if (days == 0)
		log_at(level, "mail shall stay on the server, but this one "
		    "deletes what was retrieved when a session ends (EXPIRE 0)");
	else
		log_at(level, "mail shall stay on the server for %lld days, but "
		    "this one deletes it after %llu (EXPIRE)",
		    (long long)(a->keep_for / 86400), (unsigned long long)days);
}

static int
on_listed(struct session *s, const struct ipc_msg *m, struct err *err)
{
	const struct courier_conf *a = s->c.account;
	const struct plan_conf pc = {
		.has_uidl = (m->flags & IPC_F_UIDL) != 0,
		.delete = s->may_delete,
		.keep_for = a->keep_for,
		.now = s->began,
		.max_failures = a->max_failures,
		.retry = a->retry,
		.fetchall = a->fetchall,
		.limit = a->limit,
		.fetchlimit = left_to_fetch(s),
	};
	const size_t *n = s->plan.count;

	if (s->phase != PHASE_LISTING)
		return lied(err, "a listing out of place");
	s->login_delay = m->id;
	if (plan_make(&s->plan, s->listing, s->c.journal, &pc, err) == -1)
		return -1;
	s->state = mem_array(s->plan.n + 1, sizeof(*s->state));
	s->has_top = (m->flags & IPC_F_TOP) != 0;
	s->has_uidl = pc.has_uidl;
	s->phase = PHASE_WORKING;
	s->c.sum->kept = (uint32_t)n[PLAN_KEEP];
	s->c.sum->skipped = (uint32_t)(n[PLAN_TOO_LARGE] + n[PLAN_LATER] +
	    n[PLAN_NO_UID] + n[PLAN_UNPROVEN]);
	s->c.sum->set_aside = (uint32_t)n[PLAN_SET_ASIDE];
	if (s->c.sum->fetched + s->c.sum->deleted == 0)
		session_count(s);
	if (a->task != COURIER_FETCH)
		return session_look(s, err);
	if (a->sink.raw && n[PLAN_FETCH] + n[PLAN_MATCH] > 1) {
		err_set(err, ERR_USAGE, "--raw prints one message, and %zu are "
		    "to be fetched", n[PLAN_FETCH] + n[PLAN_MATCH]);
		return err_hint(err, "leave --raw out for an mbox of all");
	}
	session_expect(s);
	tell_plan(s, s->c.sum->fetched + s->c.sum->deleted == 0);
	if (m->octets != UINT64_MAX)
		tell_expiry(s, m->octets);
	return note_listing(s, err);
}

/*
 * Item i is the message of entry old, whose UID is gone: it is known by this one
 * from now on (Q3).
 */
static int
renamed(struct session *s, size_t i, uint32_t old, struct err *err)
{
	const struct plan_item *it = &s->plan.items[i];
	struct journal_entry e = *journal_get(s->c.journal, old);
	uint32_t n;

	e.size = it->size;
	n = journal_known(s->c.journal, it->uid, it->uidlen, &e);
	journal_forget(s->c.journal, old);
	s->c.sum->kept++;
	return session_settled(s, i, n, err);
}

/*
 * The entry of an earlier run that the message just retrieved is a copy of, or
 * JOURNAL_NONE.  Asked where a known message may come again: retrieved to be
 * compared, or listed without a UID after a QUIT that was not answered.
 */
static uint32_t
old_copy(const struct session *s, const struct plan_item *it,
    const struct ipc_msg *m)
{
	if (it->action == PLAN_MATCH)
		return remap_by_digest(s->remap, m->size, m->digest);
	if (s->c.account->fetchall ||
	    (it->action == PLAN_FETCH && !s->may_delete))
		return JOURNAL_NONE;
	return journal_find_copy(s->c.journal,
	    it->uid != NULL ? it->uid : (const uint8_t *)"", it->uidlen, m->size,
	    m->digest);
}

/*
 * What was known under this UID is another message than the one that is listed:
 * it is gone, and must not be taken for it in another run either, should this
 * one fail.
 */
static void
note_other(const struct session *s, const struct plan_item *it)
{
	const struct journal_entry *e;

	if (it->action != PLAN_DELETE && it->action != PLAN_RECHECK)
		return;
	e = journal_get(s->c.journal, it->entry);
	if (e->state == JOURNAL_DELIVERED && e->vanished == 0)
		journal_vanished(s->c.journal, it->entry, s->began);
}

static int
on_done(struct session *s, const struct ipc_msg *m, struct err *err)
{
	size_t i = session_item(s, m->num);
	const struct plan_item *it;
	struct staged *f;
	struct stat st;
	uint32_t old;

	if (i == SIZE_MAX || s->state[i] != ITEM_RETR)
		return lied(err, "a message nobody asked for");
	it = &s->plan.items[i];
	if ((f = batch_take(&s->batch, m->id)) == NULL)
		return lied(err, "a file it was not given");
	s->nretr--;
	s->progress.done++;
	s->progress.octets += m->octets;
	if (m->octets != it->size)	/* LIST may lie, or count LF as one */
		log_debug("message %u: announced with %llu octets, sent with "
		    "%llu", m->num, (unsigned long long)it->size,
		    (unsigned long long)m->octets);
	if ((old = old_copy(s, it, m)) != JOURNAL_NONE) {
		if (stage_drop(s->c.stage, f, err) == -1 ||
		    (it->action == PLAN_MATCH ? renamed(s, i, old, err) :
		    session_settled(s, i, old, err)) == -1)
			return -1;
		return session_put(s, 0, NULL, err);
	}
	if (fstat(f->fd, &st) == -1) {
		staged_free(f);
		return err_sys(err, ERR_IO, errno, "cannot examine %s",
		    stage_path(s->c.stage));
	}
	if ((uint64_t)st.st_size != m->size) {
		staged_free(f);
		return lied(err, "a size that the file does not have");
	}
	note_other(s, it);
	f->num = m->num;
	f->size = m->size;
	f->listed = it->size;
	memcpy(f->digest, m->digest, DIGEST_LEN);
	memcpy(f->head, m->head, DIGEST_LEN);
	f->uid = it->uid != NULL ? it->uid : (const uint8_t *)"";
	f->uidlen = it->uid != NULL ? it->uidlen : 0;
	f->sender = mem_strndup((const char *)m->data, m->len);
	batch_add(&s->batch, f);
	return batch_full(&s->batch) ? session_flush(s, true, err) : 0;
}

/*
 * Whether the header that came is that of an entry's message, and so is the size,
 * without the fields that a server may have added since (Q31).
 */
static bool
is_same(const struct journal_entry *e, const struct plan_item *it,
    const struct ipc_msg *m)
{
	return memcmp(e->head, m->head, DIGEST_LEN) == 0 &&
	    (it->size == e->size || it->size - m->size == e->size);
}

static int
on_verified(struct session *s, const struct ipc_msg *m, struct err *err)
{
	size_t i = session_item(s, m->num);
	const struct plan_item *it;
	uint32_t n = JOURNAL_NONE;

	if (i == SIZE_MAX || s->state[i] != ITEM_VERIFY)
		return lied(err, "an answer nobody asked for");
	it = &s->plan.items[i];
	s->nverify--;
	if (it->action == PLAN_MATCH) {
		n = remap_by_head(s->remap, it->size, m->head);
		if (n == JOURNAL_NONE && m->size > 0 && m->size < it->size)
			n = remap_by_head(s->remap, it->size - m->size,
			    m->head);
		if (n != JOURNAL_NONE && renamed(s, i, n, err) == -1)
			return -1;
	} else if (is_same(journal_get(s->c.journal, it->entry), it, m)) {
		n = it->entry;
		journal_use(s->c.journal, n);
		if (session_settled(s, i, n, err) == -1)
			return -1;
	}
	if (n == JOURNAL_NONE) {
		/* Another message under a known UID, or a TOP that bends its
		 * headers: all of it tells (on_done). */
		s->state[i] = ITEM_RETR;
		s->nretr++;
		if (session_put(s, IPC_RETR, it, err) == -1)
			return -1;
	}
	return session_put(s, 0, NULL, err);
}

static int
on_failed(struct session *s, const struct ipc_msg *m, struct err *err)
{
	static const char *const what[] = {
		[ITEM_RETR] = "retrieved", [ITEM_VERIFY] = "examined",
		[ITEM_DELE] = "deleted",
	};
	size_t i = session_item(s, m->num);
	struct err why = { .kind = ERR_NONE };

	if (i == SIZE_MAX)
		return lied(err, "a message nobody asked for");
	switch (s->state[i]) {
	case ITEM_RETR:
		s->nretr--;
		break;
	case ITEM_VERIFY:
		s->nverify--;
		break;
	case ITEM_DELE:
		s->ndele--;
		break;
	default:
		return lied(err, "a failure of nothing");
	}
	err_set(&why, ERR_TEMP, "not %s: %s", what[s->state[i]],
	    (const char *)m->data);
	if (s->state[i] != ITEM_DELE && (m->id & IPC_FAILED_TEMP) == 0)
		session_count_failure(s, i, &why);
	if ((m->id & IPC_FAILED_SEEN) != 0)
		s->nunsafe++;
	s->state[i] = ITEM_DONE;
	s->nfailed++;
	session_remember(&s->failed, &why, m->num);
	session_tell(s, i, "failed", why.msg, NULL);
	return 0;
}

static int
on_deleted(struct session *s, const struct ipc_msg *m, struct err *err)
{
	size_t i = session_item(s, m->num);

	if (i == SIZE_MAX || s->state[i] != ITEM_DELE)
		return lied(err, "a deletion nobody asked for");
	s->state[i] = ITEM_DELETED;
	s->ndele--;
	s->ndeleted++;
	journal_dele(s->c.journal, s->plan.items[i].entry);
	return 0;
}

static int
on_dropped(struct session *s, const struct ipc_msg *m, struct err *err)
{
	struct ipc_item it;
	size_t i, off = 0;
	int more;

	if (m->len == 0) {
		s->ndropping = 0;
		return 0;
	}
	while ((more = ipc_get(m, &off, &it)) == 1) {
		i = session_item(s, it.num);
		if (i == SIZE_MAX || (s->state[i] != ITEM_RETR &&
		    s->state[i] != ITEM_VERIFY))
			return lied(err, "something dropped nobody asked for");
		if (s->state[i] == ITEM_RETR)
			s->nretr--;
		else
			s->nverify--;
		s->state[i] = ITEM_DONE;
		s->c.sum->skipped++;
	}
	return more == 0 ? 0 : lied(err, "a malformed list");
}

static int
on_bye(struct session *s, const struct ipc_msg *m, struct err *err)
{
	if (s->phase != PHASE_QUITTING || (m->flags != 0 && s->ndele > 0))
		return lied(err, "a goodbye out of place");
	s->phase = PHASE_OVER;
	if (m->flags != 0) {
		s->c.sum->deleted += s->ndeleted;
		session_tell_deleted(s);
		/* Without UIDs the next listing cannot tell that they went. */
		if (!s->has_uidl)
			journal_quit(s->c.journal);
		return 0;
	}
	/* Some, all or none of the deletions happened; the next listing tells. */
	if (s->ndeleted + s->ndele == 0) {
		log_info("QUIT was not answered: %s", (const char *)m->data);
		return 0;
	}
	err_set(err, ERR_TEMP, "%zu deletions are not confirmed: %s",
	    s->ndeleted + s->ndele, (const char *)m->data);
	return err_hint(err, "the next run finds out and completes them");
}

/*
 * The fetcher's last word.  A message after which the protocol broke may have
 * ended at the wrong place: it is not delivered, and if it was alone on its way
 * it has itself to blame.
 */
static int
on_error(struct session *s, const struct ipc_msg *m, struct err *err)
{
	const size_t i = session_item(s, m->num);
	struct err ignored = { .kind = ERR_NONE };
	struct staged *f;

	s->fault.flags = m->flags;
	s->fault.delay = m->id;
	if (s->looked) {
		/* Only QUIT is left, which confirms nothing. */
		s->fault.flags = 0;
		s->phase = PHASE_OVER;
		return 0;
	}
	(void)ipc_get_err(m, err);
	if (i == SIZE_MAX || s->state[i] != ITEM_RETR)
		return -1;
	if ((f = batch_remove(&s->batch, m->num)) != NULL)
		(void)stage_drop(s->c.stage, f, &ignored);
	if ((m->flags & IPC_E_PIPELINE) == 0)
		session_count_failure(s, i, err);
	return -1;
}

int
session_frame(struct session *s, struct ipc_msg *m, struct err *err)
{
	enum log_level level;

	if (m->type == IPC_LOG || m->type == IPC_FAILED ||
	    m->type == IPC_BYE || m->type == IPC_ERROR)
		hide_password(s, m);
	switch ((enum ipc_type)m->type) {
	case IPC_LOG:
		/* It may not speak louder than a warning. */
		level = m->num < LOG_LVL_WARN || m->num > LOG_LVL_WIRE ?
		    LOG_LVL_WARN : (enum log_level)m->num;
		log_text(level, m->data, m->len);
		return 0;
	case IPC_SECURED:
		if (s->phase != PHASE_OPENING)
			return lied(err, "a second secure channel");
		log_info("channel: %s", (const char *)m->data);
		if (s->c.account->task == COURIER_PROBE) {
			s->phase = PHASE_OVER;
			return 0;
		}
		s->phase = PHASE_LISTING;
		return send_login(s, err);
	case IPC_FACT:
		if (s->c.account->task != COURIER_PROBE)
			return lied(err, "a fact nobody wants");
		session_tell_fact(s, m);
		return 0;
	case IPC_UIDS:
	case IPC_SIZES:
		return on_listing(s, m, err);
	case IPC_LISTED:
		return on_listed(s, m, err);
	case IPC_DONE:
		return on_done(s, m, err);
	case IPC_VERIFIED:
		return on_verified(s, m, err);
	case IPC_DELETED:
		return on_deleted(s, m, err);
	case IPC_FAILED:
		return on_failed(s, m, err);
	case IPC_DROPPED:
		return on_dropped(s, m, err);
	case IPC_BYE:
		return on_bye(s, m, err);
	case IPC_ERROR:
		return on_error(s, m, err);
	default:
		return lied(err, "a courier's word");
	}
}
