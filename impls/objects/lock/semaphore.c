/* SPDX-License-Identifier: MIT */
/*
 * Semaphore, the public calls. Permits are the tokens of a mechanism
 * (semaphore_token.c) or a word in shared memory (semaphore_word.c); what both
 * have in common is here, and so is the path on which nobody waits. Read
 * semaphore_internal.h first.
 */
#include "impls/core/memory/shm_map.h"
#include "impls/objects/handle.h"
#include "semaphore_internal.h"

/*
 * What a mechanism is asked for when nothing bounds the value: the highest
 * value that POSIX promises for any semaphore (_POSIX_SEM_VALUE_MAX). More
 * would take pages of the user's allowance from other pipes (pipe(7)).
 */
#define USUAL_MOST 32767u

enum ipcm_status semaphore_plan(const struct ipcm_semaphore_options *options,
				struct semaphore_plan *ret_plan)
{
	static const struct ipcm_semaphore_options usual =
		IPCM_SEMAPHORE_OPTIONS_INIT;
	uint32_t most = USUAL_MOST;

	if (!options)
		options = &usual;
	if (options->initial < 0 || options->initial > IPCM_SEMAPHORE_MAX ||
	    options->flags & ~(unsigned)IPCM_SEMAPHORE_BOUNDED)
		return IPCM_INVALID;
	if (options->flags & IPCM_SEMAPHORE_BOUNDED && options->initial < most)
		most = options->initial ? (uint32_t)options->initial : 1;
	*ret_plan = (struct semaphore_plan){
		.initial = (uint32_t)options->initial,
		.most = most,
		.flags = options->flags,
	};
	return IPCM_OK;
}

struct ipcm_semaphore *semaphore_alloc(const struct ipcm_backend *backend)
{
	const struct ipcm_token_ops *token = backend->lock->token;
	struct ipcm_semaphore *semaphore;
	void *state;

	semaphore = handle_alloc(sizeof(*semaphore),
				 token ? token->state_size : 0, &state);
	if (semaphore) {
		semaphore->token = token;
		semaphore->token_state = state;
	}
	return semaphore;
}

enum ipcm_status semaphore_limit(const struct ipcm_backend *backend,
				 const struct semaphore_plan *plan)
{
	struct ipcm_semaphore *probe = semaphore_alloc(backend);
	enum ipcm_status status;
	uint32_t room;

	if (!probe)
		return IPCM_LIMIT;
	status = probe->token->open(probe->token_state, 0, plan->most, &room);
	if (!status) {
		probe->token->close(probe->token_state);
		status = room < plan->initial ? IPCM_INVALID : IPCM_LIMIT;
	}
	free(probe);
	return status;
}

enum ipcm_status semaphore_begin(struct semaphore_shared *shared,
				 const struct semaphore_plan *plan,
				 uint32_t room)
{
	bool bounded = plan->flags & IPCM_SEMAPHORE_BOUNDED;

	if (plan->initial > room)
		return IPCM_INVALID;
	/* relaxed: the memory is shown to others later, by its maker */
	atomic_store_explicit(&shared->maximum, bounded ? plan->initial : room,
			      memory_order_relaxed);
	atomic_store_explicit(&shared->flags, plan->flags,
			      memory_order_relaxed);
	atomic_store_explicit(&shared->word, plan->initial,
			      memory_order_relaxed);
	return IPCM_OK;
}

void semaphore_attach(struct ipcm_semaphore *semaphore,
		      struct semaphore_shared *shared,
		      void (*unmap)(struct ipcm_semaphore *semaphore),
		      void *owner)
{
	uint32_t flags =
		atomic_load_explicit(&shared->flags, memory_order_relaxed);

	semaphore->maximum =
		atomic_load_explicit(&shared->maximum, memory_order_relaxed) &
		SEMAPHORE_VALUE;
	semaphore->bounded = flags & IPCM_SEMAPHORE_BOUNDED;
	semaphore->shared = shared;
	semaphore->unmap = unmap;
	semaphore->owner = owner;
	atomic_store_explicit(&semaphore->magic, SEMAPHORE_MAGIC_OPEN,
			      memory_order_relaxed);
}

static void shm_map_unmap(struct ipcm_semaphore *semaphore)
{
	shm_map_destroy(semaphore->shared, sizeof(*semaphore->shared));
}

static enum ipcm_status token_open(struct ipcm_semaphore *semaphore,
				   const struct ipcm_backend *backend,
				   const struct semaphore_plan *plan,
				   uint32_t *ret_room)
{
	enum ipcm_status status;

	*ret_room = (uint32_t)IPCM_SEMAPHORE_MAX;
	if (!semaphore->token)
		return IPCM_OK;
	status = semaphore->token->open(semaphore->token_state, plan->initial,
					plan->most, ret_room);
	return status == IPCM_LIMIT ? semaphore_limit(backend, plan) : status;
}

