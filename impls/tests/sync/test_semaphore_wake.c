/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the semaphore on every back-end: that no wake-up is lost, that
 * signals and close end a wait as promised, and that waiters and holders may
 * be killed at any moment (S-05). The stepped kills are in test_kill.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/semaphore_support.h"

/* A lost wake-up costs a slice, 100 ms; many of them more than this. */
#define ROUNDS	    1000
#define ROUNDS_TIME (HANG / 3)

struct two {
	struct ipcm_semaphore *there;
	struct ipcm_semaphore *back;
};

static int hand_back(void *argument)
{
	const struct two *two = argument;

	for (int i = 0; i < ROUNDS; i++) {
		if (!CHECK_IS(ipcm_semaphore_acquire(two->there, HANG),
			      IPCM_OK))
			return 1;
		CHECK_IS(ipcm_semaphore_release(two->back), IPCM_OK);
	}
	return 0;
}

/* Each acquire waits for a release: without wake-ups a slice each is lost. */
static void test_hand_over(const struct ipcm_backend *backend)
{
	struct two two = {make(backend, 0, 0), make(backend, 0, 0)};
	int64_t start = now_ns();
	pid_t child = child_start(hand_back, &two);

	for (int i = 0; i < ROUNDS; i++) {
		CHECK_IS(ipcm_semaphore_release(two.there), IPCM_OK);
		if (!CHECK_IS(ipcm_semaphore_acquire(two.back, HANG),
			      IPCM_OK) ||
		    !CHECK(now_ns() - start < ROUNDS_TIME))
			break;
	}
	if (check_failures())
		child_kill(child);
	else
		CHECK(child_ok(child));
	ipcm_semaphore_free(two.there);
	ipcm_semaphore_free(two.back);
}

#define SLEEPERS 4

struct burst {
	struct ipcm_semaphore *semaphore;
	_Atomic int round;
	_Atomic int taken;
	_Atomic int gave_up;
};

static int take_each_round(void *argument)
{
	struct burst *burst = argument;

	for (int round = 1; round <= ROUNDS; round++) {
		while (burst->round < round)
			(void)usleep(50);
		if (!CHECK_IS(ipcm_semaphore_acquire(burst->semaphore, HANG),
			      IPCM_OK))
			return 1;
		burst->taken++;
	}
	return 0;
}

/* Waits shortly, over and over; hands on what it gets. */
static int give_up_often(void *argument)
{
	struct burst *burst = argument;
	int64_t start = now_ns();

	/* the limit is for a parent that was killed */
	while (burst->round <= ROUNDS && now_ns() - start < 2 * HANG) {
		enum ipcm_status status =
			ipcm_semaphore_acquire(burst->semaphore, MS / 2);

		if (status == IPCM_OK)
			CHECK_IS(ipcm_semaphore_release(burst->semaphore),
				 IPCM_OK);
		else if (CHECK_IS(status, IPCM_TIMEDOUT))
			burst->gave_up++;
	}
	return 0;
}

/* Each of the sleepers is asleep, most likely, when the permits come. */
static void burst_rounds(struct burst *burst, int at_once)
{
	int64_t start = now_ns();
	int given = 0;

	for (int round = 1; round <= ROUNDS; round++) {
		burst->round = round;
		(void)usleep(500);
		while (given < round * SLEEPERS) {
			for (int i = 0; i < at_once; i++)
				CHECK_IS(ipcm_semaphore_release(
						 burst->semaphore),
					 IPCM_OK);
			given += at_once;
			while (burst->taken < given)
				if (!CHECK(now_ns() - start < ROUNDS_TIME))
					return;
		}
	}
}

/*
 * As many permits as sleepers: each must wake (S-01); with `guest` also
 * while one more comes and goes.
 */
static void burst(const struct ipcm_backend *backend, int at_once, bool guest)
{
	struct burst *burst = shared_memory(sizeof(*burst));
	pid_t child[SLEEPERS + 1];
	int children = SLEEPERS;

	burst->semaphore = make(backend, 0, 0);
	for (int i = 0; i < SLEEPERS; i++)
		child[i] = child_start(take_each_round, burst);
	if (guest)
		child[children++] = child_start(give_up_often, burst);
	burst_rounds(burst, at_once);
	burst->round = ROUNDS + 1;
	if (check_failures()) {
		for (int i = 0; i < children; i++)
			child_kill(child[i]);
	} else {
		for (int i = 0; i < children; i++)
			CHECK(child_ok(child[i]));
		CHECK(!guest || burst->gave_up > 0);
		CHECK(value_of(burst->semaphore) == 0);
	}
	ipcm_semaphore_free(burst->semaphore);
}

static void test_burst(const struct ipcm_backend *backend)
{
	burst(backend, SLEEPERS, false);
}

static void test_trickle(const struct ipcm_backend *backend)
{
	burst(backend, 1, false);
}

static void test_trickle_and_guest(const struct ipcm_backend *backend)
{
	burst(backend, 1, true);
}

static void *acquire_closed(void *semaphore)
{
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_FOREVER), IPCM_CLOSED);
	return NULL;
}

