/* SPDX-License-Identifier: MIT */
/*
 * The shared side of feeders: accepting and counting. Read feeder_shared.h
 * first. Every section under the table's lock is short: it sends nothing and
 * waits for no thread.
 *
 * Kill safety. Accepting raises the entry's count, then `accepted`; giving back
 * lowers them in the other order. The entry of a dead owner is void, so a
 * process that dies in between leaves at worst an `accepted` that is too low or
 * too high by its own items; the next recount corrects it. One check finds all
 * cases: `accepted` differs from T, and an owner is dead.
 */
#include "feeder_table.h"

#include "impls/core/naming/process_life.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "feeder_buffer.h"
#include "queue_wait.h"

static bool lock_table(struct ipcm_queue *queue, int64_t deadline_ns)
{
	while (queue_lock(&queue->shared->feeders.lock, deadline_ns) ==
	       LOCK_TIMEDOUT)
		if (clock_past(deadline_ns))
			return false;
	return true;
}

static void unlock_table(struct ipcm_queue *queue)
{
	robust_lock_release(&queue->shared->feeders.lock);
}

static uint32_t number_of(const _Atomic uint64_t *word)
{
	return word_number(atomic_load_explicit(word, memory_order_acquire));
}

static void set_accepted(struct feeder_table *table, uint32_t number)
{
	/* release: the entry's count is raised before */
	atomic_store_explicit(&table->accepted, word_make(0, number),
			      memory_order_release);
}

/* ---- counting again ---- */

static bool owner_dead(const struct feeder_entry *entry, uint64_t owner)
{
	return thread_dead(owner, atomic_load_explicit(&entry->life,
						       memory_order_relaxed));
}

/* Sum the counts of live owners, and tell the dead ones. */
static uint32_t sum_of_living(const struct feeder_table *table,
			      bool ret_dead[FEEDER_ENTRIES])
{
	uint32_t sum = 0;

	for (size_t i = 0; i < FEEDER_ENTRIES; i++) {
		const struct feeder_entry *entry = &table->entry[i];
		uint64_t owner = atomic_load_explicit(&entry->owner,
						      memory_order_relaxed);

		ret_dead[i] = owner && owner_dead(entry, owner);
		if (owner && !ret_dead[i])
			sum += atomic_load_explicit(&entry->count,
						    memory_order_relaxed);
	}
	return sum;
}

static void entry_free(struct feeder_entry *entry)
{
	atomic_store_explicit(&entry->count, 0, memory_order_relaxed);
	/* release: a new owner finds the count at 0 */
	atomic_store_explicit(&entry->owner, 0, memory_order_release);
}

/* The entries of the dead last: if this process is killed before, they make the
 * next one count again. */
static void count_again(struct ipcm_queue *queue)
{
	struct feeder_table *table = &queue->shared->feeders;
	bool dead[FEEDER_ENTRIES];
	uint32_t sum = sum_of_living(table, dead);

	set_accepted(table, number_of(&queue->shared->tail) + sum);
	for (size_t i = 0; i < FEEDER_ENTRIES; i++)
		if (dead[i])
			entry_free(&table->entry[i]);
}

/* With both locks held no thread accepts, hands over or gives back. */
static bool recount(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;

	if (!queue->engine->lock_producers(queue, 0))
		return false;
	if (!lock_table(queue, 0)) {
		queue->engine->unlock_producers(queue);
		return false;
	}
	count_again(queue);
	unlock_table(queue);
	queue->engine->unlock_producers(queue);
	/* slots have come free, or joiners have nothing left to wait for */
	queue_wake_all(&shared->head);
	queue_wake_all(&shared->done);
	return true;
}

static bool process_died(const struct feeder_table *table)
{
	for (size_t i = 0; i < FEEDER_ENTRIES; i++) {
		const struct feeder_entry *entry = &table->entry[i];
		uint64_t owner = atomic_load_explicit(&entry->owner,
						      memory_order_relaxed);

		if (owner && owner_dead(entry, owner))
			return true;
	}
	return false;
}

bool feeder_table_pending(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;

	/* accepted is read first: those items are in T, or pending */
	uint32_t accepted = number_of(&shared->feeders.accepted);

	if (number_ahead(accepted, number_of(&shared->tail)) == 0)
		return false;
	if (!process_died(&shared->feeders) || !recount(queue))
		return true;
	accepted = number_of(&shared->feeders.accepted);
	return number_ahead(accepted, number_of(&shared->tail)) != 0;
}

bool feeder_table_enable(struct ipcm_queue *queue, int64_t deadline_ns)
{
	struct queue_shared *shared = queue->shared;
	bool locked;

	/* acquire pairs with the release below */
	if (atomic_load_explicit(&shared->counting, memory_order_acquire) &
	    COUNT_ACCEPTED)
		return true;
	while (!queue->engine->lock_producers(queue, deadline_ns))
		if (clock_past(deadline_ns) ||
		    robust_lock_is_mine(&shared->producers))
			return false;
	locked = lock_table(queue, deadline_ns);
	if (locked && !(atomic_load(&shared->counting) & COUNT_ACCEPTED)) {
		/* first: no put moves T without accepting any more */
		(void)atomic_fetch_or(&shared->state_flags, STATE_ACCEPT_FIRST);
		count_again(queue);
		(void)atomic_fetch_or_explicit(&shared->counting,
					       COUNT_ACCEPTED,
					       memory_order_release);
	}
	if (locked)
		unlock_table(queue);
	queue->engine->unlock_producers(queue);
	return locked;
}

