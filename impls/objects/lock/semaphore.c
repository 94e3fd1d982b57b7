/* SPDX-License-Identifier: MIT */
/*
 * Semaphore, the public calls. Permits are the tokens of a mechanism
 * (semaphore_token.c) or a word in shared memory (semaphore_word.c). Here is
 * what both have in common, and the uncontended path. Read semaphore_internal.h
 * first.
 */
#include "semaphore_internal.h"

/*
 * What a mechanism is asked for when nothing bounds the value: the highest
 * value that POSIX guarantees for any semaphore (_POSIX_SEM_VALUE_MAX). More
 * would take pages of the user's allowance from other pipes (pipe(7)). What
 * the mechanism has no space for is counted in shared memory.
 */
#define USUAL_MOST 32767u

static const struct ipcm_semaphore_options defaults =
	IPCM_SEMAPHORE_OPTIONS_INIT;

/* How many permits to begin with and to ask the mechanism for, or INVALID. */
static enum ipcm_status options_check(
	const struct ipcm_semaphore_options *options,
	struct lock_base_request *request)
{
	if (!options)
		options = &defaults;
	if (options->initial < 0 || options->initial > IPCM_SEMAPHORE_MAX ||
	    options->flags & ~(unsigned)IPCM_SEMAPHORE_BOUNDED)
		return IPCM_INVALID;
	request->initial = (uint32_t)options->initial;
	request->most = USUAL_MOST;
	if (options->flags & IPCM_SEMAPHORE_BOUNDED &&
	    options->initial < USUAL_MOST)
		request->most = options->initial ? request->initial : 1;
	return IPCM_OK;
}

/* lock_base_request.begin: the creator writes the block, others check it. */
static enum ipcm_status semaphore_begin(const struct lock_base_request *request,
					struct lock_base *base, bool created,
					struct lock_tokens tokens)
{
	const struct ipcm_semaphore_options *options = request->argument;
	struct semaphore_shared *shared = base->memory;
	uint32_t flags =
		atomic_load_explicit(&shared->flags, memory_order_relaxed);

	if (!created)
		return options && options->flags != flags ? IPCM_INVALID
							  : IPCM_OK;
	if (!options)
		options = &defaults;
	/* relaxed: the creator shows the memory to other processes later */
	atomic_store_explicit(&shared->maximum,
			      options->flags & IPCM_SEMAPHORE_BOUNDED
				      ? request->initial
				      : IPCM_SEMAPHORE_MAX,
			      memory_order_relaxed);
	atomic_store_explicit(&shared->room, tokens.room, memory_order_relaxed);
	atomic_store_explicit(&shared->flags, options->flags,
			      memory_order_relaxed);
	atomic_store_explicit(&shared->word,
			      base->token ? request->initial - tokens.inside
					  : request->initial,
			      memory_order_relaxed);
	return IPCM_OK;
}

static void bounds_read(struct ipcm_semaphore *semaphore)
{
	struct semaphore_shared *shared = semaphore_shared(semaphore);

	semaphore->maximum =
		atomic_load_explicit(&shared->maximum, memory_order_relaxed) &
		SEMAPHORE_VALUE;
	semaphore->room =
		atomic_load_explicit(&shared->room, memory_order_relaxed);
	semaphore->bounded =
		atomic_load_explicit(&shared->flags, memory_order_relaxed) &
		IPCM_SEMAPHORE_BOUNDED;
}

static enum ipcm_status semaphore_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore)
{
	struct lock_base_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_SEMAPHORE,
		.magic = SEMAPHORE_MAGIC,
		.handle_bytes = sizeof(struct ipcm_semaphore),
		.shared_bytes = sizeof(struct semaphore_shared),
		.may_start_with_one = true,
		.begin = semaphore_begin,
		.argument = options,
	};
	struct lock_base *base;
	enum ipcm_status status;

	if (!ret_semaphore || options_check(options, &request))
		return IPCM_INVALID;
	status = lock_base_open(&request, &base);
	if (status)
		return status;
	*ret_semaphore = (struct ipcm_semaphore *)base;
	bounds_read(*ret_semaphore);
	return IPCM_OK;
}

enum ipcm_status ipcm_semaphore_create(
	const struct ipcm_backend *backend,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore)
{
	return semaphore_open(backend, NULL, NULL, options, ret_semaphore);
}

enum ipcm_status ipcm_semaphore_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore)
{
	return name ? semaphore_open(backend, name, access, options,
				     ret_semaphore)
		    : IPCM_INVALID;
}

enum ipcm_status ipcm_semaphore_acquire(struct ipcm_semaphore *semaphore,
					int64_t timeout_ns)
{
	enum ipcm_status status = semaphore_check(semaphore);
	uint32_t seen;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (semaphore->base.token)
		return semaphore_token_acquire(semaphore, timeout_ns);
	seen = atomic_load_explicit(&semaphore_shared(semaphore)->word,
				    memory_order_relaxed);
	/* acquire pairs with the release in semaphore_word_release */
	if (__builtin_expect(seen & SEMAPHORE_VALUE &&
				     atomic_compare_exchange_strong_explicit(
					     &semaphore_shared(semaphore)->word,
					     &seen, seen - 1,
					     memory_order_acquire,
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
	return semaphore->base.token ? semaphore_token_release(semaphore)
				     : semaphore_word_release(semaphore);
}

enum ipcm_status ipcm_semaphore_value(const struct ipcm_semaphore *semaphore,
				      int64_t *ret_value)
{
	enum ipcm_status status =
		handle_check_result(semaphore, SEMAPHORE_MAGIC, ret_value);
	uint32_t inside = 0, word;

	if (status)
		return status;
	if (semaphore->base.token)
		status = semaphore->base.token->count(
			semaphore->base.token_state, &inside);
	word = atomic_load_explicit(&semaphore_shared(semaphore)->word,
				    memory_order_relaxed);
	if (!status)
		*ret_value = (int64_t)inside + (word & SEMAPHORE_VALUE);
	return status;
}

enum ipcm_status ipcm_semaphore_maximum(const struct ipcm_semaphore *semaphore,
					int64_t *ret_maximum)
{
	enum ipcm_status status =
		handle_check_result(semaphore, SEMAPHORE_MAGIC, ret_maximum);

	if (status)
		return status;
	*ret_maximum = semaphore->maximum;
	return IPCM_OK;
}

static void wake_all(void *object)
{
	struct ipcm_semaphore *semaphore = object;

	if (semaphore->base.token)
		lock_base_wake_all(&semaphore->base);
	else
		semaphore_word_wake_all(semaphore);
}

enum ipcm_status ipcm_semaphore_close(struct ipcm_semaphore *semaphore)
{
	return handle_close_waking(semaphore, SEMAPHORE_MAGIC, wake_all);
}

void ipcm_semaphore_free(struct ipcm_semaphore *semaphore)
{
	if (!ipcm_semaphore_close(semaphore))
		lock_base_free(&semaphore->base);
}
