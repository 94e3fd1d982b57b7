/* SPDX-License-Identifier: MIT */
/* See random_kills.h. */
#include "random_kills.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define USERS	   3
#define LONGEST_US 2000

struct work {
	bool (*turn)(void *shared);
	void *shared;
};

static int turn_for_ever(void *argument)
{
	const struct work *work = argument;

	while (work->turn(work->shared) && !check_failures())
		;
	return 1;
}

void random_kills(const struct ipcm_backend *backend, unsigned rounds,
		  bool (*turn)(void *shared), void *shared)
{
	struct work work = {turn, shared};
	uint32_t seed = (uint32_t)now_ns() | 1;
	pid_t child[USERS];
	bool goes_on = true;

	printf("seed %u for the kills on %s\n", seed, backend->name);
	for (int i = 0; i < USERS; i++)
		child[i] = child_start(turn_for_ever, &work);
	for (unsigned round = 0; goes_on && round < rounds; round++) {
		unsigned victim = random_next(&seed) % USERS;

		(void)usleep(random_next(&seed) % LONGEST_US);
		CHECK(waitpid(child[victim], NULL, WNOHANG) == 0);
		child_kill(child[victim]);
		goes_on = CHECK(turn(shared));
		child[victim] = child_start(turn_for_ever, &work);
	}
	for (int i = 0; i < USERS; i++)
		child_kill(child[i]);
	CHECK(turn(shared));
}
