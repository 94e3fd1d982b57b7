/* SPDX-License-Identifier: MIT */
/*
 * Barrier: the public calls, and the wait of a party. The changes of a round
 * are in barrier_round.c; read barrier_internal.h first.
 */
#include <limits.h>
#include <stdlib.h>

#include "impls/core/naming/process_life.h"
#include "impls/core/no_cancel.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "barrier_internal.h"

/*
 * Places for the parties of a round, and for as many that have not left the
 * previous round yet. If more threads than that take part, and so many are
 * slow, an arrival finds no place and tries again after this time.
 */
#define PLACES_A_PARTY 2
#define FULL_RETRY_NS  NS_PER_MS

/*
 * Up to so many parties have all their memory from the start. With more, a
 * place gets it when it is first taken: a barrier that was made for a million
 * parties costs what the ones that come need.
 */
#define PARTIES_AT_ONCE 1024

static enum ipcm_status barrier_check(const struct ipcm_barrier *barrier)
{
	return handle_check(barrier, BARRIER_MAGIC);
}

static enum ipcm_status options_check(
	const struct ipcm_barrier_options *options)
{
	if (!options || options->parties < 1)
		return IPCM_INVALID;
	return options->parties > IPCM_BARRIER_MAX_PARTIES ? IPCM_LIMIT
							   : IPCM_OK;
}

static enum ipcm_status barrier_open(struct ipcm_barrier *barrier)
{
	size_t bytes = sizeof(struct barrier_shared) +
		       barrier->places * sizeof(struct barrier_place);
	enum ipcm_status status =
		barrier->parties > PARTIES_AT_ONCE
			? shm_handle_open_sparse(&barrier->handle,
						 BARRIER_MAGIC, bytes)
			: shm_handle_open(&barrier->handle, BARRIER_MAGIC,
					  bytes);

	if (!status)
		atomic_store_explicit(&barrier_shared(barrier)->word,
				      UINT64_C(1) << ROUND_SHIFT,
				      memory_order_relaxed);
	return status;
}

enum ipcm_status ipcm_barrier_create(const struct ipcm_backend *backend,
				     const struct ipcm_barrier_options *options,
				     struct ipcm_barrier **ret_barrier)
{
	enum ipcm_status status = shm_handle_offered(backend);
	struct ipcm_barrier *barrier;

	if (!ret_barrier || status == IPCM_INVALID)
		return IPCM_INVALID;
	if (options_check(options))
		return options_check(options);
	if (status)
		return status;
	barrier = calloc(1, sizeof(*barrier));
	if (!barrier)
		return IPCM_NOMEM;
	barrier->action = options->action;
	barrier->argument = options->argument;
	barrier->timeout_ns = options->timeout_ns;
	barrier->parties = (uint32_t)options->parties;
	barrier->places = PLACES_A_PARTY * barrier->parties;
	status = barrier_open(barrier);
	if (status) {
		free(barrier);
		return status;
	}
	if (barrier->action)
		process_life_hold();
	*ret_barrier = barrier;
	return IPCM_OK;
}

/*
 * Sleep until the word changes, at most for slice_ns. IPCM_WOULDBLOCK: read it
 * again. Else why the visit must end: IPCM_CLOSED, IPCM_TIMEDOUT, IPCM_INTR, or
 * IPCM_BROKEN if the thread that runs the action died.
 */
static enum ipcm_status visit_sleep(struct ipcm_barrier *barrier,
				    struct barrier_visit *visit, uint64_t word,
				    int64_t deadline, int64_t slice_ns)
{
	int64_t until;

	if (barrier_check(barrier))
		return barrier_check(barrier);
	if (clock_past(deadline))
		return IPCM_TIMEDOUT;
	until = clock_slice(deadline, slice_ns);
	(void)futex_wait(futex_low_half(&barrier_shared(barrier)->word),
			 (uint32_t)word, until);
	if (interrupted())
		return IPCM_INTR;
	if (visit->place)
		waiter_refresh(&visit->place->waiter);
	return clock_now() >= until && barrier_actor_dead(barrier, visit)
		       ? IPCM_BROKEN
		       : IPCM_WOULDBLOCK;
}

/*
 * The visit must end: what does the caller get? Its round may have ended just
 * now. Else it is as if the party had not arrived, unless its time was over or
 * the thread that runs the action died: then the barrier breaks.
 */
static enum ipcm_status visit_end(struct ipcm_barrier *barrier,
				  struct barrier_visit *visit,
				  enum ipcm_status why)
{
	enum ipcm_status status = barrier_give_up(
		barrier, visit, why == IPCM_TIMEDOUT || why == IPCM_BROKEN);

	if (status != IPCM_WOULDBLOCK)
		return status;
	return why == IPCM_TIMEDOUT ? IPCM_BROKEN : why;
}

/* In a place, until the round has ended. */
static enum ipcm_status place_wait(struct ipcm_barrier *barrier,
				   struct barrier_visit *visit,
				   int64_t deadline)
{
	_Atomic uint64_t *word = &barrier_shared(barrier)->word;
	enum ipcm_status status;
	uint64_t seen;

	handle_wait_begin(&barrier->handle.handle);
	for (;;) {
		/* acquire: pairs with the release in round_end */
		seen = atomic_load_explicit(word, memory_order_acquire);
		status = barrier_outcome(barrier, visit, seen);
		if (status != IPCM_WOULDBLOCK)
			break;
		status = visit_sleep(barrier, visit, seen, deadline,
				     wait_slice_ns());
		if (status != IPCM_WOULDBLOCK) {
			status = visit_end(barrier, visit, status);
			break;
		}
	}
	handle_wait_end(&barrier->handle.handle);
	visit->index = atomic_load_explicit(&visit->place->index,
					    memory_order_relaxed);
	waiter_leave(&visit->place->waiter);
	return status;
}

