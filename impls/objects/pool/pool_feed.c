/* SPDX-License-Identifier: MIT */
/*
 * From jobs to the queue of tasks, and the records of what is in flight. The
 * mutex is held in all of it.
 *
 * Whoever submits, or collects, hands over as many tasks as there is space for;
 * the rest waits in its job. So submitting never blocks, and a terminate never
 * meets a full queue. The n-th put is the task with number n (queue_claim.h).
 */
#include "pool_internal.h"

#include "impls/objects/queue/queue_claim.h"
#include "ipcmark/process.h"

/* Messages in one put, and bytes of them unless one is larger. */
#define FEED_BATCH     64
#define OUTGOING_BYTES (UINT64_C(1) << 16)
/* Memory for a large message that is kept. */
#define OUTGOING_KEEP (UINT64_C(1) << 20)
/* Bytes of arguments in flight, if several tasks a worker are. */
#define FLIGHT_BYTES (UINT64_C(8) << 20)

/* ---- records ---- */

enum ipcm_status feed_open(struct ipcm_pool *pool)
{
	pool->record_count = POOL_DEPTH;
	pool->records = calloc(pool->record_count, sizeof(*pool->records));
	pool->outgoing = malloc(OUTGOING_BYTES);
	pool->outgoing_bytes = OUTGOING_BYTES;
	if (!pool->records || !pool->outgoing) {
		feed_close(pool);
		return IPCM_NOMEM;
	}
	for (uint32_t i = 0; i < pool->record_count; i++)
		pool->records[i].next = i + 1;
	pool->records[pool->record_count - 1].next = RECORD_NONE;
	pool->again_first = pool->again_last = RECORD_NONE;
	return IPCM_OK;
}

void feed_close(struct ipcm_pool *pool)
{
	free(pool->records);
	free(pool->outgoing);
	pool->records = NULL;
	pool->outgoing = NULL;
}

/* After deaths there may be more than POOL_DEPTH: chunks are split. */
static bool records_grow(struct ipcm_pool *pool)
{
	uint32_t count = pool->record_count;
	struct pool_record *records = reallocarray(
		pool->records, 2 * (size_t)count, sizeof(*records));

	if (!records)
		return false;
	memset(records + count, 0, count * sizeof(*records));
	for (uint32_t i = count; i < 2 * count; i++)
		records[i].next = i + 1;
	records[2 * count - 1].next = RECORD_NONE;
	pool->records = records;
	pool->free_record = count;
	pool->record_count = 2 * count;
	return true;
}

static uint32_t record_new(struct ipcm_pool *pool, struct ipcm_async *job,
			   uint32_t first, uint32_t items)
{
	uint32_t at;

	if (pool->free_record == RECORD_NONE && !records_grow(pool))
		return RECORD_NONE;
	at = pool->free_record;
	pool->free_record = pool->records[at].next;
	pool->records[at] = (struct pool_record){
		.job = job, .first = first, .items = items};
	return at;
}

void feed_release(struct ipcm_pool *pool, uint32_t record)
{
	struct pool_record *at = &pool->records[record];

	if (at->sent) {
		pool->in_flight--;
		pool->flight_bytes -= at->bytes;
	}
	*at = (struct pool_record){.next = pool->free_record};
	pool->free_record = record;
}

/* To be handed over again, before anything new. */
static void again_add(struct ipcm_pool *pool, uint32_t record)
{
	pool->records[record].next = RECORD_NONE;
	if (pool->again_first == RECORD_NONE)
		pool->again_first = record;
	else
		pool->records[pool->again_last].next = record;
	pool->again_last = record;
}

static void again_push(struct ipcm_pool *pool, uint32_t record)
{
	pool->records[record].next = pool->again_first;
	pool->again_first = record;
	if (pool->again_last == RECORD_NONE)
		pool->again_last = record;
}

static void again_remove(struct ipcm_pool *pool)
{
	pool->again_first = pool->records[pool->again_first].next;
	if (pool->again_first == RECORD_NONE)
		pool->again_last = RECORD_NONE;
}

/* ---- the ends of items and jobs ---- */

static void changed_add(struct ipcm_pool *pool, struct ipcm_async *job)
{
	if (job->is_changed)
		return;
	job->is_changed = true;
	job->changed = NULL;
	if (pool->changed.first)
		pool->changed.last->changed = job;
	else
		pool->changed.first = job;
	pool->changed.last = job;
}

