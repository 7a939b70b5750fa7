/*
 * The beginning and the end of a program that is run.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <sys/types.h>

/* In the child, first of all: a process group of its own, and signals as a
 * program expects them, none of them blocked. */
void	child_begin(void);

/*
 * Ends pid, a child that leads a process group of its own and was not waited for,
 * with all that group: SIGTERM, and SIGKILL once grace milliseconds are over.  All
 * of it gets the grace: a shell goes at once, but what it ran may have to tidy up.
 * The child is waited for, unless it may not be killed (setuid).
 */
void	child_end_group(pid_t pid, int grace);

#endif
