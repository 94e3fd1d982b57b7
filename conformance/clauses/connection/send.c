/* SPDX-License-Identifier: MIT */
/*
 * P-NEW and P-SND: what the two ends are, and sending.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/content.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdint.h>
#include <stdlib.h>

enum { EXCHANGES = 1000 };

/* Both sides send and receive by turns of their own, not in step. */
static void exchange(struct ipcm_connection *end)
{
	uint64_t sent = 0, received = 0, number;
	int64_t deadline = now_ns() + 4 * hang_ns();

	while (sent < EXCHANGES || received < EXCHANGES) {
		bool moved = false;

		if (sent < EXCHANGES &&
		    ipcm_connection_send(end, &sent, 8, IPCM_TRY) == IPCM_OK) {
			sent++;
			moved = true;
		}
		if (received < EXCHANGES &&
		    ipcm_connection_recv(end, &number, 8, moved ? 0 : MS,
					 NULL) == IPCM_OK)
			CHECK_EQUAL(received++, number, "number received");
		CHECK(now_ns() < deadline, "stuck: sent %d, received %d",
		      (int)sent, (int)received);
	}
}

static void exchange_second(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	exchange(pair->second);
}

static void duplex_by_default(const struct ipcm_backend *backend)
{
	struct pair pair = {NULL, NULL};
	struct peer peer;

	CHECK_OK(ipcm_pipe_create(backend, NULL, &pair.first, &pair.second));
	CHECK(ipcm_connection_readable(pair.first) &&
		      ipcm_connection_writable(pair.first) &&
		      ipcm_connection_readable(pair.second) &&
		      ipcm_connection_writable(pair.second),
	      "an end of a duplex pipe lacks a direction");
	/* the directions are independent: one full, the other one works */
	message_send(pair.first, 1, 100);
	message_send(pair.second, 2, 200);
	message_expect(pair.first, 2, 200);
	message_expect(pair.second, 1, 100);
	peer = peer_start(exchange_second, &pair);
	exchange(pair.first);
	peer_join(&peer);
	pair_free(&pair);
}

static void simplex_first_receives(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);

	CHECK(ipcm_connection_readable(pair.first), "first: not readable");
	CHECK(!ipcm_connection_writable(pair.first), "first: writable");
	CHECK(!ipcm_connection_readable(pair.second), "second: readable");
	CHECK(ipcm_connection_writable(pair.second), "second: not writable");
	message_send(pair.second, 1, 100);
	message_expect(pair.first, 1, 100);
	pair_free(&pair);
}

static void wrong_direction_is_invalid(const struct ipcm_backend *backend)
{
	static const int64_t timeouts[] = {IPCM_TRY, 20 * MS, IPCM_FOREVER};
	struct pair pair = pipe_make(backend, false);
	char text[8];
	bool ready;
	int fd;

	for (int i = 0; i < 3; i++) {
		int64_t timeout = timeouts[i];

		CHECK_STATUS(IPCM_INVALID,
			     ipcm_connection_send(pair.first, "x", 1, timeout));
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_connection_send_slice(pair.first, "x", 1, 0,
							1, timeout));
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_connection_recv(pair.second, text, 8, timeout,
						  NULL));
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_connection_recv_max(pair.second, text, 8, 8,
						      timeout, NULL));
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_connection_recv_into(pair.second, text, 8, 0,
						       timeout, NULL));
		CHECK_STATUS(
			IPCM_INVALID,
			ipcm_connection_poll(pair.second, timeout, &ready));
	}
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_fileno(pair.second, &fd));
	message_send(pair.second, 1, 100);
	message_expect(pair.first, 1, 100);
	pair_free(&pair);
}

static const size_t sizes[] = {
	1,	511,	       512,	513,	      4095,   4096,
	4097,	8191,	       8192,	8193,	      16383,  16384,
	16385,	65535,	       65536,	65537,	      212959, 212960,
	212961, (1 << 20) - 1, 1 << 20, (1 << 20) + 1};