enum ipcm_status ipcm_semaphore_create(
	const struct ipcm_backend *backend,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore)
{
	struct ipcm_semaphore *semaphore;
	struct semaphore_plan plan;
	enum ipcm_status status;
	uint32_t room;
	void *memory;

	if (!ret_semaphore || ipcm_backend_validate(backend, NULL, 0) ||
	    semaphore_plan(options, &plan))
		return IPCM_INVALID;
	if (!backend->lock)
		return IPCM_NOTSUP;
	semaphore = semaphore_alloc(backend);
	if (!semaphore)
		return IPCM_NOMEM;
	status = shm_map_create(sizeof(*semaphore->shared), &memory);
	if (status)
		goto free_handle;
	status = token_open(semaphore, backend, &plan, &room);
	if (status)
		goto drop_map;
	status = semaphore_begin(memory, &plan, room);
	if (status)
		goto close_token;
	semaphore_attach(semaphore, memory, shm_map_unmap, NULL);
	*ret_semaphore = semaphore;
	return IPCM_OK;

close_token:
	if (semaphore->token)
		semaphore->token->close(semaphore->token_state);
drop_map:
	shm_map_destroy(memory, sizeof(*semaphore->shared));
free_handle:
	free(semaphore);
	return status;
}

enum ipcm_status ipcm_semaphore_acquire(struct ipcm_semaphore *semaphore,
					int64_t timeout_ns)
{
	enum ipcm_status status = semaphore_check(semaphore);
	uint32_t seen;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (semaphore->token)
		return semaphore_token_acquire(semaphore, timeout_ns);
	seen = atomic_load_explicit(&semaphore->shared->word,
				    memory_order_relaxed);
	/* acquire pairs with the release in semaphore_word_release */
	if (__builtin_expect(seen & SEMAPHORE_VALUE &&
				     atomic_compare_exchange_strong_explicit(
					     &semaphore->shared->word, &seen,
					     seen - 1, memory_order_acquire,
					     memory_order_relaxed),
			     1))
		return IPCM_OK;
	return semaphore_word_contend(semaphore, timeout_ns);
}

enum ipcm_status ipcm_semaphore_release(struct ipcm_semaphore *semaphore)
{
	enum ipcm_status status = semaphore_check(semaphore);

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	return semaphore->token ? semaphore_token_release(semaphore)
				: semaphore_word_release(semaphore);
}

enum ipcm_status ipcm_semaphore_value(const struct ipcm_semaphore *semaphore,
				      int64_t *ret_value)
{
	enum ipcm_status status = semaphore_check(semaphore);
	uint32_t value;

	if (status)
		return status;
	if (!ret_value)
		return IPCM_INVALID;
	if (semaphore->token)
		status =
			semaphore->token->count(semaphore->token_state, &value);
	else
		value = atomic_load_explicit(&semaphore->shared->word,
					     memory_order_relaxed) &
			SEMAPHORE_VALUE;
	if (!status)
		*ret_value = value;
	return status;
}

enum ipcm_status ipcm_semaphore_maximum(const struct ipcm_semaphore *semaphore,
					int64_t *ret_maximum)
{
	enum ipcm_status status = semaphore_check(semaphore);

	if (status)
		return status;
	if (!ret_maximum)
		return IPCM_INVALID;
	*ret_maximum = semaphore->maximum;
	return IPCM_OK;
}

enum ipcm_status ipcm_semaphore_close(struct ipcm_semaphore *semaphore)
{
	enum ipcm_status status = semaphore_check(semaphore);

	if (status == IPCM_INVALID)
		return status;
	/*
	 * A flag only: threads that wait in here see it within a slice. Memory
	 * and descriptors go with ipcm_semaphore_free.
	 */
	atomic_store_explicit(&semaphore->magic, SEMAPHORE_MAGIC_CLOSED,
			      memory_order_relaxed);
	return IPCM_OK;
}

void ipcm_semaphore_free(struct ipcm_semaphore *semaphore)
{
	if (ipcm_semaphore_close(semaphore))
		return;
	/* a stale handle should look like garbage, not like a closed one */
	atomic_store_explicit(&semaphore->magic, 0, memory_order_relaxed);
	if (semaphore->token)
		semaphore->token->close(semaphore->token_state);
	semaphore->unmap(semaphore);
	free(semaphore);
}
