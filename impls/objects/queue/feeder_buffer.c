/* SPDX-License-Identifier: MIT */
/*
 * A feeder's buffer, and the feeders of a process at fork() and exit(). Read
 * feeder_buffer.h first.
 */
#include "feeder_buffer.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static struct feeder_node *copy_item(const struct ipcm_item *item)
{
	struct feeder_node *node = malloc(sizeof(*node) + item->size_bytes);

	if (!node)
		return NULL;
	node->next = NULL;
	node->bytes = item->size_bytes;
	if (item->size_bytes)
		memcpy(node->data, item->data, item->size_bytes);
	return node;
}

bool feeder_list_copy(const struct ipcm_item *items, size_t count,
		      struct feeder_list *ret_list)
{
	struct feeder_list list = {NULL, NULL};

	for (size_t i = 0; i < count; i++) {
		struct feeder_node *node = copy_item(&items[i]);
		struct feeder_list one = {node, node};

		if (!node) {
			(void)feeder_list_free(&list);
			return false;
		}
		feeder_list_append(&list, &one);
	}
	*ret_list = list;
	return true;
}

struct feeder_list feeder_list_cut(struct feeder_list *list, size_t count)
{
	struct feeder_list head = {NULL, NULL};

	while (count-- > 0 && list->first) {
		struct feeder_node *node = list->first;
		struct feeder_list one = {node, node};

		list->first = node->next;
		node->next = NULL;
		feeder_list_append(&head, &one);
	}
	if (!list->first)
		list->last = NULL;
	return head;
}

void feeder_list_append(struct feeder_list *list, struct feeder_list *more)
{
	if (!more->first)
		return;
	if (list->last)
		list->last->next = more->first;
	else
		list->first = more->first;
	list->last = more->last;
	*more = (struct feeder_list){NULL, NULL};
}

size_t feeder_list_free(struct feeder_list *list)
{
	size_t count = 0;

	while (list->first) {
		struct feeder_node *node = list->first;

		list->first = node->next;
		free(node);
		count++;
	}
	list->last = NULL;
	return count;
}

/* ---- the feeders of this process ---- */

static pthread_mutex_t feeders_lock = PTHREAD_MUTEX_INITIALIZER;
static struct queue_feeder *feeders; /* feeders_lock */
static pthread_once_t hooks = PTHREAD_ONCE_INIT;
static bool exit_is_watched; /* feeders_lock */

/* No list changes while the process is copied. */
static void before_fork(void)
{
	(void)pthread_mutex_lock(&feeders_lock);
	for (struct queue_feeder *at = feeders; at; at = at->next)
		(void)pthread_mutex_lock(&at->mutex);
}

static void unlock_all(void)
{
	for (struct queue_feeder *at = feeders; at; at = at->next)
		(void)pthread_mutex_unlock(&at->mutex);
	(void)pthread_mutex_unlock(&feeders_lock);
}

/* The parent's thread sends the parent's items; the child has neither. */
static void in_child(void)
{
	for (struct queue_feeder *at = feeders; at; at = at->next) {
		(void)feeder_list_free(&at->list);
		at->has_thread = false;
		at->entry = NULL;
		atomic_store(&at->cancelled, false);
		atomic_store(&at->state, FEEDER_NONE);
	}
	unlock_all();
}

static void install_hooks(void)
{
	(void)pthread_atfork(before_fork, unlock_all, in_child);
}

void feeder_register(struct queue_feeder *feeder)
{
	(void)pthread_once(&hooks, install_hooks);
	(void)pthread_mutex_lock(&feeders_lock);
	feeder->next = feeders;
	feeders = feeder;
	(void)pthread_mutex_unlock(&feeders_lock);
}

void feeder_unregister(struct queue_feeder *feeder)
{
	(void)pthread_mutex_lock(&feeders_lock);
	for (struct queue_feeder **at = &feeders; *at; at = &(*at)->next)
		if (*at == feeder) {
			*at = feeder->next;
			break;
		}
	(void)pthread_mutex_unlock(&feeders_lock);
}

void feeder_flush_all(void)
{
	/* not even the lock, in a process that has none: it is a page to copy
	 */
	if (!__atomic_load_n(&feeders, __ATOMIC_RELAXED))
		return;
	(void)pthread_mutex_lock(&feeders_lock);
	for (struct queue_feeder *at = feeders; at; at = at->next)
		feeder_finish(at);
	for (struct queue_feeder *at = feeders; at; at = at->next)
		(void)feeder_await_end(at, false);
	/* a handler that runs after this one may put, too: it is flushed by one
	 * that is registered then, and called next (atexit(3)) */
	exit_is_watched = false;
	(void)pthread_mutex_unlock(&feeders_lock);
}

void feeder_watch_exit(void)
{
	(void)pthread_mutex_lock(&feeders_lock);
	if (!exit_is_watched)
		exit_is_watched = !atexit(feeder_flush_all);
	(void)pthread_mutex_unlock(&feeders_lock);
}
