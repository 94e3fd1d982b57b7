/* SPDX-License-Identifier: MIT */
/*
 * ZeroMQ as a competitor: PUSH and PULL one way, PAIR there and back, over ipc
 * with an abstract name. A context does not survive a fork: each worker has its
 * own.
 */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "endpoint.h"

struct zeromq {
	char endpoint[ENDPOINT_BYTES];
	bool both_ways;
	/* Messages that wait at the sender, and at the receiver. */
	int send_bound, receive_bound;
	void *socket;
};

const bool competitor_has_threads = true;

void competitor_version(char *ret_text, size_t bytes)
{
	int major, minor, patch;

	zmq_version(&major, &minor, &patch);
	snprintf(ret_text, bytes, "ZeroMQ %d.%d.%d", major, minor, patch);
}

void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why)
{
	struct zeromq *zeromq = calloc(1, sizeof(*zeromq));

	if (!zeromq || endpoint_name(zeromq->endpoint, "ipc://@")) {
		*ret_why = "no memory, or no name for a socket";
		free(zeromq);
		return NULL;
	}
	zeromq->both_ways = setup->both_ways;
	/* half of the bound each; 0 would be "no bound" */
	zeromq->receive_bound = setup->depth > 1 ? (int)setup->depth / 2 : 1;
	zeromq->send_bound = setup->depth > 1 ? (int)(setup->depth + 1) / 2 : 1;
	return zeromq;
}

void competitor_destroy(void *competitor)
{
	free(competitor);
}

static const char *open_socket(struct zeromq *zeromq, int one_way_type)
{
	void *context = zmq_ctx_new();

	if (!context)
		return zmq_strerror(errno);
	zeromq->socket = zmq_socket(context, zeromq->both_ways ? ZMQ_PAIR
							       : one_way_type);
	if (!zeromq->socket ||
	    zmq_setsockopt(zeromq->socket, ZMQ_SNDHWM, &zeromq->send_bound,
			   sizeof(zeromq->send_bound)) ||
	    zmq_setsockopt(zeromq->socket, ZMQ_RCVHWM, &zeromq->receive_bound,
			   sizeof(zeromq->receive_bound)))
		return zmq_strerror(errno);
	return NULL;
}

const char *competitor_open_second(void *competitor)
{
	struct zeromq *zeromq = competitor;
	const char *failed = open_socket(zeromq, ZMQ_PULL);

	if (!failed && zmq_bind(zeromq->socket, zeromq->endpoint))
		failed = zmq_strerror(errno);
	return failed;
}

const char *competitor_open_first(void *competitor)
{
	struct zeromq *zeromq = competitor;
	const char *failed = open_socket(zeromq, ZMQ_PUSH);

	if (!failed && zmq_connect(zeromq->socket, zeromq->endpoint))
		failed = zmq_strerror(errno);
	return failed;
}

const char *competitor_send(void *competitor, const void *message, size_t bytes)
{
	const struct zeromq *zeromq = competitor;

	return zmq_send(zeromq->socket, message, bytes, 0) < 0
		       ? zmq_strerror(errno)
		       : NULL;
}

const char *competitor_receive(void *competitor, void *buffer, size_t bytes)
{
	const struct zeromq *zeromq = competitor;
	int got = zmq_recv(zeromq->socket, buffer, bytes, 0);

	if (got < 0)
		return zmq_strerror(errno);
	return (size_t)got == bytes ? NULL : channel_wrong_size;
}
