/* SPDX-License-Identifier: MIT */
/*
 * The two commit words of a queue, T (tail) and H (head). They are its state:
 * moving one of them is the last step of every put and get. Producers own T,
 * consumers own H; both have this layout:
 *
 *     63            32 31           5 4      1  0
 *     +---------------+--------------+--------+---+
 *     |   position    | items so far | called | W |
 *     +---------------+--------------+--------+---+
 *
 * position: where the next item is written or read (stores only). W: a thread
 * may sleep on this word. A compare-and-swap sets W, and the exchange that
 * moves the word clears it, so no wake-up is lost between a last check and the
 * sleep. The kernel's futex is the low half. Numbers wrap modulo 2^27.
 *
 * called: counts the calls to all sleepers for another reason than a move
 * (queue_wake_all). Without it a thread that has set W, and is about to sleep,
 * would sleep on the W that another one sets after the call. A move may set it
 * to any value.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_WORDS_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_WORDS_H

#include <stdint.h>

#define WORD_WAITER   UINT64_C(1)
#define WORD_ONE_CALL UINT64_C(2)
#define WORD_CALLS    UINT64_C(0x1e)
#define NUMBER_SHIFT  5
#define WORD_ONE_ITEM (UINT64_C(1) << NUMBER_SHIFT)
#define NUMBER_MASK   (UINT32_MAX >> NUMBER_SHIFT)

static inline uint32_t word_position(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline uint32_t word_number(uint64_t word)
{
	return (uint32_t)word >> NUMBER_SHIFT;
}

static inline uint64_t word_make(uint32_t position, uint32_t number)
{
	return (uint64_t)position << 32 | (number << NUMBER_SHIFT);
}

/** Items between two words; valid while it is at most the maximum. */
static inline uint32_t word_items(uint64_t tail, uint64_t head)
{
	return (word_number(tail) - word_number(head)) & NUMBER_MASK;
}

/** The same word after one more call, with W cleared. */
static inline uint64_t word_called(uint64_t word)
{
	uint64_t calls = (word + WORD_ONE_CALL) & WORD_CALLS;

	return (word & ~(WORD_CALLS | WORD_WAITER)) | calls;
}

/** How far number a is ahead of b; negative if it is behind. */
static inline int32_t number_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)((a - b) << NUMBER_SHIFT) >> NUMBER_SHIFT;
}

#endif
