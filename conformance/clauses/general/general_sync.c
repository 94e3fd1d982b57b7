/* SPDX-License-Identifier: MIT */
/*
 * The general rules on RLock, semaphore, condition, event and barrier; see
 * general_sync.h.
 */
#include "general_sync.h"

#include <pthread.h>

#include "conformance/harness/fixtures.h"
#include "conformance/harness/fixtures_sync.h"

/* Run the statement and check that it came back at once. */
#define AT_ONCE(statement)                                                     \
	do {                                                                   \
		int64_t begun = now_ns(), took;                                \
		statement;                                                     \
		took = now_ns() - begun;                                       \
		CHECK(took < slack_ns(), "%lld ms for %s",                     \
		      (long long)(took / MS), #statement);                     \
	} while (0)

static void owned_is_refused(void *argument)
{
	struct ipcm_rlock *lock = argument;

	AT_ONCE(CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_rlock_acquire(lock, -1)));
	AT_ONCE(CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_rlock_acquire(lock, 0)));
}

static void try_owned(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct ipcm_rlock *lock = rlock_make(backend);
	struct peer peer;

	AT_ONCE(CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, timeout_ns)));
	AT_ONCE(CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, timeout_ns)));
	peer = peer_start(owned_is_refused, lock);
	peer_join(&peer);
	ipcm_rlock_free(lock);
}

static void try_counted(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 1);

	AT_ONCE(CHECK_STATUS(IPCM_OK,
			     ipcm_semaphore_acquire(semaphore, timeout_ns)));
	AT_ONCE(CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_semaphore_acquire(semaphore, timeout_ns)));
	ipcm_semaphore_free(semaphore);
}

static bool no(void *argument)
{
	(void)argument;
	return false;
}

static void try_condition(const struct ipcm_backend *backend,
			  int64_t timeout_ns)
{
	struct ipcm_condition *condition = condition_make(backend, NULL, NULL);
	bool holds = true;

	AT_ONCE(CHECK_STATUS(IPCM_OK,
			     ipcm_condition_acquire(condition, timeout_ns)));
	AT_ONCE(CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_condition_wait(condition, timeout_ns)));
	AT_ONCE(CHECK_STATUS(IPCM_OK,
			     ipcm_condition_wait_for(condition, no, NULL,
						     timeout_ns, &holds)));
	CHECK(!holds, "wait_for says that it holds");
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
	ipcm_condition_free(condition);
}

static void try_event(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct ipcm_event *event = event_make(backend);

	AT_ONCE(CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_event_wait(event, timeout_ns)));
	CHECK_STATUS(IPCM_OK, ipcm_event_set(event));
	AT_ONCE(CHECK_STATUS(IPCM_OK, ipcm_event_wait(event, timeout_ns)));
	ipcm_event_free(event);
}

static void try_barrier(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 2);

	/* the smallest number says: the barrier's own time, which has no end */
	if (timeout_ns != IPCM_BARRIER_DEFAULT)
		AT_ONCE(CHECK_STATUS(
			IPCM_BROKEN,
			ipcm_barrier_wait(barrier, timeout_ns, NULL)));
	ipcm_barrier_free(barrier);
	barrier = barrier_make(backend, 1);
	AT_ONCE(CHECK_STATUS(IPCM_OK,
			     ipcm_barrier_wait(barrier, timeout_ns, NULL)));
	ipcm_barrier_free(barrier);
}

void try_sync(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	if (!backend->lock)
		return;
	try_owned(backend, timeout_ns);
	try_counted(backend, timeout_ns);
	try_condition(backend, timeout_ns);
	try_event(backend, timeout_ns);
	try_barrier(backend, timeout_ns);
}

enum { READY_ROUNDS = 2000 };

void ready_sync(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct sync_set set;

	if (!backend->lock)
		return;
	sync_set_make(&set, backend);
	CHECK_STATUS(IPCM_OK, ipcm_event_set(set.event));
	for (int i = 0; i < READY_ROUNDS; i++) {
		CHECK_STATUS(IPCM_OK,
			     ipcm_rlock_acquire(set.rlock, timeout_ns));
		CHECK_STATUS(IPCM_OK,
			     ipcm_rlock_acquire(set.rlock, timeout_ns));
		CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set.rlock));
		CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set.rlock));
		CHECK_STATUS(IPCM_OK,
			     ipcm_semaphore_acquire(set.semaphore, timeout_ns));
		CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(set.semaphore));
		CHECK_STATUS(IPCM_OK,
			     ipcm_condition_acquire(set.condition, timeout_ns));
		CHECK_STATUS(IPCM_OK, ipcm_condition_release(set.condition));
		CHECK_STATUS(IPCM_OK, ipcm_event_wait(set.event, timeout_ns));
		CHECK_STATUS(IPCM_OK,
			     ipcm_barrier_wait(set.barrier, timeout_ns, NULL));
	}
	sync_set_free(&set);
}

static void failed_semaphore_calls(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make_bounded(backend, 2);

	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, 2);
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_OK,
			     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_semaphore_acquire(semaphore, 10 * MS));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, 1);
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
}

