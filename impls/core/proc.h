/* SPDX-License-Identifier: MIT */
/*
 * What proc(5) says of processes and threads.
 */
#ifndef IPCMARK_IMPLS_CORE_PROC_H
#define IPCMARK_IMPLS_CORE_PROC_H

#include <stdint.h>
#include <sys/types.h>

/** From /proc/PID/stat; times are in clock ticks (sysconf(_SC_CLK_TCK)). */
struct proc_stat {
	char state;
	pid_t parent;
	pid_t group;
	uint64_t cpu_ticks; /**< user and system */
	uint64_t start_ticks;
};

/**
 * @param id a process or thread; 0: the calling thread
 * @return 0; -1 with errno: ENOENT or ESRCH if there is none, or no /proc,
 *         EINVAL if the text is not understood
 */
int proc_stat_read(pid_t id, struct proc_stat *ret_stat);

/** Its state letter; 0 if it is gone. */
char proc_state(pid_t id);

/** How many descriptors this process has open; 0 without /proc. */
unsigned proc_descriptors_open(void);

#endif
