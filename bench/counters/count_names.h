/* SPDX-License-Identifier: MIT */
/*
 * Names that a counting pass leaves behind: POSIX message queues, files in
 * /dev/shm (POSIX shared memory and semaphores, named objects), entries of the
 * resource registry (impls/core/naming).
 *
 * A name does not tell who made it. New names of this user count if no living
 * process but the caller has the file open or mapped: what another program
 * made meanwhile is in use by it.
 */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_NAMES_H
#define IPCMARK_BENCH_COUNTERS_COUNT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/** The names that are there now. */
struct count_names;

/** @return NULL without memory; then nothing is left over */
struct count_names *count_names_now(void);

/** How many there are that were not there before, and that no process uses.
 *  Frees. */
int64_t count_names_left(struct count_names *before);

/** Can message queues be listed: is their file system mounted, or may this
 *  process look at it all the same (CAP_SYS_ADMIN)? Without that, queues made
 *  by the library are seen by their entry in the registry. */
bool count_names_sees_queues(void);

#endif
