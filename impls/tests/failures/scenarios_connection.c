/* SPDX-License-Identifier: MIT */
/* Pipes, what is waited for, listeners and clients; see scenarios.h. */
#include "scenarios.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steps.h"

#define SMALL ((size_t)64)

static void send_item(struct ipcm_connection *end, size_t bytes,
		      unsigned number)
{
	item_fill(item_sent, bytes, number);
	STEP(ipcm_connection_send(end, item_sent, bytes, LIMIT_NS));
}

static void receive_item(struct ipcm_connection *end, size_t bytes,
			 unsigned number)
{
	size_t got = 0;

	STEP(ipcm_connection_recv(end, item_got, LARGE_BYTES, LIMIT_NS, &got));
	EXPECT(got == bytes && item_is(item_got, bytes, number));
}

static void create(const struct ipcm_backend *backend, bool duplex,
		   struct ipcm_connection *ret_end[2])
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;

	options.duplex = duplex;
	STEP(ipcm_pipe_create(backend, &options, &ret_end[0], &ret_end[1]));
}

static void duplex(const struct ipcm_backend *backend)
{
	struct ipcm_connection *end[2] = {NULL, NULL};
	bool ready = false;

	create(backend, true, end);
	send_item(end[0], SMALL, 1);
	STEP(ipcm_connection_poll(end[1], LIMIT_NS, &ready));
	EXPECT(ready);
	receive_item(end[1], SMALL, 1);
	send_item(end[1], SMALL, 2);
	receive_item(end[0], SMALL, 2);
	STEP(ipcm_connection_poll(end[1], MS, &ready));
	/* what failed is left to the receive */
	EXPECT(!ready || fault_fired());
	STEP_IS(ipcm_connection_recv(end[1], item_got, SMALL, MS, NULL),
		IPCM_TIMEDOUT);
	STEP_DONE(ipcm_connection_free(end[0]));
	STEP_IS(ipcm_connection_recv(end[1], item_got, SMALL, LIMIT_NS, NULL),
		IPCM_EOF);
	STEP_DONE(ipcm_connection_free(end[1]));
}

static void simplex(const struct ipcm_backend *backend)
{
	struct ipcm_connection *end[2] = {NULL, NULL};

	create(backend, false, end);
	send_item(end[1], SMALL, 1);
	send_item(end[1], SMALL, 2);
	receive_item(end[0], SMALL, 1);
	receive_item(end[0], SMALL, 2);
	STEP_DONE(ipcm_connection_free(end[0]));
	STEP_IS(ipcm_connection_send(end[1], item_sent, SMALL, LIMIT_NS),
		IPCM_BROKEN);
	STEP_DONE(ipcm_connection_free(end[1]));
}

static int sends_back(void *argument)
{
	receive_item(argument, LARGE_BYTES, 1);
	send_item(argument, LARGE_BYTES, 2);
	return 0;
}

static void large(const struct ipcm_backend *backend)
{
	struct ipcm_connection *end[2] = {NULL, NULL};
	pid_t peer;

	create(backend, true, end);
	peer = peer_start(sends_back, end[1]);
	send_item(end[0], LARGE_BYTES, 1);
	receive_item(end[0], LARGE_BYTES, 2);
	peer_end(peer);
	STEP_DONE(ipcm_connection_free(end[0]));
	STEP_DONE(ipcm_connection_free(end[1]));
}

static void descriptors(const struct ipcm_backend *backend)
{
	struct ipcm_connection *end[2] = {NULL, NULL};
	int fd = -1, ends[2];
	char letter = 0;

	if (!(backend->capabilities & IPCM_CAP_SEND_FD))
		return;
	create(backend, true, end);
	EXPECT(pipe(ends) == 0);
	STEP(ipcm_connection_send_fd(end[0], ends[1], LIMIT_NS));
	STEP(ipcm_connection_recv_fd(end[1], LIMIT_NS, &fd));
	EXPECT(write(fd, "x", 1) == 1 && read(ends[0], &letter, 1) == 1);
	EXPECT(letter == 'x');
	(void)close(fd);
	(void)close(ends[0]);
	(void)close(ends[1]);
	STEP_DONE(ipcm_connection_free(end[0]));
	STEP_DONE(ipcm_connection_free(end[1]));
}

/* Which of an end and a descriptor are ready. An end that cannot be looked at
 * counts as ready: its receive says why. */
static void wait_finds(struct ipcm_waitable things[2], bool end, bool fd)
{
	enum ipcm_status want = end || fd ? IPCM_OK : IPCM_TIMEDOUT;
	int64_t limit = end || fd ? LIMIT_NS : MS;
	enum ipcm_status status;
	size_t ready = 0;

	step_begin("ipcm_wait");
	status = ipcm_wait(things, 2, limit, &ready);
	if ((status == IPCM_OK && things[0].ready && !end && fault_fired()) ||
	    step_failed(status, want))
		step_must(ipcm_wait(things, 2, limit, &ready), want);
	EXPECT(want == IPCM_TIMEDOUT ||
	       (ready == 1 && things[0].ready == end && things[1].ready == fd));
}

