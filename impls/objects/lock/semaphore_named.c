/* SPDX-License-Identifier: MIT */
/*
 * Semaphores by name: as lock_named.c. Room and maximum stand in the shared
 * block, written by the maker.
 */
#include <stdlib.h>

#include "impls/core/memory/shm_map.h"
#include "lock_named.h"
#include "semaphore_internal.h"

/* What named_open hands to enter and leave. */
struct joining {
	struct ipcm_semaphore *semaphore;
	const struct ipcm_backend *backend;
	struct semaphore_plan plan;
	/* Options were given: flags must agree. */
	bool strict;
};

static void semaphore_unmap(struct ipcm_semaphore *semaphore)
{
	struct named *named = semaphore->owner;

	shm_map_destroy(semaphore->shared, sizeof(*semaphore->shared));
	named_close(named);
	free(named);
}

static enum ipcm_status open_token(const struct joining *joining,
				   struct named *named, uint32_t *ret_room)
{
	const struct semaphore_plan *plan = &joining->plan;
	const struct ipcm_token_ops *token = joining->semaphore->token;
	struct ipcm_object_key key = named_key(named);
	enum ipcm_status status;

	*ret_room = (uint32_t)IPCM_SEMAPHORE_MAX;
	if (!token)
		return IPCM_OK;
	status = token->open_named(joining->semaphore->token_state, &key,
				   named->making, plan->initial, plan->most,
				   ret_room);
	if (!status)
		named_keep_key(named, &key);
	return status == IPCM_LIMIT && named->making
		       ? semaphore_limit(joining->backend, plan)
		       : status;
}

/* The maker writes the shared block; who joins looks whether it suits. */
static enum ipcm_status begin(const struct joining *joining,
			      const struct named *named,
			      struct semaphore_shared *shared, uint32_t room)
{
	if (named->making)
		return semaphore_begin(shared, &joining->plan, room);
	return joining->strict && atomic_load_explicit(&shared->flags,
						       memory_order_relaxed) !=
					  joining->plan.flags
		       ? IPCM_INVALID
		       : IPCM_OK;
}

static void semaphore_leave(void *object)
{
	struct ipcm_semaphore *semaphore =
		((struct joining *)object)->semaphore;

	if (semaphore->token)
		semaphore->token->close(semaphore->token_state);
	shm_map_destroy(semaphore->shared, sizeof(*semaphore->shared));
}

static enum ipcm_status semaphore_enter(void *object, struct named *named)
{
	struct joining *joining = object;
	struct ipcm_semaphore *semaphore = joining->semaphore;
	enum ipcm_status status;
	uint32_t room;
	void *memory;

	status = named_shm_map(named, sizeof(*semaphore->shared), &memory);
	if (status)
		return status;
	semaphore->shared = memory;
	status = open_token(joining, named, &room);
	if (status) {
		shm_map_destroy(memory, sizeof(*semaphore->shared));
		return status;
	}
	status = begin(joining, named, semaphore->shared, room);
	if (status)
		semaphore_leave(joining);
	return status;
}

enum ipcm_status ipcm_semaphore_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore)
{
	const struct named_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_SEMAPHORE,
		.layout = sizeof(struct semaphore_shared),
		.enter = semaphore_enter,
		.leave = semaphore_leave,
	};
	struct joining joining = {.backend = backend, .strict = options};
	enum ipcm_status status;
	struct named *named;

	if (!ret_semaphore || semaphore_plan(options, &joining.plan))
		return IPCM_INVALID;
	status = named_lock_check(backend, name, access);
	if (status)
		return status;
	named = calloc(1, sizeof(*named));
	joining.semaphore = semaphore_alloc(backend);
	status = IPCM_NOMEM;
	if (named && joining.semaphore)
		status = named_open(&request, &joining, named);
	if (status) {
		free(joining.semaphore);
		free(named);
		return status;
	}
	semaphore_attach(joining.semaphore, joining.semaphore->shared,
			 semaphore_unmap, named);
	*ret_semaphore = joining.semaphore;
	return IPCM_OK;
}
