/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the barrier on every back-end: what a caller sees (rules B-01,
 * B-02, B-04 to B-07), processes and threads mixed, parties stopped and killed
 * while they wait. The action is in test_barrier_action.c, the stepped kills
 * are in test_sync_kill.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/barrier_support.h"
#include "impls/testkit/check.h"
#include "impls/testkit/user_group.h"

static void test_one_party(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 1);
	unsigned index = 9;
	unsigned parties = 0;

	for (int i = 0; i < 100; i++) {
		CHECK_IS(ipcm_barrier_wait(barrier, IPCM_TRY, &index), IPCM_OK);
		CHECK(index == 0);
	}
	CHECK_IS(ipcm_barrier_parties(barrier, &parties), IPCM_OK);
	CHECK(parties == 1);
	CHECK(waiting(barrier) == 0);
	CHECK(!broken(barrier));
	ipcm_barrier_free(barrier);
}

static void test_bad_calls(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_backend none = *backend;
	struct ipcm_barrier *barrier = make(backend, 2);
	_Alignas(64) char garbage[256];
	struct ipcm_barrier *wrong = (struct ipcm_barrier *)(void *)garbage;
	bool is_broken;
	unsigned count;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_barrier_create(backend, &options, &wrong), IPCM_INVALID);
	options.parties = -1;
	CHECK_IS(ipcm_barrier_create(backend, &options, &wrong), IPCM_INVALID);
	options.parties = IPCM_BARRIER_MAX_PARTIES + 1;
	CHECK_IS(ipcm_barrier_create(backend, &options, &wrong), IPCM_LIMIT);
	options.parties = 2;
	CHECK_IS(ipcm_barrier_create(NULL, &options, &wrong), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_create(backend, NULL, &wrong), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_create(backend, &options, NULL), IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_barrier_create(&none, &options, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_barrier_wait(NULL, 1, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_wait(wrong, 1, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_abort(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_reset(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_parties(barrier, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_n_waiting(barrier, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_broken(barrier, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_barrier_close(barrier), IPCM_OK);
	CHECK_IS(ipcm_barrier_close(barrier), IPCM_OK);
	CHECK_IS(ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL), IPCM_CLOSED);
	CHECK_IS(ipcm_barrier_abort(barrier), IPCM_CLOSED);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_CLOSED);
	CHECK_IS(ipcm_barrier_parties(barrier, &count), IPCM_CLOSED);
	CHECK_IS(ipcm_barrier_n_waiting(barrier, &count), IPCM_CLOSED);
	CHECK_IS(ipcm_barrier_broken(barrier, &is_broken), IPCM_CLOSED);
	ipcm_barrier_free(barrier);
	ipcm_barrier_free(NULL);
}

#define ROUNDS 1000

struct lockstep {
	struct ipcm_barrier *barrier;
	_Atomic unsigned round[PARTIES];
	_Atomic unsigned index_seen[ROUNDS];
};

static int march(void *argument, unsigned number)
{
	struct lockstep *step = argument;

	for (unsigned round = 1; round <= ROUNDS; round++) {
		unsigned index = PARTIES;

		step->round[number] = round;
		if (!CHECK_IS(ipcm_barrier_wait(step->barrier, HANG, &index),
			      IPCM_OK))
			return 1;
		/* nobody behind, nobody more than one ahead */
		for (unsigned i = 0; i < PARTIES; i++)
			if (!CHECK(step->round[i] == round ||
				   step->round[i] == round + 1))
				return 1;
		if (!CHECK(index < PARTIES))
			return 1;
		step->index_seen[round - 1] |= 1u << index;
	}
	return 0;
}

/* B-01, B-02 */
static void test_lockstep(const struct ipcm_backend *backend)
{
	struct lockstep *step = shared_memory(sizeof(*step));
	int64_t start = now_ns();
	struct user_group *user_group;

	step->barrier = make(backend, PARTIES);
	user_group = user_group_start(3, 2, march, step);
	CHECK(user_group_await(user_group, 0, PARTIES));
	CHECK(user_group_join(user_group));
	for (unsigned round = 0; round < ROUNDS; round++)
		if (!CHECK(step->index_seen[round] == (1u << PARTIES) - 1))
			break;
	CHECK(waiting(step->barrier) == 0);
	/* a lost wake-up a round would be 100 ms each */
	CHECK(now_ns() - start < HANG / 2);
	ipcm_barrier_free(step->barrier);
}

#define CROWD 12

struct crowd {
	struct ipcm_barrier *barrier;
	_Atomic unsigned turns;
	_Atomic unsigned opened;
};

#define CROWD_TURNS 3000

static int jostle(void *argument, unsigned number)
{
	struct crowd *crowd = argument;

	(void)number;
	while (crowd->turns++ < CROWD_TURNS) {
		if (ipcm_barrier_wait(crowd->barrier, HANG, NULL))
			return 0; /* aborted at the end */
		crowd->opened++;
	}
	return 0;
}

/* More users than parties: rounds overlap, places run short. */
static void test_crowd(const struct ipcm_backend *backend)
{
	struct crowd *crowd = shared_memory(sizeof(*crowd));
	int64_t start = now_ns();
	struct user_group *user_group;

	crowd->barrier = make(backend, 2);
	user_group = user_group_start(CROWD / 2, CROWD / 2, jostle, crowd);
	while (crowd->turns < CROWD_TURNS && CHECK(now_ns() - start < HANG))
		pause_ms(1);
	pause_ms(200); /* whoever found no partner waits now */
	CHECK_IS(ipcm_barrier_abort(crowd->barrier), IPCM_OK);
	CHECK(user_group_await(user_group, 0, CROWD));
	CHECK(user_group_join(user_group));
	CHECK(crowd->opened % 2 == 0);
	CHECK(crowd->opened >= CROWD_TURNS - CROWD);
	ipcm_barrier_free(crowd->barrier);
}

/* B-04 */
static void test_timeout(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier =
		make_with(backend, 4, NULL, NULL, 100 * MS);
	struct user_group *user_group =
		user_group_start(1, 1, wait_once, barrier);
	unsigned index = 99;
	int64_t start;

	await_waiting(barrier, 2);
	start = now_ns();
	CHECK_IS(ipcm_barrier_wait(barrier, 120 * MS, &index), IPCM_BROKEN);
	CHECK(now_ns() - start >= 120 * MS);
	CHECK(index == 99);
	CHECK(user_group_await(user_group, IPCM_BROKEN, 2));
	CHECK(user_group_join(user_group));
	CHECK(broken(barrier));
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_BROKEN);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	CHECK(!broken(barrier));
	start = now_ns();
	CHECK_IS(ipcm_barrier_wait(barrier, IPCM_BARRIER_DEFAULT, NULL),
		 IPCM_BROKEN);
	CHECK(now_ns() - start >= 100 * MS);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	user_group = user_group_start(2, 1, wait_once, barrier);
	await_waiting(barrier, 3);
	/* the last one need not wait: try is enough */
	CHECK_IS(ipcm_barrier_wait(barrier, IPCM_TRY, &index), IPCM_OK);
	CHECK(index == 3);
	CHECK(user_group_await(user_group, IPCM_OK, 3));
	CHECK(user_group_join(user_group));
	CHECK_IS(ipcm_barrier_wait(barrier, IPCM_TRY, NULL), IPCM_BROKEN);
	ipcm_barrier_free(barrier);
}

/* B-05, B-06 */
static void test_abort_reset(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 4);
	struct user_group *user_group =
		user_group_start(2, 1, wait_once, barrier);

	await_waiting(barrier, 3);
	CHECK_IS(ipcm_barrier_abort(barrier), IPCM_OK);
	CHECK(waiting(barrier) == 0);
	CHECK(broken(barrier));
	CHECK(user_group_await(user_group, IPCM_BROKEN, 3));
	CHECK(user_group_join(user_group));
	CHECK_IS(ipcm_barrier_abort(barrier), IPCM_OK);
	CHECK_IS(ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL), IPCM_BROKEN);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	user_group = user_group_start(1, 2, wait_once, barrier);
	await_waiting(barrier, 3);
	CHECK(!broken(barrier));
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_BROKEN, 3));
	CHECK(user_group_join(user_group));
	CHECK(!broken(barrier));
	user_group = user_group_start(2, 2, wait_once, barrier);
	CHECK(user_group_await(user_group, IPCM_OK, 4));
	CHECK(user_group_join(user_group));
	ipcm_barrier_free(barrier);
}

