/* SPDX-License-Identifier: MIT */
/*
 * Stepped kills (stepped_kills.h) of event, barrier and condition. The
 * survivors must get on: what the call was to do has happened for all
 * or for none, the dead party is not counted, and no call blocks for ever.
 *
 * usage: test_sync_kill [POINTS]; about POINTS kills a call, 0 for every
 * instruction. Exit code 77 where ptrace is not allowed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/testkit/user_group.h"
#include "impls/testkit/stepped_kills.h"

#define POINTS_DEFAULT 15
#define SHORT	       (2 * MS)
/* More than a notify calls at once: the others are left to those. */
#define WAITERS 6

static unsigned long points = POINTS_DEFAULT;

/* Before fork() both sides know it. */
static struct {
	struct ipcm_event *event;
	struct ipcm_barrier *barrier;
	struct ipcm_condition *condition;
	struct user_group *user_group;
} fixture;

/* Event. */

static int event_wait_once(void *event, unsigned number)
{
	(void)number;
	return (int)ipcm_event_wait(event, HANG);
}

static void event_prepare(const struct ipcm_backend *backend)
{
	CHECK_OK(ipcm_event_create(backend, &fixture.event));
	fixture.user_group =
		user_group_start(2, 0, event_wait_once, fixture.event);
	user_group_await_asleep(fixture.user_group, 0);
	user_group_await_asleep(fixture.user_group, 1);
}

static enum ipcm_status event_set(void)
{
	return ipcm_event_set(fixture.event);
}

static enum ipcm_status event_wait(void)
{
	return ipcm_event_wait(fixture.event, SHORT);
}

static enum ipcm_status event_clear(void)
{
	return ipcm_event_clear(fixture.event);
}

static void event_survive(void)
{
	bool set = false;

	CHECK_OK(ipcm_event_is_set(fixture.event, &set));
	if (!set)
		CHECK_OK(ipcm_event_set(fixture.event));
	CHECK(user_group_await(fixture.user_group, IPCM_OK, 2));
	CHECK(user_group_join(fixture.user_group));
	ipcm_event_free(fixture.event);
}

/* Barrier. */

static int barrier_wait_once(void *barrier, unsigned number)
{
	(void)number;
	return (int)ipcm_barrier_wait(barrier, HANG, NULL);
}

static void await_waiting(unsigned count)
{
	int64_t start = now_ns();
	unsigned now = 0;

	do {
		CHECK_OK(ipcm_barrier_n_waiting(fixture.barrier, &now));
	} while (now != count && CHECK(now_ns() - start < HANG));
}

static void barrier_prepare(const struct ipcm_backend *backend, int64_t parties)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;

	options.parties = parties;
	CHECK_OK(ipcm_barrier_create(backend, &options, &fixture.barrier));
	fixture.user_group =
		user_group_start(2, 0, barrier_wait_once, fixture.barrier);
	await_waiting(2);
}

static void barrier_prepare_last(const struct ipcm_backend *backend)
{
	barrier_prepare(backend, 3);
}

static void barrier_prepare_early(const struct ipcm_backend *backend)
{
	barrier_prepare(backend, 4);
}

static enum ipcm_status barrier_wait(void)
{
	return ipcm_barrier_wait(fixture.barrier, SHORT, NULL);
}

static enum ipcm_status barrier_abort(void)
{
	return ipcm_barrier_abort(fixture.barrier);
}

static enum ipcm_status barrier_reset(void)
{
	return ipcm_barrier_reset(fixture.barrier);
}

/* A whole round, whatever was before. */
static void barrier_cycle(unsigned parties)
{
	CHECK_OK(ipcm_barrier_reset(fixture.barrier));
	fixture.user_group = user_group_start(parties, 0, barrier_wait_once,
					      fixture.barrier);
	CHECK(user_group_await(fixture.user_group, IPCM_OK, parties));
	CHECK(user_group_join(fixture.user_group));
	ipcm_barrier_free(fixture.barrier);
}

/* Opened for both who wait, or for neither; then a live third opens it. */
static void barrier_survive_last(void)
{
	unsigned left = 0;

	CHECK_OK(ipcm_barrier_n_waiting(fixture.barrier, &left));
	CHECK(left == 0 || left == 2);
	if (left)
		CHECK_OK(ipcm_barrier_wait(fixture.barrier, HANG, NULL));
	CHECK(user_group_await(fixture.user_group, IPCM_OK, 2));
	CHECK(user_group_join(fixture.user_group));
	barrier_cycle(3);
}

/* Not counted, or its time was over and all is broken: nothing else. */
static void barrier_survive_early(void)
{
	struct user_group *third;
	bool is_broken = false;

	CHECK_OK(ipcm_barrier_broken(fixture.barrier, &is_broken));
	if (!is_broken) {
		await_waiting(2);
		third = user_group_start(1, 0, barrier_wait_once,
					 fixture.barrier);
		await_waiting(3);
		CHECK(user_group_ended(fixture.user_group, IPCM_OK) == 0);
		CHECK_OK(ipcm_barrier_wait(fixture.barrier, IPCM_TRY, NULL));
		CHECK(user_group_join(third));
	}
	CHECK(user_group_await(fixture.user_group,
			       is_broken ? IPCM_BROKEN : IPCM_OK, 2));
	CHECK(user_group_join(fixture.user_group));
	barrier_cycle(4);
}

