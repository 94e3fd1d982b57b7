/* SPDX-License-Identifier: MIT */
/*
 * Who is calling, in one 64-bit word: thread id in the low half, start time in
 * the high half. A recycled thread id therefore never looks like its previous
 * owner. Cached per thread; a fork() forgets the cache in the child.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H
#define IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H

#include <stdbool.h>
#include <stdint.h>

/** Bits of the low half that hold the thread id (FUTEX_TID_MASK). */
#define THREAD_ID_TID_MASK UINT32_C(0x3fffffff)

/** Fills the cache; for thread_id_self only. */
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
 * Is the thread that an identity names alive? A zombie is dead, another
 * thread under the same id is somebody else. Reads /proc; microseconds.
 * When it cannot tell (no /proc), it says alive: time never proves death.
 */
bool thread_id_alive(uint64_t thread_id);

#endif
