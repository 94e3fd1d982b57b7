/* SPDX-License-Identifier: MIT */
/*
 * Named objects in races and deaths: exactly one maker wins; a maker or opener
 * that is killed at any system call, or stands still there, is in nobody's
 * way; when the last user is gone nothing is left.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/named_objects.h"

#define RACERS 32

static uint8_t large[LARGE_BYTES + 16];

/* ---- races ---- */

static struct race {
	const struct ipcm_backend *backend;
	enum kind kind;
	bool exclusive;
	unsigned rounds;
	char name[NAME_BYTES];
	_Atomic unsigned arrived, opened, freed, winners;
} * race;

static void meet(_Atomic unsigned *count, unsigned round)
{
	atomic_fetch_add(count, 1);
	while (atomic_load(count) < RACERS * (round + 1))
		pause_ms(0);
}

static int racer(void *argument)
{
	(void)argument;
	for (unsigned round = 0; round < race->rounds; round++) {
		void *object = NULL;
		enum ipcm_status status;

		meet(&race->arrived, round);
		status = open_any(race->backend, race->kind, race->name,
				  race->exclusive ? &make_only : &make_or_open,
				  &object);
		if (!status)
			atomic_fetch_add(&race->winners, 1);
		else
			CHECK_IS(status,
				 race->exclusive ? IPCM_EXISTS : IPCM_OK);
		if (object && race->kind == QUEUE && !race->exclusive)
			CHECK_IS(ipcm_queue_put(object, "x", 1, HANG), IPCM_OK);
		else if (object)
			use_any(race->kind, object);
		meet(&race->opened, round);
		if (object && race->kind == QUEUE && !race->exclusive) {
			size_t items = 0;

			/* all have put into one and the same */
			CHECK_IS(ipcm_queue_qsize(object, &items), IPCM_OK);
			CHECK(items == RACERS);
		}
		meet(&race->freed, round);
		free_any(race->kind, object);
	}
	return 0;
}

static void run_race(const struct ipcm_backend *backend, enum kind kind,
		     bool exclusive, unsigned rounds)
{
	pid_t child[RACERS];

	race = shared_memory(sizeof(*race));
	*race = (struct race){.backend = backend,
			      .kind = kind,
			      .exclusive = exclusive,
			      .rounds = rounds};
	name_of("race", race->name);
	for (int i = 0; i < RACERS; i++)
		child[i] = child_start(racer, NULL);
	for (int i = 0; i < RACERS; i++)
		CHECK(child_ok(child[i]));
	CHECK(race->winners == rounds * (exclusive ? 1 : RACERS));
}

static void races(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];

	if (!has_names(backend))
		return;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		run_race(backend, kind, true, kind == QUEUE ? 50 : 10);
		run_race(backend, kind, false, 5);
	}
	expect_nothing_left(name_of("race", name));
}

/* ---- deaths ---- */

static struct maker {
	const struct ipcm_backend *backend;
	enum kind kind;
	const char *name;
} maker;

static int make_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		void *object = NULL;

		CHECK_IS(open_any(maker.backend, maker.kind, maker.name,
				  &make_or_open, &object),
			 IPCM_OK);
		if (object)
			use_any(maker.kind, object);
		free_any(maker.kind, object);
	}
	return 0;
}

static void killed_makers(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];
	uint32_t seed = (uint32_t)now_ns() | 1;

	if (!has_names(backend))
		return;
	maker = (struct maker){backend, QUEUE, name_of("maker", name)};
	for (int i = 0; i < 200; i++) {
		void *object = NULL;
		pid_t child;
		int64_t begun;

		maker.kind = (enum kind)(i % KINDS);
		child = child_start(make_for_ever, NULL);
		(void)usleep(200 + random_next(&seed) % 2500);
		child_kill(child);
		begun = now_ns();
		if (!CHECK_IS(open_any(backend, maker.kind, name,
				       i % 2 ? &make_only : &make_or_open,
				       &object),
			      IPCM_OK))
			continue;
		CHECK(now_ns() - begun < HANG / 10);
		use_any(maker.kind, object);
		free_any(maker.kind, object);
	}
	expect_nothing_left(name);
}

