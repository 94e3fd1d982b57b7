/* SPDX-License-Identifier: MIT */
/*
 * Processes of a cell, seen by the runner: describe the blocked ones, end the
 * remaining ones.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_PROCESS_H
#define IPCMARK_CONFORMANCE_HARNESS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Where each process of a group is: state, wchan, system call. */
void process_describe_group(pid_t group, char *text, size_t bytes);
/** One process. */
void process_describe(pid_t pid, char *text, size_t bytes);
/** Zeroed memory that processes forked later share; NULL if there is none. */
void *process_share(size_t bytes);
/** Take over orphans of later children, so that they can be reaped. */
void process_adopt_orphans(void);
/**
 * Reap what ended of a group, and wait a moment for the rest.
 * @return how many are still alive
 */
unsigned process_group_left(pid_t group, int patience_ms);
/** SIGKILL to a group and to all other children of this process; reap. */
void process_end_all(pid_t group);

#endif
