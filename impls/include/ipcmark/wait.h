/* SPDX-License-Identifier: MIT */
/*
 * Wait for the first of several events: a connection has something to receive
 * or has lost its reader, a process ends, a descriptor is readable.
 */
#ifndef IPCMARK_WAIT_H
#define IPCMARK_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/pipe.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One thing to wait for: a connection or, if it is NULL, a descriptor. */
struct ipcm_waitable {
	/**
	 * Ready when a message, or end of file, can be received. An end that
	 * only sends is ready when no reader is left, so that a send gives
	 * IPCM_BROKEN; never because there is space: a send waits for that
	 * (P-WAI-02). An end of a duplex pipe counts as one that receives.
	 */
	struct ipcm_connection *end;
	/** Ready when poll(2) says readable; a pidfd_open(2) is a process. */
	int fd;
	/** Written by the call. */
	bool ready;
};

/**
 * Wait until at least one is ready, and mark all that are.
 * @param things count of them; their `ready` is written in any case but
 *        IPCM_INVALID and IPCM_CLOSED
 * @param ret_ready receives how many are ready; may be NULL
 * @return IPCM_OK; IPCM_WOULDBLOCK or IPCM_TIMEDOUT (none is); IPCM_INVALID
 *         (count 0 and no time limit, a bad descriptor);
 *         IPCM_CLOSED (one of the ends is); IPCM_NOTSUP (an end whose
 *         mechanism has no descriptor to wait for); IPCM_INTR;
 *         IPCM_NOMEM
 * Blocks. Nothing is consumed, and a thread or process may wait on an end while
 * another one receives from it (unless a plug-in's mechanism has neither
 * fileno nor queued); it then need not see what that one has read ahead.
 * Sometimes an end is ready although nothing can be received: another
 * process was quicker, or its peer has begun a message and given it up. So
 * receive with IPCM_TRY, or ask ipcm_connection_poll.
 * Source: P-WAI-01, P-WAI-02.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_wait(struct ipcm_waitable *things,
						 size_t count,
						 int64_t timeout_ns,
						 size_t *ret_ready);

#ifdef __cplusplus
}
#endif

#endif
