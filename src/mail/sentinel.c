/*
 * The sentinel of an account.
 */
#include "mail/sentinel.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

#define NAME_LEN	256	/* with NUL */
#define DIGITS		20	/* of any uint64_t: all lines have so many */
#define LINE_LEN	(DIGITS + 1)

static const char *
name_of(char name[NAME_LEN], const char *account)
{
	snprintf(name, NAME_LEN, "%s.alive", account);
	return name;
}

static int
open_it(int dir, const char *account, int flags)
{
	char name[NAME_LEN];

	return openat(dir, name_of(name, account),
	    flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

int
sentinel_there(int dir, const char *account, const char *what, struct err *err)
{
	char name[NAME_LEN];
	struct stat st;

	if (dir == -1)
		return 0;
	if (fstatat(dir, name_of(name, account), &st,
	    AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 :
	    err_sys(err, ERR_IO, errno, "cannot examine %s", what);
}

static void
add_line(int fd, uint64_t delivered)
{
	char line[LINE_LEN + 1];

	snprintf(line, sizeof(line), "%0*llu\n", DIGITS,
	    (unsigned long long)delivered);
	if (write(fd, line, LINE_LEN) == -1)
		return;		/* it counts as holding no number */
}

int
sentinel_make(int dir, const char *account, uint64_t delivered,
    const char *what, struct err *err)
{
	char name[NAME_LEN];
	int fd;

	if (file_remove(dir, name_of(name, account), what, err) == -1 ||
	    (fd = file_create(dir, name, what, err)) == -1)
		return -1;
	add_line(fd, delivered);
	close(fd);
	return 0;
}

void
sentinel_note(int dir, const char *account, uint64_t delivered)
{
	int fd = open_it(dir, account, O_WRONLY | O_APPEND);
	struct timespec times[2];
	struct stat st;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0) {
		add_line(fd, delivered);
		/* No younger than what this session has staged by now. */
		times[0] = st.st_atim;
		times[1] = st.st_mtim;
		(void)futimens(fd, times);
	}
	close(fd);
}

bool
sentinel_read(int dir, const char *account, uint64_t *delivered)
{
	int fd = open_it(dir, account, O_RDONLY);
	char line[LINE_LEN];
	struct stat st;
	bool whole;

	if (fd == -1)
		return false;
	whole = fstat(fd, &st) == 0 && st.st_size >= LINE_LEN &&
	    st.st_size % LINE_LEN == 0 &&
	    pread(fd, line, LINE_LEN, st.st_size - LINE_LEN) == LINE_LEN &&
	    line[DIGITS] == '\n' &&
	    text_number(line, DIGITS, DIGITS, UINT64_MAX, delivered);
	close(fd);
	return whole;
}
