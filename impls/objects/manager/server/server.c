/* SPDX-License-Identifier: MIT */
/*
 * The server process: one thread that waits for the listener and all clients at
 * once, and never for one of them.
 *
 * It receives what is there (IPCM_TRY), replies by one frame for which there is
 * space (manager_protocol.h), and waits in one epoll set when nothing is left.
 * A client whose mechanism has no descriptor is in the set by its death fd, and
 * armed for a poll wake-up (connection_wait.c) before the server waits. Each
 * byte is an event (EPOLLET), so they need not be drained one by one.
 */
#include "server.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/objects/connection/connection_inbox.h"
#include "impls/objects/connection/connection_poll.h"
#include "impls/objects/connection/connection_wait.h"
#include "impls/objects/connection/listener_descriptors.h"
#include "impls/objects/manager/manager_protocol.h"
#include "server_core.h"
#include "server_process.h"

/* Requests of one client before the next has its turn. */
#define TURN_REQUESTS 8
#define EVENTS	      64
/* Wake-up bytes that may pile up: far below the space of a socket. */
#define UNDRAINED_MOST 8
/* Out of descriptors: accept again after this time. */
#define ACCEPT_PAUSE_NS (20 * NS_PER_MS)

struct server;

struct server_client {
	/** First: the core knows it as that. */
	struct core_client core;
	struct server *server;
	struct ipcm_connection *end;
	/** By its death fd; else by the descriptor of its mechanism. */
	bool by_wakeup;
	/** Events since that was drained. */
	unsigned undrained;
	/** Something of it may be here already: look before waiting. */
	bool active;
	struct server_client *next_active;
};

struct server {
	struct server_core core;
	struct ipcm_listener *listener;
	int set_fd;
	int end_fd; /* readable: SIGTERM */
	struct server_client *active;
	/** Do not accept before; 0: do. */
	int64_t accept_at;
	bool ended;
	uint8_t message[PIECE_BYTES];
};

/* What an event is about, beside clients: addresses only. */
static char event_end, event_listener;

static bool watch(const struct server *server, int fd, uint32_t events,
		  void *what)
{
	struct epoll_event event = {.events = events, .data.ptr = what};

	return !epoll_ctl(server->set_fd, EPOLL_CTL_ADD, fd, &event) ||
	       errno == EEXIST;
}

/* ---- clients ---- */

static bool client_send(struct core_client *core, const void *frame,
			size_t bytes)
{
	struct server_client *client = (struct server_client *)core;

	return ipcm_connection_send(client->end, frame, bytes, IPCM_TRY) ==
	       IPCM_OK;
}

static bool client_watch(const struct server *server,
			 struct server_client *client)
{
	int fd = connection_port_fd(client->end, IPCM_TO_RECEIVE);

	client->by_wakeup = fd < 0;
	if (client->by_wakeup)
		return watch(server, client->end->death_fd, EPOLLIN | EPOLLET,
			     client);
	/* without events: a hang-up is always reported */
	return watch(server, fd, EPOLLIN, client) &&
	       (client->end->death_fd < 0 ||
		watch(server, client->end->death_fd, 0, client));
}

static void client_activate(struct server_client *client)
{
	if (client->active)
		return;
	client->active = true;
	client->next_active = client->server->active;
	client->server->active = client;
}

/*
 * Closing a descriptor does not end its watch while another process has the
 * same open file: of a POSIX message queue the client has. An event would come
 * for a client that was freed.
 */
static void client_unwatch(const struct server *server,
			   const struct server_client *client)
{
	int fds[] = {connection_port_fd(client->end, IPCM_TO_RECEIVE),
		     client->end->death_fd};

	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			(void)epoll_ctl(server->set_fd, EPOLL_CTL_DEL, fds[i],
					NULL);
}

/* Takes the end. */
static void client_add(struct server *server, struct ipcm_connection *end)
{
	struct server_client *client = calloc(1, sizeof(*client));

	if (client) {
		client->server = server;
		client->end = end;
		client->core.send = client_send;
		client->core.frame_bytes =
			end->frame_bytes - sizeof(struct frame_header);
		client->core.window = end->sure_frames;
	}
	if (!client || !client_watch(server, client) ||
	    !core_client_add(&server->core, &client->core)) {
		if (client)
			client_unwatch(server, client);
		free(client);
		ipcm_connection_free(end);
		return;
	}
	/* it may have sent something before it was watched */
	client_activate(client);
}

static void client_free(struct server_client *client)
{
	struct server_client **at = &client->server->active;

	while (*at && *at != client)
		at = &(*at)->next_active;
	if (*at)
		*at = client->next_active;
	core_client_remove(&client->core);
	client_unwatch(client->server, client);
	ipcm_connection_free(client->end);
	free(client);
}

static void dead_free(struct server *server)
{
	struct core_client *core;

	while ((core = core_next_dead(&server->core)))
		client_free((struct server_client *)core);
}

/* ---- requests ---- */

/* Receive and serve one message, if there is one. */
static void message_serve(struct server_client *client)
{
	struct server *server = client->server;
	enum ipcm_status status;
	size_t bytes;

	status =
		ipcm_connection_recv(client->end, server->message,
				     sizeof(server->message), IPCM_TRY, &bytes);
	if (status == IPCM_WOULDBLOCK ||
	    (!status && core_receive(&client->core, server->message, bytes)))
		return;
	core_client_kill(&client->core);
}

