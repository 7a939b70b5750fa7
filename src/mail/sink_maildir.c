/*
 * Delivery into a Maildir, exactly once: stage, sync, intent, rename, sync,
 * delivered.  doc/DESIGN tells why each step stands where it does.
 */
#include "mail/sink.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/boot.h"
#include "mail/journal.h"
#include "mail/stage.h"

#define PRIVATE_DIR	".popfetch"	/* in tmp/: no cleaner enters it */
#define TOKEN_LEN	12		/* octets of the digest in a name */
#define HOST_MAX	40		/* of the host's name in a name */

struct sink {
	const struct sink_conf *conf;
	struct stage	*stage;
	struct journal_place place;
	char		 alive[256];	/* the sentinel's name */
	char		 host[HOST_MAX + 1];
	unsigned	 made;
	int		 dir_new;
	int		 dir_cur;
	int		 dir_private;
};

static void
maildir_close(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->dir_new != -1)
		close(s->dir_new);
	if (s->dir_cur != -1)
		close(s->dir_cur);
	if (s->dir_private != -1)
		close(s->dir_private);
	free(s);
}

/*
 * This host in file names: "/" would leave the directory and ":" begins the
 * flags (maildir(5)); both are written as the Maildir convention has it.
 */
static void
set_host(struct sink *s)
{
	char name[HOST_MAX + 1], *p;
	struct buf b;

	if (gethostname(name, sizeof(name)) == -1 || name[0] == '\0')
		strlcpy(name, "localhost", sizeof(name));
	name[sizeof(name) - 1] = '\0';
	buf_init(&b, HOST_MAX);
	for (p = name; *p != '\0'; p++) {
		if (*p == '/' || *p == ':') {
			if (!buf_printf(&b, *p == '/' ? "\\057" : "\\072"))
				break;
		} else if (!buf_append(&b, p, 1))
			break;
	}
	memcpy(s->host, buf_data(&b), buf_len(&b));
	buf_free(&b);
}

/*
 * A Maildir of somebody else's could be changed under our hands, by links for
 * instance; as root that would write anywhere.
 */
static int
check_owner(int dir, const char *path, struct stat *st, struct err *err)
{
	if (fstat(dir, st) == -1)
		return err_sys(err, ERR_IO, errno, "cannot examine %s", path);
	if (st->st_uid != geteuid()) {
		err_set(err, ERR_CANTCREAT, "the Maildir %s belongs to another "
		    "user (uid %lu)", path, (unsigned long)st->st_uid);
		return err_hint(err, "run popfetch as that user, or add "
		    "'set runas USER'");
	}
	return 0;
}

/* Opens what a Maildir is made of below top, making what is missing. */
static int
open_parts(struct sink *s, int top, const char *path, struct stage **stage,
    struct err *err)
{
	const char *account = s->conf->account;
	char *spath = NULL;
	int tmp = -1, dir = -1, ret = -1;

	if ((tmp = file_opendirat(top, "tmp", true, path, err)) == -1 ||
	    (s->dir_new = file_opendirat(top, "new", true, path, err)) == -1 ||
	    (s->dir_cur = file_opendirat(top, "cur", true, path, err)) == -1 ||
	    (s->dir_private = file_opendirat(tmp, PRIVATE_DIR, true, path,
	    err)) == -1 ||
	    (dir = file_opendirat(s->dir_private, account, true, path,
	    err)) == -1)
		goto out;
	if (asprintf(&spath, "%s/tmp/" PRIVATE_DIR "/%s", path, account) == -1) {
		spath = NULL;
		err_sys(err, ERR_TEMP, errno, "cannot open %s", path);
		goto out;
	}
	*stage = s->stage = stage_new(dir, spath);
	dir = -1;
	ret = 0;
out:
	free(spath);
	if (tmp != -1)
		close(tmp);
	if (dir != -1)
		close(dir);
	return ret;
}

static int
maildir_open(struct sink **sink, const struct sink_conf *conf,
    struct stage **stage, struct err *err)
{
	struct sink *s = mem_alloc(sizeof(*s));
	char *path = NULL;
	struct stat st;
	int top = -1, ret = -1;

