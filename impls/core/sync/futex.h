/* SPDX-License-Identifier: MIT */
/*
 * Futex words shared between processes (futex(2)); no FUTEX_PRIVATE_FLAG.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_FUTEX_H
#define IPCMARK_IMPLS_CORE_SYNC_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/** How a futex wait ended. In every case the caller reads the word again. */
enum futex_end {
	FUTEX_WOKEN, /**< this caller has used up a wake-up */
	FUTEX_MOVED, /**< the word had another value: did not sleep */
	FUTEX_ENDED, /**< deadline, signal or stop callback */
};

/**
 * Sleep while *word == expected, until the deadline (CLOCK_MONOTONIC,
 * absolute), a signal handler or a wake-up. Records for interrupted() which.
 * Asks the stop callback first; ends before the deadline in a thread that has
 * one. No lock may be held.
 */
enum futex_end futex_wait(_Atomic uint32_t *word, uint32_t expected,
			  int64_t deadline_ns);

/** The same for a thread that holds a lock, or waits for one: does not ask. */
enum futex_end futex_sleep(_Atomic uint32_t *word, uint32_t expected,
			   int64_t deadline_ns);

/** A word to sleep on, and the value that it has meanwhile. */
struct futex_watch {
	_Atomic uint32_t *word;
	uint32_t expected;
};

/**
 * As futex_wait and futex_sleep while both words have these values. What wakes
 * changes both, in the order other, one; so the wake-up is not lost when `one`
 * has its former value again at once, as a bit that says "a waiter" has.
 * Exceptions: a kernel before 5.16, and an interruptible thread, whose handler
 * would not end that sleep. They sleep on `one` alone.
 */
enum futex_end futex_wait_both(struct futex_watch one, struct futex_watch other,
			       int64_t deadline_ns);
enum futex_end futex_sleep_both(struct futex_watch one,
				struct futex_watch other, int64_t deadline_ns);

/** Wake up to count sleepers. */
void futex_wake(_Atomic uint32_t *word, int count);

/** The half of a 64-bit word that the kernel reads: the low one. */
static inline _Atomic uint32_t *futex_low_half(_Atomic uint64_t *word)
{
	/* x86-64 and little-endian arm64; checked in futex.c at build time */
	return (_Atomic uint32_t *)(void *)word;
}

#endif
