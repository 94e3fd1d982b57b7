/* SPDX-License-Identifier: MIT */
/*
 * A feeder's private side: items that were accepted and wait for the thread.
 * The mutex guards the list. An item stays in it until it is handed over, so
 * that a child made by fork() finds all of them, and frees them.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_BUFFER_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_BUFFER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/queue.h"

struct feeder_node {
	struct feeder_node *next;
	size_t bytes;
	_Alignas(16) uint8_t data[];
};

/** A list of nodes; all zero is empty. */
struct feeder_list {
	struct feeder_node *first;
	struct feeder_node *last;
};

/** State of the thread; `state` of struct queue_feeder. */
enum feeder_state {
	FEEDER_NONE,	 /* not started in this process */
	FEEDER_STARTING, /* claims its entry */
	FEEDER_RUNS,
	FEEDER_REFUSED, /* found no free entry, has ended */
	FEEDER_ENDED,	/* has ended: closed and empty, or stopped */
};

/** Private to the process. */
struct queue_feeder {
	struct ipcm_queue *queue;
	struct queue_feeder *next; /* of this process; feeders_lock */

	pthread_mutex_t mutex;
	struct feeder_list list; /* mutex */
	bool has_thread;	 /* mutex; there is one to pthread_join */
	pthread_t thread;

	_Atomic uint32_t state;	  /* enum feeder_state; a futex */
	_Atomic uint32_t changes; /* of state and cancelled; a futex */
	_Atomic uint32_t wakeup;  /* changed when there is work; a futex */
	atomic_bool finish;	  /* end when the list is empty */
	atomic_bool stop;	  /* end now */
	atomic_bool cancelled;	  /* no call waits for the hand-over */
	struct feeder_entry *entry;
};

/** Does the thread run that owns the feeder's entry? With the table's lock. */
static inline bool feeder_runs(const struct queue_feeder *feeder)
{
	/* it ends before it frees its entry under the table's lock */
	return atomic_load_explicit(&feeder->state, memory_order_acquire) ==
	       FEEDER_RUNS;
}

/** Copies of count items; false without memory, nothing is left then. */
bool feeder_list_copy(const struct ipcm_item *items, size_t count,
		      struct feeder_list *ret_list);
/** Take the first count nodes off. */
struct feeder_list feeder_list_cut(struct feeder_list *list, size_t count);
void feeder_list_append(struct feeder_list *list, struct feeder_list *more);
/** Free all; returns how many there were. */
size_t feeder_list_free(struct feeder_list *list);

/**
 * Register a feeder for fork(), since the child must not send what its parent
 * accepted, and for exit(), which waits for the hand-over (Q-JTH-03).
 */
void feeder_register(struct queue_feeder *feeder);
void feeder_unregister(struct queue_feeder *feeder);
/** Close all, and wait until they have handed over: what exit() does. */
void feeder_flush_all(void);
/** From now on exit() waits for feeders; for a process that has put. */
void feeder_watch_exit(void);

/** No more items will come; wake the thread (feeder.c). */
void feeder_finish(struct queue_feeder *feeder);
/** Wait until it has ended, or waiting is cancelled: IPCM_OK, IPCM_INTR. */
enum ipcm_status feeder_await_end(struct queue_feeder *feeder,
				  bool interruptible);

#endif
