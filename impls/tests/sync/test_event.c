/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the event on every back-end: what a caller sees (rules E-01 to
 * E-04), processes and threads mixed, and waiters that are killed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/user_group.h"

static struct ipcm_event *make(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = NULL;

	if (!CHECK_IS(ipcm_event_create(backend, &event), IPCM_OK))
		exit(1);
	return event;
}

static bool is_set(struct ipcm_event *event)
{
	bool set = false;

	CHECK_IS(ipcm_event_is_set(event, &set), IPCM_OK);
	return set;
}

static int see_set(void *event)
{
	CHECK(is_set(event));
	CHECK_IS(ipcm_event_wait(event, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_event_clear(event), IPCM_OK);
	return 0;
}

/* E-01 */
static void test_flag(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);
	int64_t start;

	CHECK(!is_set(event));
	CHECK_IS(ipcm_event_wait(event, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_event_wait(event, -1), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_event_clear(event), IPCM_OK);
	start = now_ns();
	CHECK_IS(ipcm_event_wait(event, 150 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	for (int i = 0; i < 2; i++) {
		CHECK_IS(ipcm_event_set(event), IPCM_OK);
		CHECK(is_set(event));
		CHECK_IS(ipcm_event_wait(event, IPCM_TRY), IPCM_OK);
		CHECK_IS(ipcm_event_wait(event, 1), IPCM_OK);
		CHECK_IS(ipcm_event_wait(event, IPCM_FOREVER), IPCM_OK);
	}
	CHECK(child_ok(child_start(see_set, event)));
	CHECK(!is_set(event));
	CHECK_IS(ipcm_event_clear(event), IPCM_OK);
	CHECK_IS(ipcm_event_wait(event, 1), IPCM_TIMEDOUT);
	ipcm_event_free(event);
}

static void test_bad_handles(const struct ipcm_backend *backend)
{
	struct ipcm_backend none = *backend;
	struct ipcm_event *event = make(backend);
	_Alignas(64) char garbage[256];
	struct ipcm_event *wrong = (struct ipcm_event *)(void *)garbage;
	bool set = false;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_event_create(NULL, &event), IPCM_INVALID);
	CHECK_IS(ipcm_event_create(backend, NULL), IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_event_create(&none, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_event_set(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_event_set(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_event_clear(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_event_is_set(wrong, &set), IPCM_INVALID);
	CHECK_IS(ipcm_event_is_set(event, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_event_wait(wrong, IPCM_FOREVER), IPCM_INVALID);
	CHECK_IS(ipcm_event_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_event_set(event), IPCM_OK);
	CHECK_IS(ipcm_event_close(event), IPCM_OK);
	CHECK_IS(ipcm_event_close(event), IPCM_OK);
	CHECK_IS(ipcm_event_set(event), IPCM_CLOSED);
	CHECK_IS(ipcm_event_clear(event), IPCM_CLOSED);
	CHECK_IS(ipcm_event_is_set(event, &set), IPCM_CLOSED);
	CHECK_IS(ipcm_event_wait(event, IPCM_FOREVER), IPCM_CLOSED);
	CHECK(!set);
	ipcm_event_free(event);
	ipcm_event_free(NULL);
}

static int wait_once(void *event, unsigned number)
{
	(void)number;
	return (int)ipcm_event_wait(event, 2 * HANG);
}

/* E-02, and C-07's word on Event.set: the killed cost the others nothing */
static void test_everybody(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);
	struct user_group *user_group =
		user_group_start(6, 6, wait_once, event);
	int64_t start;

	for (unsigned i = 0; i < 12; i++)
		user_group_await_asleep(user_group, i);
	user_group_kill(user_group, 0, true);
	user_group_kill(user_group, 1, false);
	start = now_ns();
	CHECK_IS(ipcm_event_set(event), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_OK, 10));
	CHECK(now_ns() - start < HANG / 2);
	CHECK(user_group_join(user_group));
	CHECK(is_set(event));
	ipcm_event_free(event);
}

#define PULSES 400

struct pulses {
	struct ipcm_event *event;
	_Atomic int round;
	_Atomic int begun[3];
	_Atomic int done;
};

static int wait_often(void *argument, unsigned number)
{
	struct pulses *pulses = argument;

	for (int round = 1; round <= PULSES; round++) {
		while (pulses->round < round)
			(void)sched_yield();
		pulses->begun[number] = round;
		if (!CHECK_IS(ipcm_event_wait(pulses->event, HANG), IPCM_OK))
			return 1;
		pulses->done++;
	}
	return 0;
}

/* E-03: whoever sleeps already gets it, though it is gone at once */
static void test_pulse(const struct ipcm_backend *backend)
{
	struct pulses *pulses = shared_memory(sizeof(*pulses));
	int64_t start = now_ns();
	struct user_group *user_group;

	pulses->event = make(backend);
	user_group = user_group_start(2, 1, wait_often, pulses);
	for (int round = 1; round <= PULSES && !check_failures(); round++) {
		pulses->round = round;
		for (unsigned i = 0; i < 3; i++) {
			while (pulses->begun[i] < round)
				(void)sched_yield();
			user_group_await_asleep(user_group, i);
		}
		CHECK_IS(ipcm_event_set(pulses->event), IPCM_OK);
		CHECK_IS(ipcm_event_clear(pulses->event), IPCM_OK);
		while (pulses->done < 3 * round &&
		       CHECK(now_ns() - start < HANG))
			(void)usleep(20);
	}
	CHECK(user_group_join(user_group));
	CHECK(!is_set(pulses->event));
	/* each wake-up that is lost costs up to 100 ms */
	CHECK(now_ns() - start < HANG / 4);
	ipcm_event_free(pulses->event);
}

static struct ipcm_event *handler_event;
static _Atomic unsigned handler_runs;

static void set_in_handler(int number)
{
	(void)number;
	if (ipcm_event_set(handler_event))
		_exit(9);
	handler_runs++;
}

static void handler_install(struct ipcm_event *event,
			    void (*handler)(int number))
{
	struct sigaction action = {.sa_handler = handler};

	handler_event = event;
	handler_runs = 0;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGUSR1, &action, NULL);
}

static int signal_me(void *argument, unsigned number)
{
	(void)argument;
	(void)number;
	while (!handler_runs) {
		pause_ms(20);
		(void)kill(getpid(), SIGUSR1);
	}
	return 0;
}

static int wait_for_handler(void *event)
{
	struct user_group *user_group;
	sigset_t mask;

	handler_install(event, set_in_handler);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &mask, NULL);
	user_group = user_group_start(0, 1, signal_me, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	CHECK_IS(ipcm_event_wait(event, HANG), IPCM_OK);
	CHECK(handler_runs > 0);
	CHECK(user_group_join(user_group));
	return 0;
}

static int call_under_fire(void *event)
{
	struct itimerspec often = {{0, 50000}, {0, 50000}};
	struct sigevent how = {.sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1};
	int64_t end = now_ns() + 300 * MS;
	timer_t timer;

	handler_install(event, set_in_handler);
	if (timer_create(CLOCK_MONOTONIC, &how, &timer) ||
	    timer_settime(timer, 0, &often, NULL))
		return 3;
	while (now_ns() < end) {
		CHECK_IS(ipcm_event_clear(event), IPCM_OK);
		(void)is_set(event);
		CHECK_IS(ipcm_event_set(event), IPCM_OK);
		CHECK_IS(ipcm_event_clear(event), IPCM_OK);
		/* the next handler ends it */
		CHECK_IS(ipcm_event_wait(event, HANG), IPCM_OK);
	}
	CHECK(handler_runs > 10);
	(void)timer_delete(timer);
	return 0;
}

/* E-04: set in a handler that came into wait, is_set, set and clear */
static void test_handler(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);

	CHECK(child_ok(child_start(wait_for_handler, event)));
	CHECK(child_ok(child_start(call_under_fire, event)));
	ipcm_event_free(event);
}

static void count_in_handler(int number)
{
	(void)number;
	handler_runs++;
}

static int wait_interruptible(void *event, unsigned number)
{
	(void)number;
	CHECK(!ipcm_set_interruptible(true));
	return (int)ipcm_event_wait(event, HANG);
}

static int be_interrupted(void *event)
{
	int64_t start = now_ns();
	struct user_group *user_group;

	handler_install(event, count_in_handler);
	user_group = user_group_start(1, 0, wait_interruptible, event);
	user_group_await_asleep(user_group, 0);
	while (!user_group_ended(user_group, IPCM_INTR) &&
	       CHECK(now_ns() - start < HANG)) {
		(void)kill(0, SIGUSR1); /* our own group, see below */
		pause_ms(5);
	}
	CHECK(user_group_join(user_group));
	return 0;
}

static int own_group(void *event)
{
	(void)setpgid(0, 0);
	return be_interrupted(event);
}

static int ignore_signals(void *event, unsigned number)
{
	(void)number;
	return (int)ipcm_event_wait(event, 300 * MS);
}

static int not_interrupted(void *event)
{
	struct user_group *user_group;
	int64_t start = now_ns();

	(void)setpgid(0, 0);
	handler_install(event, count_in_handler);
	user_group = user_group_start(1, 0, ignore_signals, event);
	while (!user_group_ended(user_group, IPCM_TIMEDOUT) &&
	       now_ns() - start < HANG) {
		(void)kill(0, SIGUSR1);
		pause_ms(5);
	}
	CHECK(now_ns() - start >= 300 * MS);
	CHECK(user_group_join(user_group));
	return 0;
}

/* G-SIG-01, G-SIG-02, G-SIG-04 */
static void test_signals(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);

	CHECK(child_ok(child_start(own_group, event)));
	CHECK(child_ok(child_start(not_interrupted, event)));
	CHECK(!is_set(event));
	ipcm_event_free(event);
}

static void test_close_ends_wait(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);
	struct user_group *user_group =
		user_group_start(0, 1, wait_once, event);

	user_group_await_asleep(user_group, 0);
	CHECK_IS(ipcm_event_close(event), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_CLOSED, 1));
	CHECK(user_group_join(user_group));
	ipcm_event_free(event);
}

