/* SPDX-License-Identifier: MIT */
/*
 * Two cases of a connection that no clause can bring about: a frame that
 * arrives between the look at a port and the look for its end, and handlers in
 * the middle of a message. The rules of connections are the clauses P.
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

static int read_slowly(void *argument)
{
	const struct both *pipe = argument;
	char *message = malloc(1 << 18);
	enum ipcm_status status;
	size_t size = 0;

	alarms_every(0);
	CHECK_OK(ipcm_connection_close(pipe->end[1]));
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
	CHECK_OK(ipcm_connection_close(pipe.end[0]));
	do {
		status = ipcm_connection_send(pipe.end[1], message, 1 << 18,
					      HANG);
	} while (status == IPCM_INTR);
	CHECK_OK(status);
	CHECK(ipcm_set_interruptible(false));
	alarms_every(0);
	CHECK(child_ok(child));
	free(message);
	drop(pipe);
}

int main(void)
{
	each_backend(NEEDS_PIPE, "interruptible", test_interruptible);
	test_late_arrival();
	return check_failures() ? 1 : 0;
}
