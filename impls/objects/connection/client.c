/* SPDX-License-Identifier: MIT */
/*
 * Client: connects to a listener, makes a pipe, gives it the second end.
 *
 * The pipe is made behind the connect, so that a program which tries until its
 * listener is there makes no kernel objects in vain. From the moment the hello
 * is sent the end belongs to the listener, accepted or not: its descriptors are
 * on their way, which keeps the end open, and if the listener dies the kernel
 * drops them, which the client sees as end of file.
 */
#include <errno.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/poll.h"
#include "impls/core/memory/shm_map.h"
#include "listener_handshake.h"

/* The line is full: look again after so long. */
#define LINE_BACKOFF_NS (2 * NS_PER_MS)
/* A listener that drops us so often has too many silent clients. */
#define HELLOS_MOST 16

struct client {
	const struct ipcm_backend *backend;
	struct handshake_address address;
	int64_t timeout_ns;
	int64_t deadline;
	struct ipcm_connection *ends[2];
};

static enum ipcm_status too_late(const struct client *client)
{
	if (!clock_past(client->deadline))
		return IPCM_OK;
	return timeout_status(client->timeout_ns);
}

/* Sleep a little; the listener's line says nothing when it gets shorter. */
static enum ipcm_status line_backoff(const struct client *client)
{
	enum ipcm_status status = too_late(client);

	if (!status)
		status = poll_until(
			NULL, 0,
			clock_slice(client->deadline, LINE_BACKOFF_NS));
	return status == IPCM_TIMEDOUT && !clock_past(client->deadline)
		       ? IPCM_OK
		       : status;
}

/* Connect a socket: IPCM_OK, or why not. */
static enum ipcm_status line_join(const struct client *client, int fd)
{
	const struct sockaddr *name =
		(const struct sockaddr *)&client->address.name;
	enum ipcm_status status;

	while (connect(fd, name, client->address.bytes)) {
		if (errno == EINTR)
			continue;
		/* EPROTOTYPE: something else has the name */
		if (errno == ECONNREFUSED || errno == EPROTOTYPE)
			return IPCM_NOTFOUND;
		if (errno != EAGAIN)
			return status_from_errno(errno);
		status = line_backoff(client);
		if (status)
			return status;
	}
	return handshake_peer_is_ours(fd) ? IPCM_OK : IPCM_PERM;
}

static enum ipcm_status line_open(const struct client *client, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	enum ipcm_status status;

	if (fd < 0)
		return status_from_errno(errno);
	status = line_join(client, fd);
	if (status)
		(void)close(fd);
	else
		*ret_fd = fd;
	return status;
}

/* The pipe, unless an earlier attempt made it. */
static enum ipcm_status ends_open(struct client *client,
				  struct handshake_hello *hello)
{
	const struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	enum ipcm_status status;

	if (client->ends[0])
		return IPCM_OK;
	status = connection_pair_open(client->backend, &options, true,
				      client->ends);
	if (!status)
		status = connection_export_end(client->ends[1], &hello->handle);
	return status;
}

/* A connection on which the hello was said. */
static enum ipcm_status hello_say(struct client *client,
				  struct handshake_hello *hello, int *ret_fd)
{
	enum ipcm_status status = IPCM_BROKEN;

	for (int i = 0; i < HELLOS_MOST && status == IPCM_BROKEN; i++) {
		int fd = -1;

		status = line_open(client, &fd);
		if (status)
			return status;
		status = ends_open(client, hello);
		if (!status)
			status = handshake_hello_send(fd, client->backend,
						      hello);
		if (status)
			(void)close(fd);
		else
			*ret_fd = fd;
	}
	return status == IPCM_BROKEN ? IPCM_NOTFOUND : status;
}

static enum ipcm_status verdict_await(const struct client *client, int fd)
{
	enum ipcm_status verdict = IPCM_OK;
	enum ipcm_status status;

	for (;;) {
		status = handshake_verdict_receive(fd, &verdict);
		if (status == IPCM_OK)
			return verdict;
		if (status == IPCM_EOF)
			return IPCM_NOTFOUND; /* closed before it accepted */
		status = too_late(client);
		if (status)
			return status;
		status = poll_one(fd, POLLIN, client->deadline);
		if (status && status != IPCM_TIMEDOUT)
			return status;
	}
}

static enum ipcm_status client_meet(struct client *client,
				    struct handshake_hello *hello)
{
	enum ipcm_status status;
	int fd = -1;

	status = hello_say(client, hello, &fd);
	if (status)
		return status;
	/* on its way: ours would hide from us that the listener's is gone */
	connection_destroy(client->ends[1]);
	client->ends[1] = NULL;
	if (hello->waits)
		status = verdict_await(client, fd);
	(void)close(fd);
	return status;
}

enum ipcm_status ipcm_client_connect(const struct ipcm_backend *backend,
				     const char *address, const void *key,
				     size_t key_bytes, int64_t timeout_ns,
				     struct ipcm_connection **ret_end)
{
	struct client client = {.backend = backend, .timeout_ns = timeout_ns};
	struct handshake_hello hello = {.waits = key_bytes > 0};
	enum ipcm_status status;

	if (!ret_end || ipcm_backend_validate(backend, NULL, 0) ||
	    handshake_address(backend, address, &client.address) ||
	    handshake_key(key, key_bytes, &hello.key))
		return IPCM_INVALID;
	if (!handshake_possible(backend))
		return IPCM_NOTSUP;
	client.deadline = clock_deadline(timeout_ns);
	status = client_meet(&client, &hello);
	handshake_key_forget(&hello.key);
	if (status) {
		connection_destroy(client.ends[0]);
		connection_destroy(client.ends[1]);
		return status;
	}
	connection_enable(client.ends[0]);
	*ret_end = client.ends[0];
	return IPCM_OK;
}