static int wait_and_tell(void *barrier)
{
	return (int)ipcm_barrier_wait(barrier, 2 * HANG, NULL);
}

static pid_t stopped_waiter(struct ipcm_barrier *barrier)
{
	pid_t child = child_start(wait_and_tell, barrier);

	await_waiting(barrier, 1);
	(void)kill(child, SIGSTOP);
	(void)waitpid(child, NULL, WUNTRACED);
	CHECK(waiting(barrier) == 1);
	return child;
}

static enum ipcm_status continue_and_ask(pid_t child)
{
	int code = 0;

	(void)kill(child, SIGCONT);
	(void)waitpid(child, &code, 0);
	return (enum ipcm_status)WEXITSTATUS(code);
}

/* Whoever sleeps over the end of the rounds behind its own learns its own. */
static void test_slow_leaver(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 2);
	pid_t child = stopped_waiter(barrier);
	pid_t other;

	pause_ms(400); /* it does not beat, but it lives */
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_OK);
	CHECK_IS(ipcm_barrier_abort(barrier), IPCM_OK);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	CHECK_IS(continue_and_ask(child), IPCM_OK);
	child = stopped_waiter(barrier);
	CHECK_IS(ipcm_barrier_abort(barrier), IPCM_OK);
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	other = child_start(wait_and_tell, barrier);
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_OK);
	CHECK(child_ok(other));
	CHECK_IS(continue_and_ask(child), IPCM_BROKEN);
	ipcm_barrier_free(barrier);
}

