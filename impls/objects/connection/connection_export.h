/* SPDX-License-Identifier: MIT */
/* An end in pieces, for a process that did not inherit it. */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_EXPORT_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_EXPORT_H

#include "connection_internal.h"

/** Descriptors of an end: its port's, the death fd, the shared memory. */
#define CONNECTION_HANDLE_FDS 6

/** An end in pieces; see connection_export_end. */
struct connection_handle {
	uint64_t word[8];
	uint32_t frame_bytes;
	uint32_t port_fds;
	unsigned fd_count;
	int fd[CONNECTION_HANDLE_FDS];
};

/** Export the second end of a portable pipe. It keeps its descriptors. */
enum ipcm_status connection_export_end(const struct ipcm_connection *end,
				       struct connection_handle *ret_handle);
/**
 * Open that end in this process. Takes the descriptors, whatever it returns.
 * Everything in the handle is checked: IPCM_CORRUPT.
 */
enum ipcm_status connection_import_end(const struct ipcm_backend *backend,
				       const struct connection_handle *handle,
				       struct ipcm_connection **ret_end);

#endif