/*
 * Without a place: wait for a chance to arrive. IPCM_OK: arrive (again), also
 * if the round ended in the moment in which this party gave up.
 */
static enum ipcm_status outside_wait(struct ipcm_barrier *barrier,
				     struct barrier_visit *visit,
				     enum barrier_step step, int64_t deadline)
{
	int64_t slice_ns = step == STEP_FULL ? FULL_RETRY_NS : wait_slice_ns();
	enum ipcm_status why;

	/* the action itself calls wait: that would never end */
	if (step == STEP_ACTING &&
	    atomic_load_explicit(&barrier_shared(barrier)->actor,
				 memory_order_relaxed) == thread_id_self())
		return IPCM_INVALID;
	handle_wait_begin(&barrier->handle.handle);
	why = visit_sleep(barrier, visit, visit->word, deadline, slice_ns);
	handle_wait_end(&barrier->handle.handle);
	if (why == IPCM_WOULDBLOCK)
		return IPCM_OK;
	if (why == IPCM_CLOSED || why == IPCM_INTR)
		return why;
	return barrier_give_up(barrier, visit, true) == IPCM_WOULDBLOCK
		       ? IPCM_BROKEN
		       : IPCM_OK;
}

/* STEP_ACT: run the action, then open the round or break the barrier. */
static enum barrier_step visit_act(struct ipcm_barrier *barrier,
				   struct barrier_visit *visit,
				   enum ipcm_status *ret_action)
{
	int cancel = cancel_disable();

	*ret_action = barrier->action(barrier->argument);
	cancel_restore(cancel);
	return barrier_acted(barrier, visit, *ret_action);
}

/* wait without the deadline and the index. */
static enum ipcm_status visit_run(struct ipcm_barrier *barrier,
				  struct barrier_visit *visit, int64_t deadline)
{
	enum ipcm_status status = IPCM_OK;
	enum ipcm_status action = IPCM_OK;
	enum barrier_step step;

	for (;;) {
		step = barrier_arrive(barrier, visit);
		if (step == STEP_ACT)
			step = visit_act(barrier, visit, &action);
		switch (step) {
		case STEP_OPENED:
			return IPCM_OK;
		case STEP_WAIT:
			return place_wait(barrier, visit, deadline);
		case STEP_BROKEN:
		case STEP_ACT:
			return action ? action : IPCM_BROKEN;
		case STEP_ACTING:
		case STEP_FULL:
			status = outside_wait(barrier, visit, step, deadline);
			if (status)
				return status;
		}
	}
}

enum ipcm_status ipcm_barrier_wait(struct ipcm_barrier *barrier,
				   int64_t timeout_ns, unsigned *ret_index)
{
	enum ipcm_status status = barrier_check(barrier);
	struct barrier_visit visit;

	if (status)
		return status;
	if (timeout_ns == IPCM_BARRIER_DEFAULT)
		timeout_ns = barrier->timeout_ns;
	status = visit_run(barrier, &visit, clock_deadline(timeout_ns));
	if (!status && ret_index)
		*ret_index = visit.index;
	return status;
}

enum ipcm_status ipcm_barrier_abort(struct ipcm_barrier *barrier)
{
	enum ipcm_status status = barrier_check(barrier);

	if (!status)
		barrier_fail(barrier, WORD_BROKEN);
	return status;
}

enum ipcm_status ipcm_barrier_reset(struct ipcm_barrier *barrier)
{
	enum ipcm_status status = barrier_check(barrier);

	if (!status)
		barrier_fail(barrier, 0);
	return status;
}

enum ipcm_status ipcm_barrier_parties(const struct ipcm_barrier *barrier,
				      unsigned *ret_parties)
{
	enum ipcm_status status =
		handle_check_result(barrier, BARRIER_MAGIC, ret_parties);

	if (status)
		return status;
	*ret_parties = barrier->parties;
	return IPCM_OK;
}

enum ipcm_status ipcm_barrier_n_waiting(const struct ipcm_barrier *barrier,
					unsigned *ret_waiting)
{
	enum ipcm_status status =
		handle_check_result(barrier, BARRIER_MAGIC, ret_waiting);

	if (status)
		return status;
	*ret_waiting = barrier_waiting(barrier);
	return IPCM_OK;
}

enum ipcm_status ipcm_barrier_broken(const struct ipcm_barrier *barrier,
				     bool *ret_broken)
{
	enum ipcm_status status =
		handle_check_result(barrier, BARRIER_MAGIC, ret_broken);

	if (status)
		return status;
	*ret_broken = atomic_load_explicit(&barrier_shared(barrier)->word,
					   memory_order_relaxed) &
		      WORD_BROKEN;
	return IPCM_OK;
}

static void barrier_wake(void *barrier)
{
	futex_wake(futex_low_half(&barrier_shared(barrier)->word), INT_MAX);
}

enum ipcm_status ipcm_barrier_close(struct ipcm_barrier *barrier)
{
	return handle_close_waking(barrier, BARRIER_MAGIC, barrier_wake);
}

void ipcm_barrier_free(struct ipcm_barrier *barrier)
{
	if (ipcm_barrier_close(barrier))
		return;
	if (barrier->action)
		process_life_release();
	shm_handle_drop(&barrier->handle);
	free(barrier);
}
