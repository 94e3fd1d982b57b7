/* SPDX-License-Identifier: MIT */
/*
 * Stepped kills (stepped_kills.h) of lock, semaphore, connection and of the
 * shutdown of a queue. Behind
 * each kill the survivors must get on: the lock cycles and holds exactly one
 * token, a waiter gets it, a semaphore has lost at most the permit in motion, a
 * receiver sees a whole message or an end.
 *
 * usage: test_kill [POINTS]; about POINTS kills a call, 0 for every
 * instruction. Exit code 77 where ptrace is not allowed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "impls/testkit/stepped_kills.h"

#define POINTS_DEFAULT 20

static unsigned long points = POINTS_DEFAULT;

/* One scene at a time; before fork() both sides know it. */
static struct {
	struct ipcm_lock *lock;
	struct ipcm_lock *other;
	struct ipcm_connection *end[2];
	struct ipcm_semaphore *semaphore;
	struct ipcm_queue *queue;
} fixture;

/* Locks. */

static void lock_prepare(const struct ipcm_backend *backend)
{
	CHECK_OK(ipcm_lock_create(backend, &fixture.lock));
	CHECK_OK(ipcm_lock_create(backend, &fixture.other));
	/* resolve symbols here, not under the steps */
	CHECK_OK(ipcm_lock_acquire(fixture.lock, HANG));
	CHECK_OK(ipcm_lock_release(fixture.lock));
}

/* The child's identity is read outside the steps. */
static void lock_warm(void)
{
	CHECK_OK(ipcm_lock_acquire(fixture.other, HANG));
	CHECK_OK(ipcm_lock_release(fixture.other));
}

static void lock_hold(void)
{
	lock_warm();
	CHECK_OK(ipcm_lock_acquire(fixture.lock, HANG));
}

static void lock_inherit(void)
{
	lock_warm();
	CHECK_IS(ipcm_lock_acquire(fixture.lock, HANG), IPCM_OWNERDEAD);
}

static enum ipcm_status lock_acquire(void)
{
	return ipcm_lock_acquire(fixture.lock, HANG);
}

static enum ipcm_status lock_release(void)
{
	return ipcm_lock_release(fixture.lock);
}

static enum ipcm_status lock_recover(void)
{
	return ipcm_lock_recover(fixture.lock);
}

static bool lock_take(void)
{
	enum ipcm_status status = ipcm_lock_acquire(fixture.lock, HANG);

	if (status == IPCM_OWNERDEAD)
		return CHECK_OK(ipcm_lock_recover(fixture.lock));
	return CHECK_OK(status);
}

static void lock_drop(void)
{
	ipcm_lock_free(fixture.lock);
	ipcm_lock_free(fixture.other);
}

/* It cycles, and there is one token, neither none nor two. */
static void lock_survive(void)
{
	for (int i = 0; i < 2; i++) {
		CHECK(lock_take());
		CHECK_IS(ipcm_lock_acquire(fixture.lock, IPCM_TRY),
			 IPCM_WOULDBLOCK);
		CHECK_OK(ipcm_lock_release(fixture.lock));
		CHECK_IS(ipcm_lock_release(fixture.lock), IPCM_INVALID);
	}
	lock_drop();
}

static int lock_hold_and_exit(void *argument)
{
	(void)argument;
	CHECK_OK(ipcm_lock_acquire(fixture.lock, HANG));
	return 0;
}

static void lock_prepare_dead(const struct ipcm_backend *backend)
{
	lock_prepare(backend);
	CHECK(child_ok(child_start(lock_hold_and_exit, NULL)));
}

static int lock_cycle(void *argument)
{
	(void)argument;
	CHECK(lock_take());
	CHECK_OK(ipcm_lock_release(fixture.lock));
	return 0;
}

/* In the child: hold it while another process waits. */
static void lock_hold_waited(void)
{
	lock_hold();
	(void)child_start(lock_cycle, NULL);
	pause_ms(2);
}

/* The one who waited, an orphan now and our child, got its turn. */
static void lock_survive_waited(void)
{
	CHECK(orphan_ok());
	lock_survive();
}

/*
 * The unrecovered lock that was released is NOTRECOVERABLE; killed before
 * that, it still reports the death.
 */
