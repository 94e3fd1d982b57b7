/* SPDX-License-Identifier: MIT */
/*
 * Every blocking call at once; see blocked_calls.h.
 */
#include "blocked_calls.h"

#include <stdlib.h>

static void add(struct blocked *set, struct call *call)
{
	set->calls[set->count++] = call;
}

unsigned pipe_cram(struct ipcm_connection *end)
{
	void *message = memory(CRAM_BYTES);
	unsigned count = 0;

	pattern_fill(message, CRAM_BYTES, 1);
	while (ipcm_connection_send(end, message, CRAM_BYTES, IPCM_TRY) ==
	       IPCM_OK)
		CHECK(++count < 100000, "try send never says WOULDBLOCK");
	free(message);
	return count;
}

static void start_queues(struct blocked *set,
			 const struct ipcm_backend *backend, int64_t timeout_ns)
{
	set->empty = queue_make(backend, 1);
	set->full = queue_make(backend, 1);
	set->unfinished = queue_make_joinable(backend, 1);
	number_put(set->full, 1);
	number_put(set->unfinished, 1);
	add(set, call_start(CALL_GET, set->empty, 0, timeout_ns));
	add(set, call_start(CALL_PUT, set->full, 2, timeout_ns));
	add(set, call_start(CALL_JOIN, set->unfinished, 0, timeout_ns));
}

static void start_pipes(struct blocked *set, const struct ipcm_backend *backend,
			int64_t timeout_ns)
{
	set->silent = pipe_make(backend, false);
	set->watched = pipe_make(backend, false);
	set->crammed = pipe_make(backend, false);
	set->crammed_messages = pipe_cram(set->crammed.second);
	add(set, call_start(CALL_RECEIVE, set->silent.first, 0, timeout_ns));
	add(set, call_start(CALL_POLL, set->watched.first, 0, timeout_ns));
	add(set, call_start_large(CALL_SEND, set->crammed.second, 1, CRAM_BYTES,
				  timeout_ns));
}

void blocked_start(struct blocked *set, const struct ipcm_backend *backend,
		   int64_t timeout_ns)
{
	*set = (struct blocked){0};
	if (backend->queue)
		start_queues(set, backend, timeout_ns);
	if (backend->pipe)
		start_pipes(set, backend, timeout_ns);
	if (backend->lock) {
		set->held = lock_make(backend);
		CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(set->held, IPCM_TRY));
		add(set, call_start(CALL_ACQUIRE, set->held, 0, timeout_ns));
		blocked_start_sync(set, backend, timeout_ns);
	}
}

void blocked_await_begun(struct blocked *set)
{
	for (int i = 0; i < set->count; i++)
		flag_await(&set->calls[i]->phase, 1);
}

void blocked_await_asleep(struct blocked *set)
{
	for (int i = 0; i < set->count; i++)
		call_await_asleep(set->calls[i]);
}

void blocked_check_none_returned(const struct blocked *set, const char *when)
{
	for (int i = 0; i < set->count; i++) {
		const struct call *call = set->calls[i];

		CHECK(!call_returned(call), "%s returned %s %s",
		      call_name(call), ipcm_status_name(call->status), when);
	}
}

static void free_objects(struct blocked *set)
{
	ipcm_queue_free(set->empty);
	ipcm_queue_free(set->full);
	ipcm_queue_free(set->unfinished);
	pair_free(&set->silent);
	pair_free(&set->watched);
	pair_free(&set->crammed);
	ipcm_lock_free(set->held);
	blocked_free_sync(set);
}

static void release_pipes(struct blocked *set)
{
	message_send(set->silent.second, 1, 8);
	message_send(set->watched.second, 1, 8);
	for (unsigned i = 0; i <= set->crammed_messages; i++)
		message_expect(set->crammed.first, 1, CRAM_BYTES);
}

void blocked_release(struct blocked *set)
{
	if (set->empty) {
		number_put(set->empty, 1);
		CHECK_EQUAL(1, number_get(set->full), "number in the queue");
		CHECK_STATUS(IPCM_OK, ipcm_queue_task_done(set->unfinished));
	}
	if (set->silent.first)
		release_pipes(set);
	if (set->held)
		CHECK_STATUS(IPCM_OK, ipcm_lock_release(set->held));
	if (set->owned)
		blocked_release_sync(set);
	for (int i = 0; i < set->count; i++) {
		call_check_returns(set->calls[i], IPCM_OK);
		if (set->calls[i]->kind == CALL_POLL)
			CHECK(set->calls[i]->ready, "poll: nothing there");
	}
	free_objects(set);
}

static enum ipcm_status not_in_time(enum call_kind kind)
{
	switch (kind) {
	case CALL_GET:
		return IPCM_EMPTY;
	case CALL_PUT:
		return IPCM_FULL;
	case CALL_POLL:
		return IPCM_OK;
	case CALL_BARRIER:
		return IPCM_BROKEN;
	default:
		return IPCM_TIMEDOUT;
	}
}

void blocked_expect_timeouts(struct blocked *set)
{
	for (int i = 0; i < set->count; i++) {
		struct call *call = set->calls[i];
		int64_t took;

		call_check_returns(call, not_in_time(call->kind));
		took = call_duration_ns(call);
		CHECK(took >= call->timeout_ns - 10 * MS,
		      "%s: %lld us, timeout %lld us: early", call_name(call),
		      (long long)(took / US),
		      (long long)(call->timeout_ns / US));
		CHECK(took <= call->timeout_ns + slack_ns(),
		      "%s: %lld us, timeout %lld us: late", call_name(call),
		      (long long)(took / US),
		      (long long)(call->timeout_ns / US));
		if (call->kind == CALL_POLL)
			CHECK(!call->ready, "poll said ready after a timeout");
	}
	free_objects(set);
}

void blocked_signal(const struct blocked *set, int signal_number)
{
	for (int i = 0; i < set->count; i++) {
		if (!call_returned(set->calls[i]))
			peer_signal(&set->calls[i]->peer, signal_number);
	}
}
