/* SPDX-License-Identifier: MIT */
/*
 * The points at which a party of a pair (step_pair.h) is held.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_POINTS_H
#define IPCMARK_CONFORMANCE_HARNESS_STEPPING_STEP_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Instructions of a pair's calls, not counting repetitions; a power of 2. */
#define STEP_POINTS_TABLE 65536u

/** Before the instruction, when it has been passed so often. */
struct step_point {
	uintptr_t address;
	unsigned passed;
};

/** The points of a pair, as they were when nothing interfered. */
struct step_points {
	struct step_point *list;
	size_t count, room;
	/** How often each instruction was passed. */
	struct step_point table[STEP_POINTS_TABLE];
};

void step_points_clear(struct step_points *points);

/** The instruction is about to be passed; is it a point? */
void step_points_pass(struct step_points *points, uintptr_t address,
		      bool is_point);

#endif
