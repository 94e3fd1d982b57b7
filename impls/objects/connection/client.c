/* SPDX-License-Identifier: MIT */
/*
 * Client: connects to a listener, creates a pipe, sends it the second end; with
 * a key, once the listener has proved that it knows that.
 *
 * The pipe is created after the connect, so that a program which tries until
 * its listener exists creates no kernel objects in vain. As soon as the end is
 * sent it belongs to the listener, accepted or not: its descriptors are in the
 * socket, which keeps the end open, and if the listener dies the kernel closes
 * them, which the client sees as end of file.
 *
 * A listener drops a client that is silent for long, if others need its place.
 * That may be one that is only slow, so the client begins again.
 */
#include <errno.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/poll.h"
#include "impls/core/errno_status.h"
#include "connection.h"
#include "listener_handshake.h"

/* The listener's backlog is full: try again after this time. */
#define BACKLOG_RETRY_NS (2 * NS_PER_MS)
/* A listener that drops this client so often has too many silent ones. */
#define HELLO_ATTEMPTS 16

struct client {
	const struct ipcm_backend *backend;
	struct handshake_address address;
	struct handshake_key key;
	int64_t timeout_ns;
	int64_t deadline;
	struct ipcm_connection *ends[2];
	int fd;
};

static enum ipcm_status time_over(const struct client *client)
{
	if (!clock_past(client->deadline))
		return IPCM_OK;
	return timeout_status(client->timeout_ns);
}

/* Sleep a little: nothing wakes a client when the backlog has space. */
static enum ipcm_status backlog_wait(const struct client *client)
{
	enum ipcm_status status = time_over(client);

	if (!status)
		status = poll_until(
			NULL, 0,
			clock_slice(client->deadline, BACKLOG_RETRY_NS));
	return status == IPCM_TIMEDOUT && !clock_past(client->deadline)
		       ? IPCM_OK
		       : status;
}

/* Connect a socket; the peer must be a process of this user. */
static enum ipcm_status socket_connect(const struct client *client, int fd)
{
	const struct sockaddr *name =
		(const struct sockaddr *)&client->address.name;
	enum ipcm_status status;

	while (connect(fd, name, client->address.bytes)) {
		if (errno == EINTR)
			continue;
		/* EPROTOTYPE: a socket of another type has the name */
		if (errno == ECONNREFUSED || errno == EPROTOTYPE)
			return IPCM_NOTFOUND;
		if (errno != EAGAIN)
			return status_from_errno(errno);
		status = backlog_wait(client);
		if (status)
			return status;
	}
	return handshake_peer_check(fd);
}

static enum ipcm_status socket_open(const struct client *client, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	enum ipcm_status status;

	if (fd < 0)
		return status_from_errno(errno);
	status = socket_connect(client, fd);
	if (status)
		(void)close(fd);
	else
		*ret_fd = fd;
	return status;
}

static void ends_close(struct client *client)
{
	connection_destroy(client->ends[0]);
	connection_destroy(client->ends[1]);
	client->ends[0] = client->ends[1] = NULL;
}

/* Create the pipe, and send an end of it. */
static enum ipcm_status end_send(struct client *client,
				 struct handshake_hello *hello)
{
	const struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	enum ipcm_status status = connection_pair_open(
		client->backend, &options, true, client->ends);

	if (!status)
		status = connection_export_end(client->ends[1], &hello->handle);
	if (!status)
		status = handshake_hello_send(client->fd, client->backend,
					      hello);
	if (status)
		return status;
	/* a copy here would hide that the listener's is closed */
	connection_destroy(client->ends[1]);
	client->ends[1] = NULL;
	return IPCM_OK;
}

/* IPCM_BROKEN: the listener hung up. */
static enum ipcm_status answer_await(const struct client *client,
				     struct handshake_answer *ret_answer)
{
	enum ipcm_status status;

	for (;;) {
		status = handshake_answer_receive(client->fd, ret_answer);
		if (status == IPCM_OK)
			return IPCM_OK;
		if (status == IPCM_EOF)
			return IPCM_BROKEN;
		status = time_over(client);
		if (status)
			return status;
		status = poll_one(client->fd, POLLIN, client->deadline);
		if (status && status != IPCM_TIMEDOUT)
			return status;
	}
}

/* Does the listener know the key? Fills the client's own proof. */
static enum ipcm_status challenge(const struct client *client,
				  struct handshake_hello *hello)
{
	const struct handshake_value random = hello->value;
	struct handshake_value expected;
	struct handshake_answer answer;
	enum ipcm_status status;

	status = handshake_hello_send(client->fd, client->backend, hello);
	if (!status)
		status = answer_await(client, &answer);
	if (status)
		return status;
	if (answer.verdict)
		return answer.verdict;
	handshake_prove(&client->key, "listener", client->backend, &random,
			&answer.random, &expected);
	hello->stage = HANDSHAKE_REFUSAL;
	if (!handshake_equal(&expected, &answer.proof)) {
		(void)handshake_hello_send(client->fd, client->backend, hello);
		return IPCM_AUTH;
	}
	hello->stage = HANDSHAKE_PROOF;
	handshake_prove(&client->key, "client", client->backend, &random,
			&answer.random, &hello->value);
	return IPCM_OK;
}

static enum ipcm_status keyed(struct client *client)
{
	struct handshake_hello hello = {.stage = HANDSHAKE_HELLO};
	struct handshake_answer answer;
	enum ipcm_status status;

	handshake_random(&hello.value);
	status = challenge(client, &hello);
	if (!status)
		status = end_send(client, &hello);
	if (!status)
		status = answer_await(client, &answer);
	return status ? status : answer.verdict;
}

static enum ipcm_status plain(struct client *client)
{
	struct handshake_hello hello = {.stage = HANDSHAKE_PLAIN};

	return end_send(client, &hello);
}

static enum ipcm_status client_handshake(struct client *client)
{
	enum ipcm_status status = IPCM_BROKEN;

	for (int i = 0; i < HELLO_ATTEMPTS && status == IPCM_BROKEN; i++) {
		ends_close(client);
		status = socket_open(client, &client->fd);
		if (status)
			return status;
		status = client->key.bytes ? keyed(client) : plain(client);
		(void)close(client->fd);
	}
	return status == IPCM_BROKEN ? IPCM_NOTFOUND : status;
}

enum ipcm_status ipcm_client_connect(const struct ipcm_backend *backend,
				     const char *address, const void *key,
				     size_t key_bytes, int64_t timeout_ns,
				     struct ipcm_connection **ret_end)
{
	struct client client = {.backend = backend, .timeout_ns = timeout_ns};
	enum ipcm_status status;

	if (!ret_end || ipcm_backend_validate(backend, NULL, 0) ||
	    handshake_address(backend, address, &client.address) ||
	    handshake_key(key, key_bytes, &client.key))
		return IPCM_INVALID;
	if (!handshake_possible(backend))
		return IPCM_NOTSUP;
	client.deadline = clock_deadline(timeout_ns);
	status = client_handshake(&client);
	handshake_key_forget(&client.key);
	if (status) {
		ends_close(&client);
		return status;
	}
	connection_enable(client.ends[0]);
	*ret_end = client.ends[0];
	return IPCM_OK;
}
