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
	size_t ulen = strlen(a->sink.user), plen = strlen(a->password);
	int ret;

	if (ulen + 1 + plen > IPC_DATA_MAX)
		return err_set(err, ERR_CONFIG, "the password is too long");
	ipc_clear(&s->out, IPC_LOGIN);
	memcpy(s->out.data, a->sink.user, ulen + 1);
	memcpy(s->out.data + ulen + 1, a->password, plen);
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
	const char *pass = s->c.account->password;
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

static int
on_listed(struct session *s, const struct ipc_msg *m, struct err *err)
{
	const struct courier_conf *a = s->c.account;
	struct plan_conf pc = {
		.has_uidl = (m->flags & IPC_F_UIDL) != 0,
		.delete = s->may_delete,
		.fetchall = a->fetchall,
		.limit = a->limit,
		.fetchlimit = a->fetchlimit,
	};
	size_t i, *n = s->plan.count;

	if (s->phase != PHASE_LISTING)
		return lied(err, "a listing out of place");
	if (plan_make(&s->plan, s->listing, s->c.journal, &pc, err) == -1)
		return -1;
	n = s->plan.count;
	s->state = mem_array(s->plan.n + 1, sizeof(*s->state));
	s->has_top = (m->flags & IPC_F_TOP) != 0;
	s->has_uidl = pc.has_uidl;
	s->phase = PHASE_WORKING;
	s->c.sum->kept = (uint32_t)n[PLAN_KEEP];
	s->c.sum->skipped = (uint32_t)(n[PLAN_TOO_LARGE] + n[PLAN_LATER] +
	    n[PLAN_NO_UID] + n[PLAN_UNPROVEN]);
	log_info("%zu messages: %zu to fetch, %zu to delete, %zu known, "
	    "%zu too large, %zu for another run", s->plan.n, n[PLAN_FETCH],
	    n[PLAN_DELETE], n[PLAN_KEEP] + n[PLAN_RECHECK], n[PLAN_TOO_LARGE],
	    n[PLAN_LATER]);
	if (n[PLAN_NO_UID] > 0)
		log_warn("%zu messages have no UID, so nothing would tell them "
		    "from new ones; they stay on the server and are not fetched",
		    n[PLAN_NO_UID]);
	if (n[PLAN_UNPROVEN] > 0)
		log_warn("%zu messages may or may not have been delivered by an "
		    "interrupted run; they stay on the server and are not "
		    "fetched", n[PLAN_UNPROVEN]);
	for (i = 0; i < s->plan.ngone; i++)
		journal_forget(s->c.journal, s->plan.gone[i]);
	if (n[PLAN_FETCH] > 0)
		journal_reserve(s->c.journal);
	return 0;
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
	if (s->c.account->fetchall ||
	    (it->action == PLAN_FETCH && !s->may_delete))
		return JOURNAL_NONE;
	return journal_find_copy(s->c.journal,
	    it->uid != NULL ? it->uid : (const uint8_t *)"", it->uidlen, m->size,
	    m->digest);
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
	if (m->octets != it->size)	/* LIST may lie, or count LF as one */
		log_debug("message %u: announced with %llu octets, sent with "
		    "%llu", m->num, (unsigned long long)it->size,
		    (unsigned long long)m->octets);
	if ((old = old_copy(s, it, m)) != JOURNAL_NONE) {
		if (stage_drop(s->c.stage, f, err) == -1 ||
		    session_settled(s, i, old, err) == -1)
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

static int
on_verified(struct session *s, const struct ipc_msg *m, struct err *err)
{
	size_t i = session_item(s, m->num);
	const struct journal_entry *e;
	const struct plan_item *it;

	if (i == SIZE_MAX || s->state[i] != ITEM_VERIFY)
		return lied(err, "an answer nobody asked for");
	it = &s->plan.items[i];
	e = journal_get(s->c.journal, it->entry);
	s->nverify--;
	if (memcmp(e->head, m->head, DIGEST_LEN) == 0) {
		journal_use(s->c.journal, it->entry);
		if (session_settled(s, i, it->entry, err) == -1)
			return -1;
	} else {
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
	s->state[i] = ITEM_DONE;
	s->nfailed++;
	session_remember(&s->failed, &why, m->num);
	return 0;
}

static int
on_deleted(struct session *s, const struct ipc_msg *m, struct err *err)
{
	size_t i = session_item(s, m->num);

	if (i == SIZE_MAX || s->state[i] != ITEM_DELE)
		return lied(err, "a deletion nobody asked for");
	s->state[i] = ITEM_DONE;
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
		s->c.sum->deleted = s->ndeleted;
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
		s->phase = PHASE_LISTING;
		return send_login(s, err);
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
		(void)ipc_get_err(m, err);
		return -1;
	default:
		return lied(err, "a courier's word");
	}
}
