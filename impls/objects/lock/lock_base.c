/* SPDX-License-Identifier: MIT */
/*
 * Creating and opening locks and semaphores, with a name and without. Read
 * lock_base.h first. With a name, shared block and tokens are found by it
 * (core/naming/named_object.h); from then on there is no difference.
 */
#include "lock_base.h"

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "ipcmark/semaphore.h"

/* The longest sleep in a mechanism that a close cannot end. */
#define LOOK_MOST_NS NS_PER_S

/* The argument of parts_open and parts_close. */
struct lock_parts {
	const struct lock_base_request *request;
	struct lock_base *base;
};

struct lock_base *lock_base_alloc(const struct ipcm_backend *backend,
				  size_t handle_bytes)
{
	const struct ipcm_token_ops *token = backend->lock->token;
	struct lock_base *base;
	void *state;

	base = handle_alloc(handle_bytes, token ? token->state_size : 0,
			    &state);
	if (base) {
		base->token = token;
		base->token_state = state;
	}
	return base;
}

static enum ipcm_status token_open(const struct lock_base_request *request,
				   struct lock_base *base, struct named *named,
				   uint32_t inside, uint32_t *ret_room)
{
	const struct ipcm_token_ops *token = base->token;
	struct ipcm_object_key key;
	enum ipcm_status status;

	*ret_room = (uint32_t)IPCM_SEMAPHORE_MAX;
	if (!token)
		return IPCM_OK;
	if (!named->header)
		return token->open(base->token_state, inside, request->most,
				   ret_room);
	key = named_key(named);
	status = token->open_named(base->token_state, &key, named->creating,
				   inside, request->most, ret_room);
	if (!status)
		named_store_key(named, &key);
	return status;
}

static enum ipcm_status tokens_open(const struct lock_base_request *request,
				    struct lock_base *base, struct named *named,
				    struct lock_tokens *ret_tokens)
{
	enum ipcm_status status;

	ret_tokens->inside = request->initial;
	status = token_open(request, base, named, ret_tokens->inside,
			    &ret_tokens->room);
	if (status != IPCM_LIMIT || !request->may_start_with_one ||
	    request->initial < 2)
		return status;
	ret_tokens->inside = 1;
	return token_open(request, base, named, ret_tokens->inside,
			  &ret_tokens->room);
}

static void base_drop(struct lock_base *base)
{
	if (base->token)
		base->token->close(base->token_state);
	shm_map_destroy(base->memory, base->bytes);
}

/* named_request.enter; also for an object without a name. */
static enum ipcm_status parts_open(void *object, struct named *named)
{
	const struct lock_base_request *request =
		((struct lock_parts *)object)->request;
	struct lock_base *base = ((struct lock_parts *)object)->base;
	bool created = !named->header || named->creating;
	struct lock_tokens tokens;
	enum ipcm_status status;

	status = named_shm_map(named, request->shared_bytes, &base->memory);
	if (status)
		return status;
	base->bytes = request->shared_bytes;
	status = tokens_open(request, base, named, &tokens);
	if (status) {
		shm_map_destroy(base->memory, base->bytes);
		return status;
	}
	if (request->begin)
		status = request->begin(request, base, created, tokens);
	if (status)
		base_drop(base);
	return status;
}

static void parts_close(void *object)
{
	base_drop(((struct lock_parts *)object)->base);
}

static enum ipcm_status request_check(const struct lock_base_request *request)
{
	const struct ipcm_backend *backend = request->backend;
	enum ipcm_status status;

	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!request->name)
		return backend->lock ? IPCM_OK : IPCM_NOTSUP;
	status = named_check(backend, request->name, request->access, 0);
	if (!status && (!backend->lock || (backend->lock->token &&
					   !backend->lock->token->open_named)))
		status = IPCM_NOTSUP;
	return status;
}

static enum ipcm_status open_by_name(struct lock_parts *parts)
{
	const struct lock_base_request *request = parts->request;
	const struct named_request named = {
		.backend = request->backend,
		.name = request->name,
		.access = request->access,
		.kind = request->kind,
		.layout = (uint32_t)request->shared_bytes,
		.enter = parts_open,
		.leave = parts_close,
	};

