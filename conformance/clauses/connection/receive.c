/* SPDX-License-Identifier: MIT */
/*
 * P-RCV, P-POL and P-CLS: receiving, polling, and closed ends.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <string.h>

static void bound_on_duplex(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	char text[16];
	size_t size = 0;

	message_send(pair.first, 1, 10);
	message_send(pair.first, 2, 10);
	message_send(pair.first, 3, 10);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv_max(pair.second, text, 16, -1,
					      hang_ns(), &size));
	CHECK_OK(ipcm_connection_recv_max(pair.second, text, 16, 10, hang_ns(),
					  &size));
	CHECK_EQUAL(10, size, "bytes of a message at the bound");
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_connection_recv_max(pair.second, text, 16, 4,
					      hang_ns(), &size));
	CHECK(!ipcm_connection_readable(pair.second),
	      "readable after a message above the bound");
	CHECK(ipcm_connection_writable(pair.second),
	      "a duplex end lost its other direction");
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_recv(pair.second, text, 16,
							hang_ns(), &size));
	message_send(pair.second, 4, 20);
	message_expect(pair.first, 4, 20);
	pair_free(&pair);
}

static void bound_on_simplex(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	char text[16];
	size_t size = 0;

	message_send(pair.second, 1, 10);
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_connection_recv_max(pair.first, text, 16, 4,
					      hang_ns(), &size));
	CHECK(!ipcm_connection_readable(pair.first), "still readable");
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_recv(pair.first, text, 16,
						       hang_ns(), &size));
	pair_free(&pair);
}

static void bound_on_message_length(const struct ipcm_backend *backend)
{
	bound_on_duplex(backend);
	bound_on_simplex(backend);
}

static void offsets(struct pair *pair)
{
	unsigned char room[32];
	size_t size = 0;

	memset(room, 0x5a, sizeof(room));
	message_send(pair->second, 5, 10);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv_into(pair->first, room, 32, -1,
					       hang_ns(), &size));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv_into(pair->first, room, 32, 33,
					       hang_ns(), &size));
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_connection_recv_into(pair->first, room, 32, 23,
					       hang_ns(), &size));
	CHECK_EQUAL(10, size, "needed length");
	CHECK_OK(ipcm_connection_recv_into(pair->first, room, 32, 22, hang_ns(),
					   &size));
	CHECK_EQUAL(10, size, "bytes of the message");
	CHECK(pattern_matches(room + 22, 10, 5), "the message is damaged");
	for (int i = 0; i < 22; i++)
		CHECK(room[i] == 0x5a, "byte %d before the offset changed", i);
}

/* Sends what may be more than the channel holds. */
struct parcel {
	struct ipcm_connection *end;
	uint64_t number;
	size_t bytes;
};

static void send_parcel(void *argument)
{
	struct parcel *parcel = argument;

	message_send(parcel->end, parcel->number, parcel->bytes);
	message_send(parcel->end, 9, 20);
}

static void small_buffer_keeps_the_message(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {10, 6000, 30000, 300000};
	struct pair pair = pipe_make(backend, false);
	unsigned char little[4];

	for (unsigned i = 0; i < 4; i++) {
		struct parcel parcel = {pair.second, i, sizes[i]};
		struct peer sender = peer_start(send_parcel, &parcel);
		size_t size = 0;

		memset(little, 0x5a, sizeof(little));
		for (int again = 0; again < 2; again++) {
			CHECK_STATUS(IPCM_TOOSMALL,
				     ipcm_connection_recv(pair.first, little, 4,
							  hang_ns(), &size));
			CHECK_EQUAL(sizes[i], size, "needed length");
		}
		CHECK(little[0] == 0x5a && little[3] == 0x5a,
		      "the small buffer was written");
		message_expect(pair.first, i, sizes[i]);
		message_expect(pair.first, 9, 20);
		peer_join(&sender);
	}
	offsets(&pair);
	pair_free(&pair);
}

static void send_empty_and_close(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	message_send(pair->second, 0, 0);
	message_send(pair->second, 1, 5);
	message_send(pair->second, 0, 0);
	CHECK_OK(ipcm_connection_close(pair->second));
}

static void empty_is_not_the_end(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct peer peer = peer_start(send_empty_and_close, &pair);
	bool ready = false;
	char text[8];

	CHECK_OK(ipcm_connection_close(pair.second));
	peer_join(&peer);
	CHECK_OK(ipcm_connection_poll(pair.first, 0, &ready));
	CHECK(ready, "an empty message is not seen by poll");
	message_expect(pair.first, 0, 0);
	message_expect(pair.first, 1, 5);
	message_expect(pair.first, 0, 0);
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair.first, text, 8,
						    hang_ns(), NULL));
	pair_free(&pair);
}

static bool poll_ready(struct ipcm_connection *end, int64_t timeout_ns)
{
	bool ready = false;

	CHECK_OK(ipcm_connection_poll(end, timeout_ns, &ready));
	return ready;
}

static void poll_waits_as_told(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct call *watcher;
	int64_t begun = now_ns();

	CHECK(!poll_ready(pair.first, 0), "ready with nothing there");
	CHECK(!poll_ready(pair.first, -1), "ready with nothing there");
	CHECK(!poll_ready(pair.first, -10 * S), "ready with nothing there");
	CHECK(now_ns() - begun < slack_ns(), "three polls took %lld ms",
	      (long long)((now_ns() - begun) / MS));
	begun = now_ns();
	CHECK(!poll_ready(pair.first, 100 * MS), "ready with nothing there");
	CHECK(now_ns() - begun >= 90 * MS, "poll(100 ms) took %lld ms",
	      (long long)((now_ns() - begun) / MS));
	watcher = call_start(CALL_POLL, pair.first, 0, IPCM_FOREVER);
	call_check_blocked(watcher);
	message_send(pair.second, 1, 8);
	call_check_returns(watcher, IPCM_OK);
	CHECK(watcher->ready, "poll returned and said: nothing there");
	message_expect(pair.first, 1, 8);
	CHECK(!poll_ready(pair.first, 0), "ready after recv");
	pair_free(&pair);
}

