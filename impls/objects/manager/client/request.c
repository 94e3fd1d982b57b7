/* SPDX-License-Identifier: MIT */
/*
 * A request of a client: sent, then its reply received, or given up.
 *
 * An operation that waits is answered when it is done. Its time limit, its stop
 * callback and the signals are the client's affair: it sends CANCEL, and takes
 * the answer that comes then, which is that of the operation if that was done
 * meanwhile. So nothing is done without the caller's knowledge, and the server
 * has no timers.
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/thread_id.h"
#include "ipcmark/shared.h"

/* Requests up to here need no memory. */
#define LOCAL_BYTES ((size_t)1 << 10)

/* ---- send ---- */

/* A request on its way: what is not sent yet. */
struct writer {
	struct link *link;
	uint8_t *buffer;
	size_t capacity, used;
	int64_t timeout_ns;
	/** A part of the request has gone. */
	bool begun;
};

static enum ipcm_status writer_flush(struct writer *writer)
{
	enum ipcm_status status =
		ipcm_connection_send(writer->link->end, writer->buffer,
				     writer->used, writer->timeout_ns);

	writer->begun = writer->begun || !status;
	writer->used = 0;
	return status;
}

static enum ipcm_status writer_put(struct writer *writer, const void *data,
				   size_t size)
{
	const uint8_t *from = data;
	enum ipcm_status status = IPCM_OK;

	while (size && !status) {
		size_t part = writer->capacity - writer->used;

		if (part > size)
			part = size;
		memcpy(writer->buffer + writer->used, from, part);
		writer->used += part;
		from += part;
		size -= part;
		/* the last piece goes at the end */
		if (size && writer->used == writer->capacity)
			status = writer_flush(writer);
	}
	return status;
}

/* A full buffer with more behind it: send it first. */
static enum ipcm_status writer_space(struct writer *writer)
{
	return writer->used == writer->capacity ? writer_flush(writer)
						: IPCM_OK;
}

static enum ipcm_status argument_put(struct writer *writer,
				     const struct proxy_argument *argument)
{
	enum ipcm_status status = writer_space(writer);

	if (!status)
		status = writer_put(writer, &argument->number,
				    sizeof(argument->number));
	if (status || !argument->data)
		return status;
	status = writer_space(writer);
	if (!status)
		status = writer_put(writer, argument->data, argument->number);
	return status;
}

static enum ipcm_status write_all(struct writer *writer,
				  const struct request_header *header,
				  const struct proxy_request *request)
{
	enum ipcm_status status = writer_put(writer, header, sizeof(*header));

	for (size_t i = 0; i < request->count && !status; i++)
		status = argument_put(writer, &request->arguments[i]);
	return status ? status : writer_flush(writer);
}

static enum ipcm_status request_size(const struct proxy_request *request,
				     uint64_t *ret_total)
{
	uint64_t total = sizeof(struct request_header);

	for (size_t i = 0; i < request->count; i++) {
		const struct proxy_argument *argument = &request->arguments[i];
		uint64_t bytes = argument->data ? argument->number : 0;

		if (bytes > IPCM_SHARED_MAX_BYTES)
			return IPCM_TOOBIG;
		total += sizeof(uint64_t) + bytes;
		if (total > IPCM_SHARED_MAX_BYTES + REQUEST_MORE_BYTES)
			return IPCM_TOOBIG;
	}
	*ret_total = total;
	return IPCM_OK;
}

/* ret_begun: part of it has gone, so the link is of no use. */
static enum ipcm_status send_request(struct link *link,
				     const struct request_header *header,
				     const struct proxy_request *request,
				     int64_t timeout_ns, bool *ret_begun)
{
	uint8_t local[LOCAL_BYTES];
	struct writer writer = {.link = link,
				.buffer = local,
				.capacity = sizeof(local),
				.timeout_ns = timeout_ns};
	enum ipcm_status status;

	if (header->total > sizeof(local)) {
		writer.capacity = header->total < PIECE_BYTES
					  ? (size_t)header->total
					  : PIECE_BYTES;
		writer.buffer = malloc(writer.capacity);
	}
	if (!writer.buffer)
		return IPCM_NOMEM;
	status = write_all(&writer, header, request);
	if (writer.buffer != local)
		free(writer.buffer);
	*ret_begun = writer.begun;
	return status;
}

/* ---- receive ---- */

/* The bytes of a reply that does not fit one frame, on their way. */
struct puller {
	struct link *link;
	uint8_t *to;
	size_t size;
	/** Received; asked for. */
	size_t have, asked;
	/** Frames that may be on their way, and are. */
	unsigned window, coming;
	int64_t timeout_ns;
};

/* Ask for half a window, so that the other half is on its way meanwhile. */
static enum ipcm_status pull_ask(struct puller *puller)
{
	size_t frame = puller->link->frame_bytes;
	size_t left = (puller->size - puller->asked + frame - 1) / frame;
	unsigned half = (puller->window + 1) / 2;
	struct {
		struct request_header header;
		uint64_t offset, frames;
	} message = {.header = {.op = OP_PULL, .total = sizeof(message)},
		     .offset = puller->asked,
		     .frames = left < half ? left : half};
	enum ipcm_status status;

