/* SPDX-License-Identifier: MIT */
/*
 * Queues by name: control block, lane memory and channel found by name
 * (core/naming/named_object.h), laid out as in a queue without one. What the
 * maker chose and what its mechanism gave stands in the header's attributes;
 * who joins goes by those, not by what it would have got.
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

/* Largest message or receive buffer to believe in. */
#define LARGEST_BUFFER ((size_t)1 << 30)

/* What named_open hands to enter and leave. */
struct joining {
	struct ipcm_queue *queue;
	size_t hint;
	/* Of a queue that is made. */
	struct queue_attributes wanted;
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

static bool limits_make_sense(const struct ipcm_queue *queue,
			      const struct ipcm_channel_limits *limits)
{
	return !queue->ops->port || (limits->frame_bytes >= 128 &&
				     limits->frame_bytes <= LARGEST_BUFFER &&
				     limits->receive_bytes >= 1 &&
				     limits->receive_bytes <= LARGEST_BUFFER);
}

/* Another process wrote them: believe only what can be. */
static enum ipcm_status adopt_attributes(const struct joining *joining,
					 const struct named_header *header)
{
	struct queue_attributes there;

	memcpy(&there, header->attributes, sizeof(there));
	if (there.max_items < 1 || there.max_items > IPCM_QUEUE_MAX_ITEMS ||
	    !limits_make_sense(joining->queue, &there.limits))
		return IPCM_CORRUPT;
	if (joining->strict && (there.flags != joining->wanted.flags ||
				there.max_items != joining->wanted.max_items))
		return IPCM_INVALID;
	use_attributes(joining->queue, &there);
	return IPCM_OK;
}

static enum ipcm_status enter(void *object, struct named *named)
{
	const struct joining *joining = object;
	struct ipcm_queue *queue = joining->queue;
	struct queue_attributes made;
	enum ipcm_status status = IPCM_OK;

	if (named->making)
		use_attributes(queue, &joining->wanted);
	else
		status = adopt_attributes(joining, named->header);
	if (status)
		return status;
	queue->named = *named;
	status = queue_open_parts(queue, joining->hint, NULL);
	*named = queue->named;
	if (!status && named->making) {
		made = attributes_of(queue);
		memcpy(named->header->attributes, &made, sizeof(made));
	}
	return status;
}

static void leave(void *object)
{
	queue_close_parts(((struct joining *)object)->queue);
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
	static const struct ipcm_queue_options usual = IPCM_QUEUE_OPTIONS_INIT;
	const struct ipcm_queue_options *wanted = options ? options : &usual;
	const struct named_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_QUEUE,
		.layout = sizeof(struct queue_shared),
		.enter = enter,
		.leave = leave,
	};
	struct joining joining = {.hint = wanted->item_size_hint,
				  .strict = options};
	enum ipcm_status status;
	struct named named;

	if (!ret_queue)
		return IPCM_INVALID;
	status = check(backend, name, access, wanted);
	if (status)
		return status;
	joining.queue = queue_alloc(backend, wanted);
	if (!joining.queue)
		return IPCM_NOMEM;
	joining.wanted = attributes_of(joining.queue);
	status = named_open(&request, &joining, &named);
	if (status)
		goto dealloc;
	joining.queue->named = named;
	joining.queue->access = access->flags;
	status = queue_begin(joining.queue, wanted->flags);
	if (status)
		goto close_parts;
	*ret_queue = joining.queue;
	return IPCM_OK;
close_parts:
	queue_close_parts(joining.queue);
	named_close(&named);
dealloc:
	queue_dealloc(joining.queue);
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