static void test_close_wakes(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = make(backend, 0, 0);
	pthread_t thread;

	if (!CHECK(!pthread_create(&thread, NULL, acquire_closed, semaphore)))
		return;
	pause_ms(50);
	CHECK_IS(ipcm_semaphore_close(semaphore), IPCM_OK);
	CHECK(!pthread_join(thread, NULL));
	ipcm_semaphore_free(semaphore);
}

static void ring(int number)
{
	(void)number;
}

/* A signal every 20 ms, to a handler that does nothing. */
static void alarm_start(void)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}};
	struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};

	CHECK(!sigaction(SIGALRM, &action, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
}

static int interrupted_acquire(void *argument)
{
	struct ipcm_semaphore *semaphore = argument;
	int64_t start;

	alarm_start();
	start = now_ns();
	CHECK_IS(ipcm_semaphore_acquire(semaphore, 250 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 250 * MS);
	CHECK(now_ns() - start < HANG);
	CHECK(!ipcm_set_interruptible(true));
	CHECK_IS(ipcm_semaphore_acquire(semaphore, HANG), IPCM_INTR);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, HANG), IPCM_OK);
	CHECK(ipcm_set_interruptible(false));
	return 0;
}

/* G-SIG-01, G-SIG-02, G-SIG-04 */
static void test_signals(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = make(backend, 0, 0);

	CHECK(child_ok(child_start(interrupted_acquire, semaphore)));
	CHECK(value_of(semaphore) == 0);
	ipcm_semaphore_free(semaphore);
}

#define KILL_ROUNDS  60
#define KILL_USERS   3
#define KILL_PERMITS 2

enum phase { IDLE, ACQUIRING, HOLDING, RELEASING };

struct victims {
	struct ipcm_semaphore *semaphore;
	_Atomic int phase[KILL_USERS];
	int self;
};

static int cycle_for_ever(void *argument)
{
	struct victims *victims = argument;
	_Atomic int *phase = &victims->phase[victims->self];
	int64_t start = now_ns();

	/* the limit is for a parent that was killed */
	for (uint32_t i = 0; now_ns() - start < 2 * HANG; i++) {
		*phase = ACQUIRING;
		CHECK_IS(ipcm_semaphore_acquire(victims->semaphore, HANG),
			 IPCM_OK);
		*phase = HOLDING;
		if (i % 8 == 0)
			(void)usleep(20);
		*phase = RELEASING;
		CHECK_IS(ipcm_semaphore_release(victims->semaphore), IPCM_OK);
		*phase = IDLE;
	}
	return 1;
}

/* All of them are dead: exactly what they held is missing (S-05). */
static void check_the_loss(struct victims *victims)
{
	int64_t value = value_of(victims->semaphore);
	int64_t certain = 0;
	int64_t possible = 0;

	for (int i = 0; i < KILL_USERS; i++) {
		certain += victims->phase[i] == HOLDING;
		possible += victims->phase[i] != IDLE;
	}
	CHECK(value <= KILL_PERMITS - certain);
	CHECK(value >= KILL_PERMITS - possible);
	CHECK(value >= 0);
	for (; value < KILL_PERMITS; value++)
		CHECK_IS(ipcm_semaphore_release(victims->semaphore), IPCM_OK);
	CHECK_IS(ipcm_semaphore_release(victims->semaphore), IPCM_INVALID);
	for (int i = 0; i < KILL_PERMITS; i++)
		CHECK_IS(ipcm_semaphore_acquire(victims->semaphore, IPCM_TRY),
			 IPCM_OK);
	CHECK_IS(ipcm_semaphore_acquire(victims->semaphore, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	for (int i = 0; i < KILL_PERMITS; i++)
		CHECK_IS(ipcm_semaphore_release(victims->semaphore), IPCM_OK);
}

static void test_random_kills(const struct ipcm_backend *backend)
{
	struct victims *victims = shared_memory(sizeof(*victims));
	uint32_t seed = (uint32_t)now_ns() | 1;
	pid_t child[KILL_USERS];

	printf("seed %u for the kills on %s\n", seed, backend->name);
	victims->semaphore =
		make(backend, KILL_PERMITS, IPCM_SEMAPHORE_BOUNDED);
	for (int round = 0; round < KILL_ROUNDS; round++) {
		for (int i = 0; i < KILL_USERS; i++) {
			victims->phase[i] = IDLE;
			victims->self = i;
			child[i] = child_start(cycle_for_ever, victims);
			while (victims->phase[i] == IDLE)
				(void)usleep(50);
		}
		for (int i = 0; i < KILL_USERS; i++) {
			(void)usleep(random_next(&seed) % 2000);
			CHECK(waitpid(child[i], NULL, WNOHANG) == 0);
			child_kill(child[i]);
		}
		check_the_loss(victims);
		if (check_failures())
			break;
	}
	ipcm_semaphore_free(victims->semaphore);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "hand-over", test_hand_over);
	each_backend(NEEDS_LOCK, "burst", test_burst);
	each_backend(NEEDS_LOCK, "trickle", test_trickle);
	each_backend(NEEDS_LOCK, "trickle and guest", test_trickle_and_guest);
	each_backend(NEEDS_LOCK, "close wakes", test_close_wakes);
	each_backend(NEEDS_LOCK, "signals", test_signals);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
