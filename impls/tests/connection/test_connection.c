/* SPDX-License-Identifier: MIT */
/*
 * Cases of a connection that no clause can bring about: a frame that arrives
 * between the look at a port and the look for its end, handlers in the middle
 * of a message, a reader killed in a receive. The rules of connections are the
 * clauses P.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "impls/testkit/check.h"
#include "impls/testkit/mock_backend.h"

struct both {
	struct ipcm_connection *end[2];
};

static struct both make(const struct ipcm_backend *backend, bool duplex)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct both pipe = {{NULL, NULL}};

	options.duplex = duplex;
	if (!CHECK_OK(ipcm_pipe_create(backend, &options, &pipe.end[0],
				       &pipe.end[1])))
		exit(1);
	return pipe;
}

static void drop(struct both pipe)
{
	ipcm_connection_free(pipe.end[0]);
	ipcm_connection_free(pipe.end[1]);
}

/* P-EOF-02: what arrived between the look and the end is not lost. */
static void test_late_arrival(void)
{
	struct both pipe;
	char byte = 0;

	check_subject(mock_late.name, "late arrival");
	pipe = make(&mock_late, false);
	CHECK_OK(ipcm_connection_send(pipe.end[1], "x", 1, HANG));
	CHECK_OK(ipcm_connection_close(pipe.end[1]));
	CHECK_OK(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL));
	CHECK(byte == 'x');
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, IPCM_TRY, NULL),
		 IPCM_EOF);
	drop(pipe);
}

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

/* G-SIG-04: nothing moved; a message that has begun is withdrawn */
static void test_interruptible(const struct ipcm_backend *backend)
{
	struct both pipe = make(backend, false);
	char *message = calloc(1, 1 << 20);
	bool ready = true;
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
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 1 << 20, HANG),
		 IPCM_INTR);
	CHECK(ipcm_set_interruptible(false));
	alarms_every(0);
	while (!ipcm_connection_recv(pipe.end[0], message, 100, IPCM_TRY, NULL))
		;
	CHECK_IS(ipcm_connection_send(pipe.end[1], message, 1 << 20, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	CHECK_OK(ipcm_connection_poll(pipe.end[0], IPCM_TRY, &ready));
	CHECK(!ready);
	CHECK_OK(ipcm_connection_send(pipe.end[1], &byte, 1, HANG));
	byte = 0;
	CHECK_OK(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL));
	CHECK(byte == 'k');
	free(message);
	drop(pipe);
}

/* A reader that is killed when its receive has returned something. */
static enum ipcm_status (*receive_of_mock)(void *state, void *buffer,
					   size_t bytes, size_t *ret_bytes);
static bool dies_in_receive;

static enum ipcm_status receive_and_die(void *state, void *buffer, size_t bytes,
					size_t *ret_bytes)
{
	enum ipcm_status status =
		receive_of_mock(state, buffer, bytes, ret_bytes);

	if (!status && dies_in_receive)
		(void)raise(SIGKILL);
	return status;
}

static int receive_one(void *argument)
{
	char byte;

	dies_in_receive = true;
	return ipcm_connection_recv(argument, &byte, 1, HANG, NULL) != 0;
}

/* What it took is lost; the next reader is told, once, when it can know. */
static void test_killed_in_receive(bool more)
{
	struct ipcm_port_ops port = *mock_late.pipe->port;
	const struct ipcm_pipe_ops pipe_ops = {&port};
	struct ipcm_backend backend = mock_late;
	struct both pipe;
	char byte = 0;

	check_subject(mock_late.name, "killed in a receive");
	receive_of_mock = port.receive;
	dies_in_receive = false;
	port.receive = receive_and_die;
	backend.pipe = &pipe_ops;
	pipe = make(&backend, false);
	CHECK_OK(ipcm_connection_send(pipe.end[1], "a", 1, HANG));
	CHECK_OK(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL));
	CHECK_OK(ipcm_connection_send(pipe.end[1], "b", 1, HANG));
	CHECK(!child_ok(child_start(receive_one, pipe.end[0])));
	if (more)
		CHECK_OK(ipcm_connection_send(pipe.end[1], "c", 1, HANG));
	CHECK_OK(ipcm_connection_close(pipe.end[1]));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_CORRUPT);
	if (more)
		CHECK_OK(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG,
					      NULL));
	CHECK(byte == (more ? 'c' : 'a'));
	CHECK_IS(ipcm_connection_recv(pipe.end[0], &byte, 1, HANG, NULL),
		 IPCM_EOF);
	drop(pipe);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "interruptible", test_interruptible);
	test_late_arrival();
	test_killed_in_receive(true);
	test_killed_in_receive(false);
	return check_failures() ? 1 : 0;
}
