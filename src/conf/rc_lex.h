/*
 * The run-control file as tokens: fetchmail's rules, all of them, here and
 * nowhere else, and ours where they are wider (a last line without newline, a
 * byte order mark).  See popfetchrc(5), LEXICAL RULES.
 *
 * What a bare word is depends on what the parser expects (struct rc_lex.name):
 * after user, password, is, to and = the next bare word is a name even if it is
 * a keyword or all digits.  The parser says so before it asks.
 */
#ifndef CONF_RC_LEX_H
#define CONF_RC_LEX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum rc_token_kind {
	RC_EOF,
	RC_STRING,		/* quoted: never a keyword, never a number */
	RC_NUMBER,		/* digits, with a leading '-' perhaps */
	RC_WORD,		/* bare; may be a keyword */
	RC_EQUALS,		/* = */
	RC_BAD,			/* text says why, without the source's words */
};

struct rc_token {
	enum rc_token_kind kind;
	char		*text;		/* value, escapes undone; in arena */
	size_t		 len;		/* of text; it holds no NUL */
	bool		 name;		/* never a keyword: read in name
					   context, or has an escape */
	size_t		 start, end;	/* octets of the source it came from */
	unsigned	 line, column;	/* of start, from 1; in octets */
};

struct rc_lex {
	const char	*src;
	size_t		 len;
	size_t		 pos;
	unsigned	 line;
	size_t		 bol;		/* where the current line begins */
	struct arena	*arena;
};

/* src must outlive the lexer and its tokens' positions. */
void		 rc_lex_init(struct rc_lex *lx, const char *src, size_t len,
		    struct arena *arena);

/* The next token; noise words and punctuation are skipped unless name. */
void		 rc_lex_next(struct rc_lex *lx, bool name, struct rc_token *t);

/* Line and column of a place in the source. */
void		 rc_lex_where(const struct rc_lex *lx, size_t pos,
		    unsigned *line, unsigned *column);

/* A piece of the source. */
struct rc_span {
	size_t	start, end;
};

/*
 * The source line that the span where begins in and a line with carets below
 * the span, for a terminal: tabs are blanks, what is not printable ASCII is a
 * question mark, a long line is cut, and every password is "****": what
 * follows a word like "password", and what lies in the span secret.  Ends in a
 * newline; from the lexer's arena.  NULL if the line is too long to be looked
 * at.
 */
const char	*rc_lex_excerpt(const struct rc_lex *lx, unsigned line,
		    struct rc_span where, struct rc_span secret);

#endif
