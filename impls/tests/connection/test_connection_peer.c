/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the connection on every back-end when an end goes: closed,
 * exited or killed, idle or in the middle of a message (rules P-EOF-01 ..
 * P-EOF-05, P-SND-04), and of many processes that hold one end.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/mock_backend.h"

#define READERS 27

struct both {
	struct ipcm_connection *end[2];
	/* For the children: who is ready. */
	_Atomic int *ready;
	unsigned messages;
};

static struct both make(const struct ipcm_backend *backend, bool duplex)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct both pipe = {.messages = 0};

	options.duplex = duplex;
	pipe.ready = shared_memory(sizeof(*pipe.ready));
	if (!CHECK_IS(ipcm_pipe_create(backend, &options, &pipe.end[0],
				       &pipe.end[1]),
		      IPCM_OK))
		exit(1);
	return pipe;
}

static void drop(struct both pipe)
{
	ipcm_connection_free(pipe.end[0]);
	ipcm_connection_free(pipe.end[1]);
}

static int read_to_the_end(void *argument)
{
	struct both *pipe = argument;
	char byte;

	CHECK_IS(ipcm_connection_close(pipe->end[1]), IPCM_OK);
	++*pipe->ready;
	for (int i = 0; i < 2; i++)
		CHECK_IS(ipcm_connection_recv(pipe->end[0], &byte, 1, HANG,
					      NULL),
			 IPCM_EOF);
	return 0;
}

/* P-EOF-01, P-EOF-03: all copies of the other end count, all readers wake */
static void many_readers(const struct ipcm_backend *backend, int readers)
{
	struct both pipe = make(backend, false);
	pid_t child[READERS];
	bool ready = true;
	int64_t start;

	for (int i = 0; i < readers; i++)
		child[i] = child_start(read_to_the_end, &pipe);
	while (*pipe.ready < readers)
		pause_ms(1);
	pause_ms(20);
	CHECK_IS(ipcm_connection_poll(pipe.end[0], 0, &ready), IPCM_OK);
	CHECK(!ready);
	start = now_ns();
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	for (int i = 0; i < readers; i++)
		CHECK(child_ok(child[i]));
	CHECK(now_ns() - start < HANG / 2);
	CHECK_IS(ipcm_connection_poll(pipe.end[0], 0, &ready), IPCM_OK);
	CHECK(ready);
	drop(pipe);
}

static void test_readers(const struct ipcm_backend *backend)
{
	many_readers(backend, 1);
	many_readers(backend, READERS);
}

static int send_and_die(void *argument)
{
	struct both *pipe = argument;

	for (unsigned i = 0; i < pipe->messages; i++)
		CHECK_IS(
			ipcm_connection_send(pipe->end[1], &i, sizeof(i), HANG),
			IPCM_OK);
	if (!check_failures())
		(void)raise(SIGKILL);
	return 1;
}

/* P-EOF-02; a waiting reader and one that comes later, by recv and by poll */
static void test_killed_sender(const struct ipcm_backend *backend)
{
	for (unsigned messages = 0; messages < 4; messages++) {
		struct both pipe = make(backend, messages & 1);
		int64_t limit = messages & 2 ? IPCM_TRY : HANG;
		bool ready = false;
		pid_t child;
		unsigned got;

		pipe.messages = messages;
		child = child_start(send_and_die, &pipe);
		CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
		if (limit == IPCM_TRY)
			(void)child_ok(child);
		for (unsigned i = 0; i < messages; i++) {
			CHECK_IS(ipcm_connection_recv(pipe.end[0], &got,
						      sizeof(got), limit, NULL),
				 IPCM_OK);
			CHECK(got == i);
		}
		CHECK_IS(ipcm_connection_poll(pipe.end[0], limit, &ready),
			 IPCM_OK);
		CHECK(ready);
		for (int i = 0; i < 3; i++)
			CHECK_IS(ipcm_connection_recv(pipe.end[0], &got,
						      sizeof(got), limit, NULL),
				 IPCM_EOF);
		if (limit != IPCM_TRY)
			(void)child_ok(child);
		drop(pipe);
	}
}

