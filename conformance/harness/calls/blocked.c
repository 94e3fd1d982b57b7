/* SPDX-License-Identifier: MIT */
/*
 * One peer in each blocking call; see blocking_calls.h.
 */
#include "blocking_calls.h"

bool blocked_prepare(struct blocked_call *b, const struct blocking_call *row,
		     const struct ipcm_backend *backend, int64_t timeout_ns)
{
	bool sends = row->call == CALL_SEND || row->call == CALL_SEND_SLICE;
	bool puts = row->call == CALL_PUT || row->call == CALL_PUT_MANY ||
		    row->call == CALL_SHARED_PUT;
	size_t bytes = sends ? CRAM_BYTES : 0;
	uint64_t number = puts ? 2 : BLOCKED_UNTOUCHED;

	if (row->call == CALL_SEND_LARGE)
		bytes = LARGE_BYTES;

	*b = (struct blocked_call){.backend = backend, .row = row};
	if ((row->untimed && timeout_ns != IPCM_FOREVER) || !row->prepare(b))
		return false;
	b->call = call_prepare(row->call, b->object, bytes ? 1 : number, bytes,
			       timeout_ns);
	return true;
}

enum ipcm_status blocked_close(struct blocked_call *b)
{
	if (b->row->close)
		return b->row->close(b);
	return object_kinds[b->row->kind]->close(b->object);
}

void blocked_free(struct blocked_call *b)
{
	if (b->row->free)
		b->row->free(b);
	else
		object_kinds[b->row->kind]->free(b->object);
}

enum ipcm_status blocked_try_status(const struct blocking_call *row)
{
	return row->late == IPCM_TIMEDOUT ? IPCM_WOULDBLOCK : row->late;
}

void blocked_start(struct blocked *set, const struct ipcm_backend *backend,
		   int64_t timeout_ns)
{
	set->count = 0;
	for (int i = 0; i < blocking_calls_count; i++) {
		struct blocked_call *b = &set->calls[set->count];

		set->count += blocked_prepare(b, &blocking_calls[i], backend,
					      timeout_ns);
	}
	for (int i = 0; i < set->count; i++)
		set->calls[i].call->peer =
			peer_start(call_run, set->calls[i].call);
}

void blocked_await_begun(struct blocked *set)
{
	for (int i = 0; i < set->count; i++) {
		const struct call *call = set->calls[i].call;

		flag_await(&set->calls[i].call->phase, 1);
		/* a process that has begun may have had no CPU since */
		while (!call_returned(call) && !peer_is_asleep(&call->peer))
			pause_ns(MS);
	}
}

void blocked_await_asleep(struct blocked *set)
{
	for (int i = 0; i < set->count; i++)
		call_await_asleep(set->calls[i].call);
}

void blocked_check_none_returned(const struct blocked *set, const char *when)
{
	for (int i = 0; i < set->count; i++) {
		const struct call *call = set->calls[i].call;

		CHECK(!call_returned(call), "%s returned %s %s",
		      call_name(call), ipcm_status_name(call->status), when);
	}
}

void blocked_release(struct blocked *set)
{
	for (int i = 0; i < set->count; i++)
		set->calls[i].row->wake(&set->calls[i]);
	for (int i = 0; i < set->count; i++) {
		struct blocked_call *b = &set->calls[i];

		call_check_returns(b->call, IPCM_OK);
		if (b->row->call == CALL_POLL)
			CHECK(b->call->ready, "poll: nothing there");
	}
	/* only now: a peer that still runs would be a user of each object */
	for (int i = 0; i < set->count; i++)
		blocked_free(&set->calls[i]);
}

void blocked_expect_timeouts(struct blocked *set)
{
	for (int i = 0; i < set->count; i++) {
		struct blocked_call *b = &set->calls[i];
		struct call *call = b->call;
		int64_t took;

		call_check_returns(call, b->row->late);
		took = call_duration_ns(call);
		CHECK(took >= call->timeout_ns - 10 * MS,
		      "%s: %lld us, timeout %lld us: early", call_name(call),
		      (long long)(took / US),
		      (long long)(call->timeout_ns / US));
		CHECK(took <= call->timeout_ns + slack_ns(),
		      "%s: %lld us, timeout %lld us: late", call_name(call),
		      (long long)(took / US),
		      (long long)(call->timeout_ns / US));
		if (b->row->call == CALL_POLL)
			CHECK(!call->ready, "poll said ready after a timeout");
	}
	for (int i = 0; i < set->count; i++)
		blocked_free(&set->calls[i]);
}

void blocked_signal(const struct blocked *set, int signal_number)
{
	for (int i = 0; i < set->count; i++) {
		if (!call_returned(set->calls[i].call))
			peer_signal(&set->calls[i].call->peer, signal_number);
	}
}
