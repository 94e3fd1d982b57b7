/* SPDX-License-Identifier: MIT */
/* Creating the ends of a pipe, step by step. */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_H

#include "connection_internal.h"

/**
 * Create and open both ends of a pipe; connection_enable makes them usable.
 * @param portable connection_export_end will be called on the second
 */
enum ipcm_status connection_pair_open(const struct ipcm_backend *backend,
				      const struct ipcm_pipe_options *options,
				      bool portable,
				      struct ipcm_connection *ret_ends[2]);
/** An end without port, buffers and emulation; NULL without memory. */
struct ipcm_connection *connection_alloc(const struct ipcm_backend *backend,
					 unsigned index, bool duplex);
enum ipcm_status connection_buffers(struct ipcm_connection *end,
				    const struct ipcm_channel_limits *limits);
/** The end may be used from now on. */
void connection_enable(struct ipcm_connection *end);
/** Undo all steps that were done; NULL is allowed. */
void connection_destroy(struct ipcm_connection *end);

#endif