#define KILL_ROUNDS 150

static int wait_for_ever(void *event, unsigned number)
{
	(void)number;
	for (;;)
		if (ipcm_event_wait(event, HANG))
			return 1;
}

/* Waiters killed at random moments of wait; the rest is served. */
static void test_random_kills(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = make(backend);
	uint32_t seed = (uint32_t)now_ns() | 1;
	uint32_t state = seed;

	printf("seed %u for the kills on %s\n", seed, backend->name);
	for (int round = 0; round < KILL_ROUNDS && !check_failures(); round++) {
		struct user_group *victim =
			user_group_start(1, 0, wait_for_ever, event);
		struct user_group *user_group =
			user_group_start(0, 1, wait_once, event);

		if (random_next(&state) % 2)
			CHECK_IS(ipcm_event_set(event), IPCM_OK);
		(void)usleep(random_next(&state) % 1000);
		CHECK_IS(ipcm_event_clear(event), IPCM_OK);
		user_group_kill(victim, 0, random_next(&state) % 2);
		CHECK_IS(ipcm_event_set(event), IPCM_OK);
		CHECK(user_group_await(user_group, IPCM_OK, 1));
		CHECK(user_group_join(user_group));
		CHECK(user_group_join(victim));
		CHECK_IS(ipcm_event_clear(event), IPCM_OK);
	}
	ipcm_event_free(event);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "flag", test_flag);
	each_backend(NEEDS_LOCK, "bad handles", test_bad_handles);
	each_backend(NEEDS_LOCK, "everybody", test_everybody);
	each_backend(NEEDS_LOCK, "pulse", test_pulse);
	each_backend(NEEDS_LOCK, "handler", test_handler);
	each_backend(NEEDS_LOCK, "signals", test_signals);
	each_backend(NEEDS_LOCK, "close ends wait", test_close_ends_wait);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
