/* SPDX-License-Identifier: MIT */
/*
 * Contenders without work in between: two, four, eight processes that want the
 * same rlock, or one of the permits of a semaphore. Locks are in lock.c.
 *
 * An rlock is proved as a lock is (lock_loop.h). A semaphore has a permit for
 * every other process; each that is inside counts itself in, and the count may
 * never pass the permits; afterwards all permits have to be there again.
 */
#include "bench/workers/shared_state.h"
#include "bench/loops/lock_loop.h"
#include "objects.h"

/* What the contenders for a semaphore share. */
struct crowd {
	_Alignas(64) _Atomic uint64_t inside;
	_Alignas(64) _Atomic uint64_t count;
};

struct permits {
	struct ipcm_semaphore *semaphore;
	struct crowd *crowd;
	uint64_t most;
};

/* ---- rlocks ---- */

static inline const char *rlock_take(void *lock)
{
	return wire_text(ipcm_rlock_acquire(lock, IPCM_FOREVER));
}

static inline const char *rlock_give(void *lock)
{
	return wire_text(ipcm_rlock_release(lock));
}

static const struct guard rlock_guard = {rlock_take, rlock_give};

static void rlock_member(struct post *post, void *arg)
{
	const struct stage *stage = arg;

	guard_contended(&rlock_guard, stage->object, post, stage->task);
}

static void rlock_contended(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_rlock *lock = object_rlock(task, &ret_sample->verdict);
	struct stage stage = {task, lock};

	if (!lock)
		return;
	guard_crowd_run(&stage, rlock_member, ret_sample);
	ipcm_rlock_free(lock);
}

/* ---- semaphores ---- */

static void require(struct post *post, enum ipcm_status status,
		    const char *call)
{
	if (__builtin_expect(status != IPCM_OK, 0))
		post_fail(post, *call == 'r' ? OUTCOME_VOID : OUTCOME_ERROR,
			  "%s of the semaphore: %s", call,
			  ipcm_status_text(status));
}

/* Count until the shared count is `goal`. @return how many were counted here,
 * below the goal: it is passed by one for every process. */
static uint64_t count_to(const struct permits *permits, struct post *post,
			 uint64_t goal, int64_t *reached_ns)
{
	struct crowd *crowd = permits->crowd;
	uint64_t mine = 0, now, inside;

	for (;;) {
		require(post,
			ipcm_semaphore_acquire(permits->semaphore,
					       IPCM_FOREVER),
			"acquire");
		/* relaxed: the semaphore, not these, has to order them */
		inside = atomic_fetch_add_explicit(&crowd->inside, 1,
						   memory_order_relaxed);
		if (__builtin_expect(inside >= permits->most, 0))
			post_fail(post, OUTCOME_VOID,
				  "%llu processes were inside a semaphore of "
				  "%llu permits",
				  (unsigned long long)inside + 1,
				  (unsigned long long)permits->most);
		now = atomic_fetch_add_explicit(&crowd->count, 1,
						memory_order_relaxed);
		if (now == goal && reached_ns)
			*reached_ns = clock_now();
		atomic_fetch_sub_explicit(&crowd->inside, 1,
					  memory_order_relaxed);
		require(post, ipcm_semaphore_release(permits->semaphore),
			"release");
		if (now >= goal)
			return mine;
		post_progress(post, ++mine);
	}
}

static void semaphore_member(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	const struct permits *permits = stage->object;
	struct warmup warm = warmup_begin(post, stage->task);
	/* each goal is passed by one for every process */
	uint64_t passed = 0, mine;

	count_to(permits, post, warm.to, NULL);
	passed += post->team->count;
	while (warmup_goes_on(post, &warm)) {
		count_to(permits, post, warm.to + passed, NULL);
		passed += post->team->count;
	}
	post_start(post);
	mine = count_to(permits, post,
			warm.to + passed + stage->task->iterations,
			&post->team->end_ns);
	post_stop(post, mine);
	post_finish(post);
}

static void prove_permits(const struct permits *permits,
			  struct verdict *verdict)
{
	int64_t value = -1;

	if (verdict->outcome != OUTCOME_OK)
		return;
	if (ipcm_semaphore_value(permits->semaphore, &value) ||
	    value != (int64_t)permits->most)
		verdict_set(verdict, OUTCOME_VOID,
			    "the semaphore has %lld permits at the end, not "
			    "%llu",
			    (long long)value,
			    (unsigned long long)permits->most);
}

static void semaphore_contended(const struct task *task,
				struct sample *ret_sample)
{
	struct permits permits = {.most = task->axes->producers / 2};
	struct stage stage = {task, &permits};

	permits.crowd = board_map(sizeof(*permits.crowd), &ret_sample->verdict);
	if (!permits.crowd)
		return;
	permits.semaphore = object_semaphore(task, (int64_t)permits.most,
					     &ret_sample->verdict);
	if (permits.semaphore) {
		guard_crowd_run(&stage, semaphore_member, ret_sample);
		prove_permits(&permits, &ret_sample->verdict);
		ipcm_semaphore_free(permits.semaphore);
	}
	board_unmap(permits.crowd, sizeof(*permits.crowd));
}

static const struct scenario scenarios[] = {
	{"rlock", NULL, "contended", "processes count together",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 2, 0, rlock_contended},
	{"semaphore", NULL, "contended", "one permit for every two processes",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 2, 0, semaphore_contended},
};

const struct scenario_table scenarios_contended = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
