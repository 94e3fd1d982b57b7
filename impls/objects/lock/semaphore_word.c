/* SPDX-License-Identifier: MIT */
/*
 * The word semaphore under contention: a futex on the word, which holds the
 * value and WAITERS, "a thread may sleep here".
 *
 * A thread that finds no permit sets WAITERS and sleeps. A release that sees
 * the bit clears it and wakes one thread. The woken thread takes its permit and
 * sets WAITERS again, since more threads may sleep; if permits are left it
 * wakes the next one, because the releases that came meanwhile saw no WAITERS
 * and woke no thread. A sleeper that gives up without a permit leaves WAITERS
 * set: it may have used up a wake-up, and the next release then wakes another
 * sleeper.
 *
 * A wake-up is lost when a process is killed between changing the word and the
 * call to the kernel, or when the woken process is killed before it changes the
 * word. The sleepers find such a permit at the end of a slice.
 */
#include <limits.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "semaphore_internal.h"

/* Take a permit; `waiters` is WAITERS if the caller slept. */
static bool word_take(struct semaphore_shared *shared, uint32_t waiters)
{
	uint32_t seen =
		atomic_load_explicit(&shared->word, memory_order_relaxed);

	do {
		if (!(seen & SEMAPHORE_VALUE))
			return false;
		/* acquire: pairs with the release in semaphore_word_release */
	} while (!atomic_compare_exchange_weak_explicit(
		&shared->word, &seen, (seen - 1) | waiters,
		memory_order_acquire, memory_order_relaxed));
	if (waiters && (seen & SEMAPHORE_VALUE) > 1)
		futex_wake(&shared->word, 1);
	return true;
}

/* Announce a sleeper; false: there are permits now. */
static bool word_arm(struct semaphore_shared *shared)
{
	uint32_t seen = 0;

	return atomic_compare_exchange_strong_explicit(
		       &shared->word, &seen, SEMAPHORE_WAITERS,
		       memory_order_relaxed, memory_order_relaxed) ||
	       seen == SEMAPHORE_WAITERS;
}

static enum ipcm_status word_contend(struct ipcm_semaphore *semaphore,
				     int64_t timeout_ns, bool *counted)
{
	struct semaphore_shared *shared = semaphore_shared(semaphore);
	int64_t deadline = clock_deadline(timeout_ns);
	uint32_t waiters = 0; /* SEMAPHORE_WAITERS once this call slept */

	for (;;) {
		if (word_take(shared, waiters))
			return IPCM_OK;
		if (!waiters && clock_past(deadline))
			return timeout_status(timeout_ns);
		if (!word_arm(shared))
			continue;
		if (!*counted)
			handle_wait_begin(&semaphore->base.handle);
		*counted = true;
		if (semaphore_check(semaphore))
			return semaphore_check(semaphore);
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		waiters = SEMAPHORE_WAITERS;
		(void)futex_wait(&shared->word, SEMAPHORE_WAITERS,
				 wait_slice(deadline));
		/* ended by a handler: this thread used up no wake-up */
		if (interrupted())
			return IPCM_INTR;
	}
}

enum ipcm_status semaphore_word_contend(struct ipcm_semaphore *semaphore,
					int64_t timeout_ns)
{
	bool counted = false;
	enum ipcm_status status = word_contend(semaphore, timeout_ns, &counted);

	if (counted)
		handle_wait_end(&semaphore->base.handle);
	return status;
}

enum ipcm_status semaphore_word_release(struct ipcm_semaphore *semaphore)
{
	struct semaphore_shared *shared = semaphore_shared(semaphore);
	uint32_t seen =
		atomic_load_explicit(&shared->word, memory_order_relaxed);

	do {
		if ((seen & SEMAPHORE_VALUE) >= semaphore->maximum)
			return semaphore_at_maximum(semaphore);
		/* release: pairs with the acquires of a permit */
	} while (!atomic_compare_exchange_weak_explicit(
		&shared->word, &seen, (seen & SEMAPHORE_VALUE) + 1,
		memory_order_release, memory_order_relaxed));
	if (seen & SEMAPHORE_WAITERS)
		futex_wake(&shared->word, 1);
	return IPCM_OK;
}

void semaphore_word_wake_all(struct ipcm_semaphore *semaphore)
{
	futex_wake(&semaphore_shared(semaphore)->word, INT_MAX);
}
