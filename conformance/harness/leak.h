/* SPDX-License-Identifier: MIT */
/*
 * What a process and the machine have open: descriptors, threads, System V
 * ids of this user, names of shared memory and message queues. Two snapshots
 * tell what was left behind.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_LEAK_H
#define IPCMARK_CONFORMANCE_HARNESS_LEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct leak_snapshot;

/** Of this process and of the machine. NULL if there is no memory. */
struct leak_snapshot *leak_snapshot_take(void);
/** What a comparison found. */
enum leak {
	LEAK_NONE,
	/** Only ids and names: they may be another program's after all. */
	LEAK_OF_MACHINE,
	/** A descriptor or a thread of this process. */
	LEAK_OF_PROCESS
};

/**
 * Compare with now. What other programs come and go with is told apart by the
 * user and by waiting, for two seconds at most: only what stays, and no living
 * process uses, counts.
 * @param text receives what was left, in words
 */
enum leak leak_snapshot_compare(const struct leak_snapshot *before, char *text,
				size_t bytes);
void leak_snapshot_free(struct leak_snapshot *snapshot);

/** The descriptor number the next open would get. */
unsigned leak_next_descriptor(void);

/** Kilobytes of this process's memory that are resident. */
long leak_resident_kb(void);
/** Does a sanitizer count this process's allocations? */
bool leak_is_counted(void);
/** If so: is there memory that no pointer leads to? It tells where on stderr.
 */
bool leak_of_memory(void);
/** Number of this process's mappings. */
unsigned leak_mappings(void);

#endif
