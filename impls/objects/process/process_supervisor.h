/* SPDX-License-Identifier: MIT */
/*
 * A process of the library's own that has children although it is a daemon: it
 * ends with its parent, and they end with it.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_PROCESS_PROCESS_SUPERVISOR_H
#define IPCMARK_IMPLS_OBJECTS_PROCESS_PROCESS_SUPERVISOR_H

struct ipcm_process;

/** Before its start. */
void process_make_supervisor(struct ipcm_process *process);

#endif
