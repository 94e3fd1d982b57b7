/* SPDX-License-Identifier: MIT */
/*
 * Giving the CPU to the peer in place of a sleep. When both sides of a queue or
 * connection run on one CPU, whoever has nothing to do can yield: the peer runs
 * at once and no process sleeps or is woken, so a round trip of a kernel queue
 * costs less than with two blocking calls. A yield is no wait: it never
 * replaces the look, and then the sleep, that follow when it brought nothing.
 *
 * A yield is wasted when the peer is not about to run, and expensive when a
 * third process takes the CPU for its time slice. Both are learned: a yield
 * that did not pay is followed by a pause of so many waits, which doubles each
 * time.
 *
 * A thread whose calls a signal handler ends does not yield: only a sleep tells
 * that a handler ran.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_PEER_YIELD_H
#define IPCMARK_IMPLS_CORE_SYNC_PEER_YIELD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Of one process and one side. Zero at first. All are estimates. */
struct peer_yield {
	_Atomic int pause; /* so many waits without a yield */
	_Atomic int failures;
	_Atomic unsigned count;
};

/** What is remembered from before the yield. */
struct peer_yield_start {
	int64_t begun_ns; /* 0: this one is not timed */
};

/** Yield, unless there is a pause; false: it did not. */
bool peer_yield(struct peer_yield *yield, struct peer_yield_start *ret_start);

/**
 * Learn from it. To be called after each peer_yield that returned true.
 * @param brought how many items came meanwhile
 */
void peer_yield_learn(struct peer_yield *yield, struct peer_yield_start start,
		      uint32_t brought);

/** The CPU that the caller runs on, from 1 on. */
int peer_yield_cpu(void);

#endif
