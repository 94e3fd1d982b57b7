/* SPDX-License-Identifier: MIT */
/*
 * See port_token.h. The state is a pointer to the back-end's port, copied by
 * fork() as all state is, and behind it the state of that port.
 */
#include "port_token.h"

struct port_token {
	const struct port_tokens *tokens;
	_Alignas(64) uint8_t port[];
};

_Static_assert(
	sizeof(struct port_token) == PORT_TOKEN_STATE_BYTES(0),
	"the port's state lies behind the pointer, aligned as states are");

enum ipcm_status port_token_give(void *state)
{
	struct port_token *token = state;
	static const char byte = 1;

	return token->tokens->port->send(token->port, &byte, sizeof(byte));
}

enum ipcm_status port_token_take(void *state)
{
	struct port_token *token = state;
	const struct port_tokens *tokens = token->tokens;
	char buffer[PORT_TOKEN_MOST_BYTES];
	size_t bytes;
	enum ipcm_status status = tokens->port->receive(
		token->port, buffer, tokens->receive_bytes, &bytes);

	return status == IPCM_EMPTY ? IPCM_WOULDBLOCK : status;
}

enum ipcm_status port_token_wait(void *state, int64_t deadline_ns)
{
	struct port_token *token = state;

	return token->tokens->port->wait(token->port, IPCM_TO_RECEIVE,
					 deadline_ns);
}

/* One unit, byte or message, is one token. */
enum ipcm_status port_token_count(void *state, uint32_t *ret_tokens)
{
	struct port_token *token = state;
	uint64_t units = 0;
	enum ipcm_status status =
		token->tokens->port->queued(token->port, &units);

	if (!status)
		*ret_tokens = (uint32_t)units;
	return status;
}

int port_token_fileno(const void *state)
{
	const struct port_token *token = state;

	return token->tokens->port->fileno(token->port, IPCM_TO_RECEIVE);
}

void port_token_close(void *state)
{
	struct port_token *token = state;

	token->tokens->port->close(token->port);
}

/* A port for `most` tokens; with a key, one that is found by it. */
static enum ipcm_status create_port(struct port_token *token,
				    struct ipcm_object_key *key, uint32_t most,
				    struct ipcm_channel_limits *ret_granted)
{
	const struct port_tokens *tokens = token->tokens;
	const struct ipcm_channel_request requested = {
		.items = tokens->items ? tokens->items(most) : most,
		.item_bytes = 1,
	};

	return key ? tokens->port->open_named(token->port, key, true,
					      &requested, ret_granted)
		   : tokens->port->open_queue(token->port, &requested,
					      ret_granted);
}

/* The port is open: put the first ones in; on failure it is closed. */
static enum ipcm_status fill(struct port_token *token, uint32_t inside,
			     const struct ipcm_channel_limits *granted,
			     uint32_t *ret_most)
{
	const struct port_tokens *tokens = token->tokens;
	uint32_t room = (uint32_t)granted->channel_frames;
	enum ipcm_status status = IPCM_OK;

	if (tokens->capacity)
		status = tokens->capacity(token->port, granted, &room);
	if (!status && inside > room)
		status = IPCM_LIMIT;
	for (uint32_t i = 0; !status && i < inside; i++)
		status = port_token_give(token);
	if (status) {
		port_token_close(token);
		return status == IPCM_FULL ? IPCM_LIMIT : status;
	}
	*ret_most = room;
	return IPCM_OK;
}

static enum ipcm_status create(struct port_token *token,
			       struct ipcm_object_key *key, uint32_t inside,
			       uint32_t most, uint32_t *ret_most)
{
	uint32_t least = inside ? inside : 1;
	struct ipcm_channel_limits granted;
	enum ipcm_status status = create_port(token, key, most, &granted);

	/* a user's allowance may pay for fewer than the system's limit */
	while (status == IPCM_LIMIT && most > least) {
		most = most / 2 > least ? most / 2 : least;
		status = create_port(token, key, most, &granted);
	}
	return status ? status : fill(token, inside, &granted, ret_most);
}

enum ipcm_status port_token_open(void *state, const struct port_tokens *tokens,
				 uint32_t inside, uint32_t most,
				 uint32_t *ret_most)
{
	struct port_token *token = state;

	token->tokens = tokens;
	return create(token, NULL, inside, most, ret_most);
}

enum ipcm_status port_token_open_named(void *state,
				       const struct port_tokens *tokens,
				       struct ipcm_object_key *key,
				       bool create_it, uint32_t inside,
				       uint32_t most, uint32_t *ret_most)
{
	const struct ipcm_channel_request none = {0};
	struct port_token *token = state;
	struct ipcm_channel_limits granted;
	enum ipcm_status status;

	token->tokens = tokens;
	if (create_it)
		return create(token, key, inside, most, ret_most);
	status = tokens->port->open_named(token->port, key, false, &none,
					  &granted);
	return status ? status : fill(token, 0, &granted, ret_most);
}
