/*
 * Reading a file that holds a password.
 */
#include "conf/secret_file.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

static int
read_all(struct secret_file *f, int fd, struct err *err)
{
	ssize_t n;

	f->text = secret_new(SECRET_SIZE_MAX + 1);
	while (f->len <= SECRET_SIZE_MAX) {
		n = read(fd, f->text + f->len, SECRET_SIZE_MAX + 1 - f->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(err, ERR_CONFIG, errno, "%s", f->path);
		if (n == 0)
			break;
		f->len += (size_t)n;
	}
	if (f->len > SECRET_SIZE_MAX)
		return err_set(err, ERR_CONFIG, "%s: larger than 64 KiB",
		    f->path);
	if (memchr(f->text, '\0', f->len) != NULL)
		return err_set(err, ERR_CONFIG, "%s: holds a NUL octet",
		    f->path);
	return 1;
}

int
secret_file_read(struct secret_file *f, const char *path, struct err *err)
{
	struct stat st;
	int fd, ret = -1;

	memset(f, 0, sizeof(*f));
	f->path = path;
	/* What must not block, a FIFO, is refused below. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || fstat(fd, &st) == -1) {
		err_sys(err, ERR_CONFIG, errno, "%s", path);
		goto out;
	}
	f->mode = st.st_mode;
	f->owner = st.st_uid;
	if (S_ISREG(st.st_mode))
		ret = read_all(f, fd, err);
	else
		err_set(err, ERR_CONFIG, "%s: not a regular file", path);
out:
	if (fd != -1)
		close(fd);
	return ret;
}

void
secret_file_close(struct secret_file *f)
{
	secret_free(f->text);
	f->text = NULL;
}

int
secret_file_private(const struct secret_file *f, uid_t user, struct err *err)
{
	if (f->owner != user)
		return err_set(err, ERR_CONFIG,
		    "%s: belongs to user %ju, not to %ju", f->path,
		    (uintmax_t)f->owner, (uintmax_t)user);
	if ((f->mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;
	err_set(err, ERR_CONFIG,
	    "%s: holds a password and is open to others", f->path);
	return err_hint(err, "chmod 600 %s", f->path);
}