/* B-07 */
static void test_killed_waiter(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 4);
	struct user_group *user_group =
		user_group_start(3, 0, wait_once, barrier);
	struct user_group *spare;

	await_waiting(barrier, 3);
	user_group_kill(user_group, 0, true);
	CHECK(waiting(barrier) == 2);
	user_group_kill(user_group, 1, false); /* a zombie */
	CHECK(waiting(barrier) == 1);
	CHECK_IS(ipcm_barrier_wait(barrier, 100 * MS, NULL), IPCM_BROKEN);
	CHECK(user_group_await(user_group, IPCM_BROKEN, 1));
	CHECK(user_group_join(user_group));
	CHECK_IS(ipcm_barrier_reset(barrier), IPCM_OK);
	/* with replacements the round completes */
	user_group = user_group_start(3, 0, wait_once, barrier);
	await_waiting(barrier, 3);
	user_group_kill(user_group, 0, false);
	user_group_kill(user_group, 1, true);
	spare = user_group_start(1, 1, wait_once, barrier);
	await_waiting(barrier, 3);
	pause_ms(20);
	CHECK(user_group_ended(user_group, IPCM_OK) +
		      user_group_ended(spare, IPCM_OK) ==
	      0);
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_OK, 1));
	CHECK(user_group_await(spare, IPCM_OK, 2));
	CHECK(user_group_join(user_group) && user_group_join(spare));
	ipcm_barrier_free(barrier);
}

static void *thread_leaves(void *barrier)
{
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_OK); /* never */
	return NULL;
}

static int exec_with_waiter(void *barrier)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_leaves, barrier))
		return 3;
	await_waiting(barrier, 1);
	pause_ms(200); /* the parent shall see it, too */
	(void)execl("/bin/sleep", "sleep", "1", (char *)NULL);
	return 3;
}

/* execve ends the other threads of a process, and it lives on */
static void test_waiter_execs(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 2);
	pid_t child = child_start(exec_with_waiter, barrier);
	unsigned most = 0;
	int64_t start = now_ns();

	while (!(most && !waiting(barrier)) && CHECK(now_ns() - start < HANG))
		most |= waiting(barrier);
	CHECK_IS(ipcm_barrier_wait(barrier, 1, NULL), IPCM_BROKEN);
	CHECK(child_ok(child));
	ipcm_barrier_free(barrier);
}

static void on_signal(int number)
{
	(void)number;
}

static int wait_interruptible(void *barrier, unsigned number)
{
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigaction(SIGUSR1, &action, NULL);
	(void)ipcm_set_interruptible(number == 0);
	return (int)ipcm_barrier_wait(barrier, HANG, NULL);
}

static int interrupt_group(void *argument)
{
	struct ipcm_barrier *barrier = argument;
	struct sigaction action = {.sa_handler = on_signal};
	int64_t start = now_ns();
	struct user_group *user_group;

	(void)setpgid(0, 0);
	(void)sigaction(SIGUSR1, &action, NULL);
	user_group = user_group_start(2, 0, wait_interruptible, barrier);
	await_waiting(barrier, 2);
	while (!user_group_ended(user_group, IPCM_INTR) &&
	       CHECK(now_ns() - start < HANG)) {
		(void)kill(0, SIGUSR1);
		pause_ms(5);
	}
	CHECK(user_group_await(user_group, IPCM_BROKEN, 1));
	CHECK(user_group_join(user_group));
	return 0;
}

static void test_interrupt(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 3);

	CHECK(child_ok(child_start(interrupt_group, barrier)));
	CHECK(broken(barrier));
	ipcm_barrier_free(barrier);
}

/* The handle's closing ends the wait and takes the party out of the count. */
static void test_close_ends_wait(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = make(backend, 3);
	struct user_group *others = user_group_start(1, 0, wait_once, barrier);
	struct user_group *user_group =
		user_group_start(0, 1, wait_once, barrier);

	await_waiting(barrier, 2);
	CHECK_IS(ipcm_barrier_close(barrier), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_CLOSED, 1));
	CHECK(user_group_join(user_group));
	CHECK(user_group_ended(others, IPCM_BROKEN) == 0);
	user_group_kill(others, 0, true);
	CHECK(user_group_join(others));
	ipcm_barrier_free(barrier);
}

#define KILL_ROUNDS 120

