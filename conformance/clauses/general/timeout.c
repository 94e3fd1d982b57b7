/* SPDX-License-Identifier: MIT */
/*
 * G-TO: try, timed and infinite forms of every call. Early is never right;
 * late is judged with the slack of the machine only.
 */
#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/clause.h"
#include "conformance/harness/clock_shift.h"
#include "conformance/harness/calls/objects.h"

#include <stdint.h>

static void check_at_once(const struct blocked_call *b, int64_t timeout_ns,
			  enum ipcm_status wanted, bool ready)
{
	struct call *call =
		call_start_large(b->row->call, b->object, b->call->number,
				 b->call->bytes, timeout_ns);

	call_check_returns(call, wanted);
	CHECK(call_duration_ns(call) < slack_ns(), "%lld ms for a try %s",
	      (long long)(call_duration_ns(call) / MS), call_name(call));
	if (b->row->call == CALL_POLL)
		CHECK_EQUAL(ready, call->ready, "ready of poll");
}

static void try_call(const struct blocking_call *row,
		     const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct blocked_call b;

	/* a barrier takes the smallest number for its own timeout, no limit */
	if (row->untimed ||
	    (row->call == CALL_BARRIER && timeout_ns == IPCM_BARRIER_DEFAULT))
		return;
	if (!blocked_prepare(&b, row, backend, timeout_ns))
		return;
	check_at_once(&b, timeout_ns, blocked_try_status(row), false);
	if (row->make_ready) {
		row->make_ready(&b);
		check_at_once(&b, timeout_ns, IPCM_OK, true);
	}
	blocked_free(&b);
}

static bool no(void *argument)
{
	(void)argument;
	return false;
}

static void try_wait_for(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct ipcm_condition *condition = condition_make(backend, NULL, NULL);
	int64_t begun = now_ns();
	bool holds = true;

	CHECK_OK(ipcm_condition_acquire(condition, timeout_ns));
	CHECK_OK(ipcm_condition_wait_for(condition, no, NULL, timeout_ns,
					 &holds));
	CHECK(!holds, "wait_for says that it holds");
	CHECK_OK(ipcm_condition_release(condition));
	CHECK(now_ns() - begun < slack_ns(), "%lld ms for a try wait_for",
	      (long long)((now_ns() - begun) / MS));
	ipcm_condition_free(condition);
}

static void try_all(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct objects all;

	for (int i = 0; i < blocking_calls_count; i++)
		try_call(&blocking_calls[i], backend, timeout_ns);
	objects_make(&all, backend);
	for (int i = 0; i < OBJECT_KINDS; i++) {
		if (all.object[i])
			object_kinds[i]->ready(all.object[i], timeout_ns);
	}
	objects_free(&all);
	if (backend->lock)
		try_wait_for(backend, timeout_ns);
}

static void three_wait_modes(const struct ipcm_backend *backend)
{
	struct blocked set;

	try_all(backend, IPCM_TRY);
	blocked_start(&set, backend, 50 * MS);
	blocked_expect_timeouts(&set);
	blocked_start(&set, backend, IPCM_FOREVER);
	blocked_await_asleep(&set);
	pause_ns(grace_ns());
	blocked_check_none_returned(&set, "although nothing is ready");
	blocked_release(&set);
}

static void zero_and_negative_are_try(const struct ipcm_backend *backend)
{
	try_all(backend, 0);
	try_all(backend, -1);
	try_all(backend, -5 * S);
	try_all(backend, INT64_MIN);
}

static void timed_calls_are_not_early(const struct ipcm_backend *backend)
{
	static const int64_t timeouts[] = {20 * MS, 20 * MS, 20 * MS, 100 * MS,
					   300 * MS};
	struct blocked set;

	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		blocked_start(&set, backend, timeouts[i]);
		blocked_expect_timeouts(&set);
	}
}

/* Those in a server are slower, and need fewer: it decides what is ready. */
enum { READY_ROUNDS = 2000, MANAGED_ROUNDS = 100 };

