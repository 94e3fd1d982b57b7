/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the channel, waking the peer, and noticing that it is gone.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_WAIT_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_WAIT_H

#include "connection_internal.h"

/** The wait of one call; connection_wait_begin fills it. */
struct connection_wait {
	enum ipcm_direction direction;
	int64_t timeout_ns;
	int64_t deadline_ns;
	bool begun;  /* the deadline is known */
	bool armed;  /* the wake-up word's bit is set: try once more, sleep */
	bool polled; /* late space: polled for a moment, then by the word */
	/** No wake-up came: check the death fd before waiting on. */
	bool check_peer;
	uint32_t wakeup_seen;
};

/** Start a wait; reads no clock. */
struct connection_wait connection_wait_begin(struct ipcm_connection *end,
					     enum ipcm_direction direction,
					     int64_t timeout_ns);

/**
 * The operation cannot go on: sleep a while.
 * @return IPCM_OK: try again; IPCM_WOULDBLOCK or IPCM_TIMEDOUT; IPCM_INTR;
 *         IPCM_REMOVED
 */
enum ipcm_status connection_wait_on(struct ipcm_connection *end,
				    struct connection_wait *wait);

/**
 * Before the first attempt of a call that may wait: if nothing is known to have
 * been sent and the peer was last seen on this CPU, let it run (peer_yield.h).
 */
void connection_let_peer_work(struct ipcm_connection *end);

/** Tell the peer that a frame was sent, or that frames were received. */
void connection_notify_sent(struct ipcm_connection *end);
void connection_notify_received(struct ipcm_connection *end);
/** Tell the peer that a copy of this end was closed. */
void connection_notify_closed(struct ipcm_connection *end);

/** Before sending: is the peer known, or found, to be gone? */
bool connection_send_broken(struct ipcm_connection *end, bool check_peer);
/** Nothing to receive: is that because the peer is gone? */
bool connection_recv_ended(struct ipcm_connection *end, bool check_peer);

/**
 * Request a wake-up byte with the next frame. The caller then checks once more
 * for one that came before.
 * @param woken drain the death fd first: a byte came, or may have
 */
void connection_poll_arm(struct ipcm_connection *end, bool woken);
/**
 * connection_poll_arm without draining: for a caller to which each byte is an
 * event of its own (EPOLLET), and which drains every so often.
 * @param woken a byte came: its sender may not have recorded it yet
 */
void connection_poll_rearm(struct ipcm_connection *end, bool woken);

#endif
