/*
 * Messages of another program in a journal.
 */
#include "mail/enter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "mail/courier.h"
#include "mail/journal.h"

struct enter {
	int		 dir, lock;
	struct journal	*journal;
};

static int
open_files(struct enter *e, const char *state, const char *account,
    const char *key, struct err *err)
{
	char *lock = NULL, *name = NULL, *what = NULL;
	int r = -1;

	if (asprintf(&lock, "%s.lock", account) == -1 ||
	    asprintf(&name, "%s.journal", account) == -1 ||
	    asprintf(&what, "%s/%s", state, name) == -1) {
		err_sys(err, ERR_TEMP, errno, "%s", key);
		goto out;
	}
	if ((e->dir = file_makedirs(state, err)) == -1)
		goto out;
	if ((e->lock = file_lock(e->dir, lock, state, err)) == -1) {
		if (err->sys == EWOULDBLOCK)
			err_hint(err, "try again when that one is done");
		goto out;
	}
	e->journal = journal_open(e->dir, name, key, what, err);
	r = e->journal == NULL ? -1 : 0;
out:
	free(lock);
	free(name);
	free(what);
	return r;
}

struct enter *
enter_open(const char *state, const char *key, struct err *err)
{
	struct enter *e = mem_alloc(sizeof(*e));
	char *account = courier_account(key);
	int r;

	e->dir = e->lock = -1;
	r = open_files(e, state, account, key, err);
	free(account);
	if (r == 0)
		return e;
	enter_close(e);
	return NULL;
}

bool
enter_uid(struct enter *e, const void *uid, size_t len, int64_t when)
{
	uint32_t n = journal_find(e->journal, uid, len);

	while (n != JOURNAL_NONE &&
	    journal_get(e->journal, n)->state == JOURNAL_GONE)
		n = journal_get(e->journal, n)->next;
	if (n != JOURNAL_NONE)
		return false;
	journal_seen(e->journal, uid, len, 0, when);
	return true;
}

int
enter_commit(struct enter *e, struct err *err)
{
	return journal_sync(e->journal, err);
}

void
enter_close(struct enter *e)
{
	if (e == NULL)
		return;
	journal_close(e->journal);
	if (e->lock != -1)
		close(e->lock);
	if (e->dir != -1)
		close(e->dir);
	free(e);
}