struct bystander {
	struct pair pair;
	_Atomic int stop;
};

static void poll_on(void *argument)
{
	struct bystander *bystander = argument;

	while (!atomic_load(&bystander->stop))
		(void)poll_ready(bystander->pair.first, 0);
}

static void send_in_a_peer(void *argument)
{
	struct bystander *bystander = argument;

	for (unsigned i = 0; i < 20; i++)
		message_send(bystander->pair.second, i, 65536);
}

static void poll_consumes_nothing(const struct ipcm_backend *backend)
{
	struct bystander *bystander = share(sizeof(*bystander));
	struct peer watcher, sender;
	struct pair pair;

	bystander->pair = pair = pipe_make(backend, false);
	message_send(pair.second, 0, 0);
	for (int i = 0; i < 3; i++)
		CHECK(poll_ready(pair.first, hang_ns()),
		      "poll %d of an empty message", i);
	message_expect(pair.first, 0, 0);
	CHECK(!poll_ready(pair.first, 0), "ready after recv");

	watcher = peer_start(poll_on, bystander);
	sender = peer_start(send_in_a_peer, bystander);
	for (unsigned i = 0; i < 20; i++) {
		CHECK(poll_ready(pair.first, hang_ns()), "message %u", i);
		message_expect(pair.first, i, 65536);
	}
	atomic_store(&bystander->stop, 1);
	peer_join(&watcher);
	peer_join(&sender);

	CHECK_OK(ipcm_connection_close(pair.second));
	for (int i = 0; i < 3; i++)
		CHECK(poll_ready(pair.first, hang_ns()),
		      "end of file is not readable");
	pair_free(&pair);
}

static void echo_one(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	message_expect(pair->second, 1, 100);
	message_send(pair->second, 2, 100);
}

static void every_call_after_close(struct ipcm_connection *end)
{
	char text[8];
	bool ready;
	int fd;

	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_send(end, "x", 1, hang_ns()));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_send_slice(end, "x", 1, 0, 1, hang_ns()));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_recv(end, text, 8, hang_ns(), NULL));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_recv_max(end, text, 8, 8,
							   hang_ns(), NULL));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_recv_into(end, text, 8, 0,
							    hang_ns(), NULL));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_poll(end, hang_ns(), &ready));
	CHECK_STATUS(IPCM_CLOSED, ipcm_connection_fileno(end, &fd));
	CHECK(!ipcm_connection_readable(end), "closed, yet readable");
	CHECK(!ipcm_connection_writable(end), "closed, yet writable");
	CHECK_OK(ipcm_connection_close(end));
}

static void closed_end(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct peer child = peer_start(echo_one, &pair);

	/* a parent may close its copy right after starting the child */
	CHECK_OK(ipcm_connection_close(pair.second));
	every_call_after_close(pair.second);
	message_send(pair.first, 1, 100);
	message_expect(pair.first, 2, 100);
	peer_join(&child);
	CHECK_OK(ipcm_connection_close(pair.first));
	every_call_after_close(pair.first);
	pair_free(&pair);
}

static const struct clause table[] = {
	{"P-RCV-01", LEVEL_CORE, OBJECT_PIPE,
	 "recv with maxlength 4, 10 and -1 of messages of 10 B.",
	 "TOOBIG ends receiving: a duplex end still sends, a simplex one is "
	 "closed.",
	 "multiprocessing, Connection.recv_bytes; CPython connection.py, "
	 "_bad_message_length; tried on CPython",
	 0, false, bound_on_message_length},
	{"P-RCV-02", LEVEL_CORE, OBJECT_PIPE,
	 "recv into a buffer that is too small; recv_into with offsets.",
	 "TOOSMALL with the length, nothing written, the message is kept.",
	 "multiprocessing, Connection.recv_bytes_into, BufferTooShort; "
	 "CPython test test_connection",
	 0, false, small_buffer_keeps_the_message},
	{"P-RCV-03", LEVEL_CORE, OBJECT_PIPE,
	 "Empty messages before the end of file.", "Length 0 and OK; then EOF.",
	 "CPython test _TestPoll.test_empty_string, test_strings", 0, false,
	 empty_is_not_the_end},
	{"P-POL-01", LEVEL_CORE, OBJECT_PIPE,
	 "poll with 0, negative, 100 ms and no limit.",
	 "At once, at most so long, until something is there.",
	 "multiprocessing, Connection.poll; CPython test test_connection", 0,
	 false, poll_waits_as_told},
	{"P-POL-02", LEVEL_CORE, OBJECT_PIPE,
	 "Repeated polls; polls of a bystander while 64 KiB messages arrive.",
	 "poll consumes nothing and tears nothing; EOF counts as readable.",
	 "multiprocessing, connection.wait; CPython test "
	 "_TestPoll.test_empty_string, test_boundaries",
	 60, false, poll_consumes_nothing},
	{"P-CLS-01", LEVEL_CORE, OBJECT_PIPE,
	 "Every call after close; close right after starting the child.",
	 "CLOSED; closing again is OK; the child is not concerned.",
	 "CPython test test_context, test_spawn_close; tried on CPython", 0,
	 false, closed_end},
};

CLAUSE_LIST(clauses_pipe_receive, table);