	if (puller->coming + half > puller->window || !left)
		return IPCM_OK;
	status = ipcm_connection_send(puller->link->end, &message,
				      sizeof(message), puller->timeout_ns);
	if (status)
		return status;
	puller->coming += (unsigned)message.frames;
	puller->asked =
		left <= half ? puller->size : puller->asked + half * frame;
	return IPCM_OK;
}

static enum ipcm_status pull_receive(struct puller *puller)
{
	size_t left = puller->size - puller->have, got = 0;
	size_t frame = puller->link->frame_bytes;
	enum ipcm_status status = ipcm_connection_recv(
		puller->link->end, puller->to + puller->have, left,
		puller->timeout_ns, &got);

	if (status)
		return status;
	puller->coming--;
	puller->have += got;
	return got == (left < frame ? left : frame) ? IPCM_OK : IPCM_CORRUPT;
}

static enum ipcm_status pull(struct link *link, uint8_t *to, size_t size,
			     unsigned window, int64_t timeout_ns)
{
	struct puller puller = {.link = link,
				.to = to,
				.size = size,
				.window = window ? window : 1,
				.timeout_ns = timeout_ns};
	enum ipcm_status status = IPCM_OK;

	/* twice: both halves are empty at first */
	if (size)
		status = pull_ask(&puller);
	while (puller.have < size && !status) {
		status = pull_ask(&puller);
		if (!status)
			status = pull_receive(&puller);
	}
	link->owed = puller.coming;
	return status;
}

/* Where the bytes of the answer go. */
static enum ipcm_status answer_space(struct proxy_answer *answer, size_t size,
				     uint8_t **ret_to)
{
	if (answer->buffer || answer->capacity) {
		*ret_to = answer->buffer;
		return size <= answer->capacity ? IPCM_OK : IPCM_CORRUPT;
	}
	answer->memory = malloc(size ? size : 1);
	*ret_to = answer->memory;
	return answer->memory ? IPCM_OK : IPCM_NOMEM;
}

/* A reply of `bytes` in the link's frame. IPCM_CORRUPT: it is none. */
static enum ipcm_status read_reply(struct link *link, size_t bytes,
				   int64_t timeout_ns,
				   struct proxy_answer *answer,
				   enum ipcm_status *ret_status)
{
	struct reply_header header;
	enum ipcm_status status;
	uint8_t *to;

	if (bytes < sizeof(header))
		return IPCM_CORRUPT;
	memcpy(&header, link->frame, sizeof(header));
	if (header.status >= IPCM_STATUS_COUNT ||
	    (!(header.flags & REPLY_PULL) &&
	     header.size_bytes != bytes - sizeof(header)))
		return IPCM_CORRUPT;
	*ret_status = (enum ipcm_status)header.status;
	answer->number = header.number;
	answer->size = header.status == IPCM_TOOSMALL
			       ? (size_t)header.number
			       : (size_t)header.size_bytes;
	if (!header.size_bytes)
		return IPCM_OK;
	status = answer_space(answer, answer->size, &to);
	if (status)
		return status;
	if (header.flags & REPLY_PULL)
		return pull(link, to, answer->size,
			    header.flags >> REPLY_WINDOW_SHIFT, timeout_ns);
	memcpy(to, link->frame + sizeof(header), answer->size);
	return IPCM_OK;
}

static bool gave_up(enum ipcm_status status)
{
	return status == IPCM_TIMEDOUT || status == IPCM_WOULDBLOCK ||
	       status == IPCM_INTR;
}

/* The operation is still waiting: the server ends that. */
static enum ipcm_status cancel(struct link *link, enum ipcm_status why,
			       int64_t timeout_ns, size_t *ret_bytes)
{
	const struct request_header word = {
		.op = OP_CANCEL,
		.flags = why == IPCM_INTR ? REQUEST_STOPPED : 0,
		.total = sizeof(word)};
	bool before = interrupt_defer(true);
	enum ipcm_status status = ipcm_connection_send(
		link->end, &word, sizeof(word), timeout_ns);

	if (!status)
		status = ipcm_connection_recv(link->end, link->frame,
					      link->frame_bytes, timeout_ns,
					      ret_bytes);
	(void)interrupt_defer(before);
	return status;
}

/* ---- the whole ---- */

/*
 * The stop callback is not asked by a call that need not wait, and the server
 * answers those soon. So for this time it is not asked.
 */
#define SURELY_WAITS_NS (STOP_SLICE_NS / 2)

struct exchange {
	struct link_pool *pool;
	struct link *link;
	const struct proxy_request *request;
	/** For all but the waiting of an operation. */
	int64_t limit_ns;
	/** It may wait, until then, and so be given up. */
	bool waits;
	int64_t deadline_ns;
	/** Of the reply. */
	size_t bytes;
	/** What is to be done with the link. */
	bool keep;
};

