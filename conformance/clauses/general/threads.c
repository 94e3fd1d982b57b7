/* SPDX-License-Identifier: MIT */
/*
 * G-THR-01: several threads of several processes use one of each object.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

enum { THREADS = 4, PROCESSES = 4, MEMBERS = THREADS * PROCESSES };
enum { TURNS = 50, ORDERED_TURNS = TURNS / 10, PERMITS = 3 };

/*
 * lock_count is protected by the lock, rlock_count by the RLock, turn by the
 * condition's lock.
 */
struct group {
	struct ipcm_queue *queue;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_semaphore *semaphore;
	struct ipcm_condition *condition;
	struct ipcm_barrier *barrier;
	int64_t lock_count, rlock_count;
	_Atomic int64_t sum;
	_Atomic int inside, next_number;
	int turn;
};

/* One thread of one process, and the turn that it waits for. */
struct member {
	struct group *group;
	int number, wanted;
};

static bool is_my_turn(void *argument)
{
	const struct member *member = argument;

	return member->group->turn == member->wanted;
}

static void count_under_lock(struct group *group)
{
	CHECK_OK(ipcm_lock_acquire(group->lock, 4 * hang_ns()));
	group->lock_count++;
	CHECK_OK(ipcm_lock_release(group->lock));
}

static void count_under_rlock(struct group *group)
{
	CHECK_OK(ipcm_rlock_acquire(group->rlock, 4 * hang_ns()));
	CHECK_OK(ipcm_rlock_acquire(group->rlock, IPCM_TRY));
	group->rlock_count++;
	CHECK_OK(ipcm_rlock_release(group->rlock));
	CHECK_OK(ipcm_rlock_release(group->rlock));
}

static void take_permit(struct group *group)
{
	int inside;

	CHECK_OK(ipcm_semaphore_acquire(group->semaphore, 4 * hang_ns()));
	inside = atomic_fetch_add(&group->inside, 1) + 1;
	CHECK(inside <= PERMITS, "%d have one of %d permits", inside, PERMITS);
	atomic_fetch_sub(&group->inside, 1);
	CHECK_OK(ipcm_semaphore_release(group->semaphore));
}

/* One after the other, in the order of their numbers. */
static void take_turn(struct member *member)
{
	struct ipcm_condition *condition = member->group->condition;
	bool mine = false;

	CHECK_OK(ipcm_condition_acquire(condition, 4 * hang_ns()));
	CHECK_OK(ipcm_condition_wait_for(condition, is_my_turn, member,
					 4 * hang_ns(), &mine));
	CHECK(mine, "turn %d never came", member->wanted);
	member->group->turn++;
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_OK(ipcm_condition_release(condition));
}

static void use_sync(struct member *member, int turn)
{
	struct group *group = member->group;

	count_under_lock(group);
	count_under_rlock(group);
	take_permit(group);
	if (turn % 10 == 0) {
		member->wanted = turn / 10 * MEMBERS + member->number;
		take_turn(member);
	}
	if (turn % 2 == 0)
		CHECK_OK(
			ipcm_barrier_wait(group->barrier, 4 * hang_ns(), NULL));
}

static void use_as_thread(void *argument)
{
	struct group *group = argument;
	struct member member = {group, 0, 0};

	member.number = atomic_fetch_add(&group->next_number, 1);
	for (int i = 0; i < TURNS; i++) {
		if (group->queue) {
			number_put(group->queue, (uint64_t)i + 1);
			atomic_fetch_add(&group->sum,
					 (int64_t)number_get(group->queue));
		}
		if (group->lock)
			use_sync(&member, i);
	}
}

static void use_as_process(void *argument)
{
	users_run(0, THREADS, use_as_thread, argument);
}

static void check_sync(struct group *group)
{
	CHECK_EQUAL(MEMBERS * TURNS, group->lock_count,
		    "increments under the lock");
	CHECK_EQUAL(MEMBERS * TURNS, group->rlock_count,
		    "increments under the RLock");
	CHECK_EQUAL(MEMBERS * ORDERED_TURNS, group->turn, "turns");
	semaphore_expect(group->semaphore, PERMITS);
	CHECK_EQUAL(0, condition_waiters(group->condition), "waiters");
	CHECK_EQUAL(0, parties_waiting(group->barrier), "waiting parties");
	ipcm_lock_free(group->lock);
	ipcm_rlock_free(group->rlock);
	ipcm_semaphore_free(group->semaphore);
	ipcm_condition_free(group->condition);
	ipcm_barrier_free(group->barrier);
}

static void threads_of_processes_share(const struct ipcm_backend *backend)
{
	struct group *group = share(sizeof(*group));

	if (backend->queue)
		group->queue = queue_make(backend, 3);
	if (backend->lock) {
		group->lock = lock_make(backend);
		group->rlock = rlock_make(backend);
		group->semaphore = semaphore_make(backend, PERMITS);
		group->condition = condition_make(backend, NULL, NULL);
		group->barrier = barrier_make(backend, MEMBERS);
	}
	users_run(PROCESSES, 0, use_as_process, group);
	if (group->queue) {
		CHECK_EQUAL(MEMBERS * TURNS * (TURNS + 1) / 2, group->sum,
			    "sum of all numbers taken");
		queue_expect_drained(group->queue);
		ipcm_queue_free(group->queue);
	}
	if (group->lock)
		check_sync(group);
}

static const struct clause table[] = {
	{"G-THR-01", LEVEL_CORE, OBJECT_ALL,
	 "4 processes with 4 threads each use one of each object.",
	 "Every number is taken once; the locks protect plain counters; "
	 "permits, turns and rounds are right.",
	 "multiprocessing, Exchanging objects between processes", 60, false,
	 threads_of_processes_share},
};

CLAUSE_LIST(clauses_general_threads, table);