enum { BURST = 300, SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static void send_burst_and_sizes(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	for (unsigned i = 0; i < BURST; i++)
		message_send(pair->second, i, 1);
	for (unsigned i = 0; i < SIZES; i++)
		message_send(pair->second, i, sizes[i]);
}

static void content_send(void *pair, const void *message, size_t bytes)
{
	CHECK_OK(ipcm_connection_send(((struct pair *)pair)->second, message,
				      bytes, hang_ns()));
}

static size_t content_receive(void *pair, void *buffer, size_t bytes)
{
	size_t size = 0;

	CHECK_OK(ipcm_connection_recv(((struct pair *)pair)->first, buffer,
				      bytes, hang_ns(), &size));
	return size;
}

static void messages_stay_whole(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct call *receiver, *timed;
	struct peer sender;

	receiver = call_start(CALL_RECEIVE, pair.first, 0, IPCM_FOREVER);
	call_check_blocked(receiver);
	message_send(pair.second, 1, 8);
	call_check_returns(receiver, IPCM_OK);
	timed = call_start(CALL_RECEIVE, pair.first, 0, 50 * MS);
	call_check_returns(timed, IPCM_TIMEDOUT);
	CHECK(call_duration_ns(timed) >= 40 * MS, "TIMEDOUT too early");

	sender = peer_start(send_burst_and_sizes, &pair);
	for (unsigned i = 0; i < BURST; i++)
		message_expect(pair.first, i, 1);
	for (unsigned i = 0; i < SIZES; i++)
		message_expect(pair.first, i, sizes[i]);
	peer_join(&sender);
	content_pass(&(struct content_calls){content_send, content_receive},
		     &pair);
	pair_free(&pair);
}

static void slices(const struct ipcm_backend *backend)
{
	static const struct {
		int64_t offset, size;
		enum ipcm_status wanted;
	} cases[] = {
		{0, 26, IPCM_OK},
		{5, 7, IPCM_OK},
		{26, 0, IPCM_OK},
		{0, 0, IPCM_OK},
		{27, 0, IPCM_INVALID},
		{22, 5, IPCM_INVALID},
		{26, 1, IPCM_INVALID},
		{-1, 1, IPCM_INVALID},
		{4, -1, IPCM_INVALID},
		{0, 27, IPCM_INVALID},
		{INT64_MAX, INT64_MAX, IPCM_INVALID},
		{INT64_MIN, INT64_MIN, IPCM_INVALID},
		{1, INT64_MAX, IPCM_INVALID},
	};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	struct pair pair = pipe_make(backend, true);
	char text[32];
	size_t size;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ipcm_status status = ipcm_connection_send_slice(
			pair.first, letters, 26, cases[i].offset, cases[i].size,
			hang_ns());

		CHECK(status == cases[i].wanted,
		      "offset %lld, size %lld of 26: %s",
		      (long long)cases[i].offset, (long long)cases[i].size,
		      ipcm_status_name(status));
		if (status != IPCM_OK)
			continue;
		CHECK_OK(ipcm_connection_recv(pair.second, text, sizeof(text),
					      hang_ns(), &size));
		CHECK_EQUAL(cases[i].size, size, "bytes of a slice");
		for (size_t at = 0; at < size; at++)
			CHECK(text[at] == letters[(size_t)cases[i].offset + at],
			      "byte %zu of the slice is '%c'", at, text[at]);
	}
	/* nothing of nothing is an empty message; something of it is not */
	CHECK_OK(ipcm_connection_send_slice(pair.first, NULL, 0, 0, 0, S));
	message_expect(pair.second, 0, 0);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send_slice(pair.first, NULL, 1, 0, 0, S));
	pair_free(&pair);
}

enum { HUGE_BYTES = 16 << 20 };

