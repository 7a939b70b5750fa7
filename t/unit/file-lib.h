/*
 * What the tests of base/file share.  Some system calls are defined in file-lib.c,
 * in front of libc's, so that they can be counted and made to fail.
 */
#ifndef UNIT_FILE_LIB_H
#define UNIT_FILE_LIB_H

#include <sys/types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/file.h"

/* What a call of ours does next; all zero: what the system does. */
struct next_call {
	int	fail;		/* errno that it answers with */
	bool	after;		/* only after doing its work: a lost answer */
	int	calls;
};

extern struct next_call next_move, next_link, next_datasync, next_sync,
    next_write;
extern size_t write_max;	/* octets that a write takes; 0: all */
extern int dir;			/* an empty directory of the test's own */

/* For tests that mean nothing without the calls above. */
void		 need_fakes(void);

int		 setup(void **state);
int		 teardown(void **state);

/* dir/name, as a path; valid until the next call. */
const char	*under_root(const char *name);

void		 put(const char *name, const char *text);
bool		 exists(const char *name);
void		 assert_holds(const char *name, const char *want);
void		 assert_mode(int at, const char *name, mode_t want);
void		 assert_err(const struct err *err, enum err_kind kind, int sys);

#define FILE_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