static void waiting_remove(struct ipcm_pool *pool)
{
	pool->waiting.first = pool->waiting.first->next;
	if (!pool->waiting.first)
		pool->waiting.last = NULL;
}

void feed_finish(struct ipcm_pool *pool, struct ipcm_async *job, uint32_t item,
		 enum ipcm_status status, const void *data, size_t bytes)
{
	if (job_finish_item(job, item, status, data, bytes)) {
		/* the collector calls back, and then says that it is done */
		atomic_store_explicit(&job->complete, true,
				      memory_order_release);
		pool->jobs--;
		changed_add(pool, job);
	} else if (__builtin_expect(job->is_iterated, 0)) {
		changed_add(pool, job);
	}
}

static void finish_range(struct ipcm_pool *pool, struct ipcm_async *job,
			 uint32_t from, uint32_t to, enum ipcm_status status)
{
	for (uint32_t i = from; i < to; i++)
		feed_finish(pool, job, i, status, NULL, 0);
}

void feed_fail(struct ipcm_pool *pool, enum ipcm_status status)
{
	for (uint32_t i = 0; i < pool->record_count; i++) {
		struct pool_record at = pool->records[i];

		if (!at.job)
			continue;
		finish_range(pool, at.job, at.first + at.received,
			     at.first + at.items, status);
		feed_release(pool, i);
	}
	pool->again_first = pool->again_last = RECORD_NONE;
	while (pool->waiting.first) {
		struct ipcm_async *job = pool->waiting.first;

		waiting_remove(pool);
		finish_range(pool, job, job->handed_over, job->count, status);
	}
}

/* ---- a death ---- */

/* The items from `first` on were not begun: another worker gets them. */
static void lost_rest(struct ipcm_pool *pool, struct ipcm_async *job,
		      uint32_t first, uint32_t end)
{
	uint32_t again;

	if (first == end)
		return;
	again = record_new(pool, job, first, end - first);
	if (again == RECORD_NONE)
		finish_range(pool, job, first, end, IPCM_NOMEM);
	else
		again_add(pool, again);
}

static void lost_begun(struct ipcm_pool *pool, struct ipcm_async *job,
		       uint32_t item, uint32_t tries)
{
	uint32_t again = RECORD_NONE;

	if (tries < pool->options.retries)
		again = record_new(pool, job, item, 1);
	if (again == RECORD_NONE) {
		feed_finish(pool, job, item, IPCM_WORKERDIED, NULL, 0);
		return;
	}
	pool->records[again].tries = tries + 1;
	again_add(pool, again);
}

void feed_lost(struct ipcm_pool *pool, uint32_t number, uint32_t begun)
{
	for (uint32_t i = 0; i < pool->record_count; i++) {
		struct pool_record at = pool->records[i];
		uint32_t next = at.first + at.received;

		if (!at.sent || at.number != number)
			continue;
		feed_release(pool, i);
		/* its result may be there: then the next was not begun */
		for (; next < at.first + begun; next++)
			lost_begun(pool, at.job, next,
				   next == at.first ? at.tries : 0);
		lost_rest(pool, at.job, next, at.first + at.items);
		return;
	}
}

/* ---- handing over ---- */

static bool must_stop(const struct ipcm_pool *pool)
{
	return pool->state == POOL_TERMINATED || pool->state == POOL_BROKEN;
}

void feed_add(struct ipcm_pool *pool, struct ipcm_async *job)
{
	job_hold(job);
	pool->jobs++;
	job->next = NULL;
	if (pool->waiting.last)
		pool->waiting.last->next = job;
	else
		pool->waiting.first = job;
	pool->waiting.last = job;
}

/* All arguments of an item; more than the limit: SIZE_MAX. */
static size_t item_bytes(const struct ipcm_async *job, uint32_t item)
{
	size_t raw = 0, bytes = 0;

	for (uint32_t column = 0; column < job->columns; column++) {
		size_t size = job_argument(job, item, column).size_bytes;

		if (size > IPCM_POOL_MAX_BYTES - raw)
			return SIZE_MAX;
		raw += size;
		bytes += pool_align(size, POOL_ARGUMENT_ALIGN);
	}
	return bytes;
}