static void waiting(const struct ipcm_backend *backend)
{
	struct ipcm_connection *end[2] = {NULL, NULL};
	struct ipcm_waitable things[2];
	int ends[2];

	create(backend, true, end);
	EXPECT(pipe(ends) == 0);
	things[0] = (struct ipcm_waitable){.end = end[1], .fd = -1};
	things[1] = (struct ipcm_waitable){.end = NULL, .fd = ends[0]};
	wait_finds(things, false, false);
	send_item(end[0], SMALL, 1);
	wait_finds(things, true, false);
	receive_item(end[1], SMALL, 1);
	EXPECT(write(ends[1], "x", 1) == 1);
	wait_finds(things, false, true);
	(void)close(ends[0]);
	(void)close(ends[1]);
	STEP_DONE(ipcm_connection_free(end[0]));
	STEP_DONE(ipcm_connection_free(end[1]));
}

/* ---- listener and client ---- */

static char address[IPCM_NAME_MAX];
static const struct ipcm_backend *client_backend;

static int client(void *argument)
{
	const char *key = argument;
	struct ipcm_connection *end = NULL;

	STEP(ipcm_client_connect(client_backend, address, key, strlen(key),
				 LIMIT_NS, &end));
	send_item(end, SMALL, 1);
	receive_item(end, LARGE_BYTES, 2);
	STEP_DONE(ipcm_connection_free(end));
	return 0;
}

/* The client's first message. A client that fails at its last step leaves, and
 * connects anew: the end that was accepted has no peer. */
static void first_message(struct ipcm_listener *listener,
			  struct ipcm_connection **end)
{
	enum ipcm_status status;
	size_t got = 0;

	step_begin("ipcm_connection_recv of the first message");
	status = ipcm_connection_recv(*end, item_got, SMALL, LIMIT_NS, &got);
	if (status == IPCM_OK) {
		EXPECT(got == SMALL && item_is(item_got, SMALL, 1));
		return;
	}
	if (step_failed(status, IPCM_OK) && status == IPCM_EOF) {
		STEP_DONE(ipcm_connection_free(*end));
		STEP(ipcm_listener_accept(listener, LIMIT_NS, end));
	}
	receive_item(*end, SMALL, 1);
}

static void listener(const struct ipcm_backend *backend)
{
	static char key[] = "key";
	struct ipcm_listener *place = NULL;
	struct ipcm_connection *end = NULL;
	pid_t peer;

	client_backend = backend;
	(void)snprintf(address, sizeof(address), "failures.%d", (int)getpid());
	STEP(ipcm_listener_create(backend, address, key, strlen(key), &place));
	peer = peer_start(client, key);
	STEP(ipcm_listener_accept(place, LIMIT_NS, &end));
	first_message(place, &end);
	send_item(end, LARGE_BYTES, 2);
	peer_end(peer);
	STEP_DONE(ipcm_connection_free(end));
	STEP_DONE(ipcm_listener_free(place));
}

/* A client that the listener has no means to serve stays in the backlog, or is
 * dropped; then the listener says so, or waits for the next one. */
static bool accepts(struct ipcm_listener *listener,
		    struct ipcm_connection **ret_end)
{
	enum ipcm_status status;

	step_begin("ipcm_listener_accept");
	status = ipcm_listener_accept(listener, 3000 * MS, ret_end);
	if (status == IPCM_TIMEDOUT && fault_fired())
		return false;
	return !step_failed(status, IPCM_OK);
}

/* Without a key; the client does not wait for the listener. */
static void open_listener(const struct ipcm_backend *backend)
{
	struct ipcm_listener *place = NULL;
	struct ipcm_connection *end = NULL, *other = NULL;

	(void)snprintf(address, sizeof(address), "failures.%d", (int)getpid());
	STEP(ipcm_listener_create(backend, address, NULL, 0, &place));
	STEP_IS(ipcm_listener_accept(place, MS, &end), IPCM_TIMEDOUT);
	STEP(ipcm_client_connect(backend, address, NULL, 0, LIMIT_NS, &other));
	if (!accepts(place, &end) && !accepts(place, &end)) {
		STEP_DONE(ipcm_connection_free(other));
		STEP(ipcm_client_connect(backend, address, NULL, 0, LIMIT_NS,
					 &other));
		STEP(ipcm_listener_accept(place, LIMIT_NS, &end));
	}
	send_item(other, SMALL, 1);
	receive_item(end, SMALL, 1);
	STEP_DONE(ipcm_connection_free(end));
	STEP_DONE(ipcm_connection_free(other));
	STEP_DONE(ipcm_listener_free(place));
	STEP_IS(ipcm_client_connect(backend, address, NULL, 0, LIMIT_NS,
				    &other),
		IPCM_NOTFOUND);
}

const struct scenario connection_scenarios[] = {
	{"pipe", NEEDS_PIPE, duplex, false},
	{"simplex pipe", NEEDS_PIPE, simplex, false},
	{"pipe of large messages", NEEDS_PIPE, large, false},
	{"descriptors over a pipe", NEEDS_PIPE, descriptors, false},
	{"wait", NEEDS_PIPE, waiting, false},
	{"listener", NEEDS_LISTENER, listener, false},
	{"listener without a key", NEEDS_LISTENER, open_listener, false},
	{NULL, NEEDS_PIPE, NULL, false},
};
