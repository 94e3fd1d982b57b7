/* SPDX-License-Identifier: MIT */
/* The calls on a managed queue. What they do is in shared_queue.c. */
#include "wait_call.h"

#define KINDS KIND_BIT(SHARED_QUEUE)

enum ipcm_status ipcm_manager_queue(struct ipcm_manager *manager,
				    const char *name, int64_t maxsize,
				    struct ipcm_proxy **ret_queue)
{
	return proxy_open(manager, SHARED_QUEUE, name,
			  &ARGUMENT_NUMBER(maxsize), 1, ret_queue);
}

/* It waited in vain, for space or an item. An answer that never came says
 * nothing about that. */
static enum ipcm_status in_vain(enum ipcm_status status,
				const struct proxy_answer *answer,
				enum ipcm_status meaning)
{
	bool vain = status == IPCM_WOULDBLOCK ||
		    (status == IPCM_TIMEDOUT && !answer->unanswered);

	return vain ? meaning : status;
}

enum ipcm_status ipcm_shared_queue_put(struct ipcm_proxy *queue,
				       const void *item, size_t size_bytes,
				       int64_t timeout_ns)
{
	const struct proxy_argument argument = ARGUMENT_BYTES(item, size_bytes);
	const struct proxy_request request = {.op = OP_QUEUE_PUT,
					      .arguments = &argument,
					      .count = 1,
					      .waits = true,
					      .timeout_ns = timeout_ns};
	struct proxy_answer answer = {.number = 0};

	if (bytes_missing(item, size_bytes))
		return IPCM_INVALID;
	return in_vain(proxy_call(queue, KINDS, &request, &answer), &answer,
		       IPCM_FULL);
}

enum ipcm_status ipcm_shared_queue_get(struct ipcm_proxy *queue, void *buffer,
				       size_t buffer_bytes, int64_t timeout_ns,
				       size_t *ret_size)
{
	const struct proxy_argument argument = ARGUMENT_NUMBER(buffer_bytes);
	const struct proxy_request request = {.op = OP_QUEUE_GET,
					      .arguments = &argument,
					      .count = 1,
					      .waits = true,
					      .timeout_ns = timeout_ns};
	uint8_t nothing;
	struct proxy_answer answer = {.buffer = buffer ? buffer : &nothing,
				      .capacity = buffer_bytes};
	enum ipcm_status status;

	if (bytes_missing(buffer, buffer_bytes))
		return IPCM_INVALID;
	status = in_vain(proxy_call(queue, KINDS, &request, &answer), &answer,
			 IPCM_EMPTY);
	if (ret_size && (!status || status == IPCM_TOOSMALL))
		*ret_size = answer.size;
	return status;
}

enum ipcm_status ipcm_shared_queue_qsize(struct ipcm_proxy *queue,
					 size_t *ret_items)
{
	uint64_t items;
	enum ipcm_status status =
		number_call(queue, KINDS, OP_QUEUE_SIZE, ret_items, &items);

	if (!status)
		*ret_items = (size_t)items;
	return status;
}

enum ipcm_status ipcm_shared_queue_empty(struct ipcm_proxy *queue,
					 bool *ret_empty)
{
	uint64_t items;
	enum ipcm_status status =
		number_call(queue, KINDS, OP_QUEUE_SIZE, ret_empty, &items);

	if (!status)
		*ret_empty = items == 0;
	return status;
}

enum ipcm_status ipcm_shared_queue_full(struct ipcm_proxy *queue,
					bool *ret_full)
{
	uint64_t full;
	enum ipcm_status status =
		number_call(queue, KINDS, OP_QUEUE_FULL, ret_full, &full);

	if (!status)
		*ret_full = full != 0;
	return status;
}

enum ipcm_status ipcm_shared_queue_task_done(struct ipcm_proxy *queue)
{
	return proxy_ask(queue, KINDS, OP_QUEUE_TASK_DONE, NULL, 0, NULL);
}

enum ipcm_status ipcm_shared_queue_join(struct ipcm_proxy *queue,
					int64_t timeout_ns)
{
	return wait_call(queue, KINDS, OP_QUEUE_JOIN, timeout_ns, NULL);
}
