/* SPDX-License-Identifier: MIT */
/*
 * notify_all of many: it wakes a few, and each of them the next once it has the
 * lock, instead of all who would then only stand in each other's way. That is
 * haste, not truth: when those who were called die or are stopped, the others
 * come all the same.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "impls/testkit/condition_support.h"

#define CROWD 40
/* The first in line, who are called at once. */
#define FIRST 6

/* ---- futex_wake of the library, as the linker hands it to us ---- */

static unsigned wakes;

void __real_futex_wake(_Atomic uint32_t *word, int count);
void __wrap_futex_wake(_Atomic uint32_t *word, int count);

void __wrap_futex_wake(_Atomic uint32_t *word, int count)
{
	wakes++;
	__real_futex_wake(word, count);
}

static int wait_for_all(void *fixture)
{
	return (int)wait_once(fixture, 0);
}

static void gather(struct fixture *fixture, pid_t child[CROWD])
{
	for (unsigned i = 0; i < CROWD; i++) {
		child[i] = child_start(wait_for_all, fixture);
		await_waiters(fixture, i + 1); /* in this order */
	}
}

/* With the lock held, and still held behind it. */
static void notify_everybody(struct fixture *fixture)
{
	acquire(fixture);
	wakes = 0;
	CHECK_IS(ipcm_condition_notify_all(fixture->condition), IPCM_OK);
	CHECK(wakes > 0 && wakes <= FIRST);
}

static void all_come(const struct ipcm_backend *backend)
{
	struct fixture *fixture = fixture_make(backend, OVER_OWN);
	pid_t child[CROWD];

	gather(fixture, child);
	notify_everybody(fixture);
	release(fixture);
	for (unsigned i = 0; i < CROWD; i++)
		CHECK(child_ok(child[i]));
	fixture_free(fixture);
}

static void others_come(const struct ipcm_backend *backend, int number)
{
	struct fixture *fixture = fixture_make(backend, OVER_LOCK);
	pid_t child[CROWD];

	gather(fixture, child);
	if (number == SIGSTOP)
		for (unsigned i = 0; i < FIRST; i++)
			CHECK(!kill(child[i], number));
	notify_everybody(fixture);
	if (number == SIGKILL)
		for (unsigned i = 0; i < FIRST; i++)
			child_kill(child[i]);
	release(fixture);
	for (unsigned i = FIRST; i < CROWD; i++)
		CHECK(child_ok(child[i]));
	if (number == SIGSTOP)
		for (unsigned i = 0; i < FIRST; i++) {
			CHECK(!kill(child[i], SIGCONT));
			CHECK(child_ok(child[i]));
		}
	fixture_free(fixture);
}

static void others_come_beside_the_stopped(const struct ipcm_backend *backend)
{
	others_come(backend, SIGSTOP);
}

static void others_come_behind_the_dead(const struct ipcm_backend *backend)
{
	others_come(backend, SIGKILL);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "all come", all_come);
	each_backend(NEEDS_LOCK, "others come beside the stopped",
		     others_come_beside_the_stopped);
	each_backend(NEEDS_LOCK, "others come behind the dead",
		     others_come_behind_the_dead);
	return check_failures() ? 1 : 0;
}
