/* SPDX-License-Identifier: MIT */
/*
 * What an end has received: frames in its inbox, and the message that they
 * make.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INBOX_H
#define IPCMARK_IMPLS_OBJECTS_CONNECTION_CONNECTION_INBOX_H

#include "connection_internal.h"

/** A whole message, where it lies until it is consumed. */
struct connection_view {
	const uint8_t *data;
	size_t bytes;
	/** Bytes of its frame in the inbox; 0 if it had several frames. */
	size_t frame_bytes;
	/** The message carries a descriptor: end->inbox_fd. */
	bool carrier;
};

enum ipcm_status connection_inbox_open(struct ipcm_connection *end);
void connection_inbox_close(struct ipcm_connection *end);

/** What this process has of its last turn is void: drop it. */
void connection_turn_drop(struct ipcm_connection *end);

/** Every receiving call begins with it. */
static inline void connection_turn_begin(struct ipcm_connection *end)
{
	uint64_t changes = atomic_load_explicit(&end->inbox->changes,
						memory_order_relaxed);

	if (__builtin_expect(changes ==
				     atomic_load_explicit(&end->changes_seen,
							  memory_order_relaxed),
			     1))
		return;
	/* another copy had its turn */
	atomic_store_explicit(&end->changes_seen, changes,
			      memory_order_relaxed);
	connection_turn_drop(end);
}

/** Fill the empty inbox; IPCM_EMPTY, IPCM_EOF, IPCM_REMOVED ... */
enum ipcm_status connection_inbox_fill(struct ipcm_connection *end,
				       bool check_peer, bool keep_fd);

/**
 * Wait for a whole message of at most maxlength bytes (else IPCM_TOOBIG).
 * @param keep_fd the caller takes a descriptor that comes along
 */
enum ipcm_status connection_message_await(struct ipcm_connection *end,
					  uint64_t maxlength,
					  int64_t timeout_ns, bool keep_fd,
					  struct connection_view *ret_view);
/** The message was read: drop it. */
void connection_message_consume(struct ipcm_connection *end,
				const struct connection_view *view);
/** Number of the message that the sender withdrew last; 0: none. */
static inline uint32_t connection_withdrawn(const struct ipcm_connection *end)
{
	/* acquire: pairs with the release in message_withdraw */
	return atomic_load_explicit(&end->incoming->withdrawn,
				    memory_order_acquire);
}

/**
 * There may be frames of a withdrawn message, which are nothing to receive.
 * Then connection_message_arrived tells, and not what is buffered or inside.
 */
static inline bool connection_has_withdrawn(const struct ipcm_connection *end)
{
	return __builtin_expect(
		connection_withdrawn(end) != end->inbox->withdrawn_seen, 0);
}

/** Is a whole message here, or an end, or an error? Drops withdrawn ones. */
bool connection_message_arrived(struct ipcm_connection *end, bool check_peer);

static inline uint32_t inbox_begin(uint64_t range)
{
	return (uint32_t)range;
}

static inline uint32_t inbox_end(uint64_t range)
{
	return (uint32_t)(range >> 32);
}

/**
 * Is there something that a receive would return without the channel? Only
 * looks: another thread may be receiving, as in CPython's Pool, so what belongs
 * to a turn is left to the call that has it.
 */
static inline bool connection_buffered(const struct ipcm_connection *end)
{
	const struct connection_inbox *inbox = end->inbox;
	uint64_t range =
		atomic_load_explicit(&inbox->range, memory_order_relaxed);

	return atomic_load_explicit(&inbox->corrupt, memory_order_relaxed) ||
	       inbox_begin(range) < inbox_end(range) ||
	       (atomic_load_explicit(&end->message.whole,
				     memory_order_relaxed) &&
		atomic_load_explicit(&inbox->changes, memory_order_relaxed) ==
			atomic_load_explicit(&end->changes_seen,
					     memory_order_relaxed));
}

#endif
