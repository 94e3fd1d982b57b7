/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the connection on every back-end, both ends in one process or
 * in two that live: arguments, directions, messages of all sizes, time limits,
 * polling, closing. What happens when an end dies is in test_connection_peer.c.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/pipe_support.h"

/* P-NEW-01 .. P-NEW-03 */
static void test_directions(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	char byte = 'x';
	size_t size;
	bool ready;
	int fd;

	CHECK(ipcm_connection_readable(pipe.end[0]));
	CHECK(!ipcm_connection_writable(pipe.end[0]));
	CHECK(!ipcm_connection_readable(pipe.end[1]));
	CHECK(ipcm_connection_writable(pipe.end[1]));
	CHECK_IS(ipcm_connection_send(pipe.end[0], "a", 1, HANG), IPCM_INVALID);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, HANG, &size),
		 IPCM_INVALID);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, &ready), IPCM_INVALID);
	CHECK_IS(ipcm_connection_fileno(pipe.end[1], &fd), IPCM_INVALID);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "a", 1, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, &size),
		 IPCM_OK);
	CHECK(byte == 'a' && size == 1);
	drop(pipe);
	pipe = make(backend, true);
	for (int i = 0; i < 2; i++) {
		CHECK_IS(ipcm_connection_send(pipe.end[i], i ? "b" : "cc",
					      i ? 1 : 2, IPCM_TRY),
			 IPCM_OK);
	}
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, &size),
		 IPCM_OK);
	CHECK(byte == 'b');
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, HANG, &size),
		 IPCM_TOOSMALL);
	CHECK(byte == 'b' && size == 2);
	drop(pipe);
}

/* P-SND-02: the ten cases of Python's test_sendbytes */
static void test_slices(const struct ipcm_backend *backend)
{
	static const struct {
		int64_t offset, size;
		enum ipcm_status status;
	} cases[] = {
		{0, 10, IPCM_OK},      {5, 5, IPCM_OK},
		{7, 3, IPCM_OK},       {10, 0, IPCM_OK},
		{11, 0, IPCM_INVALID}, {10, 1, IPCM_INVALID},
		{4, 7, IPCM_INVALID},  {-1, 1, IPCM_INVALID},
		{0, -1, IPCM_INVALID}, {INT64_MAX, INT64_MAX, IPCM_INVALID},
	};
	struct both pipe = make(backend, true);
	const char text[] = "0123456789";
	char got[16];
	size_t size;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_IS(ipcm_connection_send_slice(pipe.end[0], text, 10,
						    cases[i].offset,
						    cases[i].size, HANG),
			 cases[i].status);
		if (cases[i].status)
			continue;
		CHECK_IS(
			ipcm_connection_recv(pipe.end[1], got, 16, HANG, &size),
			IPCM_OK);
		CHECK(size == (size_t)cases[i].size &&
		      !memcmp(got, text + cases[i].offset, size));
	}
	CHECK_IS(ipcm_connection_send_slice(pipe.end[0], NULL, 0, 0, 0, HANG),
		 IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], NULL, 1, HANG),
		 IPCM_INVALID);
	CHECK_IS(ipcm_connection_send(pipe.end[0], text,
				      IPCM_MESSAGE_MAX_BYTES + 1, HANG),
		 IPCM_TOOBIG);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], NULL, 0, HANG, NULL),
		 IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], got, 16, IPCM_TRY, &size),
		 IPCM_WOULDBLOCK);
	drop(pipe);
}

/* P-RCV-02 and P-RCV-03, with one frame and with several */
static void test_pending(const struct ipcm_backend *backend, size_t length)
{
	struct both pipe = make(backend, true);
	uint8_t *sent = malloc(length);
	uint8_t *got = calloc(1, length + 8);
	size_t size = 0;

	for (size_t i = 0; i < length; i++)
		sent[i] = (uint8_t)(i * 7 + 1);
	CHECK_IS(ipcm_connection_send(pipe.end[0], sent, length, HANG),
		 IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], NULL, 0, HANG), IPCM_OK);
	for (int i = 0; i < 2; i++) {
		CHECK_IS(ipcm_connection_recv(pipe.end[1], got, length - 1,
					      HANG, &size),
			 IPCM_TOOSMALL);
		CHECK(size == length && !got[0]);
	}
	CHECK_IS(ipcm_connection_recv_into(pipe.end[1], got, length, -1, HANG,
					   &size),
		 IPCM_INVALID);
	CHECK_IS(ipcm_connection_recv_into(pipe.end[1], got, length,
					   (int64_t)length + 1, HANG, &size),
		 IPCM_INVALID);
	CHECK_IS(ipcm_connection_recv_into(pipe.end[1], got, length + 8, 9,
					   HANG, &size),
		 IPCM_TOOSMALL);
	CHECK_IS(ipcm_connection_recv_into(pipe.end[1], got, length + 8, 8,
					   HANG, &size),
		 IPCM_OK);
	CHECK(size == length && !memcmp(got + 8, sent, length) && !got[7]);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], got, 1, HANG, &size),
		 IPCM_OK);
	CHECK(size == 0);
	free(sent);
	free(got);
	drop(pipe);
}

