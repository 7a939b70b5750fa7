/*
 * Builds command lines, and refuses what could become a second one.
 */
#include "pop3/cmd.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static const char *const cmd_names[CMD_END] = {
	[CMD_CAPA] = "CAPA",
	[CMD_STLS] = "STLS",
	[CMD_USER] = "USER",
	[CMD_PASS] = "PASS",
	[CMD_STAT] = "STAT",
	[CMD_UIDL] = "UIDL",
	[CMD_LIST] = "LIST",
	[CMD_RETR] = "RETR",
	[CMD_TOP] = "TOP",
	[CMD_DELE] = "DELE",
	[CMD_NOOP] = "NOOP",
	[CMD_RSET] = "RSET",
	[CMD_QUIT] = "QUIT",
};

const char *
cmd_name(enum cmd cmd)
{
	return cmd_names[cmd];
}

static int
cmd_full(enum cmd cmd, struct err *err)
{
	return err_set(err, ERR_SOFTWARE, "no room to send %s", cmd_name(cmd));
}

int
cmd_put(struct buf *out, enum cmd cmd, struct err *err)
{
	if (!buf_printf(out, "%s\r\n", cmd_name(cmd)))
		return cmd_full(cmd, err);
	return 0;
}

int
cmd_put_num(struct buf *out, enum cmd cmd, uint32_t num, struct err *err)
{
	if (!buf_printf(out, "%s %lu\r\n", cmd_name(cmd), (unsigned long)num))
		return cmd_full(cmd, err);
	return 0;
}

int
cmd_put_top(struct buf *out, uint32_t num, uint32_t lines, struct err *err)
{
	if (!buf_printf(out, "%s %lu %lu\r\n", cmd_name(CMD_TOP),
	    (unsigned long)num, (unsigned long)lines))
		return cmd_full(CMD_TOP, err);
	return 0;
}

int
cmd_check_text(enum cmd cmd, const char *text, size_t len, struct err *err)
{
	size_t max = CMD_LINE_MAX - strlen(cmd_name(cmd)) - strlen(" \r\n");

	if (memchr(text, '\r', len) != NULL ||
	    memchr(text, '\n', len) != NULL || memchr(text, '\0', len) != NULL)
		return err_set(err, ERR_CONFIG,
		    "the text for %s has a line end or a NUL in it",
		    cmd_name(cmd));
	if (len > max)
		return err_set(err, ERR_CONFIG,
		    "the text for %s is %zu octets long, POP3 allows %zu",
		    cmd_name(cmd), len, max);
	return 0;
}

int
cmd_put_text(struct buf *out, enum cmd cmd, const char *text, size_t len,
    struct err *err)
{
	size_t n = strlen(cmd_name(cmd));
	uint8_t *p;

	if (cmd_check_text(cmd, text, len, err) == -1)
		return -1;
	/* Built in place: a password is copied to nowhere else. */
	if ((p = buf_reserve(out, n + 1 + len + 2)) == NULL)
		return cmd_full(cmd, err);
	memcpy(p, cmd_name(cmd), n);
	p[n] = ' ';
	memcpy(p + n + 1, text, len);
	memcpy(p + n + 1 + len, "\r\n", 2);
	buf_commit(out, n + 1 + len + 2);
	return 0;
}