	s->conf = conf;
	s->dir_new = s->dir_cur = s->dir_private = -1;
	/* The user may have put the Maildir elsewhere by a symbolic link. */
	if ((path = realpath(conf->maildir, NULL)) == NULL)
		path = mem_strdup(conf->maildir);
	if ((top = file_opendir(path, true, err)) == -1) {
		err_wrap(err, "Maildir");
		err_hint(err, "make its parent directory, or correct 'maildir'");
		goto out;
	}
	if (check_owner(top, path, &st, err) == -1 ||
	    open_parts(s, top, path, stage, err) == -1)
		goto out;
	s->place.dev = (uint64_t)st.st_dev;
	s->place.ino = (uint64_t)st.st_ino;
	boot_id(s->place.boot, sizeof(s->place.boot));
	snprintf(s->alive, sizeof(s->alive), "%s.alive", conf->account);
	set_host(s);
	*sink = s;
	s = NULL;
	ret = 0;
out:
	if (top != -1)
		close(top);
	free(path);
	maildir_close(s);
	return ret;
}

/* --- delivery */

/*
 * The name in new/.  Its U field is made of account, UID and content, so that a
 * message can be recognised there when the journal is lost.
 */
static void
final_name(struct sink *s, const struct staged *m, char *dst, size_t size)
{
	struct digest *d = digest_new();
	uint8_t token[DIGEST_LEN];
	char hex[2 * TOKEN_LEN + 1];
	int64_t now = clock_wall_us();

	digest_add(d, s->conf->account, strlen(s->conf->account) + 1);
	digest_add(d, m->uid, m->uidlen);
	digest_add(d, "", 1);
	digest_add(d, m->digest, DIGEST_LEN);
	digest_end(d, token);
	digest_free(d);
	text_hex(hex, token, TOKEN_LEN);
	snprintf(dst, size, "%lld.M%06lldP%ldQ%uU%s.%s,S=%llu",
	    (long long)(now / 1000000), (long long)(now % 1000000),
	    (long)getpid(), ++s->made, hex, s->host,
	    (unsigned long long)m->size);
}

/* Every intent of the batch, on the disk before any rename. */
static int
note_intents(struct sink *s, struct journal *j, struct staged **batch, size_t n,
    struct err *err)
{
	struct journal_entry e;
	char name[JOURNAL_NAME_MAX];
	size_t i;

	journal_batch(j, &s->place);
	for (i = 0; i < n; i++) {
		memset(&e, 0, sizeof(e));
		final_name(s, batch[i], name, sizeof(name));
		e.size = batch[i]->listed;
		e.octets = batch[i]->size;
		memcpy(e.digest, batch[i]->digest, DIGEST_LEN);
		memcpy(e.head, batch[i]->head, DIGEST_LEN);
		e.when = clock_wall_us() / 1000000;
		e.stage = batch[i]->name;
		e.final = name;
		batch[i]->entry = journal_intent(j, batch[i]->uid,
		    batch[i]->uidlen, &e);
	}
	return journal_sync(j, err);
}

/* Renames entry n from the staging directory into new/. */
static int
move_entry(struct sink *s, const struct journal *j, uint32_t n,
    struct err *err)
{
	const struct journal_entry *e = journal_get(j, n);

	if (FAULT("maildir-move") == FAULT_SKIP)
		return 0;
	return file_move(stage_dir(s->stage), e->stage, s->dir_new, e->final,
	    s->conf->maildir, err);
}

static int
sync_new(struct sink *s, struct err *err)
{
	if (FAULT("maildir-syncnew") == FAULT_SKIP)
		return 0;
	return file_syncdir(s->dir_new, s->conf->maildir, err);
}

