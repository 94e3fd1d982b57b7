/* SPDX-License-Identifier: MIT */
/*
 * A manager's Barrier, in the server; barrier.h says what it does, here without
 * an action. The arrival that completes a round answers all its parties in one
 * step, so a fast party never meets its old round again (B-01), and their
 * numbers are their places in the list (B-02). A party that dies or is
 * interrupted leaves the list, as if it had not come (B-07).
 */
#include "shared_kinds.h"

#include "ipcmark/barrier.h"

struct shared_barrier {
	struct shared_object base;
	uint64_t parties;
	bool broken;
	struct shared_call_list arrived;
};

static struct shared_barrier *barrier_of(struct shared_object *object)
{
	return (struct shared_barrier *)object;
}

static enum ipcm_status barrier_create(struct shared_object *object,
				       struct shared_call *arguments)
{
	struct shared_barrier *barrier = barrier_of(object);

	if (!call_get_u64(arguments, &barrier->parties) || !call_end(arguments))
		return IPCM_CORRUPT;
	if ((int64_t)barrier->parties < 1)
		return IPCM_INVALID;
	return barrier->parties > IPCM_BARRIER_MAX_PARTIES ? IPCM_LIMIT
							   : IPCM_OK;
}

static enum ipcm_status barrier_agrees(const struct shared_object *object,
				       struct shared_call *arguments)
{
	const struct shared_barrier *barrier = (const void *)object;
	uint64_t parties;

	if (!call_get_u64(arguments, &parties) || !call_end(arguments))
		return IPCM_CORRUPT;
	return parties == barrier->parties ? IPCM_OK : IPCM_INVALID;
}

static uint64_t barrier_waiting(const struct shared_barrier *barrier)
{
	const struct shared_call *party;
	uint64_t count = 0;

	for (party = barrier->arrived.first; party; party = party->next)
		count++;
	return count;
}

/* The parties that wait leave, in the order of their arrival. */
static uint64_t barrier_answer_all(struct shared_barrier *barrier,
				   enum ipcm_status status)
{
	uint64_t index = 0;

	while (barrier->arrived.first)
		call_reply(barrier->arrived.first, status, index++);
	return index;
}

static void barrier_break(struct shared_barrier *barrier)
{
	barrier->broken = true;
	(void)barrier_answer_all(barrier, IPCM_BROKEN);
}

/* A party that is not the last and only tries is one whose time is over. */
static void barrier_arrive(struct shared_barrier *barrier,
			   struct shared_call *call)
{
	bool last = barrier_waiting(barrier) + 1 == barrier->parties;

	if (!barrier->broken && last) {
		call_reply(call, IPCM_OK, barrier_answer_all(barrier, IPCM_OK));
	} else if (!barrier->broken && call->may_wait) {
		call_defer(call, &barrier->arrived);
	} else {
		barrier_break(barrier);
		call_reply(call, IPCM_BROKEN, 0);
	}
}

static void barrier_serve(struct shared_object *object,
			  struct shared_call *call)
{
	struct shared_barrier *barrier = barrier_of(object);

	if (!call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	switch (call->op) {
	case OP_BARRIER_WAIT:
		barrier_arrive(barrier, call);
		break;
	case OP_BARRIER_ABORT:
	case OP_BARRIER_RESET:
		barrier_break(barrier);
		barrier->broken = call->op == OP_BARRIER_ABORT;
		call_reply(call, IPCM_OK, 0);
		break;
	case OP_BARRIER_PARTIES:
		call_reply(call, IPCM_OK, barrier->parties);
		break;
	case OP_BARRIER_WAITING:
		call_reply(call, IPCM_OK, barrier_waiting(barrier));
		break;
	case OP_BARRIER_BROKEN:
		call_reply(call, IPCM_OK, barrier->broken);
		break;
	default:
		call_reply(call, IPCM_INVALID, 0);
	}
}

/* The party whose time is over is told what the others are. */
static void barrier_cancel(struct shared_object *object,
			   struct shared_call *call, enum shared_cancel why)
{
	if (why == CANCEL_TIME)
		barrier_break(barrier_of(object));
	else
		call_reply(call, IPCM_WOULDBLOCK, 0);
}

const struct shared_kind shared_barrier = {
	.id = SHARED_BARRIER,
	.object_bytes = sizeof(struct shared_barrier),
	.create = barrier_create,
	.agrees = barrier_agrees,
	.serve = barrier_serve,
	.cancel = barrier_cancel,
};
