/* SPDX-License-Identifier: MIT */
/*
 * Unit test of ipcm_wait on every back-end (rule P-WAI-01): exactly the ready
 * ones, whatever makes them ready; what is no news; arguments; signals.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/testkit/pipe_support.h"

static struct ipcm_waitable of_end(struct ipcm_connection *end)
{
	return (struct ipcm_waitable){.end = end, .ready = true};
}

static struct ipcm_waitable of_fd(int fd)
{
	return (struct ipcm_waitable){.fd = fd, .ready = true};
}

/* A pidfd_open(2) of a child. */
static int sentinel(pid_t child)
{
	int fd = (int)syscall(SYS_pidfd_open, child, 0);

	CHECK(fd >= 0);
	return fd;
}

static enum ipcm_status wait_one(struct ipcm_connection *end, int64_t timeout)
{
	struct ipcm_waitable thing = of_end(end);
	enum ipcm_status status = ipcm_wait(&thing, 1, timeout, NULL);

	CHECK(thing.ready == (status == IPCM_OK));
	return status;
}

static void put(struct both pipe)
{
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG), IPCM_OK);
}

static void take(struct both pipe)
{
	char byte;

	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_OK);
}

/* INVALID, CLOSED; the empty list; time */
static void test_arguments(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	struct ipcm_waitable thing = of_end(pipe.end[0]);
	size_t ready = 77;
	int64_t start;

	CHECK_IS(ipcm_wait(NULL, 1, 0, &ready), IPCM_INVALID);
	CHECK_IS(ipcm_wait(NULL, 0, IPCM_FOREVER, &ready), IPCM_INVALID);
	CHECK_IS(ipcm_wait(NULL, 0, IPCM_TRY, &ready), IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(ipcm_wait(NULL, 0, 60 * MS, NULL), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 60 * MS);
	CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(wait_one(pipe.end[0], -5), IPCM_WOULDBLOCK);
	CHECK_IS(wait_one(pipe.end[0], INT64_MIN), IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(wait_one(pipe.end[0], 150 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	CHECK(now_ns() - start < HANG / 2);
	thing = of_end(pipe.end[1]);
	CHECK_IS(ipcm_wait(&thing, 1, 0, &ready), IPCM_INVALID);
	thing = of_fd(-1);
	CHECK_IS(ipcm_wait(&thing, 1, 0, &ready), IPCM_INVALID);
	thing = of_fd(987654);
	CHECK_IS(ipcm_wait(&thing, 1, 0, &ready), IPCM_INVALID);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	thing = of_end(pipe.end[0]);
	CHECK_IS(ipcm_wait(&thing, 1, 0, &ready), IPCM_CLOSED);
	CHECK(ready == 77);
	drop(pipe);
}

#define MANY 40

/* All and only the ready ones, of few and of many; nothing is consumed. */
static void exactly(const struct ipcm_backend *backend, size_t count,
		    uint64_t wanted)
{
	struct ipcm_waitable things[MANY];
	struct both pipes[MANY];
	size_t ready, want = 0;

	for (size_t i = 0; i < count; i++) {
		pipes[i] = make(backend, false);
		things[i] = of_end(pipes[i].end[0]);
		if (wanted >> i & 1) {
			put(pipes[i]);
			want++;
		}
	}
	for (int round = 0; round < 2; round++) {
		ready = 0;
		CHECK_IS(ipcm_wait(things, count, round ? HANG : IPCM_TRY,
				   &ready),
			 want ? IPCM_OK : IPCM_WOULDBLOCK);
		CHECK(ready == want);
		for (size_t i = 0; i < count; i++)
			CHECK(things[i].ready == (wanted >> i & 1));
		if (!want)
			break;
	}
	for (size_t i = 0; i < count; i++) {
		if (wanted >> i & 1)
			take(pipes[i]);
		CHECK_IS(wait_one(pipes[i].end[0], 0), IPCM_WOULDBLOCK);
		drop(pipes[i]);
	}
}

static void test_exactly(const struct ipcm_backend *backend)
{
	exactly(backend, 4, 0);
	exactly(backend, 4, 6);
	exactly(backend, 4, 9);
	exactly(backend, 4, 15);
	/* a user has fewer POSIX queues; they are the same code */
	if (strcmp(backend->name, "posix_mq"))
		exactly(backend, MANY, UINT64_C(0x8000000421));
}

/* What lies in the end already, and what is no longer there. */
static void test_buffered(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);

	CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_WOULDBLOCK);
	for (int i = 0; i < 3; i++)
		put(pipe);
	for (int i = 0; i < 3; i++) {
		CHECK_IS(wait_one(pipe.end[0], IPCM_FOREVER), IPCM_OK);
		CHECK_IS(wait_one(pipe.end[0], -1), IPCM_OK);
		take(pipe);
	}
	CHECK_IS(wait_one(pipe.end[0], 120 * MS), IPCM_TIMEDOUT);
	drop(pipe);
}

/* A bell that rang for what was taken since is no news. */
static void test_stale_ring(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	int64_t start, before;
	struct timespec cpu;
	int fd;

	CHECK_IS(ipcm_connection_fileno(pipe.end[0], &fd), IPCM_OK);
	for (int i = 0; i < 3; i++) {
		CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_WOULDBLOCK);
		put(pipe);
		take(pipe);
		put(pipe);
		put(pipe);
		take(pipe);
		take(pipe);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
		before = cpu.tv_sec * 1000 * MS + cpu.tv_nsec;
		start = now_ns();
		CHECK_IS(wait_one(pipe.end[0], 130 * MS), IPCM_TIMEDOUT);
		CHECK(now_ns() - start >= 130 * MS);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
		/* it slept: no busy loop on a ring that is not taken away */
		CHECK(cpu.tv_sec * 1000 * MS + cpu.tv_nsec - before < 65 * MS);
	}
	drop(pipe);
}

#define LARGE_BYTES (8 << 20)

static int send_large(void *argument)
{
	const struct both *pipe = argument;
	char *message = calloc(1, LARGE_BYTES);

	CHECK_IS(ipcm_connection_send(pipe->end[1], message, LARGE_BYTES, HANG),
		 IPCM_OK);
	free(message);
	return 0;
}

/* A message of which all that came was taken, and the rest is stopped. */
static void test_partial(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	char *message = malloc(LARGE_BYTES);
	pid_t child = child_start(send_large, &pipe);
	size_t size = 0;

	CHECK_IS(wait_one(pipe.end[0], HANG), IPCM_OK);
	pause_ms(20);
	CHECK(kill(child, SIGSTOP) == 0);
	CHECK(waitpid(child, NULL, WUNTRACED) == child);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], message, LARGE_BYTES, 1,
				      &size),
		 IPCM_TIMEDOUT);
	CHECK_IS(wait_one(pipe.end[0], 120 * MS), IPCM_TIMEDOUT);
	CHECK(kill(child, SIGCONT) == 0);
	CHECK_IS(wait_one(pipe.end[0], HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], message, LARGE_BYTES, HANG,
				      &size),
		 IPCM_OK);
	CHECK(size == LARGE_BYTES);
	CHECK(child_ok(child));
	free(message);
	drop(pipe);
}