static void echo_once(void *argument)
{
	struct pair *pair = argument;
	void *message = memory(HUGE_BYTES);
	size_t size = 0;

	CHECK_OK(ipcm_connection_close(pair->first));
	CHECK_OK(ipcm_connection_recv(pair->second, message, HUGE_BYTES,
				      8 * hang_ns(), &size));
	CHECK_OK(ipcm_connection_send(pair->second, message, size,
				      8 * hang_ns()));
}

struct slow {
	struct peer echo;
	_Atomic int stop;
};

/* The other side reads slowly: it is stopped half of the time. */
static void slow_down(void *argument)
{
	struct slow *slow = argument;

	for (int i = 0; i < 15 && !atomic_load(&slow->stop); i++) {
		peer_signal(&slow->echo, SIGSTOP);
		pause_ns(5 * MS);
		peer_signal(&slow->echo, SIGCONT);
		pause_ns(5 * MS);
	}
}

static void larger_than_the_channel(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	struct slow *slow = share(sizeof(*slow));
	struct peer brake;

	slow->echo = peer_start(echo_once, &pair);
	CHECK_OK(ipcm_connection_close(pair.second));
	brake = peer_start(slow_down, slow);
	message_send(pair.first, 16, HUGE_BYTES);
	message_expect(pair.first, 16, HUGE_BYTES);
	atomic_store(&slow->stop, 1);
	peer_join(&brake);
	peer_join(&slow->echo);
	pair_free(&pair);
}

static void close_both(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	CHECK_OK(ipcm_connection_close(pair->second));
}

static void no_reader_left(const struct ipcm_backend *backend)
{
	for (int duplex = 0; duplex < 2; duplex++) {
		struct pair pair = pipe_make(backend, duplex);
		struct peer peer = peer_start(close_both, &pair);
		enum ipcm_status first;

		(void)signal(SIGPIPE, SIG_DFL);
		peer_join(&peer);
		CHECK_OK(ipcm_connection_close(pair.first));
		first = ipcm_connection_send(pair.second, "x", 1, hang_ns());
		CHECK(first == IPCM_OK || first == IPCM_BROKEN,
		      "first send gave %s", ipcm_status_name(first));
		for (int i = 0; i < 3; i++)
			CHECK_STATUS(IPCM_BROKEN,
				     ipcm_connection_send(pair.second, "x", 1,
							  hang_ns()));
		pair_free(&pair);
	}
}

/* A sender inside a large message whose only reader closes. */
struct leaving {
	struct pair pair;
	_Atomic int phase;
	enum ipcm_status status;
};

static void send_to_a_leaver(void *argument)
{
	struct leaving *leaving = argument;
	void *message = memory(HUGE_BYTES);

	(void)signal(SIGPIPE, SIG_DFL);
	CHECK_OK(ipcm_connection_close(leaving->pair.first));
	atomic_store(&leaving->phase, 1);
	leaving->status = ipcm_connection_send(leaving->pair.second, message,
					       HUGE_BYTES, IPCM_FOREVER);
	atomic_store(&leaving->phase, 2);
}

static void reader_leaves_a_blocked_sender(const struct ipcm_backend *backend)
{
	struct leaving *leaving = share(sizeof(*leaving));
	struct peer sender;

	no_reader_left(backend);
	leaving->pair = pipe_make(backend, false);
	sender = peer_start(send_to_a_leaver, leaving);
	flag_await(&leaving->phase, 1);
	peer_await_state(&sender, 'S');
	CHECK_EQUAL(1, leaving->phase, "step of the sender");
	CHECK_OK(ipcm_connection_close(leaving->pair.first));
	flag_await(&leaving->phase, 2);
	CHECK_STATUS(IPCM_BROKEN, leaving->status);
	peer_join(&sender);
	pair_free(&leaving->pair);
}

enum { SPACE_ROUNDS = 6 };

