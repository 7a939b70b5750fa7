/*
 * Builds command lines.  What would let a configured value become a second
 * command is refused here and nowhere else: CR, LF and NUL, and a line over
 * 255 octets with its CRLF (RFC 2449 section 4; R6, R7).
 */
#ifndef POP3_CMD_H
#define POP3_CMD_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

#define CMD_LINE_MAX	255
#define CMD_LINE_OLD	47	/* without CAPA: a 40-octet argument */

enum cmd {
	CMD_CAPA,
	CMD_STLS,
	CMD_USER,
	CMD_PASS,
	CMD_STAT,
	CMD_UIDL,
	CMD_LIST,
	CMD_RETR,
	CMD_TOP,
	CMD_DELE,
	CMD_NOOP,
	CMD_RSET,
	CMD_QUIT,
	CMD_END
};

/* "CAPA", "STLS" ... */
const char	*cmd_name(enum cmd cmd);

/* Appends a command without argument, or with num, or with num and lines. */
int	cmd_put(struct buf *out, enum cmd cmd, struct err *err);
int	cmd_put_num(struct buf *out, enum cmd cmd, uint32_t num,
	    struct err *err);
int	cmd_put_top(struct buf *out, uint32_t num, uint32_t lines,
	    struct err *err);

/*
 * Appends a command with a text of len octets, sent verbatim, blanks too.
 * ERR_CONFIG if it holds CR, LF or NUL or makes the line too long; the message
 * names the command and never shows the text.
 */
int	cmd_put_text(struct buf *out, enum cmd cmd, const char *text,
	    size_t len, struct err *err);

/* Whether a user name or password of that length and content can be sent:
 * the check of cmd_put_text before any connection is made. */
int	cmd_check_text(enum cmd cmd, const char *text, size_t len,
	    struct err *err);

#endif