/* Is more of it here? Else what comes is shown by the set. */
static bool has_more(struct server_client *client, bool woken)
{
	if (!client->by_wakeup)
		return connection_buffered(client->end);
	return connection_check_or_rearm(client->end, woken);
}

static void client_serve(struct server_client *client, bool woken)
{
	bool more = !client->by_wakeup || has_more(client, woken);

	for (int i = 0; more && i < TURN_REQUESTS; i++) {
		message_serve(client);
		if (client->core.dead)
			return;
		more = has_more(client, woken);
	}
	if (more)
		client_activate(client);
}

static void client_event(struct server_client *client, uint32_t events)
{
	if (client->core.dead)
		return;
	if (events & (EPOLLHUP | EPOLLERR))
		client->end->peer_gone = client->end->death_fd >= 0;
	if (client->by_wakeup && ++client->undrained >= UNDRAINED_MOST) {
		client->undrained = 0;
		connection_poll_arm(client->end, true);
	}
	client_serve(client, true);
}

static void active_serve(struct server *server)
{
	struct server_client *client = server->active;

	server->active = NULL;
	while (client) {
		struct server_client *next = client->next_active;

		client->active = false;
		if (!client->core.dead)
			client_serve(client, false);
		client = next;
	}
}

/* ---- the listener ---- */

/* Clients that have not finished their handshake show up in the set, too.
 * False: one of them is not watched (max_user_watches, memory). */
static bool watch_listener(struct server *server)
{
	int fds[LISTENER_DESCRIPTORS];
	unsigned count = listener_descriptors(server->listener, fds);
	bool all = true;

	for (unsigned i = 0; i < count; i++)
		all = watch(server, fds[i], EPOLLIN, &event_listener) && all;
	return all;
}

/* A backlog that cannot be accepted would wake the server all the time. */
static void accept_pause(struct server *server)
{
	int fds[LISTENER_DESCRIPTORS];
	unsigned count = listener_descriptors(server->listener, fds);

	for (unsigned i = 0; i < count; i++)
		(void)epoll_ctl(server->set_fd, EPOLL_CTL_DEL, fds[i], NULL);
	server->accept_at = clock_now() + ACCEPT_PAUSE_NS;
}

static void accept_all(struct server *server)
{
	struct ipcm_connection *end;
	enum ipcm_status status;

	do {
		status = ipcm_listener_accept(server->listener, IPCM_TRY, &end);
		if (!status)
			client_add(server, end);
	} while (!status || status == IPCM_AUTH);
	if (status == IPCM_LIMIT || status == IPCM_NOMEM ||
	    !watch_listener(server))
		accept_pause(server);
}

/* ---- the loop ---- */

/* Milliseconds for epoll_wait. */
static int wait_time(const struct server *server)
{
	if (server->active)
		return 0;
	return server->accept_at ? (int)(ACCEPT_PAUSE_NS / NS_PER_MS) : -1;
}

static void event_serve(struct server *server, const struct epoll_event *event)
{
	if (event->data.ptr == &event_end)
		server->ended = true;
	else if (event->data.ptr == &event_listener)
		accept_all(server);
	else
		client_event(event->data.ptr, event->events);
}

static void serve_all(struct server *server)
{
	struct epoll_event events[EVENTS];
	int count;

	while (!server->ended) {
		count = epoll_wait(server->set_fd, events, EVENTS,
				   wait_time(server));
		for (int i = 0; i < count; i++)
			event_serve(server, &events[i]);
		active_serve(server);
		dead_free(server);
		if (server->accept_at && clock_past(server->accept_at)) {
			server->accept_at = 0;
			accept_all(server);
		}
	}
}

/* ---- its life ---- */

static enum ipcm_status server_open(struct server *server,
				    const struct server_address *address)
{
	enum ipcm_status status;

	server->set_fd = epoll_create1(EPOLL_CLOEXEC);
	if (server->set_fd < 0 || server->end_fd < 0)
		return IPCM_LIMIT;
	status = ipcm_listener_create(address->backend, address->name,
				      address->key, address->key_bytes,
				      &server->listener);
	if (status)
		return status;
	return watch_listener(server) && watch(server, server->end_fd, EPOLLIN,
					       &event_end)
		       ? IPCM_OK
		       : IPCM_NOMEM;
}

static void server_close(struct server *server)
{
	ipcm_listener_free(server->listener);
	for (struct core_client *at = server->core.clients; at; at = at->next)
		core_client_kill(at);
	dead_free(server);
	core_free(&server->core);
	if (server->set_fd >= 0)
		(void)close(server->set_fd);
	if (server->end_fd >= 0)
		(void)close(server->end_fd);
	free(server);
}

int server_main(void *argument)
{
	struct server_start *start = argument;
	int report_fd = start->report_fd;
	int end_fd = server_process_enter(report_fd);
	struct server *server = calloc(1, sizeof(*server));
	int report = IPCM_NOMEM;

	if (server) {
		server->end_fd = end_fd;
		server->core.instance = start->instance;
		report = (int)server_open(server, &start->address);
	}
	sodium_memzero(start, sizeof(*start));
	if (write(report_fd, &report, sizeof(report)) != sizeof(report))
		report = IPCM_BROKEN; /* the owner has gone */
	(void)close(report_fd);
	if (!report)
		serve_all(server);
	if (server)
		server_close(server);
	return report;
}