/* How long it may still take. */
static int64_t remaining(const struct exchange *exchange)
{
	int64_t left;

	if (!exchange->waits)
		return exchange->limit_ns;
	if (exchange->deadline_ns == IPCM_FOREVER)
		return IPCM_FOREVER;
	left = exchange->deadline_ns - clock_now();
	return left > 0 ? left : 1;
}

/* A step that waits for the server: interrupted only if that takes long. */
static enum ipcm_status patiently(
	struct exchange *exchange, int64_t limit_ns,
	enum ipcm_status (*step)(struct exchange *exchange, int64_t limit_ns))
{
	bool brief = exchange->waits && interrupt_may_ask();
	bool before = interrupt_defer(brief || !exchange->waits);
	bool longer = brief && limit_ns > SURELY_WAITS_NS;
	enum ipcm_status status =
		step(exchange, longer ? SURELY_WAITS_NS : limit_ns);

	(void)interrupt_defer(before);
	if (!longer || status != IPCM_TIMEDOUT)
		return status;
	if (limit_ns != IPCM_FOREVER)
		limit_ns -= SURELY_WAITS_NS;
	return step(exchange, limit_ns);
}

static enum ipcm_status step_connect(struct exchange *exchange,
				     int64_t limit_ns)
{
	return link_take(exchange->pool, limit_ns, &exchange->link);
}

static enum ipcm_status step_receive(struct exchange *exchange,
				     int64_t limit_ns)
{
	struct link *link = exchange->link;

	return ipcm_connection_recv(link->end, link->frame, link->frame_bytes,
				    limit_ns, &exchange->bytes);
}

static enum ipcm_status exchange_receive(struct exchange *exchange,
					 struct proxy_answer *answer)
{
	struct link *link = exchange->link;
	enum ipcm_status ended = IPCM_OK;
	enum ipcm_status result = IPCM_OK;
	enum ipcm_status status =
		patiently(exchange, remaining(exchange), step_receive);

	if (exchange->waits && gave_up(status)) {
		ended = status;
		status = cancel(link, ended, exchange->limit_ns,
				&exchange->bytes);
	}
	if (!status)
		status = read_reply(link, exchange->bytes, exchange->limit_ns,
				    answer, &result);
	else
		link->owed = 1;
	if (gave_up(status)) {
		answer->unanswered = true;
		exchange->keep = true;
		return IPCM_TIMEDOUT;
	}
	if (status)
		return status;
	exchange->keep = true;
	return result == IPCM_WOULDBLOCK && ended ? ended : result;
}

static enum ipcm_status exchange_run(struct exchange *exchange,
				     const struct request_header *header,
				     struct proxy_answer *answer)
{
	bool before = interrupt_defer(!exchange->waits);
	bool begun = false;
	enum ipcm_status status;

	/* not by the deadline: what is ready must be had at any time limit,
	 * and a barrier must be told when one is over */
	status = send_request(exchange->link, header, exchange->request,
			      exchange->limit_ns, &begun);
	if (!status)
		status = exchange_receive(exchange, answer);
	else /* nothing of it has gone, or what has gone was withdrawn */
		exchange->keep =
			!begun && (gave_up(status) || status == IPCM_NOMEM);
	(void)interrupt_defer(before);
	return status;
}

/* What the connection says, in terms of the server. */
static enum ipcm_status server_status(const struct link_pool *pool,
				      enum ipcm_status status)
{
	if (atomic_load_explicit(&pool->closed, memory_order_relaxed))
		return IPCM_CLOSED;
	switch (status) {
	case IPCM_EOF:
	case IPCM_CLOSED:
	case IPCM_CORRUPT:
	case IPCM_TOOSMALL:
	case IPCM_REMOVED:
		return IPCM_BROKEN;
	default:
		return status;
	}
}

enum ipcm_status request_call(struct link_pool *pool, uint64_t object,
			      const struct proxy_request *request,
			      struct proxy_answer *answer)
{
	struct request_header header = {.op = request->op, .object = object};
	struct exchange exchange = {.pool = pool,
				    .request = request,
				    .limit_ns = pool->request_timeout_ns,
				    .waits = request->waits &&
					     request->timeout_ns > 0};
	enum ipcm_status status = request_size(request, &header.total);

	if (status)
		return status;
	exchange.deadline_ns =
		exchange.waits ? clock_deadline(request->timeout_ns) : 0;
	status = patiently(&exchange, exchange.limit_ns, step_connect);
	if (status)
		return server_status(pool, status);
	if (request->waits && !exchange.waits)
		header.flags = REQUEST_TRY;
	header.thread = thread_id_self();
	status = exchange_run(&exchange, &header, answer);
	if (status) {
		free(answer->memory);
		answer->memory = NULL;
	}
	if (exchange.keep) {
		link_give(pool, exchange.link);
		return status;
	}
	link_discard(pool, exchange.link);
	return server_status(pool, status);
}
