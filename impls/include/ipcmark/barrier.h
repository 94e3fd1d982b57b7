/* SPDX-License-Identifier: MIT */
/*
 * Barrier: a number of parties wait for one another, round after round.
 * Emulated on every back-end, as the event is: the state is one word in shared
 * memory, the sleep a futex.
 *
 * Sharing: create it, then fork().
 * Death: a party killed while it waits is not counted: the round needs a live
 * replacement; a timeout or abort still frees the rest (B-07).
 */
#ifndef IPCMARK_BARRIER_H
#define IPCMARK_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A barrier's handle. Opaque; made by ipcm_barrier_create. */
struct ipcm_barrier;

/** Most parties of a barrier: as many as Linux has threads (proc(5), pid_max).
 */
#define IPCM_BARRIER_MAX_PARTIES 4194304

/** As a timeout of wait: the barrier's own. */
#define IPCM_BARRIER_DEFAULT INT64_MIN

/** How a barrier is made. Start from IPCM_BARRIER_OPTIONS_INIT. */
struct ipcm_barrier_options {
	/** 1 .. IPCM_BARRIER_MAX_PARTIES. */
	int64_t parties;
	/**
	 * Run once a round, in one party, before any party is released; NULL
	 * for none. If it does not return IPCM_OK, that party gets its result
	 * and the other parties IPCM_BROKEN (B-03). If its process dies in the
	 * action, the barrier breaks. The action must not wait on this barrier
	 * (IPCM_INVALID); a party that arrives meanwhile belongs to the next
	 * round.
	 */
	enum ipcm_status (*action)(void *argument);
	void *argument;
	/** Timeout of waits that give IPCM_BARRIER_DEFAULT. */
	int64_t timeout_ns;
};

/** Defaults: the caller sets parties; no action, no time limit. */
#define IPCM_BARRIER_OPTIONS_INIT                                              \
	{                                                                      \
		0, NULL, NULL, IPCM_FOREVER                                    \
	}

/**
 * Make a barrier. It takes 64 bytes of address space a party; above 1024
 * parties they become memory when a party first waits in them, as those of
 * malloc(3) do.
 * @param options not NULL; action and argument are private to the process and
 *        copied by fork()
 * @param ret_barrier receives the handle; the caller owns it:
 *        ipcm_barrier_free
 * @return IPCM_OK; IPCM_INVALID (parties < 1, B-06); IPCM_LIMIT (parties
 *         above the maximum, or RLIMIT_FSIZE or RLIMIT_MEMLOCK is too low for
 *         the memory); IPCM_NOMEM (also: RLIMIT_AS);
 *         IPCM_NOTSUP (no lock table). After a failure nothing is left.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_create(
	const struct ipcm_backend *backend,
	const struct ipcm_barrier_options *options,
	struct ipcm_barrier **ret_barrier);

/**
 * Wait until all parties have arrived.
 * @param ret_index receives this party's number in the round, 0 .. parties-1,
 *        each once (B-02); may be NULL
 * @return IPCM_OK; IPCM_BROKEN: a party timed out, or abort, reset or a failed
 *         action, now or before (B-04, B-05); the action's own status
 *         in the party that ran it; IPCM_INTR; IPCM_CLOSED (if closed
 *         meanwhile); IPCM_CORRUPT (damaged memory); IPCM_INVALID
 *
 * The party that times out gets IPCM_BROKEN, as the other parties do. After
 * IPCM_INTR and IPCM_CLOSED the barrier is as if this party had not arrived:
 * the others continue to wait for it, or for another party in its place, and it
 * may wait again. A round that was complete at that moment gives IPCM_OK. The
 * action runs once a round, also if a party leaves while it runs.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_wait(
	struct ipcm_barrier *barrier, int64_t timeout_ns, unsigned *ret_index);

/** Break it: waits return IPCM_BROKEN until reset (B-05). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_abort(
	struct ipcm_barrier *barrier);

/** Waiting parties get IPCM_BROKEN; then the barrier is as new (B-05). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_reset(
	struct ipcm_barrier *barrier);

/** Number of parties that a round needs. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_parties(
	const struct ipcm_barrier *barrier, unsigned *ret_parties);
/** Live parties that wait now. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_n_waiting(
	const struct ipcm_barrier *barrier, unsigned *ret_waiting);
/** Is it broken? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_barrier_broken(
	const struct ipcm_barrier *barrier, bool *ret_broken);

/** Drop this process's use of it; it may be closed again. */
IPCM_API enum ipcm_status ipcm_barrier_close(struct ipcm_barrier *barrier);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_barrier_free(struct ipcm_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
