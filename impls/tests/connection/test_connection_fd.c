/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the connection and descriptors, on every back-end: the one to
 * poll (ipcm_connection_fileno) while the peer is another process, and those
 * that travel as messages (rule P-FDS-01); calls that a signal may interrupt.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/pipe_support.h"

static bool fd_ready(int fd, int timeout_ms)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, timeout_ms) == 1;
}

#define HANG_MS 45000

#define ROUND_TRIPS 300

/* Polls the descriptor, nothing else, and receives without waiting. */
static int echo_by_fd(void *argument)
{
	const struct both *pipe = argument;
	struct ipcm_connection *end = pipe->end[1];
	enum ipcm_status status = IPCM_OK;
	char byte;
	int fd = -1;

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	CHECK_IS(ipcm_connection_fileno(end, &fd), IPCM_OK);
	while (status == IPCM_OK || status == IPCM_WOULDBLOCK) {
		if (!CHECK(fd_ready(fd, HANG_MS)))
			break;
		status = ipcm_connection_recv(end, &byte, 1, IPCM_TRY, NULL);
		if (status == IPCM_OK)
			CHECK_IS(ipcm_connection_send(end, &byte, 1, HANG),
				 IPCM_OK);
	}
	CHECK_IS(status, IPCM_EOF);
	return 0;
}

/* Each frame makes the descriptor readable, and so does the end. */
static void test_poll_fd(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(echo_by_fd, &pipe);
	char byte;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (int i = 0; i < ROUND_TRIPS; i++) {
		CHECK_IS(ipcm_connection_send(pipe.end[0], "x", 1, HANG),
			 IPCM_OK);
		if (!CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG,
						   NULL),
			      IPCM_OK))
			break;
	}
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK(child_ok(child));
	drop(pipe);
}

#define BURST 5000

static int burst(void *argument)
{
	const struct both *pipe = argument;

	for (int i = 0; i < BURST; i++) {
		CHECK_IS(
			ipcm_connection_send(pipe->end[1], &i, sizeof(i), HANG),
			IPCM_OK);
		if (i % 500 == 0)
			pause_ms(2); /* let it run dry */
	}
	return 0;
}

/* A stream: polled before every receive, none is missed. */
static void test_poll_stream(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	pid_t child;
	int got = -1;
	int next = 0;
	int fd = -1;
	bool ready;

	CHECK_IS(ipcm_connection_fileno(pipe.end[0], &fd), IPCM_OK);
	child = child_start(burst, &pipe);
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (;;) {
		enum ipcm_status status;

		if (!CHECK(fd_ready(fd, HANG_MS)))
			break;
		CHECK_IS(ipcm_connection_poll(pipe.end[0], IPCM_TRY, &ready),
			 IPCM_OK);
		if (!ready)
			continue; /* allowed, now and then */
		status = ipcm_connection_recv(pipe.end[0], &got, sizeof(got),
					      IPCM_TRY, NULL);
		if (status)
			break;
		if (!CHECK(got == next++))
			break;
	}
	CHECK(next == BURST);
	CHECK(child_ok(child));
	drop(pipe);
}

static int hold(void *argument)
{
	(void)argument;
	pause_ms(60000);
	return 0;
}

/* Readable at the end of file, also when the peer is killed. */
static void test_poll_end(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(hold, &pipe);
	int fd = -1;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(ipcm_connection_fileno(pipe.end[0], &fd), IPCM_OK);
	CHECK(!fd_ready(fd, 30));
	child_kill(child);
	CHECK(fd_ready(fd, HANG_MS));
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	drop(pipe);
}

/* A ring for something taken since does not stay. */
static void test_poll_stale(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	char byte;
	int fd = -1;

	CHECK_IS(ipcm_connection_fileno(pipe.end[0], &fd), IPCM_OK);
	for (int i = 0; i < 5; i++) {
		CHECK(!fd_ready(fd, 0));
		for (int n = 0; n <= i; n++)
			CHECK_IS(
				ipcm_connection_send(pipe.end[1], "x", 1, HANG),
				IPCM_OK);
		CHECK(fd_ready(fd, 0));
		for (int n = 0; n <= i; n++) {
			CHECK(fd_ready(fd, 0));
			CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1,
						      IPCM_TRY, NULL),
				 IPCM_OK);
		}
	}
	drop(pipe);
}

