/* SPDX-License-Identifier: MIT */
/*
 * X-WAK: no wake-up is lost while every process lives. What is done, and how a
 * lost wake-up is told from a loaded machine, is in stress/handover.h and
 * harness/sleepers.h.
 */
#include "conformance/harness/clause.h"
#include "conformance/stress/handover.h"

#define WAKEUP_CLAUSE(function, rows)                                          \
	static void function(const struct ipcm_backend *backend)               \
	{                                                                      \
		handover_run(backend, handover_##rows);                        \
		crowd_run(backend, crowd_##rows);                              \
	}
WAKEUP_CLAUSE(queue_calls_are_woken, queue)
WAKEUP_CLAUSE(simple_queue_calls_are_woken, simple_queue)
WAKEUP_CLAUSE(lock_calls_are_woken, lock)
WAKEUP_CLAUSE(semaphore_calls_are_woken, semaphore)
WAKEUP_CLAUSE(condition_calls_are_woken, condition)
WAKEUP_CLAUSE(event_calls_are_woken, event)
WAKEUP_CLAUSE(barrier_calls_are_woken, barrier)

static void connection_calls_are_woken(const struct ipcm_backend *backend)
{
	handover_run(backend, handover_connection);
}

static void one_that_polls_is_woken(const struct ipcm_backend *backend)
{
	crowd_run(backend, crowd_leave);
}

#define ROW(id, object, what, function)                                        \
	{                                                                      \
		id, LEVEL_BEYOND, object, "Thousands of hand-overs: " what,    \
			"No call sleeps for over half a slice beside what it " \
			"waits for.",                                          \
			"ipcmark status.h", 120, false, function               \
	}

static const struct clause table[] = {
	ROW("X-WAK-01", OBJECT_QUEUE,
	    "get, put, join, peek and reserve of 2 processes, put and get of "
	    "5.",
	    queue_calls_are_woken),
	ROW("X-WAK-02", OBJECT_SIMPLE_QUEUE,
	    "get and put of 2 processes, and of 5.",
	    simple_queue_calls_are_woken),
	ROW("X-WAK-03", OBJECT_PIPE,
	    "recv, poll, wait for several, and send of 2 processes.",
	    connection_calls_are_woken),
	ROW("X-WAK-04", OBJECT_LOCK,
	    "a lock, and an rlock, acquired by 2 processes, and by 4.",
	    lock_calls_are_woken),
	ROW("X-WAK-05", OBJECT_SEMAPHORE,
	    "a semaphore acquired by 2 processes, and by 4.",
	    semaphore_calls_are_woken),
	ROW("X-WAK-06", OBJECT_CONDITION,
	    "a condition notified to 1 waiter, and to 4.",
	    condition_calls_are_woken),
	ROW("X-WAK-07", OBJECT_EVENT, "an event set for 1 waiter, and for 4.",
	    event_calls_are_woken),
	ROW("X-WAK-08", OBJECT_BARRIER, "barriers of 2 parties, and of 5.",
	    barrier_calls_are_woken),
	ROW("X-WAK-09", OBJECT_QUEUE,
	    "a consumer polls, another receives what it polls for and leaves "
	    "it.",
	    one_that_polls_is_woken),
};

CLAUSE_LIST(clauses_wakeup, table);
