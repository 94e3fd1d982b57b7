/* SPDX-License-Identifier: MIT */
/* What the kernel says about another process. */
#ifndef IPCMARK_BENCH_WORKERS_PROCESS_H
#define IPCMARK_BENCH_WORKERS_PROCESS_H

#include <sys/types.h>

/** State letter of a process (proc(5), stat), or 'S' if it cannot be read. */
char process_state(pid_t pid);

#endif