/* All users are killed in the middle of it, then one comes. */
static void killed_users(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];
	pid_t producer[2], consumer[2];
	uint32_t seed = (uint32_t)now_ns() | 1;

	if (!has_names(backend))
		return;
	name_of("users", name);
	for (int i = 0; i < 6; i++) {
		struct ipcm_queue_options options = {20, 0, 0, 0};
		struct ipcm_queue *queue;

		if (!CHECK_IS(ipcm_queue_open(backend, name, &make_only,
					      &options, &queue),
			      IPCM_OK))
			return;
		for (int k = 0; k < 2; k++) {
			producer[k] = unrelated_start(backend->name, "producer",
						      name);
			consumer[k] = unrelated_start(backend->name, "consumer",
						      name);
		}
		pause_ms(100 + random_next(&seed) % 60);
		child_kill(producer[0]);
		child_kill(consumer[0]);
		/* who is left goes on: 50 items come through to us */
		for (int k = 0; k < 50; k++) {
			size_t size;
			uint32_t number;

			if (!CHECK_IS(ipcm_queue_get(queue, large,
						     sizeof(large), HANG,
						     &size),
				      IPCM_OK))
				break;
			memcpy(&number, large, 4);
			CHECK(size == size_of(number) &&
			      is_filled(large, size, number));
		}
		if (i % 2)
			ipcm_queue_free(queue); /* those two are the last */
		child_kill(producer[1]);
		child_kill(consumer[1]);
		if (i % 2 == 0)
			ipcm_queue_free(queue);
		if (i % 3 == 0)
			expect_nothing_left(name);
	}
	expect_nothing_left(name);
}

/* ---- death and standstill at every system call ---- */

/* A permit that was taken dies with its taker (S-05): give one first. */
static void use_any_to_death(void *object)
{
	if (maker.kind == SEMAPHORE)
		CHECK_IS(ipcm_semaphore_release(object), IPCM_OK);
	use_any(maker.kind, object);
}

/* What the child does between its two stops. */
static int make_and_leave(void *argument)
{
	void *object = NULL;

	(void)argument;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		return 77;
	(void)raise(SIGSTOP);
	if (!open_any(maker.backend, maker.kind, maker.name, &make_or_open,
		      &object))
		use_any_to_death(object);
	free_any(maker.kind, object);
	(void)raise(SIGSTOP);
	return 0;
}

/* Let it run to its n-th stop at a system call; false: it came to its end. */
static bool run_to(pid_t child, unsigned stops)
{
	int state = 0;

	(void)waitpid(child, &state, 0);
	for (unsigned i = 0; i < stops; i++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) ||
		    waitpid(child, &state, 0) != child || !WIFSTOPPED(state) ||
		    WSTOPSIG(state) == SIGSTOP)
			return false;
	}
	return WIFSTOPPED(state);
}

/* Behind a child that was killed, or still stands there. */
static void come_behind(bool stopped)
{
	int64_t begun = now_ns();
	void *object = NULL;
	enum ipcm_status status = open_any(maker.backend, maker.kind,
					   maker.name, &make_or_open, &object);

	/* one that stands still while it removes the name is in the way */
	CHECK(status == IPCM_OK || (stopped && status == IPCM_LIMIT));
	CHECK(now_ns() - begun < HANG / 10);
	if (status)
		return;
	/* one that stands still inside a call may hold its lock */
	if (!stopped)
		use_any(maker.kind, object);
	free_any(maker.kind, object);
}

/*
 * With an object that is there the child opens; without one it makes.
 * @return how many stops there are
 */
static unsigned step_through(bool there, bool stopped, unsigned stride)
{
	unsigned stops = 0;
	bool more = true;

	for (; more; stops += stride) {
		void *object = NULL;
		pid_t child;

		if (there)
			CHECK_IS(open_any(maker.backend, maker.kind, maker.name,
					  &make_only, &object),
				 IPCM_OK);
		child = child_start(make_and_leave, NULL);
		more = run_to(child, stops);
		if (!stopped)
			child_kill(child);
		come_behind(stopped);
		if (stopped)
			child_kill(child);
		if (object) {
			use_any(maker.kind, object);
			free_any(maker.kind, object);
		}
		expect_nothing_left(maker.name);
		if (check_failures())
			break;
	}
	return stops;
}

static void stepped(const struct ipcm_backend *backend)
{
	char name[NAME_BYTES];
	unsigned stops = 0;

	if (!has_names(backend))
		return;
	maker = (struct maker){backend, QUEUE, name_of("step", name)};
	for (enum kind kind = 0; kind < KINDS; kind++) {
		maker.kind = kind;
		stops += step_through(false, false, 1);
		stops += step_through(true, false, 1);
		stops += step_through(false, true, 23);
		stops += step_through(true, true, 23);
	}
	printf("%u stops at system calls on %s\n", stops, backend->name);
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return unrelated_main(argv);
	each_backend(NEEDS_QUEUE, "races", races);
	each_backend(NEEDS_QUEUE, "killed makers", killed_makers);
	each_backend(NEEDS_QUEUE, "killed users", killed_users);
	each_backend(NEEDS_QUEUE, "stepped", stepped);
	return check_failures() ? 1 : 0;
}