static int send_for_ever(void *argument)
{
	const struct both *pipe = argument;

	while (!ipcm_connection_send(pipe->end[1], "x", 1, HANG))
		;
	return 1;
}

/* Take all there is, as a program does that polls. */
static void drain(struct ipcm_connection *end, int fd, int64_t until_ns)
{
	char byte;

	while (now_ns() < until_ns) {
		while (!ipcm_connection_recv(end, &byte, 1, IPCM_TRY, NULL))
			if (now_ns() >= until_ns)
				return;
		(void)fd_ready(fd, 1);
	}
}

#define KILLS 40

/*
 * A sender killed at any moment, while the end lives on elsewhere: the next
 * frame is noticed, and no ring of the dead one's stays.
 */
static void test_poll_killed(const struct ipcm_backend *backend)
{
	uint32_t seed = (uint32_t)getpid() * 2654435761u | 1;
	struct both pipe = make(backend, false);
	char byte;
	int fd = -1;

	CHECK_IS(ipcm_connection_fileno(pipe.end[0], &fd), IPCM_OK);
	for (int i = 0; i < KILLS; i++) {
		pid_t child = child_start(send_for_ever, &pipe);

		drain(pipe.end[0], fd,
		      now_ns() + random_next(&seed) % 4000 * INT64_C(1000));
		child_kill(child);
		while (!ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY,
					     NULL))
			;
		if (!CHECK(!fd_ready(fd, 0)))
			break;
		CHECK_IS(ipcm_connection_send(pipe.end[1], "y", 1, HANG),
			 IPCM_OK);
		if (!CHECK(fd_ready(fd, HANG_MS)))
			break;
		CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY,
					      NULL),
			 IPCM_OK);
		CHECK(byte == 'y');
	}
	drop(pipe);
}

/* ---- descriptors as messages ---- */

static bool sends_fd(const struct ipcm_backend *backend)
{
	return backend->capabilities & IPCM_CAP_SEND_FD;
}

static void test_refused(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	bool ready = true;
	int fd = -7;

	if (!sends_fd(backend)) {
		CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG),
			 IPCM_NOTSUP);
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], HANG, &fd),
			 IPCM_NOTSUP);
	} else {
		CHECK_IS(ipcm_connection_send_fd(pipe.end[0], -1, HANG),
			 IPCM_INVALID);
		CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 98765, HANG),
			 IPCM_INVALID);
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], IPCM_TRY, &fd),
			 IPCM_WOULDBLOCK);
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], 60 * MS, &fd),
			 IPCM_TIMEDOUT);
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], HANG, NULL),
			 IPCM_INVALID);
	}
	CHECK(fd == -7);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], IPCM_TRY, &ready), IPCM_OK);
	CHECK(!ready);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_connection_recv_fd(pipe.end[0], HANG, &fd), IPCM_CLOSED);
	drop(pipe);
	pipe = make(backend, false);
	if (sends_fd(backend)) {
		CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG),
			 IPCM_INVALID);
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], HANG, &fd),
			 IPCM_INVALID);
	}
	drop(pipe);
}

#define HIGH_FD 300

/* Receives a reader, a writer, a file and a high number; uses them. */
static int use_four(void *argument)
{
	const struct both *pipe = argument;
	char text[8] = "";
	int fd[4];

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	for (int i = 0; i < 4; i++) {
		CHECK_IS(ipcm_connection_recv_fd(pipe->end[1], HANG, &fd[i]),
			 IPCM_OK);
		CHECK(fcntl(fd[i], F_GETFD) & FD_CLOEXEC);
	}
	CHECK(read(fd[0], text, sizeof(text)) == 5 &&
	      !memcmp(text, "hello", 5));
	CHECK(write(fd[1], "back", 4) == 4);
	CHECK(pread(fd[2], text, 4, 0) == 4 && !memcmp(text, "file", 4));
	CHECK(write(fd[3], "high", 4) == 4);
	CHECK_IS(ipcm_connection_send(pipe->end[1], "done", 4, HANG), IPCM_OK);
	return 0;
}

