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
 * Those of base/file, each for all uses of its call: file-create file-write
 * file-write-error file-sync file-syncdir file-syncfs file-move file-rename
 * file-replace file-remove.  file-rename with ENOSYS has files linked and
 * unlinked instead; file-move-answer lets the move happen and has it answered
 * with that errno, as NFS may.
 *
 * Those that know "skip" only, one for each sync of the delivery, in its order:
 *
 *	file-mkdir-sync		the name of a directory that was made
 *	file-first-syncdir	the name of a file that file_replace made: the
 *				journal's
 *	maildir-syncseen	new/ and cur/, of what is there already
 *	stage-sync		b: the data of staged files
 *	stage-syncdir		b: their names
 *	journal-sync		c: intents, and whatever else the journal syncs
 *	maildir-syncnew		e: new/
 *	file-replace-sync	the data of a journal that is written anew
 *	file-replace-syncdir	its name
 *
 * clock-days=N:0 sets the calendar N days ahead.
 *
 * and steps that are left out or swapped: journal-write, maildir-move,
 * maildir-look (for what the journal does not know), swap-bc, swap-cd, swap-de,
 * swap-ef (steps of doc/DESIGN, section 4).
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