	return named_open(&named, parts, &parts->base->named);
}

enum ipcm_status lock_base_open(const struct lock_base_request *request,
				struct lock_base **ret_base)
{
	struct lock_parts parts = {.request = request};
	enum ipcm_status status = request_check(request);

	if (status)
		return status;
	parts.base = lock_base_alloc(request->backend, request->handle_bytes);
	if (!parts.base)
		return IPCM_NOMEM;
	status = request->name ? open_by_name(&parts)
			       : parts_open(&parts, &parts.base->named);
	if (status) {
		free(parts.base);
		return status;
	}
	handle_open(&parts.base->handle, request->magic);
	*ret_base = parts.base;
	return IPCM_OK;
}

/* Can a close wake those who wait for the token? */
static bool can_wake(const struct lock_base *base)
{
	return base->token->fileno || base->token->call;
}

/*
 * How long to sleep in the mechanism, which loses no wake-up of its own. For a
 * close that cannot wake there are looks also in a build without slices.
 */
static int64_t look_ns(const struct lock_base *base)
{
	int64_t slice_ns = wait_slice_ns();

	return can_wake(base) || slice_ns < LOOK_MOST_NS ? slice_ns
							 : LOOK_MOST_NS;
}

/*
 * Until a token may be inside, or the handle is closed. The close sets its
 * flag, then looks for the descriptor.
 */
static enum ipcm_status sleep_for_token(struct lock_base *base, uint32_t magic,
					int64_t deadline_ns)
{
	const struct ipcm_token_ops *token = base->token;
	int64_t until = clock_slice(deadline_ns, look_ns(base));
	struct pollfd entries[2] = {{.events = POLLIN}, {.events = POLLIN}};
	enum ipcm_status status;

	if (token->fileno) {
		entries[0].fd = token->fileno(base->token_state);
		entries[1].fd = wakeup_fd_open(&base->wakeup);
	}
	status = handle_check(base, magic);
	if (status)
		return status;
	return token->fileno ? poll_until(entries, 2, until)
			     : token->wait(base->token_state, until);
}

/* Counted as a sleeper, unless a close cannot wake. */
static enum ipcm_status wait_for_token(
	struct lock_base *base, uint32_t magic, int64_t deadline_ns,
	enum ipcm_status (*attempt)(struct lock_base *base,
				    int64_t deadline_ns))
{
	enum ipcm_status status;

	do {
		interrupt_note(false); /* of an earlier sleep */
		status = interrupt_settle(
			sleep_for_token(base, magic, deadline_ns));
		if (status != IPCM_OK && status != IPCM_TIMEDOUT)
			return status;
		status = handle_check(base, magic);
		if (!status)
			status = attempt(base, deadline_ns);
		if (status != IPCM_WOULDBLOCK)
			return status;
	} while (!clock_past(deadline_ns));
	return IPCM_TIMEDOUT;
}

enum ipcm_status lock_base_wait(
	struct lock_base *base, uint32_t magic, int64_t timeout_ns,
	enum ipcm_status (*attempt)(struct lock_base *base,
				    int64_t deadline_ns))
{
	int64_t deadline = clock_deadline(timeout_ns);
	enum ipcm_status status;

	if (timeout_ns <= 0)
		return IPCM_WOULDBLOCK;
	if (!can_wake(base))
		return wait_for_token(base, magic, deadline, attempt);
	handle_wait_begin(&base->handle);
	status = wait_for_token(base, magic, deadline, attempt);
	handle_wait_end(&base->handle);
	return status;
}

void lock_base_wake_all(struct lock_base *base)
{
	if (base->token->fileno)
		wakeup_fd_send(&base->wakeup);
	else if (base->token->call)
		base->token->call(base->token_state);
}

void lock_base_free(struct lock_base *base)
{
	handle_invalidate(&base->handle);
	wakeup_fd_close(&base->wakeup);
	base_drop(base);
	named_close(&base->named);
	free(base);
}
