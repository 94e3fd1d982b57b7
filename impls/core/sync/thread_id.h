/* SPDX-License-Identifier: MIT */
/*
 * The identity of a thread in one 64-bit word: thread id in the low half, start
 * time in the high half, so that a recycled thread id never equals its previous
 * owner. Cached per thread; fork() clears the cache in the child.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H
#define IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H

#include <stdbool.h>
#include <stdint.h>

/** Bits of the low half that hold the thread id (FUTEX_TID_MASK). */
#define THREAD_ID_TID_MASK UINT32_C(0x3fffffff)

/** Fill the cache; for thread_id_self only. */
uint64_t thread_id_read_self(void);
extern _Thread_local uint64_t thread_id_cache
	__attribute__((tls_model("initial-exec")));

/** The calling thread. One /proc read at the first call of a thread. */
static inline uint64_t thread_id_self(void)
{
	uint64_t self = thread_id_cache;

	return __builtin_expect(self != 0, 1) ? self : thread_id_read_self();
}

/**
 * Is the thread with this identity alive? A zombie counts as dead, and so does
 * a thread whose id another thread bears now. Reads /proc; takes microseconds.
 * Without /proc the answer is "alive": elapsed time never proves a death.
 */
bool thread_id_alive(uint64_t thread_id);

#endif