/* The message of items from `first` on; more than the limit: SIZE_MAX. */
static size_t message_bytes(const struct ipcm_async *job, uint32_t first,
			    uint32_t items)
{
	size_t bytes = pool_align(sizeof(struct pool_task) +
					  (size_t)items * job->columns *
						  sizeof(uint32_t),
				  POOL_ARGUMENT_ALIGN);

	if (!job->by_rows)
		bytes += items *
			 pool_align(job->element_bytes, POOL_ARGUMENT_ALIGN);
	for (uint32_t i = first; job->by_rows && i < first + items; i++) {
		size_t item = item_bytes(job, i);

		if (item == SIZE_MAX)
			return SIZE_MAX;
		bytes += item;
	}
	return bytes <= IPCM_ITEM_MAX_BYTES ? bytes : SIZE_MAX;
}

static void write_message(const struct ipcm_async *job, uint32_t record,
			  uint32_t first, uint32_t items, uint8_t *to)
{
	struct pool_task *task = (struct pool_task *)(void *)to;
	uint32_t *sizes = (uint32_t *)(void *)(task + 1);
	uint8_t *at =
		to + pool_align(sizeof(*task) + (size_t)items * job->columns *
							sizeof(uint32_t),
				POOL_ARGUMENT_ALIGN);

	*task = (struct pool_task){job->task, record, items, job->columns, 0};
	for (uint32_t i = first; i < first + items; i++) {
		for (uint32_t column = 0; column < job->columns; column++) {
			struct ipcm_bytes argument =
				job_argument(job, i, column);

			*sizes++ = (uint32_t)argument.size_bytes;
			if (argument.size_bytes)
				memcpy(at, argument.data, argument.size_bytes);
			at += pool_align(argument.size_bytes,
					 POOL_ARGUMENT_ALIGN);
		}
	}
}

/*
 * The next record to hand over, and the bytes of its message; RECORD_NONE:
 * there is none. A chunk that no message holds is halved; a single item fails.
 */
static uint32_t next_record(struct ipcm_pool *pool, size_t *ret_bytes)
{
	while (pool->again_first != RECORD_NONE) {
		uint32_t record = pool->again_first;
		struct pool_record at = pool->records[record];

		again_remove(pool);
		if (at.job->cancelled) {
			finish_range(pool, at.job, at.first,
				     at.first + at.items, IPCM_CLOSED);
			feed_release(pool, record);
			continue;
		}
		*ret_bytes = message_bytes(at.job, at.first, at.items);
		return record;
	}
	while (pool->waiting.first) {
		struct ipcm_async *job = pool->waiting.first;
		uint32_t first = job->handed_over;
		uint32_t items = job->count - first, record;

		if (items > job->chunk)
			items = job->chunk;
		while ((*ret_bytes = message_bytes(job, first, items)) ==
			       SIZE_MAX &&
		       items > 1)
			items /= 2;
		record = job->cancelled || *ret_bytes == SIZE_MAX
				 ? RECORD_NONE
				 : record_new(pool, job, first, items);
		if (job->cancelled)
			items = job->count - first;
		job->handed_over += items;
		if (job->handed_over == job->count)
			waiting_remove(pool);
		if (record != RECORD_NONE)
			return record;
		finish_range(pool, job, first, first + items,
			     job->cancelled	      ? IPCM_CLOSED
			     : *ret_bytes == SIZE_MAX ? IPCM_TOOBIG
						      : IPCM_NOMEM);
	}
	return RECORD_NONE;
}

/* Memory for at least so many bytes of messages. */
static bool outgoing_grow(struct ipcm_pool *pool, size_t bytes)
{
	uint8_t *memory = malloc(bytes);

	if (!memory)
		return false;
	free(pool->outgoing);
	pool->outgoing = memory;
	pool->outgoing_bytes = bytes;
	return true;
}

static void outgoing_shrink(struct ipcm_pool *pool)
{
	if (pool->outgoing_bytes > OUTGOING_KEEP)
		(void)outgoing_grow(pool, OUTGOING_BYTES);
}

/* Messages that are made and not put yet. */
struct batch {
	struct ipcm_item items[FEED_BATCH];
	uint32_t records[FEED_BATCH];
	size_t count, bytes;
};

