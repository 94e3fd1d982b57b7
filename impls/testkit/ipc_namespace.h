/* SPDX-License-Identifier: MIT */
/*
 * A process with System V ids, message queues and a /dev/shm of its own:
 * what is left behind can be counted exactly, and memory that names lie in can
 * be used up, without anybody else noticing. The kernel removes all of it with
 * the last process inside.
 */
#ifndef IPCMARK_TESTS_SANDBOX_H
#define IPCMARK_TESTS_SANDBOX_H

#include <stdbool.h>

/** Enter one, with so many kilobytes of /dev/shm; false: not allowed here. */
bool sandbox_enter(unsigned shm_kilobytes);

/** System V message queues and semaphores, and POSIX queues with a name. */
unsigned sandbox_objects(void);

/** Use up /dev/shm to the last page, and give it back. */
void sandbox_fill(void);
void sandbox_empty(void);

#endif