static void lock_survive_lost(void)
{
	enum ipcm_status status = ipcm_lock_acquire(fixture.lock, HANG);

	if (status == IPCM_NOTRECOVERABLE) {
		CHECK_IS(ipcm_lock_acquire(fixture.lock, IPCM_TRY), status);
		CHECK_IS(ipcm_lock_release(fixture.lock), IPCM_INVALID);
	} else if (CHECK_IS(status, IPCM_OWNERDEAD)) {
		CHECK_OK(ipcm_lock_recover(fixture.lock));
		CHECK_OK(ipcm_lock_release(fixture.lock));
		CHECK_IS(ipcm_lock_release(fixture.lock), IPCM_INVALID);
	}
	lock_drop();
}

static const struct stepped lock_calls[] = {
	{"acquire", lock_prepare, lock_warm, lock_acquire, lock_survive},
	{"release", lock_prepare, lock_hold, lock_release, lock_survive},
	{"acquire after a death", lock_prepare_dead, lock_warm, lock_acquire,
	 lock_survive},
	{"recover", lock_prepare_dead, lock_inherit, lock_recover,
	 lock_survive},
	{"release unrecovered", lock_prepare_dead, lock_inherit, lock_release,
	 lock_survive_lost},
	{"release, waited for", lock_prepare, lock_hold_waited, lock_release,
	 lock_survive_waited},
};

static void test_lock_calls(const struct ipcm_backend *backend)
{
	for (size_t i = 0; i < sizeof(lock_calls) / sizeof(lock_calls[0]); i++)
		stepped_kill(backend, &lock_calls[i], points);
}

/* Semaphores. */

#define PERMITS 2

static void semaphore_prepare(const struct ipcm_backend *backend)
{
	const struct ipcm_semaphore_options options = {PERMITS,
						       IPCM_SEMAPHORE_BOUNDED};

	lock_prepare(backend);
	CHECK_OK(ipcm_semaphore_create(backend, &options, &fixture.semaphore));
	CHECK_OK(ipcm_semaphore_acquire(fixture.semaphore, IPCM_TRY));
	CHECK_OK(ipcm_semaphore_release(fixture.semaphore));
}

static enum ipcm_status semaphore_acquire(void)
{
	return ipcm_semaphore_acquire(fixture.semaphore, HANG);
}

static enum ipcm_status semaphore_release(void)
{
	return ipcm_semaphore_release(fixture.semaphore);
}

static void semaphore_hold(void)
{
	lock_warm();
	CHECK_OK(ipcm_semaphore_acquire(fixture.semaphore, HANG));
}

static int semaphore_take(void *argument)
{
	(void)argument;
	CHECK_OK(ipcm_semaphore_acquire(fixture.semaphore, HANG));
	return 0;
}

/* In the child: hold both, and have two wait. */
static void semaphore_hold_waited(void)
{
	semaphore_hold();
	semaphore_hold();
	(void)child_start(semaphore_take, NULL);
	(void)child_start(semaphore_take, NULL);
	pause_ms(2);
}

