/* SPDX-License-Identifier: MIT */
/*
 * The steps of a scenario: calls of the library, each of which may be the one
 * that meets the fault. A step that fails must give a status that the fault
 * explains, must have changed nothing, and is done once more: that must
 * succeed.
 */
#ifndef IPCMARK_IMPLS_TESTS_FAILURES_STEPS_H
#define IPCMARK_IMPLS_TESTS_FAILURES_STEPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/ipcmark.h"

/** How long a call may wait for what must come. */
#define LIMIT_NS (30 * INT64_C(1000000000))
/** What the back-ends send as several frames. */
#define LARGE_BYTES ((size_t)200000)

/** The call's status is IPCM_OK, at the second try at the latest; else the
 * process of the scenario ends. */
#define STEP(call) STEP_IS(call, IPCM_OK)
/** The same for another status. */
#define STEP_IS(call, want)                                                    \
	do {                                                                   \
		step_begin(#call);                                             \
		if (step_failed((call), (want)))                               \
			step_must((call), (want));                             \
	} while (0)
/** A call without a status. */
#define STEP_DONE(call)                                                        \
	do {                                                                   \
		step_begin(#call);                                             \
		call;                                                          \
	} while (0)
/** What must be so between the steps. */
#define EXPECT(condition) expect((condition), #condition)

void step_begin(const char *text);
/** Another status than the one that is wanted, and the fault explains it. */
bool step_failed(enum ipcm_status got, enum ipcm_status want);
void step_must(enum ipcm_status got, enum ipcm_status want);
void expect(bool holds, const char *text);

/** The scenario begins; it is over, with so many complaints. */
void steps_begin(const char *name);
unsigned steps_end(void);
/** The fault's scenario, place and errno in words, for messages. */
void steps_subject(const char *text);

/** Has the fault happened? */
bool fault_fired(void);
/** Is it of a kind that a call without a caller gives up for, and not one that
 * may be gone when it is tried again? */
bool fault_is_lasting(void);

/** A process of the scenario's own; fork(2) itself does not fail. It ends with
 * what the body returns, or 1 if a step of it failed. */
pid_t peer_start(int (*body)(void *argument), void *argument);
/** Has it ended? Then peer_end does not wait. */
bool peer_is_over(pid_t peer);
/** Wait for it; it must have ended with 0. */
void peer_end(pid_t peer);

/** Bytes that follow from the number. */
void item_fill(uint8_t *item, size_t bytes, unsigned number);
bool item_is(const uint8_t *item, size_t bytes, unsigned number);

/** Two items, for the large ones. */
extern uint8_t item_sent[LARGE_BYTES], item_got[LARGE_BYTES];

#endif
