/* SPDX-License-Identifier: MIT */
/*
 * Tokens over any port: each token is one message of one byte, and the process
 * that received it has the token. For back-ends whose mechanism has no lock or
 * semaphore of its own: such a back-end names its port, says how many tokens
 * fit into it, and uses the operations below in its struct ipcm_token_ops. Only
 * the two that open are its own, one call each.
 */
#ifndef IPCMARK_IMPLS_CORE_TOKEN_PORT_TOKEN_H
#define IPCMARK_IMPLS_CORE_TOKEN_PORT_TOKEN_H

#include "ipcmark/backend.h"

/** The port that carries a back-end's tokens. */
struct port_tokens {
	const struct ipcm_port_ops *port;
	/**
	 * Size of the buffer that receives one token, at most
	 * PORT_TOKEN_MOST_BYTES; one token only may fit in it.
	 */
	size_t receive_bytes;
	/** Items of one byte to ask for so that `most` tokens fit; NULL: most.
	 */
	uint64_t (*items)(uint32_t most);
	/** How many tokens an empty open port holds, added one by one; NULL:
	 * as many as frames. */
	enum ipcm_status (*capacity)(void *port,
				     const struct ipcm_channel_limits *granted,
				     uint32_t *ret_tokens);
};

#define PORT_TOKEN_MOST_BYTES 256

/** The state_size of tokens over a port with that state_size. */
#define PORT_TOKEN_STATE_BYTES(port_bytes) (64 + (port_bytes))

/** ipcm_token_ops.open and open_named, with the port. */
enum ipcm_status port_token_open(void *state, const struct port_tokens *tokens,
				 uint32_t inside, uint32_t most,
				 uint32_t *ret_most);
enum ipcm_status port_token_open_named(void *state,
				       const struct port_tokens *tokens,
				       struct ipcm_object_key *key, bool create,
				       uint32_t inside, uint32_t most,
				       uint32_t *ret_most);

/** The other operations of ipcm_token_ops. */
void port_token_close(void *state);
enum ipcm_status port_token_take(void *state);
enum ipcm_status port_token_give(void *state);
enum ipcm_status port_token_wait(void *state, int64_t deadline_ns);
enum ipcm_status port_token_count(void *state, uint32_t *ret_tokens);
/** For a port that has fileno. */
int port_token_fileno(const void *state);

#endif