/* ---- entries ---- */

static struct feeder_entry *find_free(struct feeder_table *table)
{
	for (size_t i = 0; i < FEEDER_ENTRIES; i++)
		if (!atomic_load_explicit(&table->entry[i].owner,
					  memory_order_relaxed))
			return &table->entry[i];
	return NULL;
}

struct feeder_entry *feeder_table_claim(struct ipcm_queue *queue)
{
	struct feeder_table *table = &queue->shared->feeders;
	struct feeder_entry *entry = NULL;
	uint64_t life = process_life_known();

	/* a recount frees the entries of dead owners */
	for (int tries = 0; !entry && tries < 2; tries++) {
		if (!lock_table(queue, IPCM_FOREVER))
			return NULL;
		entry = find_free(table);
		if (entry) {
			atomic_store_explicit(&entry->count, 0,
					      memory_order_relaxed);
			atomic_store_explicit(&entry->life, life,
					      memory_order_relaxed);
			atomic_store_explicit(&entry->owner, thread_id_self(),
					      memory_order_relaxed);
		}
		unlock_table(queue);
		if (!entry && !recount(queue))
			return NULL;
	}
	return entry;
}

void feeder_table_release(struct ipcm_queue *queue, struct feeder_entry *entry)
{
	if (!lock_table(queue, IPCM_FOREVER))
		return;
	/* else a put has accepted since: void when this thread ends */
	if (!atomic_load_explicit(&entry->count, memory_order_relaxed))
		atomic_store_explicit(&entry->owner, 0, memory_order_relaxed);
	unlock_table(queue);
}

/* ---- accepting ---- */

/* Accept as many as there are slots; table's lock held. */
static enum ipcm_status accept_now(struct ipcm_queue *queue,
				   struct feeder_entry *entry, size_t count,
				   struct put_outcome *ret_outcome)
{
	struct queue_shared *shared = queue->shared;
	uint32_t accepted = number_of(&shared->feeders.accepted);
	int32_t ahead;
	uint32_t inside;

	if (atomic_load_explicit(&shared->state_flags, memory_order_relaxed) &
	    STATE_SHUT_DOWN)
		return IPCM_CLOSED;
	/* closed meanwhile: another thread may own the entry by now */
	if (queue->feeder && !feeder_runs(queue->feeder))
		return IPCM_CLOSED;
	ret_outcome->head =
		atomic_load_explicit(&shared->head, memory_order_relaxed);
	ahead = number_ahead(accepted, word_number(ret_outcome->head));
	inside = ahead > 0 ? (uint32_t)ahead : 0;
	if (inside >= queue->max_items)
		return IPCM_FULL;
	if (count > queue->max_items - inside)
		count = queue->max_items - inside;
	(void)atomic_fetch_add_explicit(&entry->count, (uint32_t)count,
					memory_order_relaxed);
	set_accepted(&shared->feeders, accepted + (uint32_t)count);
	ret_outcome->done = count;
	return IPCM_OK;
}

/* A queue_try_put that accepts and hands nothing over. */
static enum ipcm_status try_accept(struct ipcm_queue *queue,
				   const struct ipcm_item *items, size_t count,
				   int64_t deadline_ns,
				   struct feeder_entry *entry,
				   struct put_outcome *ret_outcome)
{
	enum ipcm_status status;

	(void)items;
	for (int tries = 0;; tries++) {
		if (!lock_table(queue, deadline_ns)) {
			ret_outcome->head = atomic_load_explicit(
				&queue->shared->head, memory_order_relaxed);
			return IPCM_WOULDBLOCK;
		}
		status = accept_now(queue, entry, count, ret_outcome);
		unlock_table(queue);
		if (status != IPCM_FULL || tries > 0)
			return status;
		/* full, perhaps of items that a dead process has accepted */
		if (!process_died(&queue->shared->feeders) || !recount(queue))
			return status;
	}
}

enum ipcm_status feeder_table_accept(struct ipcm_queue *queue,
				     struct feeder_entry *entry,
				     const struct ipcm_item *items,
				     size_t count, int64_t deadline_ns,
				     size_t *ret_done)
{
	return queue_put_waiting(queue, try_accept, items, count, deadline_ns,
				 entry, NULL, ret_done);
}

void feeder_table_give_back(struct ipcm_queue *queue,
			    struct feeder_entry *entry, size_t count)
{
	struct queue_shared *shared = queue->shared;
	struct feeder_table *table = &shared->feeders;

	if (!count || !lock_table(queue, IPCM_FOREVER))
		return;
	set_accepted(table, number_of(&table->accepted) - (uint32_t)count);
	(void)atomic_fetch_sub_explicit(&entry->count, (uint32_t)count,
					memory_order_relaxed);
	unlock_table(queue);
	queue_wake_all(&shared->head);
	queue_wake_all(&shared->done);
}