static void test_too_small(const struct ipcm_backend *backend)
{
	test_pending(backend, 10);
	test_pending(backend, 1000);
}

/* P-RCV-01, for a message of one frame and for one of several */
static void maxlength_of(const struct ipcm_backend *backend, bool duplex,
			 size_t length)
{
	struct both pipe = make(backend, duplex);
	struct ipcm_connection *end = pipe.end[0];
	enum ipcm_status after = duplex ? IPCM_INVALID : IPCM_CLOSED;
	int64_t limit = (int64_t)length;
	char text[600] = "0123456789";
	size_t size;

	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_connection_send(pipe.end[1], text, length, HANG),
			 IPCM_OK);
	CHECK_IS(ipcm_connection_recv_max(end, text, 600, -1, HANG, &size),
		 IPCM_INVALID);
	CHECK_IS(ipcm_connection_recv_max(end, text, 600, limit, HANG, &size),
		 IPCM_OK);
	CHECK(size == length);
	CHECK_IS(ipcm_connection_recv_max(end, text, 600, limit + 1, HANG,
					  &size),
		 IPCM_OK);
	/* pending is not arrived: the limit still counts */
	CHECK_IS(ipcm_connection_recv(end, text, 1, HANG, &size),
		 IPCM_TOOSMALL);
	CHECK_IS(ipcm_connection_recv_max(end, text, 600, limit - 1, HANG,
					  &size),
		 IPCM_TOOBIG);
	CHECK(!ipcm_connection_readable(end));
	CHECK(ipcm_connection_writable(end) == duplex);
	CHECK_IS(ipcm_connection_recv(end, text, 600, HANG, &size), after);
	if (duplex)
		CHECK_IS(ipcm_connection_send(end, text, 10, HANG), IPCM_OK);
	drop(pipe);
}

static void test_maxlength(const struct ipcm_backend *backend)
{
	maxlength_of(backend, false, 10);
	maxlength_of(backend, true, 10);
	maxlength_of(backend, false, 600);
	maxlength_of(backend, true, 600);
}

/* P-POL-01, P-POL-02, G-TO-03 */
static void test_polling(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	int64_t start = now_ns();
	bool ready = true;
	size_t size;
	char byte;

	CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, &ready), IPCM_OK);
	CHECK(!ready);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], -1, &ready), IPCM_OK);
	CHECK(!ready && now_ns() - start < 5000 * MS);
	start = now_ns();
	CHECK_IS(ipcm_connection_poll(pipe.end[1], 150 * MS, &ready), IPCM_OK);
	CHECK(!ready && now_ns() - start >= 150 * MS);
	start = now_ns();
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, 120 * MS, &size),
		 IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 120 * MS);
	CHECK_IS(ipcm_connection_send(pipe.end[0], NULL, 0, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "x", 1, HANG), IPCM_OK);
	for (int i = 0; i < 3; i++) {
		CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, &ready), IPCM_OK);
		CHECK(ready);
	}
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, IPCM_TRY, &size),
		 IPCM_OK);
	CHECK(size == 0);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], IPCM_FOREVER, &ready),
		 IPCM_OK);
	CHECK(ready);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, 1, &size),
		 IPCM_OK);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, &ready), IPCM_OK);
	CHECK(!ready);
	drop(pipe);
}

static bool fd_ready(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, 0) == 1;
}

/* The descriptor tells about the inbox and the end too. */
static void test_fileno(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	enum ipcm_status status;
	char byte;
	int fd = -1;

	status = ipcm_connection_fileno(pipe.end[0], &fd);
	if (!(backend->capabilities & IPCM_CAP_POLLABLE)) {
		CHECK_IS(status, IPCM_NOTSUP);
		drop(pipe);
		return;
	}
	CHECK_IS(status, IPCM_OK);
	CHECK(!fd_ready(fd));
	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG),
			 IPCM_OK);
	for (int i = 0; i < 3; i++) {
		CHECK(fd_ready(fd));
		CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY,
					      NULL),
			 IPCM_OK);
	}
	CHECK(!fd_ready(fd));
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK(fd_ready(fd));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	CHECK(fd_ready(fd));
	drop(pipe);
}

