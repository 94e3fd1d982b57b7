/* SPDX-License-Identifier: MIT */
/*
 * G-SIG-04: interruptible calls. A peer is in each blocking call
 * (blocking_calls.h), a handler runs in it, and the object must be as if the
 * call had never been made.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/calls/blocking_calls.h"

#include <errno.h>
#include <string.h>

static void on_signal(int signal_number)
{
	(void)signal_number;
}

static void handle_interrupt(int flags)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGINT, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
}

/* Peers inherit the handler and the flag. */
static void interrupt_all(const struct ipcm_backend *backend,
			  int64_t timeout_ns, int handler_flags)
{
	struct blocked set;

	handle_interrupt(handler_flags);
	CHECK(!ipcm_set_interruptible(true), "interruptible from the start");
	blocked_start(&set, backend, timeout_ns);
	CHECK(ipcm_set_interruptible(false), "no longer interruptible");
	blocked_await_asleep(&set);
	for (int i = 0; i < set.count; i++) {
		struct blocked_call *b = &set.calls[i];

		call_interrupt(b->call, SIGINT);
		call_check_returns(b->call, IPCM_INTR);
		b->row->inspect(b);
		blocked_free(b);
	}
}

/* The lock is acquired again before the call returns. */
static enum ipcm_status condition_call(void *argument)
{
	enum ipcm_status status;

	handle_interrupt(0);
	(void)ipcm_set_interruptible(true);
	CHECK_OK(ipcm_condition_acquire(argument, hang_ns()));
	status = ipcm_condition_wait(argument, IPCM_FOREVER);
	CHECK_OK(ipcm_condition_release(argument));
	return status;
}

static void condition_takes_its_lock(const struct ipcm_backend *backend)
{
	struct ipcm_condition *condition = condition_make(backend, NULL, NULL);
	struct call *call = call_start_function(condition_call, condition,
						"condition wait");

	call_await_asleep(call);
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	for (int i = 0; i < 3; i++) {
		peer_signal(&call->peer, SIGINT);
		pause_ns(10 * MS);
	}
	call_check_blocked(call);
	CHECK_OK(ipcm_condition_release(condition));
	call_check_returns(call, IPCM_INTR);
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
	ipcm_condition_free(condition);
}

static enum ipcm_status switched_off_call(void *argument)
{
	uint64_t number;

	handle_interrupt(0);
	(void)ipcm_set_interruptible(true);
	(void)ipcm_set_interruptible(false);
	return ipcm_queue_get(argument, &number, 8, IPCM_FOREVER, NULL);
}

static void only_if_wanted(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct call *call =
		call_start_function(switched_off_call, queue, "get");

	call_await_asleep(call);
	for (int i = 0; i < 3; i++) {
		peer_signal(&call->peer, SIGINT);
		pause_ns(10 * MS);
	}
	call_check_blocked(call);
	number_put(queue, 1);
	call_check_returns(call, IPCM_OK);
	ipcm_queue_free(queue);
}

static void handlers_interrupt_on_request(const struct ipcm_backend *backend)
{
	interrupt_all(backend, IPCM_FOREVER, 0);
	interrupt_all(backend, 8 * hang_ns(), SA_RESTART);
	if (backend->lock)
		condition_takes_its_lock(backend);
	if (backend->queue)
		only_if_wanted(backend);
}

static const struct clause table[] = {
	{"G-SIG-04", LEVEL_OPTIONAL, OBJECT_ALL,
	 "A handler runs in every blocking call of an interruptible thread.",
	 "INTR, and the object is as it was; a condition takes its lock "
	 "first; a barrier does not break.",
	 "multiprocessing, Synchronization primitives; CPython test "
	 "_TestCondition.test_wait_result",
	 0, false, handlers_interrupt_on_request},
};

CLAUSE_LIST(clauses_general_interrupt, table);