static int sleep_long(void *argument)
{
	(void)argument;
	pause_ms(60000);
	return 0;
}

/* Closed, or killed without a word. */
static void test_end_of_file(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child;
	char byte;

	CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_WOULDBLOCK);
	put(pipe);
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_OK);
	take(pipe);
	for (int i = 0; i < 2; i++) {
		CHECK_IS(wait_one(pipe.end[0], IPCM_TRY), IPCM_OK);
		CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY,
					      NULL),
			 IPCM_EOF);
	}
	drop(pipe);
	pipe = make(backend, true);
	child = child_start(sleep_long, &pipe);
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(wait_one(pipe.end[0], 120 * MS), IPCM_TIMEDOUT);
	child_kill(child);
	CHECK_IS(wait_one(pipe.end[0], HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	drop(pipe);
}

/* Processes and plain descriptors beside ends, each alone and all at once. */
static void test_mixed(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(sleep_long, NULL);
	struct ipcm_waitable things[4];
	size_t ready = 0;
	int plain[2];

	CHECK(pipe2(plain, O_CLOEXEC) == 0);
	things[0] = of_end(pipe.end[0]);
	things[1] = of_fd(sentinel(child));
	things[2] = of_end(pipe.end[1]);
	things[3] = of_fd(plain[0]);
	CHECK_IS(ipcm_wait(things, 4, 30 * MS, &ready), IPCM_TIMEDOUT);
	for (int i = 0; i < 4; i++)
		CHECK(!things[i].ready);
	CHECK(write(plain[1], "p", 1) == 1);
	CHECK_IS(ipcm_wait(things, 4, HANG, &ready), IPCM_OK);
	CHECK(ready == 1 && things[3].ready && !things[0].ready);
	child_kill(child);
	CHECK_IS(ipcm_wait(things, 4, HANG, &ready), IPCM_OK);
	CHECK(ready == 2 && things[3].ready && things[1].ready);
	put(pipe);
	CHECK_IS(ipcm_wait(things, 4, HANG, &ready), IPCM_OK);
	CHECK(ready == 3 && things[0].ready && !things[2].ready);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "y", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_wait(things, 4, HANG, &ready), IPCM_OK);
	CHECK(ready == 4);
	CHECK(close(things[1].fd) == 0);
	CHECK_IS(ipcm_wait(things, 4, HANG, &ready), IPCM_INVALID);
	(void)close(plain[0]);
	(void)close(plain[1]);
	drop(pipe);
}

#define CHILDREN 4
#define MESSAGES 10

struct user_group {
	struct both pipe[CHILDREN];
	int self;
};

