/*
 * Which boot of the machine this is.  Within one boot a rename that was issued
 * has happened or not, visibly; over a crash of the machine it may have got lost.
 */
#ifndef MAIL_BOOT_H
#define MAIL_BOOT_H

#include <stddef.h>

/*
 * Writes an id of the running boot, printable and without blanks; "" where the
 * system does not tell (only Linux does so far), which never equals another.
 */
void	boot_id(char *dst, size_t size);

#endif
