/* SPDX-License-Identifier: MIT */
/* How a forked child becomes a server. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_PROCESS_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_PROCESS_H

/**
 * Leave behind what it has of the program: signal handlers, stop callback, and
 * all descriptors but standard error, keep_fd, and those of process.h.
 * @return a descriptor that is readable after SIGTERM; -1: impossible
 */
int server_process_enter(int keep_fd);

#endif
