/*
 * The boot id of Linux, random(4).
 */
#include "mail/boot.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID_FILE	"/proc/sys/kernel/random/boot_id"

void
boot_id(char *dst, size_t size)
{
	ssize_t n = 0;
	int fd;

	fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, dst, size - 1);
		close(fd);
	}
	dst[n > 0 ? n : 0] = '\0';
	dst[strspn(dst, "0123456789abcdef-")] = '\0';
}
