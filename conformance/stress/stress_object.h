/* SPDX-License-Identifier: MIT */
/*
 * An object under crash stress: what its workers do and what must hold at the
 * end. A new object is one of these, and one entry in crash_stress.c.
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_STRESS_OBJECT_H
#define IPCMARK_CONFORMANCE_STRESS_STRESS_OBJECT_H

#include "worker_pool.h"

struct stress_object {
	/** "queue", "lock". */
	const char *name;
	unsigned workers;
	/** Does the back-end offer it? */
	bool (*offered)(const struct ipcm_backend *backend);
	/** Bytes of its state, which begins with a struct shared_state. */
	size_t (*state_bytes)(unsigned kills);
	/** Create the object inside the zeroed state. */
	enum ipcm_status (*create)(const struct ipcm_backend *backend,
				   void *state, unsigned kills);
	/** Start the workers, kill them, stop them. */
	void (*run)(struct worker_pool *pool, unsigned kills);
	/** No worker runs any more: what must hold now. */
	void (*inspect)(void *state);
	/** Figures for the line that is printed. */
	void (*summarize)(void *state, char *text, size_t bytes);
	void (*free)(void *state);
};

extern const struct stress_object stress_queue, stress_lock, stress_pool;

#endif
