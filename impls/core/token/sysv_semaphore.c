/* SPDX-License-Identifier: MIT */
/*
 * Tokens as the value of a System V semaphore, semop(2): a process that has
 * lowered it has one. The kernel blocks, with a time limit, and counts. Ids
 * outlive their users: see core/naming/resource_registry.h.
 *
 * A second semaphore is 0, except while a close calls those who wait: it has no
 * descriptor to poll beside the first one. A wait raises it by the highest
 * value, and lowers it, in the same step. So a call, which raises it by 1,
 * makes that step impossible (ERANGE), and the kernel ends the waits.
 */
#include "sysv_semaphore.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "impls/core/errno_status.h"
#include "impls/core/naming/sysv_object.h"

/* Numbers of the semaphores in the set. */
enum { TOKENS, CALLS, SEMAPHORES };
/* SEMVMX, the highest value. */
#define VALUE_MOST 32767
/* After a call: the one that calls may be stopped in it. */
#define CALL_PAUSE_NS NS_PER_MS

static enum ipcm_status semaphore_status(int error)
{
	if (error == EIDRM || error == EINVAL)
		return IPCM_REMOVED;
	return error == ENOSPC ? IPCM_LIMIT : status_from_errno(error);
}

static enum ipcm_status token_give(void *state)
{
	struct sysv_object *token = state;
	struct sembuf up = {TOKENS, 1, 0};

	while (semop(token->id, &up, 1)) {
		if (errno == ERANGE)
			return IPCM_FULL;
		if (errno != EINTR)
			return semaphore_status(errno);
	}
	return IPCM_OK;
}

/* The highest value of a semaphore here (semctl(2): SEMVMX). */
static enum ipcm_status semaphore_most(uint32_t *ret_most)
{
	struct seminfo info;
	union {
		int value;
		struct seminfo *info;
	} argument = {.info = &info};

	if (semctl(0, 0, IPC_INFO, argument) < 0)
		return semaphore_status(errno);
	*ret_most = (uint32_t)info.semvmx;
	return IPCM_OK;
}

static enum ipcm_status semaphore_set(const struct sysv_object *token,
				      uint32_t value)
{
	union {
		int value;
		struct seminfo *info;
	} argument = {.value = (int)value};

	return semctl(token->id, TOKENS, SETVAL, argument)
		       ? semaphore_status(errno)
		       : IPCM_OK;
}

static int get_semaphore(key_t key, int flags)
{
	return semget(key, SEMAPHORES, flags);
}

static void token_close(void *state)
{
	sysv_close(state);
}

/* Give a new one its first tokens; on failure it is closed. */
static enum ipcm_status token_fill(struct sysv_object *token, uint32_t tokens,
				   uint32_t room, uint32_t *ret_most)
{
	enum ipcm_status status =
		tokens > room ? IPCM_LIMIT : semaphore_set(token, tokens);

	if (status)
		sysv_close(token);
	else
		*ret_most = room;
	return status;
}

static enum ipcm_status token_open(void *state, uint32_t tokens, uint32_t most,
				   uint32_t *ret_most)
{
	uint32_t room = 0;
	enum ipcm_status status = semaphore_most(&room);

	(void)most; /* the system decides the range */
	if (!status)
		status = sysv_create(RESOURCE_SEM, get_semaphore, state);
	return status ? status : token_fill(state, tokens, room, ret_most);
}

static enum ipcm_status token_open_named(void *state,
					 struct ipcm_object_key *key,
					 bool create, uint32_t tokens,
					 uint32_t most, uint32_t *ret_most)
{
	uint32_t room = 0;
	enum ipcm_status status = semaphore_most(&room);

	(void)most; /* the system decides the range */
	if (!status)
		status = sysv_open_named(RESOURCE_SEM, get_semaphore, key,
					 create, state);
	if (!status && create)
		return token_fill(state, tokens, room, ret_most);
	if (!status)
		*ret_most = room;
	return status;
}

static enum ipcm_status token_take(void *state)
{
	struct sysv_object *token = state;
	struct sembuf down = {TOKENS, -1, IPC_NOWAIT};

	while (semop(token->id, &down, 1)) {
		if (errno == EAGAIN)
			return IPCM_WOULDBLOCK;
		if (errno != EINTR)
			return semaphore_status(errno);
	}
	return IPCM_OK;
}

/* Try again, but after a pause: calls end all waits until the last one ends. */
static enum ipcm_status called(int64_t deadline_ns)
{
	enum ipcm_status status =
		poll_until(NULL, 0, clock_slice(deadline_ns, CALL_PAUSE_NS));

	return status == IPCM_INTR ? IPCM_INTR : IPCM_OK;
}

/* Down and up in one step: passes when the value is positive, takes nothing. */
static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	struct sysv_object *token = state;
	struct sembuf look[] = {
		{CALLS, VALUE_MOST, 0},
		{CALLS, -VALUE_MOST, 0},
		{TOKENS, -1, 0},
		{TOKENS, 1, 0},
	};

	for (;;) {
		struct timespec left;
		int64_t now = clock_now();
		int64_t until;

		if (now >= deadline_ns)
			return IPCM_TIMEDOUT;
		if (interrupt_before_sleep())
			return IPCM_INTR;
		until = interrupt_limit(deadline_ns);
		left = clock_timespec(until > now ? until - now : 0);
		if (!semtimedop(token->id, look, 4,
				until == IPCM_FOREVER ? NULL : &left))
			return IPCM_OK;
		interrupt_note(errno == EINTR);
		if (errno == ERANGE)
			return called(deadline_ns);
		if (interrupted())
			return IPCM_INTR;
		if (errno != EINTR && errno != EAGAIN)
			return semaphore_status(errno);
	}
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	struct sysv_object *token = state;
	int value = semctl(token->id, TOKENS, GETVAL);

	if (value < 0)
		return semaphore_status(errno);
	*ret_tokens = (uint32_t)value;
	return IPCM_OK;
}

/* The kernel takes the call back if this process dies in between. */
static void token_call(void *state)
{
	struct sysv_object *token = state;
	struct sembuf up = {CALLS, 1, IPC_NOWAIT | SEM_UNDO};
	struct sembuf down = {CALLS, -1, IPC_NOWAIT | SEM_UNDO};

	if (!semop(token->id, &up, 1))
		(void)semop(token->id, &down, 1);
}

const struct ipcm_token_ops token_semaphore_ops = {
	.state_size = sizeof(struct sysv_object),
	.open = token_open,
	.open_named = token_open_named,
	.close = token_close,
	.take = token_take,
	.give = token_give,
	.wait = token_wait,
	.count = token_count,
	.call = token_call,
};