/* P-CLS-01, G-HND-01 */
static void test_closing(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	struct ipcm_connection *end = pipe.end[0];
	_Alignas(64) char garbage[512];
	struct ipcm_connection *wrong = (void *)garbage;
	bool ready;
	char byte;
	int fd;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_connection_send(NULL, "x", 1, 0), IPCM_INVALID);
	CHECK_IS(ipcm_connection_send(wrong, "x", 1, 0), IPCM_INVALID);
	CHECK_IS(ipcm_connection_close(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_connection_close(NULL), IPCM_INVALID);
	ipcm_connection_free(NULL);
	CHECK_IS(ipcm_connection_close(end), IPCM_OK);
	CHECK_IS(ipcm_connection_close(end), IPCM_OK);
	CHECK(!ipcm_connection_readable(end) && !ipcm_connection_writable(end));
	CHECK_IS(ipcm_connection_send(end, "x", 1, 0), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_send_slice(end, "x", 1, 0, 1, 0), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_recv(end, &byte, 1, 0, NULL), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_recv_max(end, &byte, 1, 1, 0, NULL),
		 IPCM_CLOSED);
	CHECK_IS(ipcm_connection_recv_into(end, &byte, 1, 0, 0, NULL),
		 IPCM_CLOSED);
	CHECK_IS(ipcm_connection_poll(end, 0, &ready), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_fileno(end, &fd), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, 0, NULL),
		 IPCM_EOF);
	drop(pipe);
}

static void test_creation(const struct ipcm_backend *backend)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_backend none = *backend;
	struct ipcm_connection *a;
	struct ipcm_connection *b;

	CHECK_IS(ipcm_pipe_create(NULL, NULL, &a, &b), IPCM_INVALID);
	CHECK_IS(ipcm_pipe_create(backend, NULL, NULL, &b), IPCM_INVALID);
	options.message_size_hint = IPCM_MESSAGE_MAX_BYTES + 1;
	CHECK_IS(ipcm_pipe_create(backend, &options, &a, &b), IPCM_TOOBIG);
	none.pipe = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_pipe_create(&none, NULL, &a, &b), IPCM_NOTSUP);
	options.message_size_hint = IPCM_MESSAGE_MAX_BYTES;
	if (CHECK_IS(ipcm_pipe_create(backend, &options, &a, &b), IPCM_OK)) {
		ipcm_connection_free(b);
		ipcm_connection_free(a);
	}
}

/* Sizes around frame borders, and two that no channel holds. */
static const size_t sizes[] = {0,     1,     111,    112,     113,    224,
			       225,   4079,  4080,   4081,    8176,   8192,
			       65536, 65537, 300000, 1 << 20, 3 << 20};
#define SIZES	(sizeof(sizes) / sizeof(sizes[0]))
#define LARGEST ((size_t)3 << 20)

static void fill(uint8_t *message, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++)
		message[i] = (uint8_t)((i * 31 + seed) >> (i & 3));
}

static int echo(void *argument)
{
	const struct both *pipe = argument;
	uint8_t *message = malloc(LARGEST);
	enum ipcm_status status;
	size_t size;

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	for (;;) {
		status = ipcm_connection_recv(pipe->end[1], message, LARGEST,
					      HANG, &size);
		if (status)
			break;
		CHECK_IS(
			ipcm_connection_send(pipe->end[1], message, size, HANG),
			IPCM_OK);
	}
	CHECK_IS(status, IPCM_EOF);
	free(message);
	ipcm_connection_free(pipe->end[0]);
	ipcm_connection_free(pipe->end[1]);
	return 0;
}

/* P-SND-01, P-SND-03 */
static void test_echo(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(echo, &pipe);
	uint8_t *sent = malloc(LARGEST);
	uint8_t *got = malloc(LARGEST);
	size_t size;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (size_t i = 0; i < SIZES; i++) {
		fill(sent, sizes[i], (uint32_t)i);
		CHECK_IS(
			ipcm_connection_send(pipe.end[0], sent, sizes[i], HANG),
			IPCM_OK);
		CHECK_IS(ipcm_connection_recv(pipe.end[0], got, LARGEST, HANG,
					      &size),
			 IPCM_OK);
		CHECK(size == sizes[i] && !memcmp(sent, got, size));
	}
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK(child_ok(child));
	free(sent);
	free(got);
	drop(pipe);
}

#define ROUND_TRIPS 600