static int exit_at_once(void *argument)
{
	(void)argument;
	return 0;
}

/* P-SND-04: closed by a call, or gone without a word */
static void test_gone_receiver(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	enum ipcm_status status;
	pid_t child;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	status = ipcm_connection_send(pipe.end[0], "x", 1, HANG);
	CHECK(status == IPCM_OK || status == IPCM_BROKEN);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "x", 1, HANG), IPCM_BROKEN);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "x", 1, IPCM_TRY),
		 IPCM_BROKEN);
	drop(pipe);
	pipe = make(backend, false);
	child = child_start(exit_at_once, &pipe);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK(child_ok(child));
	status = ipcm_connection_send(pipe.end[1], "x", 1, HANG);
	CHECK(status == IPCM_OK || status == IPCM_BROKEN);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG), IPCM_BROKEN);
	drop(pipe);
}

/* A close that was announced is noticed at once, however slow the peer was. */
static void test_announced_close(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);

	for (int i = 0; i < 4; i++)
		CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG),
			 IPCM_OK);
	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG), IPCM_BROKEN);
	drop(pipe);
}

static int send_for_ever(void *argument)
{
	struct both *pipe = argument;
	enum ipcm_status status;
	char message[1000] = "";

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	do {
		status = ipcm_connection_send(pipe->end[1], message,
					      sizeof(message), HANG);
	} while (status == IPCM_OK);
	CHECK_IS(status, IPCM_BROKEN);
	return 0;
}

static int hold(void *argument)
{
	struct both *pipe = argument;

	CHECK_IS(ipcm_connection_close(pipe->end[1]), IPCM_OK);
	++*pipe->ready;
	pause_ms(60000);
	return 0;
}

/* A sender that waits for room learns it too, killed or closed. */
static void test_gone_receiver_waited(const struct ipcm_backend *backend)
{
	for (int killed = 0; killed < 2; killed++) {
		struct both pipe = make(backend, false);
		pid_t receiver = killed ? child_start(hold, &pipe) : 0;
		pid_t sender = child_start(send_for_ever, &pipe);

		if (killed)
			CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
		CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
		pause_ms(100);
		if (killed)
			child_kill(receiver);
		else
			CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
		CHECK(child_ok(sender));
		drop(pipe);
	}
}

/* Killed without a word, and only tries to find it out. */
static void test_killed_and_tried(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(hold, &pipe);
	bool ready = true;
	char byte;

	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	while (!*pipe.ready)
		pause_ms(1);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], IPCM_TRY, &ready), IPCM_OK);
	CHECK(!ready);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, IPCM_TRY, NULL),
		 IPCM_WOULDBLOCK);
	while (!ipcm_connection_send(pipe.end[1], "x", 1, IPCM_TRY))
		;
	child_kill(child);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, IPCM_TRY),
		 IPCM_BROKEN);
	CHECK_IS(ipcm_connection_poll(pipe.end[1], IPCM_TRY, &ready), IPCM_OK);
	CHECK(ready);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	drop(pipe);
}

/* The same, found by receiving only. */
static void test_killed_and_received(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	pid_t child = child_start(hold, &pipe);
	char byte;

	CHECK_IS(ipcm_connection_close(pipe.end[0]), IPCM_OK);
	while (!*pipe.ready)
		pause_ms(1);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, IPCM_TRY, NULL),
		 IPCM_WOULDBLOCK);
	child_kill(child);
	CHECK_IS(ipcm_connection_recv(pipe.end[1], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	drop(pipe);
}

/* P-EOF-02: what arrived between the look and the end is not lost. */
static void test_late_arrival(void)
{
	struct both pipe;
	char byte = 0;

	check_subject(mock_late.name, "late arrival");
	pipe = make(&mock_late, false);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL),
		 IPCM_OK);
	CHECK(byte == 'x');
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	drop(pipe);
}

