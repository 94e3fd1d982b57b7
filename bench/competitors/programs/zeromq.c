/* SPDX-License-Identifier: MIT */
/*
 * ZeroMQ as a competitor: PUSH and PULL one way, PAIR there and back, over ipc
 * with an abstract name. A context does not survive a fork: each worker has its
 * own. From many to many each producer has a PUSH socket for each consumer and
 * sends to them in turn, as one PUSH socket with several peers does; but then
 * it is known which way a message takes, and a mark can end each.
 */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "endpoint.h"

#define WAYS_MAX 8

struct zeromq {
	struct competitor_setup setup;
	/* Of each consumer. */
	char endpoint[WAYS_MAX][ENDPOINT_BYTES];
	/* Messages that wait at the sender, and at the receiver. */
	int send_bound, receive_bound;
	/* A producer's, one a consumer; else the first alone. */
	void *socket[WAYS_MAX];
	unsigned ways;
	/* The way of the next message. */
	unsigned next;
};

const bool competitor_has_threads = true;
const bool competitor_has_own_ways = true;

void competitor_version(char *ret_text, size_t bytes)
{
	int major, minor, patch;

	zmq_version(&major, &minor, &patch);
	snprintf(ret_text, bytes, "ZeroMQ %d.%d.%d", major, minor, patch);
}

/* Half of the bound on each side of each way; 0 would be "no bound". */
static int bound_of(const struct competitor_setup *setup, unsigned rounding)
{
	unsigned ways = setup->producers * setup->consumers;
	unsigned bound = (setup->depth + rounding) / 2 / ways;

	return bound ? (int)bound : 1;
}

static int name_endpoints(struct zeromq *zeromq)
{
	for (unsigned i = 0; i < zeromq->setup.consumers; i++)
		if (endpoint_name(zeromq->endpoint[i], "ipc://@"))
			return -1;
	return 0;
}

void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why)
{
	struct zeromq *zeromq;

	if (setup->consumers > WAYS_MAX) {
		*ret_why = "more consumers than there are sockets for";
		return NULL;
	}
	zeromq = calloc(1, sizeof(*zeromq));
	if (zeromq)
		zeromq->setup = *setup;
	if (!zeromq || name_endpoints(zeromq)) {
		*ret_why = "no memory, or no name for a socket";
		free(zeromq);
		return NULL;
	}
	zeromq->receive_bound = bound_of(setup, 0);
	zeromq->send_bound = bound_of(setup, 1);
	return zeromq;
}

void competitor_destroy(void *competitor)
{
	free(competitor);
}

static const char *open_sockets(struct zeromq *zeromq, int one_way_type,
				unsigned ways)
{
	int type = zeromq->setup.both_ways ? ZMQ_PAIR : one_way_type;
	void *context = zmq_ctx_new();

	if (!context)
		return zmq_strerror(errno);
	for (zeromq->ways = 0; zeromq->ways < ways; zeromq->ways++) {
		void *socket = zmq_socket(context, type);

		if (!socket ||
		    zmq_setsockopt(socket, ZMQ_SNDHWM, &zeromq->send_bound,
				   sizeof(zeromq->send_bound)) ||
		    zmq_setsockopt(socket, ZMQ_RCVHWM, &zeromq->receive_bound,
				   sizeof(zeromq->receive_bound)))
			return zmq_strerror(errno);
		zeromq->socket[zeromq->ways] = socket;
	}
	return NULL;
}

const char *competitor_open_second(void *competitor, unsigned number)
{
	struct zeromq *zeromq = competitor;
	const char *failed = open_sockets(zeromq, ZMQ_PULL, 1);

	if (!failed && zmq_bind(zeromq->socket[0], zeromq->endpoint[number]))
		failed = zmq_strerror(errno);
	return failed;
}

const char *competitor_open_first(void *competitor, unsigned number)
{
	struct zeromq *zeromq = competitor;
	const char *failed =
		open_sockets(zeromq, ZMQ_PUSH, zeromq->setup.consumers);

	/* not all begin with the same consumer */
	zeromq->next = number % zeromq->setup.consumers;
	for (unsigned i = 0; i < zeromq->ways && !failed; i++)
		if (zmq_connect(zeromq->socket[i], zeromq->endpoint[i]))
			failed = zmq_strerror(errno);
	return failed;
}

const char *competitor_send(void *competitor, const void *message, size_t bytes)
{
	struct zeromq *zeromq = competitor;
	void *socket = zeromq->socket[zeromq->next];

	if (++zeromq->next == zeromq->ways)
		zeromq->next = 0;
	return zmq_send(socket, message, bytes, 0) < 0 ? zmq_strerror(errno)
						       : NULL;
}

const char *competitor_receive(void *competitor, void *buffer, size_t bytes)
{
	const struct zeromq *zeromq = competitor;
	int got = zmq_recv(zeromq->socket[0], buffer, bytes, 0);

	if (got < 0)
		return zmq_strerror(errno);
	return (size_t)got == bytes ? NULL : channel_wrong_size;
}