/* Fill it up from a value in least .. PERMITS, and find it whole. */
static void semaphore_check(int64_t least)
{
	int64_t value = -1;

	CHECK_OK(ipcm_semaphore_value(fixture.semaphore, &value));
	CHECK(value >= least && value <= PERMITS);
	for (; value >= 0 && value < PERMITS; value++)
		CHECK_OK(ipcm_semaphore_release(fixture.semaphore));
	CHECK_IS(ipcm_semaphore_release(fixture.semaphore), IPCM_INVALID);
	for (int i = 0; i < PERMITS; i++)
		CHECK_OK(ipcm_semaphore_acquire(fixture.semaphore, HANG));
	CHECK_IS(ipcm_semaphore_acquire(fixture.semaphore, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	ipcm_semaphore_free(fixture.semaphore);
	lock_drop();
}

static void semaphore_survive(void)
{
	semaphore_check(PERMITS - 1);
}

/*
 * Two waited, orphans now and our children. One permit may have come from the
 * dead; with each of ours one of them gets its turn.
 */
static void semaphore_survive_waited(void)
{
	for (int i = 0; i < PERMITS; i++) {
		CHECK_OK(ipcm_semaphore_release(fixture.semaphore));
		CHECK(orphan_ok());
	}
	semaphore_check(0);
}

static const struct stepped semaphore_calls[] = {
	{"acquire", semaphore_prepare, lock_warm, semaphore_acquire,
	 semaphore_survive},
	{"release", semaphore_prepare, semaphore_hold, semaphore_release,
	 semaphore_survive},
	{"release, waited for", semaphore_prepare, semaphore_hold_waited,
	 semaphore_release, semaphore_survive_waited},
};

static void test_semaphore_calls(const struct ipcm_backend *backend)
{
	for (size_t i = 0;
	     i < sizeof(semaphore_calls) / sizeof(semaphore_calls[0]); i++)
		stepped_kill(backend, &semaphore_calls[i], points);
}

/* Connections. */

#define MESSAGE_BYTES 300 /* three frames on the doubles */

static void pipe_prepare(const struct ipcm_backend *backend)
{
	char byte;

	CHECK_OK(ipcm_pipe_create(backend, NULL, &fixture.end[0],
				  &fixture.end[1]));
	CHECK_OK(ipcm_connection_send(fixture.end[1], "x", 1, HANG));
	CHECK_OK(ipcm_connection_recv(fixture.end[0], &byte, 1, HANG, NULL));
}

static enum ipcm_status pipe_send(void)
{
	char message[MESSAGE_BYTES];

	memset(message, 'm', sizeof(message));
	return ipcm_connection_send(fixture.end[1], message, sizeof(message),
				    HANG);
}

/* Whole, cut short or nothing; then the end, and no hang. */
static void pipe_survive(void)
{
	char got[MESSAGE_BYTES] = "";
	enum ipcm_status status;
	size_t size = 0;

	CHECK_OK(ipcm_connection_close(fixture.end[1]));
	status = ipcm_connection_recv(fixture.end[0], got, sizeof(got), HANG,
				      &size);
	if (status == IPCM_OK) {
		CHECK(size == MESSAGE_BYTES);
		for (size_t i = 0; i < size; i++)
			if (!CHECK(got[i] == 'm'))
				break;
	}
	CHECK(status == IPCM_OK || status == IPCM_CORRUPT ||
	      status == IPCM_EOF);
	CHECK_IS(ipcm_connection_recv(fixture.end[0], got, sizeof(got), HANG,
				      NULL),
		 IPCM_EOF);
	ipcm_connection_free(fixture.end[0]);
	ipcm_connection_free(fixture.end[1]);
}

static const struct stepped pipe_send_call = {"send", pipe_prepare, NULL,
					      pipe_send, pipe_survive};

static void test_pipe_calls(const struct ipcm_backend *backend)
{
	stepped_kill(backend, &pipe_send_call, points);
}

/* Shutdown: a caller that is refused can rely on get to end. */

static void queue_prepare(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;

	options.maxsize = 2;
	CHECK_OK(ipcm_queue_create(backend, &options, &fixture.queue));
}

static enum ipcm_status queue_shut(void)
{
	return ipcm_queue_shutdown(fixture.queue, false);
}

static void queue_survive(void)
{
	enum ipcm_status status =
		ipcm_queue_put(fixture.queue, "x", 1, IPCM_TRY);
	char item[8];

	CHECK(status == IPCM_OK || status == IPCM_CLOSED);
	CHECK_IS(ipcm_queue_get(fixture.queue, item, 8, 500 * MS, NULL),
		 status);
	ipcm_queue_free(fixture.queue);
}

static const struct stepped queue_shut_call = {"shutdown", queue_prepare, NULL,
					       queue_shut, queue_survive};

static void test_queue_calls(const struct ipcm_backend *backend)
{
	stepped_kill(backend, &queue_shut_call, points);
}

int main(int argc, char **argv)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) {
		perror("prctl");
		return 3;
	}
	if (argc > 1)
		points = strtoul(argv[1], NULL, 10);
	each_backend(NEEDS_LOCK, "stepped kills of the lock", test_lock_calls);
	each_backend(NEEDS_LOCK, "stepped kills of the semaphore",
		     test_semaphore_calls);
	each_backend(NEEDS_PIPE, "stepped kills of send", test_pipe_calls);
	each_backend(NEEDS_QUEUE, "stepped kills of shutdown",
		     test_queue_calls);
	return check_failures() ? 1 : 0;
}