/* More than is ever taken: ends by a kill, or broken. */
static int send_large(void *argument)
{
	struct both *pipe = argument;
	size_t bytes = IPCM_MESSAGE_MAX_BYTES / 2;
	char *message = calloc(1, bytes);
	enum ipcm_status status;

	CHECK_IS(ipcm_connection_close(pipe->end[0]), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe->end[1], "x", 1, HANG), IPCM_OK);
	status = ipcm_connection_send(pipe->end[1], message, bytes, HANG);
	free(message);
	return status == IPCM_BROKEN ? 0 : 1;
}

/* Sends no more: who drains the channel comes to its end. */
static void child_stop(pid_t child)
{
	CHECK(kill(child, SIGSTOP) == 0);
	CHECK(waitpid(child, NULL, WUNTRACED) == child);
}

/* P-EOF-04: cut short: once CORRUPT, then end of file */
static void test_cut_message(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	pid_t child = child_start(send_large, &pipe);
	bool ready;
	char byte;

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_OK);
	/* the channel is full of its first frames */
	pause_ms(50);
	child_stop(child);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, 1, NULL),
		 IPCM_TIMEDOUT);
	child_kill(child);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_CORRUPT);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_EOF);
	CHECK_IS(ipcm_connection_poll(pipe.end[0], 0, &ready), IPCM_OK);
	CHECK(ready);
	drop(pipe);
}

/* P-RCV-01 of a message that began to arrive in an earlier call */
static void test_begun_too_long(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	pid_t child = child_start(send_large, &pipe);
	char got[16];

	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 16, HANG, NULL),
		 IPCM_OK);
	pause_ms(20);
	child_stop(child);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 16, 1, NULL),
		 IPCM_TIMEDOUT);
	CHECK_IS(ipcm_connection_recv_max(pipe.end[0], got, 16, 16, HANG, NULL),
		 IPCM_TOOBIG);
	CHECK(!ipcm_connection_readable(pipe.end[0]));
	child_kill(child);
	drop(pipe);
}

/* The next message of another sender on the same end is whole. */
static void test_cut_and_go_on(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	pid_t child = child_start(send_large, &pipe);
	char text[600] = "after the cut";
	char got[600];
	size_t size;

	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 1, HANG, NULL),
		 IPCM_OK);
	pause_ms(50);
	child_kill(child);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 1, 1, NULL),
		 IPCM_TIMEDOUT);
	CHECK_IS(ipcm_connection_send(pipe.end[1], text, 600, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "x", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 600, HANG, &size),
		 IPCM_CORRUPT);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 600, HANG, &size),
		 IPCM_OK);
	CHECK(size == 600 && !memcmp(got, text, 600));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, 600, HANG, &size),
		 IPCM_OK);
	CHECK(size == 1 && got[0] == 'x');
	drop(pipe);
}

/* P-EOF-05: unread messages of ours do not turn its end into an error */
static void test_no_reset(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, true);
	char byte = 0;

	CHECK_IS(ipcm_connection_send(pipe.end[0], "a", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[0], "b", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_send(pipe.end[1], "c", 1, HANG), IPCM_OK);
	CHECK_IS(ipcm_connection_close(pipe.end[1]), IPCM_OK);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_OK);
	CHECK(byte == 'c');
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_EOF);
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_EOF);
	drop(pipe);
}

static int poll_only(void *argument)
{
	struct both *pipe = argument;
	bool ready;

	CHECK_IS(ipcm_connection_poll(pipe->end[0], HANG, &ready), IPCM_OK);
	CHECK(ready);
	return 0;
}

#define POLLED_BYTES 65536

static int send_polled(void *argument)
{
	struct both *pipe = argument;
	static char message[POLLED_BYTES];

	memset(message, 'p', sizeof(message));
	CHECK_IS(ipcm_connection_send(pipe->end[1], message, sizeof(message),
				      HANG),
		 IPCM_OK);
	return 0;
}

