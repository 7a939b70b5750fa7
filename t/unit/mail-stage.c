/*
 * Staged files: names of their own, swept up, and the batch that holds them.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "mail/batch.h"
#include "mail/stage.h"

struct dir {
	char		 path[64];
	struct stage	*stage;
};

static int
set_up(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = calloc(1, sizeof(*d));

	strcpy(d->path, "/tmp/popfetch-stage.XXXXXX");
	assert_non_null(mkdtemp(d->path));
	d->stage = stage_new(file_opendir(d->path, false, &err), d->path);
	assert_false(err_isset(&err));
	*state = d;
	return 0;
}

static int
tear_down(void **state)
{
	struct dir *d = *state;

	stage_free(d->stage);
	if (rmdir(d->path) == -1)
		return -1;
	free(d);
	return 0;
}

static unsigned
entries(const char *path)
{
	unsigned n = 0;
	DIR *dp = opendir(path);

	while (readdir(dp) != NULL)
		n++;
	closedir(dp);
	return n - 2;
}

static void
names_differ_and_files_are_private(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct staged *a = stage_make(d->stage, &err);
	struct staged *b = stage_make(d->stage, &err);
	struct stat st;

	assert_string_not_equal(a->name, b->name);
	assert_int_not_equal(a->id, b->id);
	assert_int_equal(fstat(a->fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stage_drop(d->stage, a, &err), 0);
	assert_int_equal(entries(d->path), 1);
	assert_int_equal(stage_drop(d->stage, b, &err), 0);
}

static bool
keep_second(void *arg, const char *name)
{
	return strcmp(arg, name) == 0;
}

static void
clean_sweeps_all_but_what_is_kept(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct staged *a = stage_make(d->stage, &err);
	struct staged *b = stage_make(d->stage, &err);

	assert_int_equal(stage_clean(d->stage, keep_second, b->name, &err), 0);
	assert_int_equal(faccessat(stage_dir(d->stage), a->name, F_OK, 0), -1);
	assert_int_equal(faccessat(stage_dir(d->stage), b->name, F_OK, 0), 0);
	assert_int_equal(stage_clean(d->stage, NULL, NULL, &err), 0);
	assert_int_equal(entries(d->path), 0);
	staged_free(a);
	staged_free(b);
}

static void
sync_of_few_and_of_many_succeeds(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct staged *m[40];
	size_t i;

	for (i = 0; i < 40; i++) {
		m[i] = stage_make(d->stage, &err);
		assert_int_equal(write(m[i]->fd, "x", 1), 1);
	}
	assert_int_equal(stage_sync(d->stage, m, 3, &err), 0);
	assert_int_equal(stage_sync(d->stage, m, 40, &err), 0);
	for (i = 0; i < 40; i++)
		stage_drop(d->stage, m[i], &err);
}

struct beginning {
	const char	*path;		/* NULL: it fails */
	unsigned	 calls;
};

static int
begin(void *arg, struct err *err)
{
	struct beginning *b = arg;

	b->calls++;
	if (b->path == NULL)
		return err_set(err, ERR_CANTCREAT, "no");
	return file_opendir(b->path, true, err);
}

static void
nothing_is_made_before_the_first_file(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct beginning b = { .path = NULL };
	struct stage *s = stage_new(-1, "here");
	struct staged *m;
	struct stat st;

	stage_begin(s, begin, &b);
	assert_int_equal(stage_dir(s), -1);
	assert_int_equal(stage_stat(s, "x", &st, &err), 0);
	assert_int_equal(stage_clean(s, NULL, NULL, &err), 0);
	assert_int_equal(b.calls, 0);

	assert_null(stage_make(s, &err));
	assert_int_equal(err.kind, ERR_CANTCREAT);
	err_clear(&err);
	b.path = d->path;
	assert_non_null(m = stage_make(s, &err));
	assert_int_equal(stage_stat(s, m->name, &st, &err), 1);
	stage_drop(s, m, &err);
	stage_drop(s, stage_make(s, &err), &err);
	assert_int_equal(b.calls, 2);
	stage_free(s);
}

static void
batch_gives_back_only_what_it_handed_out(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct staged *a, *b, *c;
	struct batch batch;

	batch_init(&batch, d->stage);
	a = batch_hand_out(&batch, &err);
	b = batch_hand_out(&batch, &err);
	c = batch_hand_out(&batch, &err);
	assert_null(batch_take(&batch, 4711));
	assert_ptr_equal(batch_take(&batch, c->id), c);
	assert_null(batch_take(&batch, c->id));
	assert_ptr_equal(batch_take(&batch, a->id), a);
	/* The end of the list must have survived taking its last one. */
	assert_non_null(batch_hand_out(&batch, &err));
	assert_int_equal(batch.npool, 2);
	assert_ptr_equal(batch_take(&batch, b->id), b);
	stage_drop(d->stage, a, &err);
	stage_drop(d->stage, b, &err);
	stage_drop(d->stage, c, &err);
	batch_free(&batch);
	assert_int_equal(entries(d->path), 0);
}

static void
batch_is_due_by_number_octets_or_time(void **state)
{
	struct err err = { .kind = ERR_NONE };
	struct dir *d = *state;
	struct batch batch;
	struct staged *m;

	clock_fake(0, 1000);
	batch_init(&batch, d->stage);
	assert_int_equal(batch_wait(&batch), -1);
	m = stage_make(d->stage, &err);
	m->size = 5;
	batch_add(&batch, m);
	assert_false(batch_full(&batch));
	assert_int_equal(batch_wait(&batch), BATCH_MS);
	clock_fake(0, 1000 + BATCH_MS - 1);
	assert_int_equal(batch_wait(&batch), 1);
	clock_fake(0, 1000 + BATCH_MS);
	assert_int_equal(batch_wait(&batch), 0);
	m = stage_make(d->stage, &err);
	m->size = BATCH_OCTETS;
	batch_add(&batch, m);
	assert_true(batch_full(&batch));
	batch_clear(&batch);
	assert_false(batch_full(&batch));
	while (batch.n < BATCH_MESSAGES) {
		assert_false(batch_full(&batch));
		batch_add(&batch, stage_make(d->stage, &err));
	}
	assert_true(batch_full(&batch));
	batch_free(&batch);
	clock_fake(-1, -1);
	assert_int_equal(stage_clean(d->stage, NULL, NULL, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    names_differ_and_files_are_private, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    clean_sweeps_all_but_what_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    sync_of_few_and_of_many_succeeds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    nothing_is_made_before_the_first_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    batch_gives_back_only_what_it_handed_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    batch_is_due_by_number_octets_or_time, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
