/*
 * Named failure probes, compiled in with --enable-fault only.
 *
 * POPFETCH_FAULT="NAME=ERRNO[:NTH][,NAME=...]" arms probes by name: the NTH
 * hit in a process (the first if not said; 0: every hit) fails with that errno
 * number.  A forked child goes on from its parent's count.  ERRNO "skip" makes
 * the guarded step not happen and report success: that is how the mutations
 * of the test sweeps drop a sync or a rename.
 *
 *	if ((e = FAULT("file-sync")) == 0 && fdatasync(fd) == -1)
 *		e = errno;
 *	if (e > 0)
 *		...
 *
 * Probes of base/file: file-create file-write file-sync file-syncdir
 * file-syncfs file-move file-replace.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/* Unseen, ENABLE_FAULT would leave every probe silently off. */
#include "config.h"

#define FAULT_SKIP	(-1)

#ifdef ENABLE_FAULT
/* 0: go on; > 0: fail with this errno; FAULT_SKIP: pretend success. */
int	fault_hit(const char *name);
#define FAULT(name)	fault_hit(name)
#else
#define FAULT(name)	0
#endif

#endif
