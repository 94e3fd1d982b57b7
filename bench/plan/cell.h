/* SPDX-License-Identifier: MIT */
/*
 * A cell is one scenario at one point of its axes; its id is stable over
 * releases:
 *
 *   iface/backend/scenario[/size=N]/placement=P[/wait=spin][/batch=N][POINT]
 *
 * POINT is that of the scenario's sweep, for example /load=50 (sweep.h).
 */
#ifndef IPCMARK_BENCH_PLAN_CELL_H
#define IPCMARK_BENCH_PLAN_CELL_H

#include "bench/scenarios/scenario.h"

#define CELL_ID_BYTES 128

struct plan_cell {
	char id[CELL_ID_BYTES];
	struct axes axes;
	const struct scenario *scenario;
	/** NULL for raw mechanisms and for back-ends that were not built. */
	const struct ipcm_backend *backend;
	/** Why it was not built. */
	const char *not_built;
};

struct plan {
	struct plan_cell *cell;
	size_t count;
};

/** Queue bound for a size: 1024 items to 4 KiB, 256 to 16 KiB, else 64. */
unsigned plan_depth(size_t size_bytes);

/** Messages of a verification pass. */
uint64_t plan_verify_count(const struct axes *axes);

/** Write the id of a point. */
void plan_cell_id(const struct axes *axes, char ret_id[CELL_ID_BYTES]);

/** "block", "spin", "poll", "none". */
const char *wait_name(enum wait_kind wait);

/** Does a back-end keep its messages and locks in memory that the processes
 *  share, so that a call needs no system call? */
bool backend_is_memory(const struct ipcm_backend *backend);

#endif
