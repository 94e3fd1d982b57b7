/* SPDX-License-Identifier: MIT */
/*
 * Shared memory that cannot grow, as when /dev/shm is full, for one process
 * only. The program is linked with --wrap=posix_fallocate.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_MEMORY_SHORT_H
#define IPCMARK_CONFORMANCE_HARNESS_MEMORY_SHORT_H

/** From now on no file of this process gets more pages: ENOSPC. */
void memory_short(void);

#endif
