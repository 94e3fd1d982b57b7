/* SPDX-License-Identifier: MIT */
/*
 * Tokens as the value of a System V semaphore, semop(2): who has lowered it
 * has one. The kernel blocks, with a time limit, and counts. Ids outlive their
 * users: see core/naming/resource_registry.h.
 */
#include "sysv_semaphore.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/naming/resource_registry.h"
#include "impls/core/memory/shm_map.h"

/* The mode of what only those who inherit it use. */
#define PRIVATE 0600u

struct token {
	int id;
	struct resource_entry entry;
};

static enum ipcm_status semaphore_status(int error)
{
	if (error == EIDRM || error == EINVAL)
		return IPCM_REMOVED;
	return error == ENOSPC ? IPCM_LIMIT : status_from_errno(error);
}

static enum ipcm_status token_give(void *state)
{
	struct token *token = state;
	struct sembuf up = {.sem_num = 0, .sem_op = 1, .sem_flg = 0};

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

static enum ipcm_status semaphore_set(const struct token *token, uint32_t value)
{
	union {
		int value;
		struct seminfo *info;
	} argument = {.value = (int)value};

	return semctl(token->id, 0, SETVAL, argument) ? semaphore_status(errno)
						      : IPCM_OK;
}

static int make_semaphore(uint32_t key, uint32_t mode, void *id)
{
	*(int *)id = semget((key_t)key, 1, IPC_CREAT | IPC_EXCL | (int)mode);
	return *(int *)id < 0 ? errno : 0;
}

static void token_close(void *state)
{
	resource_close(&((struct token *)state)->entry);
}

/* A new one with that many tokens. */
static enum ipcm_status token_make(uint32_t mode, struct token *token,
				   uint32_t tokens, uint32_t *ret_most)
{
	uint32_t room = 0;
	enum ipcm_status status = semaphore_most(&room);

	if (status)
		return status;
	if (tokens > room)
		return IPCM_LIMIT;
	status = resource_make_object(RESOURCE_SEM, mode, make_semaphore,
				      &token->id, &token->entry);
	if (status)
		return status;
	status = semaphore_set(token, tokens);
	if (status)
		token_close(token);
	else
		*ret_most = room;
	return status;
}

static enum ipcm_status token_open(void *state, uint32_t tokens, uint32_t most,
				   uint32_t *ret_most)
{
	(void)most; /* the range is the system's, not ours to choose */
	return token_make(PRIVATE, state, tokens, ret_most);
}

static enum ipcm_status token_attach(const struct ipcm_object_key *key,
				     struct token *token, uint32_t *ret_most)
{
	enum ipcm_status status = resource_attach(RESOURCE_SEM, key->uid,
						  key->key, &token->entry);

	if (status)
		return status;
	status = semaphore_most(ret_most);
	token->id = semget((key_t)key->key, 1, 0);
	if (token->id < 0)
		status = status_from_errno(errno);
	if (status)
		token_close(token);
	return status;
}

static enum ipcm_status token_open_named(void *state,
					 struct ipcm_object_key *key,
					 bool create_it, uint32_t tokens,
					 uint32_t most, uint32_t *ret_most)
{
	struct token *token = state;
	enum ipcm_status status =
		create_it ? token_make(key->mode, token, tokens, ret_most)
			  : token_attach(key, token, ret_most);

	(void)most; /* the range is the system's, not ours to choose */
	if (!status && create_it) {
		key->uid = token->entry.uid;
		key->key = token->entry.key;
	}
	return status;
}

static enum ipcm_status token_take(void *state)
{
	struct token *token = state;
	struct sembuf down = {0, -1, IPC_NOWAIT};

	while (semop(token->id, &down, 1)) {
		if (errno == EAGAIN)
			return IPCM_WOULDBLOCK;
		if (errno != EINTR)
			return semaphore_status(errno);
	}
	return IPCM_OK;
}

/* Down and up in one step: passes when the value is positive, takes nothing. */
static enum ipcm_status token_wait(void *state, int64_t deadline_ns)
{
	struct token *token = state;
	struct sembuf look[2] = {{0, -1, 0}, {0, 1, 0}};

	for (;;) {
		struct timespec left;
		int64_t now = deadline_ns == IPCM_FOREVER ? 0 : clock_now();

		if (deadline_ns != IPCM_FOREVER && now >= deadline_ns)
			return IPCM_TIMEDOUT;
		left = clock_timespec(deadline_ns - now);
		if (!semtimedop(token->id, look, 2,
				deadline_ns == IPCM_FOREVER ? NULL : &left))
			return IPCM_OK;
		interrupt_note(errno == EINTR);
		if (interrupted())
			return IPCM_INTR;
		if (errno != EINTR && errno != EAGAIN)
			return semaphore_status(errno);
	}
}

static enum ipcm_status token_count(void *state, uint32_t *ret_tokens)
{
	struct token *token = state;
	int value = semctl(token->id, 0, GETVAL);

	if (value < 0)
		return semaphore_status(errno);
	*ret_tokens = (uint32_t)value;
	return IPCM_OK;
}

const struct ipcm_token_ops token_semaphore_ops = {
	.state_size = sizeof(struct token),
	.open = token_open,
	.close = token_close,
	.take = token_take,
	.give = token_give,
	.wait = token_wait,
	.count = token_count,
	.open_named = token_open_named,
};