static int send_ten(void *argument)
{
	const struct user_group *user_group = argument;

	for (int i = 0; i < CHILDREN; i++) {
		CHECK_IS(ipcm_connection_close(user_group->pipe[i].end[0]),
			 IPCM_OK);
		if (i != user_group->self)
			CHECK_IS(ipcm_connection_close(
					 user_group->pipe[i].end[1]),
				 IPCM_OK);
	}
	for (int i = 0; i < MESSAGES; i++) {
		pause_ms((unsigned)(user_group->self * 3 + i) % 7);
		CHECK_IS(ipcm_connection_send(
				 user_group->pipe[user_group->self].end[1], &i,
				 sizeof(i), HANG),
			 IPCM_OK);
	}
	return 0;
}

/* What a ready end gives: 1 at its end of file. */
static int drain(struct ipcm_connection *end, int *next)
{
	int got = -1;
	enum ipcm_status status =
		ipcm_connection_recv(end, &got, sizeof(got), IPCM_TRY, NULL);

	if (status == IPCM_EOF) {
		CHECK(*next == MESSAGES);
		return 1;
	}
	CHECK_IS(status, IPCM_OK);
	CHECK(got == (*next)++);
	return 0;
}

/* The rule's own check: four children, ten messages each, four ends. */
static void test_user_group(const struct ipcm_backend *backend)
{
	struct ipcm_waitable things[CHILDREN];
	int next[CHILDREN] = {0};
	struct user_group user_group;
	size_t open = CHILDREN;

	for (int i = 0; i < CHILDREN; i++)
		user_group.pipe[i] = make(backend, false);
	for (user_group.self = 0; user_group.self < CHILDREN; user_group.self++)
		(void)child_start(send_ten, &user_group);
	for (int i = 0; i < CHILDREN; i++) {
		CHECK_IS(ipcm_connection_close(user_group.pipe[i].end[1]),
			 IPCM_OK);
		things[i] = of_end(user_group.pipe[i].end[0]);
	}
	while (open && CHECK_IS(ipcm_wait(things, open, HANG, NULL), IPCM_OK))
		for (size_t i = 0; i < open; i++) {
			size_t which = 0;

			while (user_group.pipe[which].end[0] != things[i].end)
				which++;
			if (things[i].ready &&
			    drain(things[i].end, &next[which]))
				things[i--] = things[--open];
		}
	for (int i = 0; i < CHILDREN; i++) {
		CHECK(child_ok(-1));
		drop(user_group.pipe[i]);
	}
}

#define ROUND_TRIPS 600

static int echo(void *argument)
{
	const struct both *pipe = argument;
	char byte;

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	while (!wait_one(pipe->end[1], HANG) &&
	       !ipcm_connection_recv(pipe->end[1], &byte, 1, IPCM_TRY, NULL))
		CHECK_IS(ipcm_connection_send(pipe->end[1], &byte, 1, HANG),
			 IPCM_OK);
	return 0;
}

/* Each wait sleeps: without wake-ups a slice each would be lost. */
static void test_round_trips(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(echo, &pipe);
	int64_t start = now_ns();
	char byte;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (int i = 0; i < ROUND_TRIPS; i++) {
		CHECK_IS(ipcm_connection_send(pipe.end[0], "x", 1, HANG),
			 IPCM_OK);
		if (!CHECK_IS(wait_one(pipe.end[0], HANG), IPCM_OK) ||
		    !CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1,
						   IPCM_TRY, NULL),
			      IPCM_OK))
			break;
	}
	CHECK(now_ns() - start < HANG);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK(child_ok(child));
	drop(pipe);
}

static _Atomic int alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void alarms_every(suseconds_t period_us, int flags)
{
	const struct itimerval timer = {{0, period_us}, {0, period_us}};
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};

	alarms = 0;
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* G-SIG-01, G-SIG-02: they do not interrupt; G-SIG-04: unless asked to */
static void test_signals(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	int64_t start = now_ns();

	alarms_every(20000, 0);
	CHECK_IS(wait_one(pipe.end[0], 300 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 300 * MS);
	CHECK(alarms > 0);
	alarms_every(20000, SA_RESTART);
	CHECK(!ipcm_set_interruptible(true));
	CHECK_IS(wait_one(pipe.end[0], IPCM_FOREVER), IPCM_INTR);
	CHECK_IS(ipcm_wait(NULL, 0, HANG, NULL), IPCM_INTR);
	CHECK(ipcm_set_interruptible(false));
	alarms_every(0, 0);
	put(pipe);
	CHECK_IS(wait_one(pipe.end[0], IPCM_FOREVER), IPCM_OK);
	drop(pipe);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "arguments", test_arguments);
	each_backend(NEEDS_PIPE, "exactly the ready ones", test_exactly);
	each_backend(NEEDS_PIPE, "buffered", test_buffered);
	each_backend(NEEDS_PIPE, "stale ring", test_stale_ring);
	each_backend(NEEDS_PIPE, "part of a message", test_partial);
	each_backend(NEEDS_PIPE, "end of file", test_end_of_file);
	each_backend(NEEDS_PIPE, "mixed", test_mixed);
	each_backend(NEEDS_PIPE, "crew", test_user_group);
	each_backend(NEEDS_PIPE, "round trips", test_round_trips);
	each_backend(NEEDS_PIPE, "signals", test_signals);
	return check_failures() ? 1 : 0;
}
