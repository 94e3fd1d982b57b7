/* SPDX-License-Identifier: MIT */
/*
 * Faults of a lock's token: two of them, or none. See fault_internal.h.
 */
#include "fault_internal.h"

enum ipcm_status fault_open_token(struct fault_wrapper *fault_wrapper,
				  void *state, uint32_t tokens, uint32_t most,
				  uint32_t *ret_most)
{
	const struct ipcm_token_ops *real = fault_wrapper->real->lock->token;
	struct header *header = state;
	int first_fd = fault_next_descriptor();

	fault_state_begin(state, fault_wrapper, real->state_size);
	header->real.token = real;
	return fault_opened(
		header, real->open(real_state(state), tokens, most, ret_most),
		first_fd);
}

static void token_close(void *state)
{
	struct header *header = state;

	if (!fault_strikes(header, FAULT_LEAK_OBJECT))
		header->real.token->close(real_state(state));
}

static enum ipcm_status token_take(void *state)
{
	struct header *header = state;
	enum ipcm_status status = header->real.token->take(real_state(state));

	if (status == IPCM_OK && fault_strikes(header, FAULT_TWO_TOKENS))
		(void)header->real.token->give(real_state(state));
	return status;
}

static enum ipcm_status token_give(void *state)
{
	struct header *header = state;

	if (fault_strikes(header, FAULT_LOSE_TOKEN))
		return IPCM_OK;
	return header->real.token->give(real_state(state));
}

static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	struct header *header = state;

	if (fault_strikes(header, FAULT_NO_WAIT))
		return IPCM_OK;
	return header->real.token->wait(real_state(state), deadline_ns);
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	struct header *header = state;

	return header->real.token->count(real_state(state), ret_tokens);
}

/* Without fileno and call: all waits pass token_wait. */
struct ipcm_token_ops fault_token_ops(const struct ipcm_token_ops *real)
{
	return (struct ipcm_token_ops){
		.state_size = fault_state_size(real->state_size),
		.close = token_close,
		.take = token_take,
		.give = token_give,
		.wait = token_wait,
		.count = token_count,
	};
}