static bool is_due(const struct objects *all, int kind, int round)
{
	return all->object[kind] &&
	       (!object_kinds[kind]->managed || round < MANAGED_ROUNDS);
}

static void ready_never_times_out(const struct ipcm_backend *backend)
{
	for (int64_t timeout_ns = 0; timeout_ns < 2; timeout_ns++) {
		struct objects all;

		objects_make(&all, backend);
		for (int round = 0; round < READY_ROUNDS; round++)
			for (int i = 0; i < OBJECT_KINDS; i++)
				if (is_due(&all, i, round))
					object_kinds[i]->ready(all.object[i],
							       timeout_ns);
		objects_free(&all);
	}
}

/*
 * Two callers each wait for the same thing, one for ever: the other one's
 * limit must cover the internal lock and the data together. A second phase
 * with the full limit again would take twice as long; the bound is 1.9 times.
 */
static void check_one_limit(struct call *call, enum ipcm_status wanted)
{
	int64_t limit = call->timeout_ns, took;

	call_check_returns(call, wanted);
	took = call_duration_ns(call);
	CHECK(took >= limit - 10 * MS && took < limit / 10 * 19,
	      "%s took %lld ms with a limit of %lld ms", call_name(call),
	      (long long)(took / MS), (long long)(limit / MS));
}

static void one_deadline_for_all_phases(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *none = NULL;
	struct ipcm_queue *empty = queue_make(backend, 1);
	struct ipcm_queue *full = queue_make(backend, 1);
	int64_t limit = slack_ns();
	struct call *forever[3] = {NULL}, *timed[3] = {NULL};

	number_put(full, 1);
	if (backend->lock) {
		none = semaphore_make(backend, 0);
		forever[2] = call_start(CALL_SEMAPHORE, none, 0, IPCM_FOREVER);
		call_await_asleep(forever[2]);
		timed[2] = call_start(CALL_SEMAPHORE, none, 0, limit);
	}
	forever[0] = call_start(CALL_GET, empty, 0, IPCM_FOREVER);
	forever[1] = call_start(CALL_PUT, full, 2, IPCM_FOREVER);
	call_await_asleep(forever[0]);
	call_await_asleep(forever[1]);
	timed[0] = call_start(CALL_GET, empty, 0, limit);
	timed[1] = call_start(CALL_PUT, full, 3, limit);
	check_one_limit(timed[0], IPCM_EMPTY);
	check_one_limit(timed[1], IPCM_FULL);
	if (none) {
		check_one_limit(timed[2], IPCM_TIMEDOUT);
		CHECK_OK(ipcm_semaphore_release(none));
		call_check_returns(forever[2], IPCM_OK);
	}
	number_put(empty, 1);
	CHECK_EQUAL(1, number_get(full), "number in the full queue");
	call_check_returns(forever[0], IPCM_OK);
	call_check_returns(forever[1], IPCM_OK);
	ipcm_queue_free(empty);
	ipcm_queue_free(full);
	ipcm_semaphore_free(none);
}

static void wall_clock_does_not_matter(const struct ipcm_backend *backend)
{
	static const int64_t shifts[] = {3600 * S, -3600 * S};
	struct blocked set;

	for (int i = 0; i < 2; i++) {
		/* the deadline is computed on the shifted clock ... */
		clock_shift(shifts[i]);
		blocked_start(&set, backend, 100 * MS);
		blocked_expect_timeouts(&set);
		/* ... and once more while a wait goes on */
		clock_shift(0);
		/* a busy machine needs longer to get them all into their calls
		 */
		blocked_start(&set, backend, 3 * slack_ns() / 10);
		blocked_await_begun(&set);
		pause_ns(20 * MS);
		clock_shift(shifts[i]);
		blocked_expect_timeouts(&set);
		clock_shift(0);
	}
}

/* A wait is asleep, and no busy loop. Where it is one, the calls share the
 * CPUs: together they used as much as there was. */
