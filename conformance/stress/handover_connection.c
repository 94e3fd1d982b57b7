/* SPDX-License-Identifier: MIT */
/*
 * Hand-overs through the two ends of a duplex pipe; see handover.h.
 */
#include "handover.h"

enum { SEND_BYTES = 3000 };

static bool pair_make(struct handover *h)
{
	if (!h->backend->pipe)
		return false;
	h->pair[0] = pipe_make(h->backend, true);
	return true;
}

static bool pollable_make(struct handover *h)
{
	if (!(h->backend->capabilities & IPCM_CAP_POLLABLE) || !pair_make(h))
		return false;
	h->pair[1] = pipe_make(h->backend, true); /* always silent */
	return true;
}

static void pairs_free(struct handover *h)
{
	pair_free(&h->pair[0]);
	if (h->pair[1].first)
		pair_free(&h->pair[1]);
}

static struct ipcm_connection *end_of(struct handover *h, int me)
{
	return me ? h->pair[0].second : h->pair[0].first;
}

static void send_one(struct handover *h, int me, uint32_t round)
{
	message_send(end_of(h, me), round, 8);
}

static void receive_one(struct handover *h, int me, uint32_t round)
{
	message_expect(end_of(h, me), round, 8);
}

static void poll_one_message(struct handover *h, int me, uint32_t round)
{
	bool ready = false;

	CHECK_OK(ipcm_connection_poll(end_of(h, me), hang_ns(), &ready));
	CHECK(ready, "poll: nothing to receive in %lld s",
	      (long long)(hang_ns() / S));
	receive_one(h, me, round);
}

static void wait_for_one(struct handover *h, int me, uint32_t round)
{
	struct ipcm_waitable things[2] = {
		{me ? h->pair[1].second : h->pair[1].first, -1, false},
		{end_of(h, me), -1, false}};
	size_t ready = 0;

	CHECK_OK(ipcm_wait(things, 2, hang_ns(), &ready));
	CHECK(ready == 1 && things[1].ready, "the wrong end is ready");
	receive_one(h, me, round);
}

/* ---- send beside space: both directions are full ---- */

static bool crammed_make(struct handover *h)
{
	unsigned char message[SEND_BYTES];

	if (!pair_make(h))
		return false;
	pattern_fill(message, SEND_BYTES, 1);
	for (int me = 0; me < 2; me++) {
		while (ipcm_connection_send(end_of(h, me), message, SEND_BYTES,
					    IPCM_TRY) == IPCM_OK)
			;
	}
	return true;
}

static void take_out(struct handover *h, int me, uint32_t round)
{
	(void)round;
	message_expect(end_of(h, me), 1, SEND_BYTES);
}

static void send_more(struct handover *h, int me, uint32_t round)
{
	(void)round;
	message_send(end_of(h, me), 1, SEND_BYTES);
}

const struct handover_row handover_connection[] = {
	{"recv beside a message", pair_make, send_one, receive_one, NULL, NULL,
	 pairs_free},
	{"poll beside a message", pair_make, send_one, poll_one_message, NULL,
	 NULL, pairs_free},
	{"wait for several beside a message", pollable_make, send_one,
	 wait_for_one, NULL, NULL, pairs_free},
	{"send beside space", crammed_make, take_out, send_more, NULL, NULL,
	 pairs_free},
	{0},
};
