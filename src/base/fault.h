/*
 * Named failure probes, compiled in with --enable-fault only.
 *
 * POPFETCH_FAULT="NAME=ERRNO[:NTH][,NAME=...]" arms probes by name: the NTH
 * hit (the first if not said; 0: every hit) fails with that errno number.  ERRNO
 * "skip" makes the guarded step not happen and report success: that is how
 * the mutations of the test sweeps drop a sync or a rename.
 *
 *	if ((e = FAULT("sync-stage")) != 0)
 *		...
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#define FAULT_SKIP	(-1)

#ifdef ENABLE_FAULT
/* 0: go on; > 0: fail with this errno; FAULT_SKIP: pretend success. */
int	fault_hit(const char *name);
#define FAULT(name)	fault_hit(name)
#else
#define FAULT(name)	0
#endif

#endif