/* The receiver uses what the sender has closed. */
static void test_travel(const struct ipcm_backend *backend)
{
	char name[] = "/tmp/ipcmark-unit-XXXXXX";
	struct both pipe;
	int to[2], from[2], file;
	char text[8] = "";
	pid_t child;

	if (!sends_fd(backend))
		return;
	pipe = make(backend, true);
	CHECK(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	file = mkstemp(name);
	CHECK(file >= 0 && unlink(name) == 0 && write(file, "file", 4) == 4);
	child = child_start(use_four, &pipe);
	CHECK(write(to[1], "hello", 5) == 5);
	CHECK(fcntl(from[1], F_DUPFD_CLOEXEC, HIGH_FD) == HIGH_FD);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], to[0], HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], from[1], HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], file, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], HIGH_FD, HANG), IPCM_OK);
	(void)close(to[0]);
	(void)close(from[1]);
	(void)close(HIGH_FD);
	(void)close(file);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], text, 4, HANG, NULL),
		 IPCM_OK);
	CHECK(read(from[0], text, sizeof(text)) == 8 &&
	      !memcmp(text, "backhigh", 8));
	CHECK(child_ok(child));
	(void)close(to[1]);
	(void)close(from[0]);
	drop(pipe);
}

/* Bytes where a descriptor is wanted, and the other way round. */
static void test_apart(const struct ipcm_backend *backend)
{
	struct ipcm_waitable thing;
	char large[200000] = "";
	struct both pipe;
	size_t size = 77;
	bool ready = false;
	int fd = -7;
	char byte;

	if (!sends_fd(backend))
		return;
	pipe = make(backend, true);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "b", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], NULL, 0, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], large, 100000, HANG),
		 IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "c", 1, HANG), IPCM_OK);
	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], HANG, &fd),
			 IPCM_CORRUPT);
	CHECK(fd == -7);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], 0, &ready), IPCM_OK);
	CHECK(ready);
	thing = (struct ipcm_waitable){.end = pipe.end[1]};
	CHECK_IS(ipcm_wait(&thing, 1, 0, NULL), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, HANG, &size),
		 IPCM_OK);
	CHECK(size == 0);
	CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], HANG, &fd), IPCM_OK);
	CHECK(fd >= 0 && fd != 0);
	(void)close(fd);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, HANG, &size),
		 IPCM_OK);
	CHECK(size == 1 && byte == 'c');
	/* never fetched: nothing may stay (the descriptors are counted) */
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG), IPCM_OK);
	drop(pipe);
}

static int send_large(void *argument)
{
	const struct both *pipe = argument;
	size_t bytes = IPCM_MESSAGE_MAX_BYTES / 2;
	char *message = calloc(1, bytes);

	CHECK_IS(ipcm_connection_send(pipe->end[1], "x", 1, HANG), IPCM_OK);
	(void)!ipcm_connection_send(pipe->end[1], message, bytes, HANG);
	free(message);
	return 0;
}

/* A message cut short, then a descriptor: met early, it is kept for later. */
static void test_after_cut(const struct ipcm_backend *backend)
{
	struct both pipe;
	pid_t child;
	char byte;
	int fd = -1;

	if (!sends_fd(backend))
		return;
	for (int fetched = 0; fetched < 2; fetched++) {
		pipe = make(backend, false);
		child = child_start(send_large, &pipe);
		CHECK_IS(
			ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
			IPCM_OK);
		pause_ms(30);
		child_kill(child);
		CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, 1, NULL),
			 IPCM_TIMEDOUT);
		CHECK_IS(ipcm_connection_send_fd(pipe.end[1], 0, HANG),
			 IPCM_OK);
		CHECK_IS(
			ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
			IPCM_CORRUPT);
		if (fetched) {
			CHECK_IS(
				ipcm_connection_recv_fd(pipe.end[0], HANG, &fd),
				IPCM_OK);
			CHECK(fcntl(fd, F_GETFD) >= 0);
			(void)close(fd);
		}
		drop(pipe);
	}
}