struct kills {
	struct ipcm_barrier *barrier;
	_Atomic unsigned turns;
};

static int wait_for_ever(void *argument, unsigned number)
{
	struct kills *kills = argument;

	(void)number;
	for (;;) {
		enum ipcm_status status =
			ipcm_barrier_wait(kills->barrier, HANG, NULL);

		if (status == IPCM_BROKEN)
			return (int)status;
		if (status)
			return 1;
		kills->turns++;
	}
}

/* Parties killed at random moments; replaced, the rounds go on. */
static void test_random_kills(const struct ipcm_backend *backend)
{
	struct kills *kills = shared_memory(sizeof(*kills));
	uint32_t seed = (uint32_t)now_ns() | 1;
	uint32_t state = seed;
	struct user_group *user_group[3];

	printf("seed %u for the kills on %s\n", seed, backend->name);
	kills->barrier = make(backend, 3);
	for (unsigned i = 0; i < 3; i++)
		user_group[i] = user_group_start(1, 0, wait_for_ever, kills);
	for (int round = 0; round < KILL_ROUNDS && !check_failures(); round++) {
		unsigned victim = random_next(&state) % 3;
		int64_t start = now_ns();
		unsigned turns;

		(void)usleep(random_next(&state) % 2000);
		user_group_kill(user_group[victim], 0, random_next(&state) % 2);
		/* two are left: no round may complete */
		await_waiting(kills->barrier, 2);
		turns = kills->turns;
		(void)usleep(random_next(&state) % 1000);
		CHECK(kills->turns == turns);
		CHECK(waiting(kills->barrier) == 2);
		CHECK(user_group_join(user_group[victim]));
		user_group[victim] =
			user_group_start(1, 0, wait_for_ever, kills);
		while (kills->turns == turns && CHECK(now_ns() - start < HANG))
			(void)usleep(50);
	}
	CHECK_IS(ipcm_barrier_abort(kills->barrier), IPCM_OK);
	for (unsigned i = 0; i < 3; i++) {
		CHECK(user_group_await(user_group[i], IPCM_BROKEN, 1));
		CHECK(user_group_join(user_group[i]));
	}
	ipcm_barrier_free(kills->barrier);
}

#define SUBSTITUTES   6
#define SUBSTITUTE_NS (2500 * MS)

struct substitutes {
	struct ipcm_barrier *barrier;
	int64_t until;
	/* How often each number of a round was given. */
	_Atomic unsigned given[2];
	_Atomic unsigned ended;
};

static int substitute(void *argument, unsigned number)
{
	struct substitutes *all = argument;
	uint32_t random = number + 1;
	enum ipcm_status status;
	unsigned index;

	while (now_ns() < all->until) {
		status = ipcm_barrier_wait(
			all->barrier, random_next(&random) % 40000, &index);
		if (status == IPCM_OK && CHECK(index < 2))
			all->given[index]++;
		else if (CHECK_IS(status, IPCM_BROKEN))
			CHECK_IS(ipcm_barrier_reset(all->barrier), IPCM_OK);
	}
	all->ended++;
	return 0;
}

/*
 * More threads than parties: when one gives up in the moment in which others
 * complete its round without it, it has no part in that round.
 */
static void test_substitutes(const struct ipcm_backend *backend)
{
	struct substitutes *all = shared_memory(sizeof(*all));
	struct user_group *user_group;

	if (strcmp(backend->name, "shm_ring") != 0)
		return; /* the same on all */
	all->barrier = make(backend, 2);
	all->until = now_ns() + SUBSTITUTE_NS;
	user_group = user_group_start(SUBSTITUTES, 0, substitute, all);
	CHECK(user_group_join(user_group));
	CHECK(all->ended == SUBSTITUTES);
	CHECK(all->given[0] == all->given[1]);
	ipcm_barrier_free(all->barrier);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "one party", test_one_party);
	each_backend(NEEDS_LOCK, "bad calls", test_bad_calls);
	each_backend(NEEDS_LOCK, "lockstep", test_lockstep);
	each_backend(NEEDS_LOCK, "crowd", test_crowd);
	each_backend(NEEDS_LOCK, "timeout", test_timeout);
	each_backend(NEEDS_LOCK, "abort and reset", test_abort_reset);
	each_backend(NEEDS_LOCK, "slow leaver", test_slow_leaver);
	each_backend(NEEDS_LOCK, "killed waiter", test_killed_waiter);
	each_backend(NEEDS_LOCK, "waiter execs", test_waiter_execs);
	each_backend(NEEDS_LOCK, "interrupt", test_interrupt);
	each_backend(NEEDS_LOCK, "close ends wait", test_close_ends_wait);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	each_backend(NEEDS_LOCK, "substitutes", test_substitutes);
	return check_failures() ? 1 : 0;
}
