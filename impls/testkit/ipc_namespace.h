/* SPDX-License-Identifier: MIT */
/*
 * A process with System V ids, message queues and a /dev/shm of its own:
 * what is left behind can be counted exactly, and memory that names lie in can
 * be used up, without anybody else noticing. The kernel removes all of it with
 * the last process inside.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_IPC_NAMESPACE_H
#define IPCMARK_IMPLS_TESTKIT_IPC_NAMESPACE_H

#include <stdbool.h>

/** Enter one, with so many kilobytes of /dev/shm; false: not allowed here. */
bool ipc_namespace_enter(unsigned shm_kilobytes);

/** System V message queues and semaphores, and POSIX queues with a name. */
unsigned ipc_namespace_objects(void);

/** Use up /dev/shm to the last page, and give it back. */
void ipc_namespace_fill(void);
void ipc_namespace_empty(void);

#endif
