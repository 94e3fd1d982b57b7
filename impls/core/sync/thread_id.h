/* SPDX-License-Identifier: MIT */
/*
 * The identity of a thread in one 64-bit word, which no other thread of the
 * same PID namespace ever has:
 *
 *   low half   thread id, as the kernel's robust futexes want it; FOREIGN
 *   high half  the thread's inode number in pidfs (Linux 6.9), which is not
 *              used again; before 6.9 a random number
 *
 * An identity outlives execve(2), which keeps thread id and inode: what must
 * not outlive it asks process_life.h too.
 *
 * Cached per thread, together with the generation of the process
 * (process_page.h): a child, however it was made, has identities of its own.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H
#define IPCMARK_IMPLS_CORE_SYNC_THREAD_ID_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "process_page.h"

/** Bits of the low half that the kernel compares (FUTEX_TID_MASK). */
#define THREAD_ID_TID_MASK UINT32_C(0x3fffffff)
/**
 * Of a thread in a foreign PID namespace (pid_namespace.h). No thread id has
 * this bit (they end at 2^22), so the kernel never takes such a word for that
 * of a thread that dies.
 */
#define THREAD_ID_FOREIGN UINT32_C(0x20000000)

/** What a thread caches. */
struct thread_self {
	uint32_t generation; /**< of the process, see process_page.h */
	uint64_t id;
	uint64_t life; /**< process_life_self; 0: not asked for yet */
};

/** Fill the cache; for thread_id_self only. */
uint64_t thread_id_read_self(void);
extern _Thread_local struct thread_self thread_self
	__attribute__((tls_model("initial-exec")));

/** Is what the thread has cached its own? */
static inline bool thread_self_is_known(void)
{
	return atomic_load_explicit(&process_page_of_this.generation,
				    memory_order_relaxed) ==
	       thread_self.generation;
}

/**
 * The calling thread. About ten system calls at the first call of a process,
 * three at that of a thread.
 */
static inline uint64_t thread_id_self(void)
{
	return __builtin_expect(thread_self_is_known(), 1)
		       ? thread_self.id
		       : thread_id_read_self();
}

/**
 * Is the thread with this identity proved to be dead? Proofs are: no thread has
 * its id (ESRCH); its id belongs to a thread with another inode; its pidfd is
 * readable; /proc shows a zombie. Everything else, such as a process that /proc
 * hides, is alive: neither absence nor elapsed time proves a death. A few
 * system calls, microseconds.
 */
bool thread_id_dead(uint64_t thread_id);

#endif
