/* SPDX-License-Identifier: MIT */
/*
 * One consumer empties the channel and leaves what it received; another one
 * polls the channel, which is empty then. A wake-up frame has to tell it
 * (impls/objects/queue/queue_stream_get.c, leave). See handover.h.
 */
#include <sched.h>
#include <string.h>

#include "handover.h"

enum {
	DRAINER, /* party 0; also the only producer */
	POLLER,
	PARTIES,
	/* Several frames on every back-end but shm_ring. */
	LARGE_BYTES = 20000,
	LARGE_EVERY = 8,
	/** Each needs one wake-up frame, or two. */
	ROUNDS = 4500,
};
/* An item that ends the poller. */
static const uint64_t END = UINT64_MAX;

static unsigned char buffer[LARGE_BYTES];

static bool leave_make(struct handover *h)
{
	if (!h->backend->queue)
		return false;
	h->object[0] = queue_make_flags(h->backend, 0, 0);
	return true;
}

static void leave_free(struct handover *h)
{
	ipcm_queue_free(h->object[0]);
}

static void leave_put(struct handover *h, uint64_t number, size_t bytes)
{
	memcpy(buffer, &number, sizeof(number));
	CHECK_OK(ipcm_queue_put(h->object[0], buffer, bytes, hang_ns()));
}

/* Take what is there into so much memory; the poller may have been faster. */
static bool leave_try(struct handover *h, size_t bytes)
{
	enum ipcm_status status =
		ipcm_queue_get(h->object[0], buffer, bytes, IPCM_TRY, NULL);

	CHECK(status == IPCM_OK || status == IPCM_EMPTY ||
		      status == IPCM_TOOSMALL,
	      "get: %s", ipcm_status_name(status));
	return status == IPCM_OK;
}

/*
 * An item that does not fit into its buffer stays where the drainer received
 * it. Every second time an item was left before and then taken: the wake-up
 * frame for that one is still in the channel, the drainer receives it with the
 * next item, and sends it again.
 */
static uint32_t leave_one(struct handover *h, uint32_t round)
{
	uint32_t for_poller = 1;

	if (round % 2) {
		leave_put(h, round, sizeof(uint64_t));
		(void)leave_try(h, 0);
		for_poller += !leave_try(h, sizeof(buffer));
	}
	leave_put(h, round,
		  round % LARGE_EVERY ? sizeof(uint64_t) : sizeof(buffer));
	(void)leave_try(h, 0);
	return for_poller;
}

static bool drain(struct handover *h, uint32_t round)
{
	bool is_last = round == atomic_load(&h->last);
	uint32_t taken = h->word[0];

	sleepers_await_others(&h->sleepers);
	if (is_last)
		leave_put(h, END, sizeof(END));
	else
		handover_await(&h->word[0], taken + leave_one(h, round));
	return true;
}

static bool poll_and_get(struct handover *h)
{
	uint64_t number;

	CHECK_OK(ipcm_queue_get(h->object[0], buffer, sizeof(buffer), hang_ns(),
				NULL));
	memcpy(&number, buffer, sizeof(number));
	sleepers_call(&h->word[0]);
	return number != END;
}

/* It must not run before the drainer has: a batch task preempts none. */
static void yield_to_others(void)
{
	const struct sched_param none = {0};

	(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

static bool leave_round(struct handover *h, int me, uint32_t round)
{
	if (me == DRAINER)
		return drain(h, round);
	if (round == 0)
		yield_to_others();
	return poll_and_get(h);
}

const struct crowd_row crowd_leave[] = {
	{"get beside what another get left", PARTIES, leave_make, leave_round,
	 leave_free, ROUNDS},
	{0},
};