/* Out of descriptors: LIMIT, and the one that came is not lost. */
static void test_fd_limit(const struct ipcm_backend *backend)
{
	struct rlimit before, limit;
	struct both pipe;
	int fill[4096];
	unsigned filled = 0;
	int fd = -1;

	if (!sends_fd(backend))
		return;
	pipe = make(backend, true);
	CHECK_IS(ipcm_connection_send_fd(pipe.end[0], 0, HANG), IPCM_OK);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	limit = before;
	limit.rlim_cur = 200;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while ((fill[filled] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		filled++;
	CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], IPCM_TRY, &fd),
		 IPCM_LIMIT);
	CHECK(fd == -1);
	while (filled)
		(void)close(fill[--filled]);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK_IS(ipcm_connection_recv_fd(pipe.end[1], IPCM_TRY, &fd), IPCM_OK);
	CHECK(fd >= 0);
	(void)close(fd);
	drop(pipe);
}

/* ---- interruptible calls ---- */

static void on_alarm(int number)
{
	(void)number;
}

static void alarms_every(suseconds_t period_us)
{
	const struct itimerval timer = {{0, period_us}, {0, period_us}};
	struct sigaction action = {.sa_handler = on_alarm,
				   .sa_flags = SA_RESTART};

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

static int read_slowly(void *argument)
{
	const struct both *pipe = argument;
	char *message = malloc(1 << 18);
	enum ipcm_status status;
	size_t size = 0;

	alarms_every(0);
	CHECK_IS(ipcm_connection_close(pipe->end[1]), IPCM_OK);
	pause_ms(100);
	/* a little at a time: the sender sleeps in the middle of its message */
	do {
		pause_ms(5);
		status = ipcm_connection_recv(pipe->end[0], message, 1 << 18, 1,
					      &size);
		CHECK(status == IPCM_OK || status == IPCM_TIMEDOUT);
	} while ((status || size < 1 << 18) && !check_failures());
	free(message);
	return 0;
}

/* G-SIG-04: nothing moved; a message that has begun is sent to its end */
static void test_interruptible(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	char *message = calloc(1, 1 << 18);
	enum ipcm_status status;
	bool ready = true;
	pid_t child;
	char byte = 'k';

	alarms_every(15000);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, 100 * MS, NULL),
		 IPCM_TIMEDOUT);
	CHECK(!ipcm_set_interruptible(true));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_INTR);
	CHECK_IS(ipcm_connection_poll(pipe.end[0], HANG, &ready), IPCM_INTR);
	CHECK(byte == 'k' && ready);
	while (!ipcm_connection_send(pipe.end[1], message, 100, IPCM_TRY))
		;
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 100, HANG),
		 IPCM_INTR);
	child = child_start(read_slowly, &pipe);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	do {
		status = ipcm_connection_send(pipe.end[1], message, 1 << 18,
					      HANG);
	} while (status == IPCM_INTR);
	CHECK_IS(status, IPCM_OK);
	CHECK(ipcm_set_interruptible(false));
	alarms_every(0);
	CHECK(child_ok(child));
	free(message);
	drop(pipe);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "polled", test_poll_fd);
	each_backend(NEEDS_PIPE, "polled stream", test_poll_stream);
	each_backend(NEEDS_PIPE, "polled to the end", test_poll_end);
	each_backend(NEEDS_PIPE, "stale ring", test_poll_stale);
	each_backend(NEEDS_PIPE, "polled, killed", test_poll_killed);
	each_backend(NEEDS_PIPE, "descriptor refused", test_refused);
	each_backend(NEEDS_PIPE, "descriptors travel", test_travel);
	each_backend(NEEDS_PIPE, "descriptors and bytes", test_apart);
	each_backend(NEEDS_PIPE, "descriptor after a cut", test_after_cut);
	each_backend(NEEDS_PIPE, "out of descriptors", test_fd_limit);
	each_backend(NEEDS_PIPE, "interruptible", test_interruptible);
	return check_failures() ? 1 : 0;
}
