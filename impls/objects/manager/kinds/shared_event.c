/* SPDX-License-Identifier: MIT */
/*
 * A manager's Event, in the server; event.h says what it does. A set answers
 * every call that waits, so a clear that follows at once takes nothing from
 * them (E-03). While it is set no call waits.
 */
#include "shared_kinds.h"

struct shared_event {
	struct shared_object base;
	bool set;
	struct shared_call_list waiters;
};

static void event_wait(struct shared_event *event, struct shared_call *call)
{
	if (event->set)
		call_reply(call, IPCM_OK, 0);
	else if (call->may_wait)
		call_defer(call, &event->waiters);
	else
		call_reply(call, IPCM_WOULDBLOCK, 0);
}

static void event_set(struct shared_event *event)
{
	event->set = true;
	while (event->waiters.first)
		call_reply(event->waiters.first, IPCM_OK, 0);
}

static void event_serve(struct shared_object *object, struct shared_call *call)
{
	struct shared_event *event = (struct shared_event *)object;

	if (!call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	switch (call->op) {
	case OP_EVENT_WAIT:
		event_wait(event, call);
		break;
	case OP_EVENT_SET:
		event_set(event);
		call_reply(call, IPCM_OK, 0);
		break;
	case OP_EVENT_CLEAR:
		event->set = false;
		call_reply(call, IPCM_OK, 0);
		break;
	case OP_EVENT_IS_SET:
		call_reply(call, IPCM_OK, event->set);
		break;
	default:
		call_reply(call, IPCM_INVALID, 0);
	}
}

const struct shared_kind shared_event = {
	.id = SHARED_EVENT,
	.object_bytes = sizeof(struct shared_event),
	.serve = event_serve,
};
