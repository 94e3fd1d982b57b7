/* SPDX-License-Identifier: MIT */
/*
 * Ports whose mechanism is a file descriptor a direction: the operations that
 * are the same for all of them. A back-end's state begins with a struct
 * fd_port, and its table names the functions below; how a frame is sent and
 * received stays in the back-end.
 */
#ifndef IPCMARK_IMPLS_CORE_PORT_FD_PORT_H
#define IPCMARK_IMPLS_CORE_PORT_FD_PORT_H

#include "impls/core/naming/resource_registry.h"
#include "ipcmark/backend.h"

struct fd_port {
	int receive_fd; /* -1: none; may be the same as send_fd */
	int send_fd;
	/* Of a port with a name; its file may be the descriptor above. */
	struct resource_entry entry;
};

/** A port without descriptors, which fd_port_close accepts. */
#define FD_PORT_CLOSED ((struct fd_port){.receive_fd = -1, .send_fd = -1})

/** Operations of ipcm_port_ops; each state begins with a struct fd_port. */
void fd_port_close(void *state);
enum ipcm_status fd_port_wait(void *state, enum ipcm_direction direction,
			      int64_t deadline_ns);
int fd_port_fileno(const void *state, enum ipcm_direction direction);
/** The receiving descriptor, and behind it the sending one if it differs. */
enum ipcm_status fd_port_export_handle(const void *state,
				       struct ipcm_port_handle *ret_handle);

#endif
