/* SPDX-License-Identifier: MIT */
/*
 * The calling thread's robust list head. Its pending entry, list_op_pending, is
 * the one word in shared memory that the kernel marks when the thread dies: a
 * robust lock while it is held (robust_lock.h), or the entry of a waiter while
 * it sleeps (waiter_registry.h).
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_ROBUST_ENTRY_H
#define IPCMARK_IMPLS_CORE_SYNC_ROBUST_ENTRY_H

#include <linux/futex.h>
#include <stdbool.h>

/** The thread's robust list head, and the outer lock of a nested pair. */
struct robust_entry {
	struct robust_list_head *head; /* NULL until the first lock */
	void *outer;
	bool watched; /* false: the kernel refused; it does not read head */
};
extern _Thread_local struct robust_entry robust_entry
	__attribute__((tls_model("initial-exec")));

/** Set head; once in each thread. */
void robust_entry_find(void);

/**
 * The thread has a new identity: its process is new. Tells the kernel the list
 * again if clone(2) made the process. Of a foreign thread (pid_namespace.h) the
 * kernel must not read it: when the thread dies, it would take the word of
 * another thread with the same id in another namespace for its own.
 */
void robust_entry_renew(bool foreign);

#endif