/* Each receive waits: without wake-ups a slice each would be lost. */
static void test_round_trips(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(echo, &pipe);
	int64_t start = now_ns();
	bool ready;
	int got;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (int i = 0; i < ROUND_TRIPS; i++) {
		CHECK_IS(ipcm_connection_send(pipe.end[0], &i, sizeof(i), HANG),
			 IPCM_OK);
		if (i % 2)
			CHECK_IS(
				ipcm_connection_poll(pipe.end[0], HANG, &ready),
				IPCM_OK);
		if (!CHECK_IS(ipcm_connection_recv(pipe.end[0], &got,
						   sizeof(got), HANG, NULL),
			      IPCM_OK) ||
		    !CHECK(got == i))
			break;
	}
	CHECK(now_ns() - start < HANG);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK(child_ok(child));
	drop(pipe);
}

#define BURST 3000

static int burst(void *argument)
{
	const struct both *pipe = argument;

	for (uint32_t i = 0; i < BURST; i++)
		CHECK_IS(ipcm_connection_send(pipe->end[1], &i,
					      i % (sizeof(i) + 1), HANG),
			 IPCM_OK);
	return 0;
}

/* Many small ones, never merged, more than the channel holds. */
static void test_burst(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	pid_t child = child_start(burst, &pipe);
	uint32_t got;
	size_t size;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (uint32_t i = 0; i < BURST; i++) {
		got = i & (uint32_t)(UINT64_C(0xffffffff)
				     << (8 * (i % (sizeof(i) + 1))));
		if (!CHECK_IS(ipcm_connection_recv(pipe.end[0], &got, 4, HANG,
						   &size),
			      IPCM_OK) ||
		    !CHECK(size == i % (sizeof(i) + 1) && got == i))
			break;
	}
	CHECK(child_ok(child));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &got, 4, HANG, &size),
		 IPCM_EOF);
	drop(pipe);
}

/* A full channel: nothing was sent, and it goes on when there is room. */
static void test_full(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	char message[100] = "";
	unsigned count = 0;
	unsigned back = 0;
	int64_t start;

	while (!ipcm_connection_send(pipe.end[1], message, 100, IPCM_TRY))
		count++;
	CHECK(count > 0);
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 100, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 100, 120 * MS),
		 IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 120 * MS);
	while (!ipcm_connection_recv(pipe.end[0], message, 100, IPCM_TRY, NULL))
		back++;
	CHECK(back == count);
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 100, IPCM_TRY),
		 IPCM_OK);
	drop(pipe);
}

#define SLOW_BYTES 300000

struct timed {
	struct both pipe;
	int64_t timeout_ns;
};

static int send_in_time(void *argument)
{
	const struct timed *timed = argument;
	uint8_t *message = malloc(SLOW_BYTES);

	fill(message, SLOW_BYTES, 5);
	CHECK_IS(ipcm_connection_send(timed->pipe.end[1], message, SLOW_BYTES,
				      timed->timeout_ns),
		 IPCM_OK);
	free(message);
	return 0;
}

static void slow_reader(const struct ipcm_backend *backend, int64_t timeout_ns)
{
	struct timed timed = {make(backend, false), timeout_ns};
	pid_t child = child_start(send_in_time, &timed);
	uint8_t *sent = malloc(SLOW_BYTES);
	uint8_t *got = malloc(SLOW_BYTES);
	size_t size = 0;

	fill(sent, SLOW_BYTES, 5);
	pause_ms(100);
	CHECK_IS(ipcm_connection_recv(timed.pipe.end[0], got, SLOW_BYTES, HANG,
				      &size),
		 IPCM_OK);
	CHECK(size == SLOW_BYTES && !memcmp(sent, got, size));
	CHECK(child_ok(child));
	free(sent);
	free(got);
	drop(timed.pipe);
}

/* A message that has begun is finished, whatever the time limit was. */
static void test_slow_reader(const struct ipcm_backend *backend)
{
	slow_reader(backend, 20 * MS);
	slow_reader(backend, IPCM_TRY);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "creation", test_creation);
	each_backend(NEEDS_PIPE, "directions", test_directions);
	each_backend(NEEDS_PIPE, "slices", test_slices);
	each_backend(NEEDS_PIPE, "too small a buffer", test_too_small);
	each_backend(NEEDS_PIPE, "maximum length", test_maxlength);
	each_backend(NEEDS_PIPE, "polling", test_polling);
	each_backend(NEEDS_PIPE, "descriptor", test_fileno);
	each_backend(NEEDS_PIPE, "closing", test_closing);
	each_backend(NEEDS_PIPE, "full channel", test_full);
	each_backend(NEEDS_PIPE, "burst", test_burst);
	each_backend(NEEDS_PIPE, "echo", test_echo);
	each_backend(NEEDS_PIPE, "slow reader", test_slow_reader);
	each_backend(NEEDS_PIPE, "round trips", test_round_trips);
	return check_failures() ? 1 : 0;
}
