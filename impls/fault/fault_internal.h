/* SPDX-License-Identifier: MIT */
/*
 * The faults that can be injected, the data of a wrapped back-end and of each
 * open object, and what the wrapped tables share. Private to fault*.c.
 *
 * An operation of a wrapped table finds its wrapper and the real table in a
 * header in front of the real state. Only the opening operations get a state
 * without a header; fault.c has one set of them for each wrapper.
 */
#ifndef IPCMARK_IMPLS_FAULT_FAULT_INTERNAL_H
#define IPCMARK_IMPLS_FAULT_FAULT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"

enum fault {
	FAULT_DROP,
	FAULT_DOUBLE,
	FAULT_SWAP,
	FAULT_FLIP,
	FAULT_CUT,
	FAULT_DELAY,
	FAULT_NO_WAIT,
	FAULT_NO_EOF,
	FAULT_NO_CLOEXEC,
	FAULT_LEAK_DESCRIPTOR,
	FAULT_LEAK_OBJECT,
	FAULT_TWO_TOKENS,
	FAULT_LOSE_TOKEN,
	FAULT_COUNT
};

/* The state behind the header is the real one, behind it is KEEP_BYTES of room
 * for one frame or item. */
enum { WRAPPERS = 6, KEEP_BYTES = 1 << 16, HEADER_BYTES = 128 };

struct fault_wrapper {
	enum fault fault;
	unsigned every;
	struct ipcm_backend backend;
	const struct ipcm_backend *real;
	struct ipcm_queue_ops queue;
	struct ipcm_pipe_ops pipe;
	struct ipcm_lock_ops lock;
	struct ipcm_port_ops queue_port, pipe_port;
	struct ipcm_store_ops store;
	struct ipcm_token_ops token;
};

/* In front of every state. */
struct header {
	struct fault_wrapper *fault_wrapper;
	union {
		const struct ipcm_port_ops *port;
		const struct ipcm_store_ops *store;
		const struct ipcm_token_ops *token;
	} real;
	/* A frame or an item that is kept for later. */
	uint8_t *kept;
	size_t kept_bytes;
	bool has_kept;
	/* Where the kept item lies in a store. */
	uint32_t head, at, items, number;
};

_Static_assert(sizeof(struct header) <= HEADER_BYTES, "state stays aligned");

static inline size_t fault_rounded(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

/* Bytes of a wrapped state. */
static inline size_t fault_state_size(size_t real_size)
{
	return HEADER_BYTES + fault_rounded(real_size) + KEEP_BYTES;
}

static inline void *real_state(void *state)
{
	return (uint8_t *)state + HEADER_BYTES;
}

static inline const void *real_state_const(const void *state)
{
	return (const uint8_t *)state + HEADER_BYTES;
}

/* ---- what the tables share (fault_state.c) ---- */

/* Start to count calls; false: no memory. */
bool fault_count_calls(void);
/* Count a call: does this fault happen at it? */
bool fault_strikes(const struct header *header, enum fault fault);
void fault_state_begin(void *state, struct fault_wrapper *fault_wrapper,
		       size_t real_size);
/* Remember a frame or an item, if it is not too large. */
void fault_keep(struct header *header, const void *data, size_t bytes);

/* Descriptors from this one on will be opened from now on. */
int fault_next_descriptor(void);
/* Apply the faults of opening; status is the result of the real call. */
enum ipcm_status fault_opened(const struct header *header,
			      enum ipcm_status status, int first_fd);

/* ---- the tables: the opening operations, and the rest ---- */

enum ipcm_status fault_open_queue(struct fault_wrapper *fault_wrapper,
				  void *state,
				  const struct ipcm_channel_request *requested,
				  struct ipcm_channel_limits *ret_granted);
enum ipcm_status fault_open_pipe(struct fault_wrapper *fault_wrapper,
				 void *first, void *second, bool duplex,
				 const struct ipcm_channel_request *requested,
				 struct ipcm_channel_limits *ret_granted);
struct ipcm_port_ops fault_port_ops(const struct ipcm_port_ops *real);

enum ipcm_status fault_open_store(struct fault_wrapper *fault_wrapper,
				  void *state,
				  const struct ipcm_channel_request *requested,
				  struct ipcm_channel_limits *ret_granted);
struct ipcm_store_ops fault_store_ops(const struct ipcm_store_ops *real);

enum ipcm_status fault_open_token(struct fault_wrapper *fault_wrapper,
				  void *state, uint32_t tokens, uint32_t most,
				  uint32_t *ret_most);
struct ipcm_token_ops fault_token_ops(const struct ipcm_token_ops *real);

#endif
