/* SPDX-License-Identifier: MIT */
/* What the library adds to an end because its mechanism lacks it. */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_EMULATION_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_EMULATION_H

#include "connection_internal.h"

/**
 * Add to both ends, in one process, what the mechanism lacks.
 * @param portable keep the descriptor of the shared memory: second's map_fd
 */
enum ipcm_status connection_emulation_open(
	struct ipcm_connection *const ends[2], bool portable);
/** How many descriptors of an exported end are not its port's. */
unsigned connection_emulation_fds(const struct ipcm_connection *end);
/** The same for an imported end, from those; takes them in any case. */
enum ipcm_status connection_emulation_adopt(struct ipcm_connection *end,
					    const int *fds, unsigned count);
/** Drop all of it; skips what was never opened. */
void connection_emulation_drop(struct ipcm_connection *end);

#endif
