/* SPDX-License-Identifier: MIT */
/*
 * See user_group.h.
 */
#include "user_group.h"

#include "impls/core/proc.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RESULT_NONE (-1)

struct member {
	struct user_group *user_group;
	unsigned number;
	_Atomic pid_t tid;
	_Atomic int result;
	/* in the parent */
	struct ipcm_process *child; /* NULL: a thread, or killed and reaped */
	bool killed;
	pthread_t thread;
};

struct user_group {
	int (*body)(void *argument, unsigned number);
	void *argument;
	unsigned processes;
	unsigned count;
	struct member member[USER_GROUP_MOST];
};

static void member_run(struct member *member)
{
	member->tid = gettid();
	member->result = member->user_group->body(member->user_group->argument,
						  member->number);
}

static int member_process(void *argument)
{
	member_run(argument);
	return 0;
}

static void *member_thread(void *argument)
{
	member_run(argument);
	return NULL;
}

struct user_group *user_group_start(unsigned processes, unsigned threads,
				    int (*body)(void *argument,
						unsigned number),
				    void *argument)
{
	struct user_group *user_group = shared_memory(sizeof(*user_group));

	if (processes + threads > USER_GROUP_MOST)
		abort();
	user_group->body = body;
	user_group->argument = argument;
	user_group->processes = processes;
	user_group->count = processes + threads;
	/* processes first: they would inherit the threads' locks */
	for (unsigned i = 0; i < user_group->count; i++) {
		struct member *member = &user_group->member[i];

		member->user_group = user_group;
		member->number = i;
		member->result = RESULT_NONE;
		if (i < processes)
			member->child = child_start(member_process, member);
		else if (pthread_create(&member->thread, NULL, member_thread,
					member))
			abort();
	}
	return user_group;
}

void user_group_await_asleep(struct user_group *user_group, unsigned number)
{
	const struct member *member = &user_group->member[number];
	int64_t start = now_ns();

	while (!member->tid || proc_state(member->tid) != 'S') {
		if (now_ns() - start > HANG)
			return;
		(void)usleep(100);
	}
}

bool user_group_is_asleep(const struct user_group *user_group)
{
	for (unsigned i = 0; i < user_group->count; i++) {
		pid_t tid = user_group->member[i].tid;

		if (!tid || proc_state(tid) != 'S')
			return false;
	}
	return true;
}

void user_group_kill(struct user_group *user_group, unsigned number, bool reap)
{
	struct member *member = &user_group->member[number];
	struct pollfd ended = {.events = POLLIN};

	member->killed = true;
	if (reap) {
		child_kill(member->child);
		member->child = NULL;
		return;
	}
	/* asked for now, since a call that sees its end reaps it */
	CHECK_OK(ipcm_process_sentinel(member->child, &ended.fd));
	CHECK_OK(ipcm_process_kill(member->child));
	CHECK(poll(&ended, 1, -1) == 1);
}

unsigned user_group_ended(const struct user_group *user_group, int result)
{
	unsigned count = 0;

	for (unsigned i = 0; i < user_group->count; i++)
		count += user_group->member[i].result == result;
	return count;
}

bool user_group_await(const struct user_group *user_group, int result,
		      unsigned count)
{
	int64_t start = now_ns();

	while (user_group_ended(user_group, result) < count) {
		if (now_ns() - start > HANG)
			return false;
		(void)usleep(100);
	}
	return true;
}

bool user_group_join(struct user_group *user_group)
{
	bool good = true;

	for (unsigned i = 0; i < user_group->count; i++) {
		struct member *member = &user_group->member[i];

		if (i >= user_group->processes)
			good &= !pthread_join(member->thread, NULL);
		else if (member->killed && member->child)
			(void)child_ok(member->child);
		else if (!member->killed)
			good &= child_ok(member->child);
	}
	(void)munmap(user_group, sizeof(*user_group));
	return good;
}
