/* SPDX-License-Identifier: MIT */
/*
 * Fault back-ends for the self-test of the benchmarks: a real one that does a
 * known amount of something more in each send, so that the result can be
 * compared with what was injected. Faults of delivery are in
 * impls/fault/fault.h.
 */
#ifndef IPCMARK_BENCH_SELFTEST_FAULT_BACKENDS_H
#define IPCMARK_BENCH_SELFTEST_FAULT_BACKENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"

enum injection {
	INJECT_NOTHING,
	INJECT_SPIN,	/**< the amount in ns, on the CPU */
	INJECT_GETPID,	/**< one system call more */
	INJECT_MALLOC,	/**< one allocation more, freed at once */
	INJECT_STALL,	/**< after so many sends, never go on */
	INJECT_COPY,	/**< the message copied once more */
	INJECT_LEAK,	/**< a message queue made once a process, and left */
	INJECT_COUNTED, /**< getpid, malloc, copy and leak together */
	/* once a process, and left, as well: */
	INJECT_LEAK_SEM,     /**< a System V semaphore set */
	INJECT_LEAK_SEGMENT, /**< System V shared memory */
	INJECT_LEAK_MQ,	     /**< a POSIX message queue */
	INJECT_LEAK_FILE,    /**< a file in /dev/shm */
	INJECT_LEAK_FD,	     /**< a descriptor in 1024 sends */
};

/**
 * Put the faults around a back-end.
 * @return a descriptor of its own, valid for ever, the same for the same
 *         back-end; NULL: too many back-ends
 */
const struct ipcm_backend *fault_backend_around(
	const struct ipcm_backend *real);

/** Remove what leaks have left behind; the processes that did have ended. After
 *  inject_named the program's end does it. */
void inject_clean(void);

/** Of "spin=100", "getpid", "malloc", "copy", "leak", "leak-sem",
 *  "leak-segment", "leak-mq", "leak-file", "leak-fd", "counted" or "nothing".
 *  @return false: none of these */
bool inject_named(const char *text);

/** What processes forked from now on do in each send. */
void inject(enum injection act, int64_t amount);

/** How long the spins since the last inject took, on average, by the clock: a
 *  process that loses the CPU spins for longer. 0 if there was none. */
double injected_mean_ns(void);

#endif
