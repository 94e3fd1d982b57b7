/* SPDX-License-Identifier: MIT */
/*
 * Queues with a name: control block, engine memory and channel are found by
 * name (core/naming/named_object.h); their layout is that of a queue without
 * one. The header's attributes hold the creator's options and the limits that
 * its mechanism granted; a process that opens the queue uses those.
 */
#include <string.h>

#include "queue_internal.h"

/* In named_header.attributes. */
struct queue_attributes {
	uint32_t max_items;
	uint32_t flags; /* enum queue_traits */
	struct ipcm_channel_limits limits;
};
_Static_assert(sizeof(struct queue_attributes) <= NAMED_ATTRIBUTE_BYTES,
	       "they fit the header");

enum queue_traits { QUEUE_IS_BOUNDED = 1u << 0, QUEUE_IS_JOINABLE = 1u << 1 };

/* Largest message or receive buffer to accept. */
#define LARGEST_BUFFER ((size_t)1 << 30)

/* The argument of enter and leave. */
struct queue_opening {
	struct ipcm_queue *queue;
	size_t hint;
	/* Of a queue that is created. */
	struct queue_attributes requested;
	/* Options were given: maxsize and flags must agree. */
	bool strict;
};

static struct queue_attributes attributes_of(const struct ipcm_queue *queue)
{
	return (struct queue_attributes){
		.max_items = queue->max_items,
		.flags = (queue->bounded ? QUEUE_IS_BOUNDED : 0u) |
			 (queue->joinable ? QUEUE_IS_JOINABLE : 0u),
		.limits = queue->limits,
	};
}

static void use_attributes(struct ipcm_queue *queue,
			   const struct queue_attributes *attributes)
{
	queue->max_items = attributes->max_items;
	queue->bounded = attributes->flags & QUEUE_IS_BOUNDED;
	queue->joinable = attributes->flags & QUEUE_IS_JOINABLE;
	queue->limits = attributes->limits;
}

static bool limits_are_valid(const struct ipcm_queue *queue,
			     const struct ipcm_channel_limits *limits)
{
	return !queue->ops->port || (limits->frame_bytes >= 128 &&
				     limits->frame_bytes <= LARGEST_BUFFER &&
				     limits->receive_bytes >= 1 &&
				     limits->receive_bytes <= LARGEST_BUFFER);
}

/* Another process wrote them: check each value. */
static enum ipcm_status adopt_attributes(const struct queue_opening *opening,
					 const struct named_header *header)
{
	struct queue_attributes there;

	memcpy(&there, header->attributes, sizeof(there));
	if (there.max_items < 1 || there.max_items > IPCM_QUEUE_MAX_ITEMS ||
	    !limits_are_valid(opening->queue, &there.limits))
		return IPCM_CORRUPT;
	if (opening->strict &&
	    (there.flags != opening->requested.flags ||
	     there.max_items != opening->requested.max_items))
		return IPCM_INVALID;
	use_attributes(opening->queue, &there);
	return IPCM_OK;
}

static enum ipcm_status enter(void *object, struct named *named)
{
	const struct queue_opening *opening = object;
	struct ipcm_queue *queue = opening->queue;
	struct queue_attributes granted;
	enum ipcm_status status = IPCM_OK;

	if (named->creating)
		use_attributes(queue, &opening->requested);
	else
		status = adopt_attributes(opening, named->header);
	if (status)
		return status;
	queue->named = *named;
	status = queue_open_parts(queue, opening->hint, NULL);
	*named = queue->named;
	if (!status && named->creating) {
		granted = attributes_of(queue);
		memcpy(named->header->attributes, &granted, sizeof(granted));
	}
	return status;
}

static void leave(void *object)
{
	queue_close_parts(((struct queue_opening *)object)->queue);
}

static bool has_names(const struct ipcm_queue_ops *ops)
{
	return ops && (ops->port ? ops->port->open_named != NULL
				 : ops->store->open_named != NULL);
}

static enum ipcm_status check(const struct ipcm_backend *backend,
			      const char *name,
			      const struct ipcm_access *access,
			      const struct ipcm_queue_options *options)
{
	enum ipcm_status status;

	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	status = named_check(backend, name, access,
			     (unsigned)IPCM_ACCESS_GET_ONLY |
				     (unsigned)IPCM_ACCESS_PUT_ONLY);
	if (!status && !has_names(backend->queue))
		status = IPCM_NOTSUP;
	return status ? status : queue_check_options(backend, options);
}

enum ipcm_status ipcm_queue_open(const struct ipcm_backend *backend,
				 const char *name,
				 const struct ipcm_access *access,
				 const struct ipcm_queue_options *options,
				 struct ipcm_queue **ret_queue)
{
	static const struct ipcm_queue_options defaults =
		IPCM_QUEUE_OPTIONS_INIT;
	const struct ipcm_queue_options *wanted = options ? options : &defaults;
	const struct named_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_QUEUE,
		.layout = sizeof(struct queue_shared),
		.enter = enter,
		.leave = leave,
	};
	struct queue_opening opening = {.hint = wanted->item_size_hint,
					.strict = options};
	enum ipcm_status status;
	struct named named;

	if (!ret_queue)
		return IPCM_INVALID;
	status = check(backend, name, access, wanted);
	if (status)
		return status;
	opening.queue = queue_alloc(backend, wanted);
	if (!opening.queue)
		return IPCM_NOMEM;
	opening.requested = attributes_of(opening.queue);
	status = named_open(&request, &opening, &named);
	if (status)
		goto dealloc;
	opening.queue->named = named;
	opening.queue->access = access->flags;
	status = queue_enable(opening.queue, wanted->flags);
	if (status)
		goto close_parts;
	*ret_queue = opening.queue;
	return IPCM_OK;
close_parts:
	queue_close_parts(opening.queue);
	named_close(&named);
dealloc:
	queue_dealloc(opening.queue);
	return status;
}

enum ipcm_status ipcm_queue_get_options(const struct ipcm_queue *queue,
					struct ipcm_queue_options *ret_options)
{
	if (!queue_is_handle(queue) || !ret_options)
		return IPCM_INVALID;
	*ret_options = (struct ipcm_queue_options){
		.maxsize = queue->bounded ? (int64_t)queue->max_items : 0,
		.flags = (queue->joinable ? (unsigned)IPCM_QUEUE_JOINABLE : 0) |
			 (queue->feeder ? (unsigned)IPCM_QUEUE_FEEDER : 0),
		.spin_ns = queue->spin_ns,
	};
	return IPCM_OK;
}
