/* SPDX-License-Identifier: MIT */
/*
 * nng as a competitor: push0 and pull0 one way, pair0 there and back, over ipc
 * with an abstract name. Its threads do not survive a fork: each worker opens
 * its own socket.
 */
#include "channel.h"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <stdio.h>
#include <stdlib.h>

#include "endpoint.h"

struct nng_competitor {
	char url[ENDPOINT_BYTES];
	bool both_ways;
	/* Messages that wait at the sender, and at the receiver. */
	int send_bound, receive_bound;
	nng_socket socket;
};

const bool competitor_has_threads = true;
const bool competitor_has_own_ways = false;

void competitor_version(char *ret_text, size_t bytes)
{
	snprintf(ret_text, bytes, "nng %s", nng_version());
}

void *competitor_create(const struct competitor_setup *setup,
			const char **ret_why)
{
	struct nng_competitor *nng = calloc(1, sizeof(*nng));

	if (!nng || endpoint_name(nng->url, "abstract://")) {
		*ret_why = "no memory, or no name for a socket";
		free(nng);
		return NULL;
	}
	nng->both_ways = setup->both_ways;
	/* pull0 has no bound of its own: it holds one message */
	nng->send_bound = (int)setup->depth - (setup->both_ways ? 0 : 1);
	if (setup->both_ways) {
		nng->receive_bound = nng->send_bound / 2;
		nng->send_bound -= nng->receive_bound;
	}
	return nng;
}

void competitor_destroy(void *competitor)
{
	free(competitor);
}

static int set_bounds(const struct nng_competitor *nng, bool sends,
		      bool receives)
{
	int error = 0;

	if (sends)
		error = nng_socket_set_int(nng->socket, NNG_OPT_SENDBUF,
					   nng->send_bound);
	if (!error && receives)
		error = nng_socket_set_int(nng->socket, NNG_OPT_RECVBUF,
					   nng->receive_bound);
	/* else messages from 1 MiB on are refused */
	if (!error)
		error = nng_socket_set_size(nng->socket, NNG_OPT_RECVMAXSZ, 0);
	return error;
}

const char *competitor_open_second(void *competitor, unsigned number)
{
	struct nng_competitor *nng = competitor;
	int error = nng->both_ways ? nng_pair0_open(&nng->socket)
				   : nng_pull0_open(&nng->socket);

	(void)number;
	if (!error)
		error = set_bounds(nng, nng->both_ways, nng->both_ways);
	if (!error)
		error = nng_listen(nng->socket, nng->url, NULL, 0);
	return error ? nng_strerror(error) : NULL;
}

const char *competitor_open_first(void *competitor, unsigned number)
{
	struct nng_competitor *nng = competitor;
	int error = nng->both_ways ? nng_pair0_open(&nng->socket)
				   : nng_push0_open(&nng->socket);

	(void)number;
	if (!error)
		error = set_bounds(nng, true, nng->both_ways);
	if (!error)
		error = nng_dial(nng->socket, nng->url, NULL, 0);
	return error ? nng_strerror(error) : NULL;
}

const char *competitor_send(void *competitor, const void *message, size_t bytes)
{
	const struct nng_competitor *nng = competitor;
	/* copied, as the flag to give it away is not set: it is not changed */
	int error = nng_send(nng->socket, (void *)message, bytes, 0);

	return error ? nng_strerror(error) : NULL;
}

const char *competitor_receive(void *competitor, void *buffer, size_t bytes)
{
	const struct nng_competitor *nng = competitor;
	size_t got = bytes;
	int error = nng_recv(nng->socket, buffer, &got, 0);

	if (error == NNG_EMSGSIZE)
		return channel_wrong_size;
	if (error)
		return nng_strerror(error);
	return got == bytes ? NULL : channel_wrong_size;
}