/* Both failed, or both still wait. */
static void barrier_survive_fail(void)
{
	unsigned left = 0;

	CHECK_OK(ipcm_barrier_n_waiting(fixture.barrier, &left));
	CHECK(left == 0 || left == 2);
	if (left)
		CHECK_OK(ipcm_barrier_abort(fixture.barrier));
	CHECK(user_group_await(fixture.user_group, IPCM_BROKEN, 2));
	CHECK(user_group_join(fixture.user_group));
	barrier_cycle(4);
}

/* Condition. */

/* Mends what a dead holder left, wherever that comes up. */
static enum ipcm_status condition_mend(enum ipcm_status status)
{
	return status == IPCM_OWNERDEAD
		       ? ipcm_condition_recover(fixture.condition)
		       : status;
}

static enum ipcm_status condition_take(void)
{
	return condition_mend(ipcm_condition_acquire(fixture.condition, HANG));
}

static void condition_hold(void)
{
	CHECK_OK(condition_take());
}

static int condition_wait_once(void *argument, unsigned number)
{
	enum ipcm_status status = condition_take();

	(void)argument;
	(void)number;
	CHECK_OK(status);
	status = condition_mend(ipcm_condition_wait(fixture.condition, HANG));
	CHECK_OK(ipcm_condition_release(fixture.condition));
	return (int)status;
}

static size_t condition_waiters(void)
{
	size_t count = 99;

	CHECK_OK(ipcm_condition_waiters(fixture.condition, &count));
	return count;
}

static void await_waiters(size_t count)
{
	int64_t start = now_ns();

	while (condition_waiters() != count && CHECK(now_ns() - start < HANG))
		(void)usleep(50);
}

static void condition_prepare(const struct ipcm_backend *backend)
{
	CHECK_OK(
		ipcm_condition_create(backend, NULL, NULL, &fixture.condition));
	fixture.user_group =
		user_group_start(WAITERS, 0, condition_wait_once, NULL);
	await_waiters(WAITERS);
}

static enum ipcm_status condition_wait(void)
{
	return ipcm_condition_wait(fixture.condition, SHORT);
}

static enum ipcm_status condition_notify(void)
{
	return ipcm_condition_notify(fixture.condition, WAITERS - 1);
}

/* The rest is notified and comes back; then notify finds the living. */
static void condition_finish(size_t least, size_t most)
{
	size_t left;

	CHECK_OK(condition_take());
	left = condition_waiters();
	CHECK(left >= least && left <= most);
	CHECK_OK(ipcm_condition_notify(fixture.condition, left));
	CHECK_OK(ipcm_condition_release(fixture.condition));
	CHECK(user_group_await(fixture.user_group, IPCM_OK, WAITERS));
	CHECK(user_group_join(fixture.user_group));
	CHECK(condition_waiters() == 0);
	ipcm_condition_free(fixture.condition);
}

/* The dead one is no waiter; the notifies go to the living. */
static void condition_survive_wait(void)
{
	condition_finish(WAITERS, WAITERS);
}

static void condition_survive_notify(void)
{
	condition_finish(1, WAITERS);
}

static const struct stepped plain_calls[] = {
	{"event set", event_prepare, NULL, event_set, event_survive},
	{"event wait", event_prepare, NULL, event_wait, event_survive},
	{"event clear", event_prepare, NULL, event_clear, event_survive},
	{"barrier wait, last", barrier_prepare_last, NULL, barrier_wait,
	 barrier_survive_last},
	{"barrier wait, early", barrier_prepare_early, NULL, barrier_wait,
	 barrier_survive_early},
	{"barrier abort", barrier_prepare_early, NULL, barrier_abort,
	 barrier_survive_fail},
	{"barrier reset", barrier_prepare_early, NULL, barrier_reset,
	 barrier_survive_fail},
};

static const struct stepped lock_calls[] = {
	{"condition wait", condition_prepare, condition_hold, condition_wait,
	 condition_survive_wait},
	{"condition notify", condition_prepare, condition_hold,
	 condition_notify, condition_survive_notify},
};

static void test_lock_calls(const struct ipcm_backend *backend)
{
	for (size_t i = 0; i < sizeof(lock_calls) / sizeof(lock_calls[0]); i++)
		stepped_kill(backend, &lock_calls[i], points);
}

/* Event and barrier are the same memory on every back-end: one is enough. */
static void test_plain_calls(const struct ipcm_backend *backend)
{
	static bool done;

	if (done)
		return;
	done = true;
	for (size_t i = 0; i < sizeof(plain_calls) / sizeof(plain_calls[0]);
	     i++)
		stepped_kill(backend, &plain_calls[i], points);
}

int main(int argc, char **argv)
{
	/* symbols are looked up now, not under the steps */
	if (!getenv("LD_BIND_NOW")) {
		(void)setenv("LD_BIND_NOW", "1", 1);
		(void)execv("/proc/self/exe", argv);
	}
	if (argc > 1)
		points = strtoul(argv[1], NULL, 10);
	each_backend(NEEDS_LOCK, "kills in event and barrier",
		     test_plain_calls);
	each_backend(NEEDS_LOCK, "kills in condition", test_lock_calls);
	return check_failures() ? 1 : 0;
}
