/* SPDX-License-Identifier: MIT */
/*
 * The way of a stepped child, written down once: later children that go the
 * same way get to its k-th instruction by breakpoints, in a few stops instead
 * of k.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_STEP_TRACE_H
#define IPCMARK_IMPLS_TESTKIT_STEP_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** An instruction, and how often it had been passed before. */
struct step_point {
	uintptr_t address;
	unsigned passed;
};

/** Begins as {0}; see single_step.h for the states of a child. */
struct step_trace {
	struct step_point *point;
	size_t count, room;
	/** This machine, or this child, has no breakpoints. */
	bool useless;
};

/** Step a child to the end of what is stepped, and write down its way in place
 * of an older one. @param ret_over it came to the end
 * @return instructions done */
unsigned long step_trace_record(struct step_trace *trace, pid_t child,
				bool *ret_over);

/**
 * Let a child do `steps` instructions.
 * @param trace the way it is thought to go; NULL: step by step
 * @param ret_over it came to the end before: what is stepped is shorter, or it
 *        went another way
 * @return instructions done; 0 if it went another way
 */
unsigned long step_trace_follow(struct step_trace *trace, pid_t child,
				unsigned long steps, bool *ret_over);

void step_trace_free(struct step_trace *trace);

#endif