static void failed_condition_calls(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);
	struct ipcm_condition *condition = condition_make(backend, NULL, lock);
	struct call *waiter;

	waiter = call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
	call_await_asleep(waiter);
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, 10 * MS));
	CHECK_EQUAL(0, rlock_depth(lock), "depth after a refused wait");
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	CHECK_STATUS(IPCM_OK, ipcm_condition_acquire(condition, hang_ns()));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 10 * MS));
	CHECK_EQUAL(1, rlock_depth(lock), "depth after TIMEDOUT");
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	CHECK(!call_returned(waiter), "a call that failed woke a waiter");
	CHECK_STATUS(IPCM_OK, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
	call_check_returns(waiter, IPCM_OK);
	ipcm_condition_free(condition);
	ipcm_rlock_free(lock);
}

static void failed_waits(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend);
	struct ipcm_barrier *barrier = barrier_make(backend, 2);
	unsigned index = 77;

	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(event, 10 * MS));
	CHECK(!event_is_set(event), "a wait in vain set the event");
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 10 * MS, &index));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 10 * MS, &index));
	CHECK_EQUAL(77, index, "ret_index after BROKEN");
	CHECK_EQUAL(0, parties_waiting(barrier), "parties that wait");
	ipcm_barrier_free(barrier);
	ipcm_event_free(event);
}

void failed_sync_calls(const struct ipcm_backend *backend)
{
	if (!backend->lock)
		return;
	failed_semaphore_calls(backend);
	failed_condition_calls(backend);
	failed_waits(backend);
}

void closed_sync_check(struct sync_set *set)
{
	int64_t value;

	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_acquire(set->rlock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_release(set->rlock));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_semaphore_acquire(set->semaphore, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED, ipcm_semaphore_release(set->semaphore));
	CHECK_STATUS(IPCM_CLOSED, ipcm_semaphore_value(set->semaphore, &value));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_condition_acquire(set->condition, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_condition_wait(set->condition, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED, ipcm_condition_notify_all(set->condition));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_wait(set->event, IPCM_FOREVER));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_set(set->event));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_barrier_wait(set->barrier, IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_abort(set->barrier));
}

enum { THREADS = 4, PROCESSES = 4, TURNS = 25, PERMITS = 3 };

/* count is protected by the RLock, turn by the condition's lock. */
struct throng {
	struct sync_set set;
	struct ipcm_barrier *everybody;
	int64_t count;
	_Atomic int inside, next_number;
	int turn;
};

/* One thread of one process, and whose turn it waits for. */
struct member {
	struct throng *throng;
	int number, wanted;
};

static bool is_my_turn(void *argument)
{
	const struct member *member = argument;

	return member->throng->turn == member->wanted;
}

static void take_permit(struct throng *throng)
{
	int inside;

	CHECK_STATUS(IPCM_OK, ipcm_semaphore_acquire(throng->set.semaphore,
						     4 * hang_ns()));
	inside = atomic_fetch_add(&throng->inside, 1) + 1;
	CHECK(inside <= PERMITS, "%d have one of %d permits", inside, PERMITS);
	atomic_fetch_sub(&throng->inside, 1);
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(throng->set.semaphore));
}

static void count_under_rlock(struct throng *throng)
{
	struct ipcm_rlock *lock = throng->set.rlock;

	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, 4 * hang_ns()));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, IPCM_TRY));
	throng->count++;
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(lock));
}

/* One after the other, in the order of their numbers. */
static void take_turn(struct member *member)
{
	struct ipcm_condition *condition = member->throng->set.condition;
	bool mine = false;

	CHECK_STATUS(IPCM_OK, ipcm_condition_acquire(condition, 4 * hang_ns()));
	CHECK_STATUS(IPCM_OK,
		     ipcm_condition_wait_for(condition, is_my_turn, member,
					     4 * hang_ns(), &mine));
	CHECK(mine, "turn %d never came", member->wanted);
	member->throng->turn++;
	CHECK_STATUS(IPCM_OK, ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
}

static void *be_a_member(void *argument)
{
	struct member member = {argument, 0, 0};
	struct throng *throng = argument;

	member.number = atomic_fetch_add(&throng->next_number, 1);
	for (int i = 0; i < TURNS; i++) {
		count_under_rlock(throng);
		take_permit(throng);
		if (i % 5 == 0) {
			member.wanted =
				i / 5 * THREADS * PROCESSES + member.number;
			take_turn(&member);
		}
		CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(throng->everybody,
							4 * hang_ns(), NULL));
	}
	return NULL;
}

static void be_a_process(void *argument)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, be_a_member, argument))
			check_engine("pthread_create failed");
	}
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}

void threads_share_sync(const struct ipcm_backend *backend)
{
	struct throng *throng = share(sizeof(*throng));
	struct peer peers[PROCESSES];

	if (!backend->lock)
		return;
	sync_set_make(&throng->set, backend);
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(throng->set.semaphore));
	throng->everybody = barrier_make(backend, THREADS * PROCESSES);
	for (int i = 0; i < PROCESSES; i++)
		peers[i] = peer_start(be_a_process, throng);
	for (int i = 0; i < PROCESSES; i++)
		peer_join(&peers[i]);
	CHECK_EQUAL(THREADS * PROCESSES * TURNS, throng->count,
		    "increments under the RLock");
	CHECK_EQUAL(THREADS * PROCESSES * TURNS / 5, throng->turn, "turns");
	semaphore_expect(throng->set.semaphore, PERMITS);
	CHECK_EQUAL(0, condition_waiters(throng->set.condition), "waiters");
	CHECK_EQUAL(0, parties_waiting(throng->everybody), "waiting parties");
	ipcm_barrier_free(throng->everybody);
	sync_set_free(&throng->set);
}