static int
maildir_deliver(struct sink *s, struct journal *j, struct staged **batch,
    size_t n, struct err *err)
{
	size_t i;

	if (stage_sync(s->stage, batch, n, err) == -1 ||
	    note_intents(s, j, batch, n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (move_entry(s, j, batch[i]->entry, err) == -1)
			return -1;
	if (sync_new(s, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		journal_delivered(j, batch[i]->entry);
		batch[i]->outcome = SINK_DELIVERED;
	}
	/* Its sync rides on the next batch: recovery knows without it. */
	return journal_write(j, err);
}

/* --- recovery */

/*
 * The sentinel is touched before anything is staged and so is the first thing
 * that a cleaner of old files would take: while it is there, no staged file was
 * taken by anybody else.
 */
static int
touch_sentinel(struct sink *s, struct err *err)
{
	int fd;

	fd = openat(s->dir_private, s->alive,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(err, ERR_CANTCREAT, errno, "cannot create %s",
		    stage_path(s->stage));
	(void)futimens(fd, NULL);
	close(fd);
	return 0;
}

static bool
same_place(const struct sink *s, const struct journal_place *p)
{
	struct stat st;

	return p != NULL && p->boot[0] != '\0' &&
	    strcmp(p->boot, s->place.boot) == 0 && p->dev == s->place.dev &&
	    p->ino == s->place.ino && fstatat(s->dir_private, s->alive, &st,
	    AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether new/ or cur/ has the message, in cur/ with any flags. */
static bool
is_in_maildir(struct sink *s, const char *final)
{
	size_t len = strlen(final);
	struct dirent *d;
	struct stat st;
	bool found = false;
	DIR *dp;
	int fd;

	if (fstatat(s->dir_new, final, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	fd = openat(s->dir_cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return false;
	if ((dp = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	while (!found && (d = readdir(dp)) != NULL)
		found = strncmp(d->d_name, final, len) == 0 &&
		    (d->d_name[len] == '\0' || d->d_name[len] == ':');
	closedir(dp);
	return found;
}

/* Whether a staged file still holds what its intent says. */
static bool
is_sound(struct sink *s, const struct journal_entry *e)
{
	uint8_t block[65536], digest[DIGEST_LEN];
	struct digest *d;
	ssize_t n;
	int fd;

	fd = openat(stage_dir(s->stage), e->stage,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return false;
	d = digest_new();
	while ((n = read(fd, block, sizeof(block))) > 0)
		digest_add(d, block, (size_t)n);
	digest_end(d, digest);
	digest_free(d);
	close(fd);
	return n == 0 && memcmp(digest, e->digest, DIGEST_LEN) == 0;
}

/* Puts a damaged staged file aside, where nothing sweeps it up. */
static int
quarantine(struct sink *s, struct journal *j, uint32_t n, struct err *err)
{
	const struct journal_entry *e = journal_get(j, n);
	char name[512];

	snprintf(name, sizeof(name), "%s.damaged.%s", s->conf->account,
	    e->stage);
	/* On the disk first: a gone file with its intent counts as delivered. */
	journal_forget(j, n);
	if (journal_sync(j, err) == -1)
		return -1;
	if (file_move(stage_dir(s->stage), e->stage, s->dir_private, name,
	    stage_path(s->stage), err) == -1)
		return -1;
	log_warn("a message was damaged on this disk before it was delivered; "
	    "the remains are %s.damaged.%s, and it is fetched again",
	    stage_path(s->stage), e->stage);
	return 0;
}

/* One intent without an outcome; the table of doc/DESIGN, "Recovery". */
static int
recover_entry(struct sink *s, struct journal *j, uint32_t n, struct err *err)
{
	const struct journal_entry *e = journal_get(j, n);
	const struct journal_place *p = journal_entry_place(j, n);
	bool here = same_place(s, p);
	struct stat st;

	if (fstatat(stage_dir(s->stage), e->stage, &st,
	    AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			return err_sys(err, ERR_IO, errno, "cannot examine %s",
			    stage_path(s->stage));
		if (here || is_in_maildir(s, e->final)) {
			journal_delivered(j, n);
			return 0;
		}
		log_warn("cannot tell whether a message was delivered before "
		    "this Maildir was moved, cleaned or cut off from power; it "
		    "stays on the server and is not fetched again");
		journal_unproven(j, n);
		return 0;
	}
	if (st.st_nlink > 1) {
		journal_delivered(j, n);
		return file_remove(stage_dir(s->stage), e->stage,
		    stage_path(s->stage), err);
	}
	if ((uint64_t)st.st_size != e->octets || (!here && !is_sound(s, e)))
		return quarantine(s, j, n, err);
	if (move_entry(s, j, n, err) == -1)
		return -1;
	journal_delivered(j, n);
	return 0;
}

static int
maildir_recover(struct sink *s, struct journal *j, struct err *err)
{
	uint32_t i, n = journal_count(j), open = 0;

	for (i = 0; i < n; i++)
		if (journal_get(j, i)->state == JOURNAL_INTENT)
			open++;
	if (open > 0) {
		log_debug("finishing %u deliveries of an earlier run", open);
		if (journal_compact(j, true, err) == -1)
			return -1;
		for (i = 0; i < n; i++)
			if (journal_get(j, i)->state == JOURNAL_INTENT &&
			    recover_entry(s, j, i, err) == -1)
				return -1;
		if (sync_new(s, err) == -1 || journal_sync(j, err) == -1)
			return -1;
	}
	if (stage_clean(s->stage, NULL, NULL, err) == -1)
		return -1;
	return touch_sentinel(s, err);
}

const struct sink_ops sink_maildir = {
	.name = "Maildir",
	.level = SINK_DURABLE,
	.open = maildir_open,
	.recover = maildir_recover,
	.deliver = maildir_deliver,
	.close = maildir_close,
};