/* Records of the batch from `done` on are handed over later, in their order. */
static void batch_give_back(struct ipcm_pool *pool, const struct batch *batch,
			    size_t done)
{
	for (size_t i = batch->count; i > done; i--) {
		pool->flight_bytes -=
			pool->records[batch->records[i - 1]].bytes;
		again_push(pool, batch->records[i - 1]);
	}
}

/* IPCM_OK: all of it. */
static enum ipcm_status batch_put(struct ipcm_pool *pool, struct batch *batch)
{
	enum ipcm_status status = IPCM_OK;
	size_t done = 0, part;

	while (done < batch->count) {
		status = ipcm_queue_put_many(pool->tasks, batch->items + done,
					     batch->count - done, IPCM_TRY,
					     &part);
		if (status)
			break;
		for (size_t end = done + part; done < end; done++) {
			struct pool_record *record =
				&pool->records[batch->records[done]];

			pool->number = queue_next_number(pool->number);
			record->number = pool->number;
			record->sent = true;
		}
		pool->in_flight += (uint32_t)part;
	}
	batch_give_back(pool, batch, done);
	batch->count = batch->bytes = 0;
	return status;
}

/* Make room for one more message. */
static enum ipcm_status batch_reserve(struct ipcm_pool *pool,
				      struct batch *batch, size_t bytes)
{
	enum ipcm_status status = IPCM_OK;

	if (batch->count == FEED_BATCH ||
	    batch->bytes + bytes > pool->outgoing_bytes)
		status = batch_put(pool, batch);
	if (!status && batch->bytes + bytes > pool->outgoing_bytes &&
	    !outgoing_grow(pool, bytes))
		status = IPCM_NOMEM;
	return status;
}

static void batch_add(struct ipcm_pool *pool, struct batch *batch,
		      uint32_t record, size_t bytes)
{
	struct pool_record *at = &pool->records[record];
	uint8_t *to = pool->outgoing + batch->bytes;

	write_message(at->job, record, at->first, at->items, to);
	at->bytes = (uint32_t)bytes;
	pool->flight_bytes += bytes;
	batch->items[batch->count] = (struct ipcm_item){to, bytes};
	batch->records[batch->count++] = record;
	batch->bytes += pool_align(bytes, POOL_ARGUMENT_ALIGN);
}

/* May one more task be in flight? Of large ones a few a worker. */
static bool may_feed(const struct ipcm_pool *pool, const struct batch *batch)
{
	size_t tasks = pool->in_flight + batch->count;

	return tasks < POOL_DEPTH &&
	       (pool->flight_bytes < FLIGHT_BYTES || tasks < 2 * pool->workers);
}

static enum ipcm_status feed_some(struct ipcm_pool *pool, struct batch *batch)
{
	enum ipcm_status status;
	uint32_t record;
	size_t bytes;

	while (may_feed(pool, batch)) {
		record = next_record(pool, &bytes);
		if (record == RECORD_NONE)
			break;
		status = batch_reserve(pool, batch, bytes);
		if (status) {
			again_push(pool, record);
			return status;
		}
		batch_add(pool, batch, record, bytes);
	}
	return batch_put(pool, batch);
}

/* Nothing is in flight that could free the memory which the first needs. */
static void fail_first(struct ipcm_pool *pool)
{
	uint32_t record = pool->again_first;
	struct pool_record at = pool->records[record];

	again_remove(pool);
	finish_range(pool, at.job, at.first, at.first + at.items, IPCM_NOMEM);
	feed_release(pool, record);
}

void feed(struct ipcm_pool *pool)
{
	enum ipcm_status status;
	struct batch batch;

	if (must_stop(pool) ||
	    (!pool->waiting.first && pool->again_first == RECORD_NONE))
		return;
	batch.count = batch.bytes = 0;
	status = feed_some(pool, &batch);
	pool->refused = status;
	if (status == IPCM_NOMEM && !pool->in_flight &&
	    pool->again_first != RECORD_NONE)
		fail_first(pool);
	/* the queue itself is gone: the collector sees the end */
	if (status == IPCM_REMOVED || status == IPCM_CORRUPT ||
	    status == IPCM_INVALID)
		(void)!ipcm_process_kill(pool->supervisor);
	outgoing_shrink(pool);
}
