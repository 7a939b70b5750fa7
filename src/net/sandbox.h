/*
 * Locks the fetcher in before it reads the first octet from a server.  All
 * that differs between systems stands in sandbox.c.
 *
 * Every layer is taken if the system has it; what could not be had is said in
 * the report, never an error: the process stays apart from the files anyway.
 */
#ifndef NET_SANDBOX_H
#define NET_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

struct err;

struct sandbox_conf {
	int		 keep;		/* descriptor to leave open, over 2 */
	int		 also;		/* another one, or -1 */
	const char	**readable;	/* paths to leave readable, or NULLs */
	size_t		 nreadable;
	uint64_t	 max_file;	/* octets of a file; 0: no limit */
	unsigned	 max_fds;	/* highest number of descriptors */
};

/* Writes what this system has into report: "no_new_privs, rlimits, Landlock 4";
 * changes nothing. */
void	sandbox_parts(char *report, size_t size);

/*
 * First half, right after the fork: closes every other descriptor, points 0,
 * 1 and 2 at /dev/null, no core dump, not dumpable, and, when run as root,
 * becomes nobody with no groups.  ERR_SOFTWARE if root cannot be given up.
 */
int	sandbox_early(const struct sandbox_conf *conf, struct err *err);

/*
 * Second half, once the connection stands: no new privileges, no new
 * processes, no new connections, no paths but the readable ones (Landlock),
 * resource limits.  Writes what is in force, "no_new_privs, rlimits,
 * Landlock 4 (files, TCP)", into report.
 */
void	sandbox_late(const struct sandbox_conf *conf, char *report,
	    size_t size);

#endif
