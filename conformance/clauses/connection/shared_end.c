/* SPDX-License-Identifier: MIT */
/*
 * P-SND-05: several processes on one end. With IPCM_CAP_SHARED_END messages
 * stay whole; without it they may be damaged, but nothing crashes or hangs.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>
#include <string.h>

enum { SENDERS = 4, RECEIVERS = 2, EACH = 40, MOST_BYTES = 100 * 1024 };

struct shared_end {
	struct pair pair;
	_Atomic int sender;
	_Atomic int whole[SENDERS + 1];
	/** Damaged messages are what the rule allows. */
	bool undeclared;
};

static void shout(void *argument)
{
	struct shared_end *all = argument;
	int me = atomic_fetch_add(&all->sender, 1) + 1;
	unsigned char *message = memory(MOST_BYTES);

	CHECK_OK(ipcm_connection_close(all->pair.first));
	memset(message, me, MOST_BYTES);
	for (int i = 0; i < EACH; i++) {
		size_t bytes =
			1 + (size_t)random_below(i % 4 ? 2000 : MOST_BYTES - 1);
		enum ipcm_status status = ipcm_connection_send(
			all->pair.second, message, bytes, 2 * hang_ns());

		CHECK(status == IPCM_OK || all->undeclared, "send gave %s",
		      ipcm_status_name(status));
	}
}

/* One message; false when this receiver has had enough. */
static bool hear_one(struct shared_end *all, unsigned char *message)
{
	size_t size = 0;
	enum ipcm_status status = ipcm_connection_recv(
		all->pair.first, message, MOST_BYTES, 2 * hang_ns(), &size);

	if (status != IPCM_OK) {
		CHECK(status == IPCM_EOF || all->undeclared, "recv gave %s",
		      ipcm_status_name(status));
		return false;
	}
	if (all->undeclared)
		return true;
	CHECK(size >= 1 && message[0] >= 1 && message[0] <= SENDERS,
	      "a message of %zu bytes, first byte %d", size, message[0]);
	for (size_t at = 1; at < size; at++)
		CHECK(message[at] == message[0],
		      "bytes of %d inside a message of %d", message[at],
		      message[0]);
	atomic_fetch_add(&all->whole[message[0]], 1);
	return true;
}

static void hear(void *argument)
{
	struct shared_end *all = argument;
	unsigned char *message = memory(MOST_BYTES);

	CHECK_OK(ipcm_connection_close(all->pair.second));
	while (hear_one(all, message))
		;
	/* closed for good: every later send gets BROKEN */
}

static void several_on_one_end(const struct ipcm_backend *backend)
{
	bool declared = backend->capabilities & IPCM_CAP_SHARED_END;
	struct shared_end *all = share(sizeof(*all));
	struct peer senders[SENDERS], receivers[RECEIVERS];

	all->pair = pipe_make(backend, false);
	all->undeclared = !declared;
	peers_start(senders, SENDERS, shout, all);
	peers_start(receivers, RECEIVERS, hear, all);
	CHECK_OK(ipcm_connection_close(all->pair.first));
	CHECK_OK(ipcm_connection_close(all->pair.second));
	peers_join(senders, SENDERS);
	peers_join(receivers, RECEIVERS);
	pair_free(&all->pair);
	if (!declared)
		check_unsupported("SHARED_END is not declared; 4 senders and "
				  "2 receivers on one end neither crashed nor "
				  "hung");
	for (int i = 1; i <= SENDERS; i++)
		CHECK_EQUAL(EACH, all->whole[i], "messages of a sender");
}

static const struct clause table[] = {
	{"P-SND-05", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "4 processes send 1 B to 100 KiB on one end, 2 receive on the other.",
	 "With SHARED_END every message stays whole; without it nothing "
	 "crashes or hangs.",
	 "multiprocessing, Exchanging objects between processes", 60, false,
	 several_on_one_end},
};

CLAUSE_LIST(clauses_pipe_shared, table);
