/* SPDX-License-Identifier: MIT */
/*
 * A process that runs cells for the session, one after another: it is sent the
 * index of a cell and sends it back when the cell has its verdict. What it
 * found lies in memory that both share. Another worker's children are not its
 * own, so each ends what its cells left, and nothing else.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_WORKER_H
#define IPCMARK_CONFORMANCE_RUNNER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** pid 0: none was started. */
struct worker {
	pid_t pid;
	int fd;
	/** It was sent `index`, which has not come back. */
	bool busy;
	size_t index;
};

/** In the worker, for each index. */
typedef void worker_run(void *context, size_t index);

/** Fork it. @return false with errno: it could not be started */
bool worker_start(struct worker *worker, worker_run *run, void *context);

/** @return false: it has ended */
bool worker_send(struct worker *worker, size_t index);

/** Take its index back; blocks until it has one. It is not busy afterwards.
 *  @return false: it has ended without */
bool worker_receive(struct worker *worker);

/** Tell it of Ctrl-C, once: the cell that it runs becomes N. */
void worker_interrupt(const struct worker *worker);

/** Wait for its end, which comes after the cell that it runs. */
void worker_stop(struct worker *worker);

#endif
