/* SPDX-License-Identifier: MIT */
/*
 * PID namespaces. A thread id means something in one of them only: in another
 * one it names no thread, or another one. Names are for users of one namespace
 * (named_object.h). What is inherited may cross the border: a process forks a
 * child into a new namespace. Such a child is called foreign. Its words cannot
 * be mistaken for those of others, and it never takes another process for dead;
 * the price is that a death on the other side of the border is not noticed.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_PID_NAMESPACE_H
#define IPCMARK_IMPLS_CORE_SYNC_PID_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The inode of the calling process's PID namespace; 0 if it cannot be told (no
 * /proc, and a kernel before 6.11). A few system calls at the first call of a
 * process.
 */
uint64_t pid_namespace_own(void);

/**
 * Is it another one than that of the first process of this program that made or
 * used an object?
 */
bool pid_namespace_is_foreign(void);

#endif
