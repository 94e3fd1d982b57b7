/* SPDX-License-Identifier: MIT */
/*
 * The pool of connections; see the header. One mutex guards all pools of the
 * process: it is held for a few instructions only, and across fork().
 */
#include "link.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "impls/objects/connection/connection_internal.h"
#include "manager_protocol.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t hooks = PTHREAD_ONCE_INIT;
static struct link_pool *pools;
/* By it a server knows the connections of this process. Mutex. */
static uint8_t token[PROCESS_TOKEN_BYTES];
static bool token_made;

static void pools_lock(void)
{
	(void)pthread_mutex_lock(&mutex);
}

static void pools_unlock(void)
{
	(void)pthread_mutex_unlock(&mutex);
}

static void link_free(struct link *link)
{
	ipcm_connection_free(link->end);
	free(link->frame);
	free(link);
}

/* ---- fork ---- */

/* With the mutex. */
static void unlist(struct link_pool *pool, const struct link *link)
{
	struct link **at = &pool->all;

	while (*at && *at != link)
		at = &(*at)->next;
	if (*at)
		*at = link->next;
}

/* The next free link is the caller's; with the mutex. NULL: none. */
static struct link *take_free(struct link_pool *pool)
{
	struct link *link = pool->free;

	if (link) {
		pool->free = link->next_free;
		unlist(pool, link);
	}
	return link;
}

/*
 * In the child. What another thread of the parent was using may be half
 * changed: it is closed, and its memory given up.
 */
static void links_leave(struct link_pool *pool)
{
	struct link *link;

	while ((link = take_free(pool)))
		link_free(link);
	for (link = pool->all; link; link = link->next)
		(void)ipcm_connection_close(link->end);
	pool->all = NULL;
}

static void in_child(void)
{
	for (struct link_pool *at = pools; at; at = at->next)
		links_leave(at);
	token_made = false;
	pools_unlock();
}

static void install_hooks(void)
{
	(void)pthread_atfork(pools_lock, pools_unlock, in_child);
}

/* ---- pools ---- */

struct link_pool *link_pool_new(void)
{
	struct link_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	(void)pthread_once(&hooks, install_hooks);
	atomic_init(&pool->users, 1);
	pools_lock();
	pool->next = pools;
	pools = pool;
	pools_unlock();
	return pool;
}

void link_pool_use(struct link_pool *pool)
{
	(void)atomic_fetch_add_explicit(&pool->users, 1, memory_order_relaxed);
}

static void pool_unlist(struct link_pool *pool)
{
	struct link_pool **at = &pools;

	pools_lock();
	while (*at != pool)
		at = &(*at)->next;
	*at = pool->next;
	pools_unlock();
}

void link_pool_drop(struct link_pool *pool)
{
	/* acq_rel: the last user comes after all uses */
	if (atomic_fetch_sub_explicit(&pool->users, 1, memory_order_acq_rel) >
	    1)
		return;
	link_pool_close(pool);
	pool_unlist(pool);
	sodium_memzero(&pool->address, sizeof(pool->address));
	free(pool);
}

void link_pool_close(struct link_pool *pool)
{
	struct link *link;

	atomic_store(&pool->closed, true);
	do {
		pools_lock();
		link = take_free(pool);
		pools_unlock();
		if (link)
			link_free(link);
	} while (link);
}

/* ---- links ---- */

/* Say which process this is. */
static enum ipcm_status hello_send(const struct link_pool *pool,
				   struct link *link, int64_t timeout_ns)
{
	struct {
		struct request_header header;
		uint64_t token_bytes;
		uint8_t token[PROCESS_TOKEN_BYTES];
		uint64_t instance;
	} hello = {.header = {.op = OP_HELLO, .total = sizeof(hello)},
		   .token_bytes = PROCESS_TOKEN_BYTES,
		   .instance = pool->instance};

	pools_lock();
	if (!token_made)
		randombytes_buf(token, sizeof(token));
	token_made = true;
	memcpy(hello.token, token, sizeof(token));
	pools_unlock();
	return ipcm_connection_send(link->end, &hello, sizeof(hello),
				    timeout_ns);
}

static enum ipcm_status link_open(struct link_pool *pool, struct link *link,
				  int64_t timeout_ns)
{
	const struct server_address *address = &pool->address;
	enum ipcm_status status = ipcm_client_connect(
		address->backend, address->name, address->key,
		address->key_bytes, timeout_ns, &link->end);

	if (status)
		return status == IPCM_NOTFOUND ? IPCM_BROKEN : status;
	link->frame_bytes =
		link->end->frame_bytes - sizeof(struct frame_header);
	link->frame = malloc(link->frame_bytes);
	if (!link->frame)
		return IPCM_NOMEM;
	return hello_send(pool, link, timeout_ns);
}

static enum ipcm_status link_new(struct link_pool *pool, int64_t timeout_ns,
				 struct link **ret_link)
{
	struct link *link = calloc(1, sizeof(*link));
	enum ipcm_status status = IPCM_NOMEM;

	if (link)
		status = link_open(pool, link, timeout_ns);
	if (status) {
		if (link)
			link_free(link);
		return status;
	}
	pools_lock();
	link->next = pool->all;
	pool->all = link;
	pools_unlock();
	*ret_link = link;
	return IPCM_OK;
}

/* The reply to a call that left has come, or never will. */
static bool owed_came(struct link *link)
{
	enum ipcm_status status = IPCM_OK;

	while (link->owed && !status) {
		status =
			ipcm_connection_recv(link->end, link->frame,
					     link->frame_bytes, IPCM_TRY, NULL);
		if (!status)
			link->owed--;
		else if (status != IPCM_WOULDBLOCK)
			link->owed = 0; /* its next user is told */
	}
	return !link->owed;
}

/* A free link that can be used at once; NULL: none. */
static struct link *free_link(struct link_pool *pool)
{
	struct link **at = &pool->free;
	struct link *link;

	pools_lock();
	while (*at && !owed_came(*at))
		at = &(*at)->next_free;
	link = *at;
	if (link)
		*at = link->next_free;
	pools_unlock();
	return link;
}

enum ipcm_status link_take(struct link_pool *pool, int64_t timeout_ns,
			   struct link **ret_link)
{
	struct link *link;

	if (atomic_load_explicit(&pool->closed, memory_order_relaxed))
		return IPCM_CLOSED;
	if (!atomic_load_explicit(&pool->open, memory_order_acquire))
		return IPCM_INVALID;
	link = free_link(pool);
	if (!link)
		return link_new(pool, timeout_ns, ret_link);
	*ret_link = link;
	return IPCM_OK;
}

void link_give(struct link_pool *pool, struct link *link)
{
	pools_lock();
	link->next_free = pool->free;
	pool->free = link;
	pools_unlock();
	/* a close that came before did not see it */
	if (atomic_load(&pool->closed))
		link_pool_close(pool);
}

void link_discard(struct link_pool *pool, struct link *link)
{
	pools_lock();
	unlist(pool, link);
	pools_unlock();
	link_free(link);
}
