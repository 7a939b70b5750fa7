/*
 * The text of a ~/.netrc, as ftp(1) has it.
 */
#ifndef CONF_NETRC_H
#define CONF_NETRC_H

#include <stddef.h>

/*
 * The password of login at machine, else that of login at host: of the first
 * entry whose login is the same or not said.  What is for any machine
 * ("default") is for none.  NULL if there is none.  text, which has a NUL
 * behind its len octets, is written over; the password is a part of it.
 */
const char *netrc_find(char *text, size_t len, const char *machine,
	    const char *host, const char *login);

#endif