static void waits_use_no_cpu(const struct ipcm_backend *backend)
{
	int64_t limit = slack_ns(), cpu[BLOCKED_MAX], all = 0;
	struct blocked set;

	blocked_start(&set, backend, limit);
	blocked_await_begun(&set);
	pause_ns(limit * 8 / 10);
	for (int i = 0; i < set.count; i++) {
		cpu[i] = peer_cpu_ns(set.calls[i].call->peer.pid);
		all += cpu[i];
	}
	blocked_expect_timeouts(&set);
	for (int i = 0; i < set.count; i++)
		CHECK(cpu[i] <= limit / 20,
		      "%s used %lld ms of CPU time in a wait of %lld ms",
		      call_name(set.calls[i].call), (long long)(cpu[i] / MS),
		      (long long)(limit / MS));
	CHECK(all <= limit / 3,
	      "%d calls used %lld ms of CPU time in a wait of %lld ms",
	      set.count, (long long)(all / MS), (long long)(limit / MS));
}

static void extreme_timeouts_are_safe(const struct ipcm_backend *backend)
{
	static const int64_t huge[] = {INT64_MAX - 1, INT64_MAX / 2,
				       INT64_C(86400) * 365 * 290 * S,
				       INT64_C(2147483648) * MS};
	struct blocked set;

	/* first: what follows would wait long for the sleep of a busy loop */
	waits_use_no_cpu(backend);
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		blocked_start(&set, backend, huge[i]);
		blocked_await_asleep(&set);
		pause_ns(20 * MS);
		blocked_check_none_returned(&set, "after a huge timeout");
		blocked_release(&set);
	}
	blocked_start(&set, backend, 100);
	blocked_expect_timeouts(&set);
}

static const struct clause table[] = {
	{"G-TO-01", LEVEL_CORE, OBJECT_ALL,
	 "Try, timed and infinite forms on objects that are not ready.",
	 "Try returns at once, timed at its limit, infinite when ready.",
	 "multiprocessing, Queue.put, Queue.get, Lock.acquire; CPython "
	 "test _TestQueue.test_put, test_get",
	 0, false, three_wait_modes},
	{"G-TO-02", LEVEL_CORE, OBJECT_ALL,
	 "Timeouts 0, -1, -5 s and the smallest number, not ready and ready.",
	 "All behave as try.",
	 "multiprocessing, Lock.acquire; CPython test "
	 "TestWait.test_neg_timeout; tried on CPython",
	 0, false, zero_and_negative_are_try},
	{"G-TO-03", LEVEL_CORE, OBJECT_ALL,
	 "Timed calls of 20, 100 and 300 ms that must fail.",
	 "Not before the timeout (10 ms of tolerance), not long after it.",
	 "CPython test _TestQueue.test_timeout", 0, false,
	 timed_calls_are_not_early},
	{"G-TO-04", LEVEL_CORE, OBJECT_ALL,
	 "2000 rounds with timeouts of 0 and 1 ns on ready objects.",
	 "A call that can be satisfied at once never reports a timeout.",
	 "mq_send(3), mq_receive(3); Open POSIX mq_timedsend 18, "
	 "mq_timedreceive 10",
	 0, false, ready_never_times_out},
	{"G-TO-05", LEVEL_CORE, OBJECT_QUEUE,
	 "A timed get beside a blocked get; the same with put and acquire.",
	 "One deadline covers all phases: the limit is not waited twice.",
	 "CPython queues.py, Queue.get", 0, false, one_deadline_for_all_phases},
	{"G-TO-06", LEVEL_BEYOND, OBJECT_ALL,
	 "The realtime clock is shifted by an hour before and during waits.",
	 "Waits keep their length.",
	 "mq_send(3), sem_timedwait(3); Open POSIX mq_timedsend 16, "
	 "sem_timedwait 10",
	 0, false, wall_clock_does_not_matter},
	{"G-TO-07", LEVEL_BEYOND, OBJECT_ALL,
	 "Timeouts near the end of the number range, of 100 ns, and CPU time.",
	 "No overflow, no endless wait, no busy loop.", "semop(2), poll(2)", 60,
	 false, extreme_timeouts_are_safe},
};

CLAUSE_LIST(clauses_general_time, table);