/* Full of messages of this length; a send of one more goes on after one. */
static int64_t send_after_one(const struct ipcm_backend *backend, size_t bytes)
{
	struct pair pair = pipe_make(backend, false);
	void *message = memory(bytes);
	struct call *call;
	int64_t taken;

	pattern_fill(message, bytes, 2);
	while (!ipcm_connection_send(pair.second, message, bytes, IPCM_TRY))
		;
	call = call_start_large(CALL_SEND, pair.second, 2, bytes, IPCM_FOREVER);
	call_check_blocked(call);
	message_expect(pair.first, 2, bytes);
	taken = now_ns();
	call_check_returns(call, IPCM_OK);
	free(message);
	pair_free(&pair);
	return call->ended_ns - taken;
}

static void send_goes_on_when_it_fits(const struct ipcm_backend *backend)
{
	static const size_t lengths[] = {64, 3000};

	for (int i = 0; i < 2; i++) {
		int64_t took = INT64_MAX;

		for (int round = 0; round < SPACE_ROUNDS; round++) {
			int64_t one = send_after_one(backend, lengths[i]);

			took = one < took ? one : took;
		}
		/* a slice would be 100 ms, and 50 on an average */
		CHECK(took < 20 * MS,
		      "%lld ms at the least for a send of %zu bytes",
		      (long long)(took / MS), lengths[i]);
	}
}

static const struct clause table[] = {
	{"P-NEW-01", LEVEL_CORE, OBJECT_PIPE,
	 "pipe() without options; 1000 messages both ways at once.",
	 "It is duplex, and the directions are independent.",
	 "multiprocessing, Pipe; CPython test _TestConnection.test_connection",
	 60, false, duplex_by_default},
	{"P-NEW-02", LEVEL_CORE, OBJECT_PIPE,
	 "A simplex pipe: flags and one message.",
	 "The first end only receives, the second one only sends.",
	 "multiprocessing, Pipe; CPython test "
	 "_TestConnection.test_duplex_false",
	 0, false, simplex_first_receives},
	{"P-NEW-03", LEVEL_CORE, OBJECT_PIPE,
	 "All calls of the wrong direction in all wait modes, then a message.",
	 "INVALID, and the connection stays usable.",
	 "CPython test test_duplex_false; LTP pipe03", 0, false,
	 wrong_direction_is_invalid},
	{"P-SND-01", LEVEL_CORE, OBJECT_PIPE,
	 "A burst of 1-byte messages, then 1 B to 1 MiB around every limit; "
	 "6000 messages above 4 KiB.",
	 "Whole messages, never merged, never split, in order; recv blocks.",
	 "multiprocessing, Connection.send_bytes, recv_bytes; CPython "
	 "test _TestPoll.test_dont_merge",
	 60, false, messages_stay_whole},
	{"P-SND-02", LEVEL_CORE, OBJECT_PIPE,
	 "send of slices of a buffer, 9 of them impossible.",
	 "Exactly the slice arrives; impossible ones are INVALID.",
	 "CPython test _TestConnection.test_sendbytes", 0, false, slices},
	{"P-SND-03", LEVEL_CORE, OBJECT_PIPE,
	 "Echo of 16 MiB through a peer that is stopped half of the time.",
	 "A message larger than the channel is sent completely.",
	 "CPython test test_connection, TestIgnoreEINTR", 60, false,
	 larger_than_the_channel},
	{"P-SND-04", LEVEL_CORE, OBJECT_PIPE,
	 "All copies of the other end are closed; send; SIGPIPE is default.",
	 "BROKEN, at the latest on the second call; no signal.",
	 "pipe(7); LTP pipe08; tried on CPython", 0, false,
	 reader_leaves_a_blocked_sender},
	{"P-SND-07", LEVEL_BEYOND, OBJECT_PIPE,
	 "Fill the channel; a send waits; receive one message; 6 times, with "
	 "messages of 64 B and 3000 B.",
	 "The send goes on when one message has been taken, and not only when "
	 "most of the channel is empty.",
	 "send(2), poll(2); unix(7)", 0, false, send_goes_on_when_it_fits},
};

CLAUSE_LIST(clauses_pipe_basic, table);