/* P-POL-02: a poll in another process takes nothing out of the stream */
static void test_poll_elsewhere(const struct ipcm_backend *backend)
{
	const struct ipcm_port_ops *port = backend->pipe->port;
	struct both pipe;
	static char got[POLLED_BYTES];
	size_t size = 0;
	pid_t poller;
	pid_t sender;

	if (!port->fileno && !port->queued)
		return; /* nothing tells without receiving */
	pipe = make(backend, false);
	poller = child_start(poll_only, &pipe);
	sender = child_start(send_polled, &pipe);
	CHECK(child_ok(poller));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], got, sizeof(got), HANG,
				      &size),
		 IPCM_OK);
	CHECK(size == POLLED_BYTES && got[0] == 'p' &&
	      got[POLLED_BYTES - 1] == 'p');
	CHECK(child_ok(sender));
	drop(pipe);
}

#define LAST_WORDS_NS	   (200 * MS)
#define LAST_WORDS_LONG_NS (2500 * MS)

struct last_words {
	pthread_barrier_t meet;
	struct ipcm_connection *end; /* NULL: enough */
};

/* Sends and closes at once, sooner or later. */
static void *last_speaker(void *argument)
{
	struct last_words *words = argument;
	uint32_t random = 7;

	for (;;) {
		(void)pthread_barrier_wait(&words->meet);
		if (!words->end)
			return NULL;
		for (volatile uint32_t i = random_next(&random) % 300; i;)
			i = i - 1;
		CHECK_IS(ipcm_connection_send(words->end, "w", 1, 0), IPCM_OK);
		ipcm_connection_free(words->end);
		(void)pthread_barrier_wait(&words->meet);
	}
}

/*
 * A message and the end behind it come while the receiver looks: the message
 * comes first (P-EOF-02). unix(7) says 0 now and then although one is there.
 */
static void test_last_words(const struct ipcm_backend *backend)
{
	int64_t until = now_ns() + (strcmp(backend->name, "socketpair")
					    ? LAST_WORDS_NS
					    : LAST_WORDS_LONG_NS);
	struct last_words words;
	enum ipcm_status status;
	pthread_t speaker;
	char byte;

	CHECK(pthread_barrier_init(&words.meet, NULL, 2) == 0);
	CHECK(pthread_create(&speaker, NULL, last_speaker, &words) == 0);
	while (now_ns() < until) {
		struct ipcm_connection *end;

		if (!CHECK_IS(ipcm_pipe_create(backend, NULL, &end, &words.end),
			      IPCM_OK))
			exit(1);
		(void)pthread_barrier_wait(&words.meet);
		do {
			status = ipcm_connection_recv(end, &byte, 1, IPCM_TRY,
						      NULL);
		} while (status == IPCM_WOULDBLOCK);
		(void)pthread_barrier_wait(&words.meet);
		ipcm_connection_free(end);
		if (!CHECK_IS(status, IPCM_OK))
			break;
	}
	words.end = NULL;
	(void)pthread_barrier_wait(&words.meet);
	CHECK(pthread_join(speaker, NULL) == 0);
	CHECK(pthread_barrier_destroy(&words.meet) == 0);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "readers", test_readers);
	each_backend(NEEDS_PIPE, "killed sender", test_killed_sender);
	each_backend(NEEDS_PIPE, "gone receiver", test_gone_receiver);
	each_backend(NEEDS_PIPE, "killed, and tried", test_killed_and_tried);
	each_backend(NEEDS_PIPE, "killed, and received",
		     test_killed_and_received);
	each_backend(NEEDS_PIPE, "announced close", test_announced_close);
	each_backend(NEEDS_PIPE, "gone receiver, waited for",
		     test_gone_receiver_waited);
	each_backend(NEEDS_PIPE, "last words", test_last_words);
	each_backend(NEEDS_PIPE, "cut message", test_cut_message);
	each_backend(NEEDS_PIPE, "begun, too long", test_begun_too_long);
	each_backend(NEEDS_PIPE, "cut, then another", test_cut_and_go_on);
	each_backend(NEEDS_PIPE, "no reset", test_no_reset);
	each_backend(NEEDS_PIPE, "poll elsewhere", test_poll_elsewhere);
	test_late_arrival();
	return check_failures() ? 1 : 0;
}
