/* SPDX-License-Identifier: MIT */
/*
 * Watched calls of a pool; see call_pool.h.
 */
#include "call_pool.h"

#include <stdlib.h>

/* What the peer has; one call a peer. */
struct own {
	struct ipcm_pool *pool;
	struct ipcm_async *async;
	struct ipcm_pool_iterator *iterator;
};

/* The workers' copy; set before the pool is made. */
static struct ipcm_event *gate;

static enum ipcm_status pass(const struct ipcm_bytes *arguments, size_t count,
			     struct ipcm_output *output)
{
	(void)arguments;
	(void)count;
	(void)output;
	return ipcm_event_wait(gate, IPCM_FOREVER);
}

static enum ipcm_status pass_first(void *argument)
{
	(void)argument;
	return ipcm_event_wait(gate, IPCM_FOREVER);
}

static enum ipcm_status create(struct call *call,
			       enum ipcm_status (*initializer)(void *))
{
	const struct call_pool *object = call->object;
	struct ipcm_pool_options options = IPCM_POOL_OPTIONS_INIT;
	struct own *own = call->own;

	gate = object->event;
	options.workers = 1;
	options.initializer = initializer;
	return ipcm_pool_create(object->backend, &options, &own->pool);
}

static void submit(struct call *call, bool is_set)
{
	struct own *own = call->own;

	if (call->kind == CALL_POOL_NEXT)
		CHECK_OK(ipcm_pool_imap(own->pool, pass, NULL, 0, 1, 1,
					&own->iterator));
	if (call->kind != CALL_POOL_JOIN && call->kind != CALL_ASYNC_WAIT &&
	    call->kind != CALL_ASYNC_GET && call->kind != CALL_POOL_NEXT)
		return;
	/* behind that of the iterator, so that both are there */
	CHECK_OK(ipcm_pool_apply_async(own->pool, pass, NULL, 0, NULL,
				       &own->async));
	if (call->kind == CALL_POOL_JOIN)
		CHECK_OK(ipcm_pool_close(own->pool));
	if (is_set)
		CHECK_OK(ipcm_async_wait(own->async, hang_ns()));
	if (is_set && call->kind == CALL_POOL_JOIN)
		CHECK_OK(ipcm_pool_join(own->pool, hang_ns()));
}

void call_pool_begin(struct call *call)
{
	const struct call_pool *object = call->object;
	struct ipcm_stop stop = ipcm_set_stop((struct ipcm_stop){NULL, NULL});
	bool interruptible = ipcm_set_interruptible(false);
	bool is_set = false;

	call->own = memory(sizeof(struct own));
	*(struct own *)call->own = (struct own){NULL, NULL, NULL};
	CHECK_OK(ipcm_event_is_set(object->event, &is_set));
	if (call->kind != CALL_POOL_CREATE) {
		CHECK_OK(create(call, NULL));
		submit(call, is_set);
	}
	(void)ipcm_set_stop(stop);
	(void)ipcm_set_interruptible(interruptible);
}

void call_pool_end(struct call *call)
{
	struct own *own = call->own;

	ipcm_async_free(own->async);
	ipcm_pool_iterator_free(own->iterator);
	ipcm_pool_free(own->pool);
	free(own);
}

enum ipcm_status call_pool_create(struct call *call)
{
	return create(call, pass_first);
}

enum ipcm_status call_pool_apply(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_pool_apply(own->pool, pass, NULL, 0, call->timeout_ns, NULL,
			       0, NULL);
}

enum ipcm_status call_pool_map(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_pool_map(own->pool, pass, NULL, 0, 2, 1, NULL, 0);
}

enum ipcm_status call_pool_starmap(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_pool_starmap(own->pool, pass, NULL, 0, 2, 1, NULL, 0);
}

enum ipcm_status call_pool_join(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_pool_join(own->pool, call->timeout_ns);
}

enum ipcm_status call_async_wait(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_async_wait(own->async, call->timeout_ns);
}

enum ipcm_status call_async_get(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_async_get(own->async, call->timeout_ns, 0, NULL, 0, NULL);
}

enum ipcm_status call_pool_next(struct call *call)
{
	const struct own *own = call->own;

	return ipcm_pool_iterator_next(own->iterator, call->timeout_ns, NULL, 0,
				       NULL, NULL);
}
