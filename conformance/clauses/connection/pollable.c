/* SPDX-License-Identifier: MIT */
/*
 * G-OPT-01: fileno, and what poll(2) says of the descriptor that it gives.
 */
#include <fcntl.h>
#include <poll.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

enum { STREAM = 3000, STREAM_PAUSE = 500, KILLS = 25 };

static bool is_readable(int fd, int64_t timeout_ns)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, (int)(timeout_ns / MS)) == 1;
}

static int descriptor_of(struct ipcm_connection *end)
{
	int fd = -1;

	CHECK_OK(ipcm_connection_fileno(end, &fd));
	return fd;
}

/* Readable while something is there, and only then. */
static void follows_the_messages(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	int fd = descriptor_of(pair.first);

	for (uint64_t count = 1; count <= 5; count++) {
		CHECK(!is_readable(fd, 0), "readable without a message");
		for (uint64_t i = 0; i < count; i++)
			message_send(pair.second, i, 9);
		for (uint64_t i = 0; i < count; i++) {
			CHECK(is_readable(fd, 0), "message %d does not show",
			      (int)i);
			message_expect(pair.first, i, 9);
		}
	}
	message_send(pair.second, 6, 9);
	CHECK_OK(ipcm_connection_close(pair.second));
	CHECK(is_readable(fd, hang_ns()), "the last message does not show");
	message_expect(pair.first, 6, 9);
	CHECK(is_readable(fd, hang_ns()), "the end of file does not show");
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(pair.first, NULL, 0, IPCM_TRY, NULL));
	CHECK(is_readable(fd, 0), "the end of file shows once only");
	pair_free(&pair);
}

static void stream_out(void *argument)
{
	struct pair *pair = argument;

	CHECK_OK(ipcm_connection_close(pair->first));
	for (uint64_t i = 0; i < STREAM; i++) {
		message_send(pair->second, i, 8 + i % 300);
		if (i % STREAM_PAUSE == 0)
			pause_ns(2 * MS); /* let it run dry */
	}
	CHECK_OK(ipcm_connection_close(pair->second));
}

/* Polled before every receive, no message is missed. */
static void none_is_missed(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, true);
	int fd = descriptor_of(pair.first);
	struct peer sender = peer_start(stream_out, &pair);
	enum ipcm_status status = IPCM_OK;
	uint64_t next = 0;

	CHECK_OK(ipcm_connection_close(pair.second));
	while (status == IPCM_OK || status == IPCM_WOULDBLOCK) {
		char text[400];
		size_t size = 0;

		CHECK(is_readable(fd, hang_ns()), "nothing behind message %d",
		      (int)next);
		status = ipcm_connection_recv(pair.first, text, sizeof(text),
					      IPCM_TRY, &size);
		if (status == IPCM_OK)
			CHECK(size == 8 + next % 300 &&
				      pattern_matches(text, size, next),
			      "message %d is another one", (int)next);
		next += status == IPCM_OK;
	}
	CHECK_STATUS(IPCM_EOF, status);
	CHECK_EQUAL(STREAM, next, "messages received");
	peer_join(&sender);
	pair_free(&pair);
}

static void send_for_ever(void *argument)
{
	struct pair *pair = argument;

	for (;;)
		CHECK_OK(ipcm_connection_send(pair->second, "x", 1,
					      IPCM_FOREVER));
}

static void drain(struct ipcm_connection *end)
{
	char byte;

	while (ipcm_connection_recv(end, &byte, 1, IPCM_TRY, NULL) == IPCM_OK)
		;
}

/* A sender dies anywhere; another one's next message shows, once. */
static void survives_killed_senders(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	int fd = descriptor_of(pair.first);

	for (int i = 0; i < KILLS; i++) {
		struct peer sender = peer_start(send_for_ever, &pair);
		int64_t until = now_ns() + (int64_t)random_below(4000) * US;

		do {
			drain(pair.first);
			(void)is_readable(fd, MS);
		} while (now_ns() < until);
		peer_kill(&sender);
		drain(pair.first);
		CHECK(!is_readable(fd, 0), "a dead sender's signal stays");
		message_send(pair.second, 3, 9);
		CHECK(is_readable(fd, hang_ns()), "the next message is hidden");
		message_expect(pair.first, 3, 9);
	}
	pair_free(&pair);
}

static void notsup_is_honest(const struct ipcm_backend *backend)
{
	struct pair pair;
	enum ipcm_status first, again;
	int fd = -7;
	bool pollable = backend->capabilities & IPCM_CAP_POLLABLE;

	pair = pipe_make(backend, false);
	first = ipcm_connection_fileno(pair.first, &fd);
	again = ipcm_connection_fileno(pair.first, &fd);
	CHECK(first == again, "fileno said %s, then %s",
	      ipcm_status_name(first), ipcm_status_name(again));
	if (first == IPCM_NOTSUP) {
		CHECK(!pollable, "POLLABLE is declared, fileno says NOTSUP");
		CHECK_EQUAL(-7, fd, "ret_fd after NOTSUP");
	} else {
		CHECK_OK(first);
		CHECK(fcntl(fd, F_GETFD) >= 0, "fileno gave %d, not open", fd);
	}
	message_send(pair.second, 5, 32);
	message_expect(pair.first, 5, 32);
	pair_free(&pair);
	if (first == IPCM_NOTSUP)
		check_unsupported("no descriptor to poll: fileno says NOTSUP "
				  "and does nothing else");
	if (!pollable)
		check_undeclared_support(
			"POLLABLE is not declared, fileno works");
	follows_the_messages(backend);
	none_is_missed(backend);
	survives_killed_senders(backend);
}

static const struct clause table[] = {
	{"G-OPT-01", LEVEL_OPTIONAL, OBJECT_PIPE,
	 "Compare the declared capability POLLABLE with what fileno says; poll "
	 "the descriptor beside 3000 messages, the end, 25 killed senders.",
	 "Capability and call agree, the answer never changes, a NOTSUP call "
	 "has no effect; it is readable when something is there.",
	 "multiprocessing, Queue.qsize; CPython test "
	 "assertReturnsIfImplemented",
	 60, true, notsup_is_honest},
};

CLAUSE_LIST(clauses_pipe_pollable, table);
