/* SPDX-License-Identifier: MIT */
/*
 * Objects for clauses, made and used with everything that must work checked:
 * a clause then shows only what it is about. Numbers are items of 8 bytes.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_FIXTURES_H
#define IPCMARK_CONFORMANCE_HARNESS_FIXTURES_H

#include "check.h"
#include "peer.h"

#include <sys/resource.h>

/** A queue with these bits of enum ipcm_queue_flags, if it can be made. */
enum ipcm_status queue_try(const struct ipcm_backend *backend, int64_t maxsize,
			   unsigned flags, struct ipcm_queue **ret_queue);
/** A queue, or the clause fails. */
struct ipcm_queue *queue_make(const struct ipcm_backend *backend,
			      int64_t maxsize);
struct ipcm_queue *queue_make_joinable(const struct ipcm_backend *backend,
				       int64_t maxsize);
struct ipcm_queue *queue_make_flags(const struct ipcm_backend *backend,
				    int64_t maxsize, unsigned flags);

/** Put and get a number; must succeed within the hang limit. */
void number_put(struct ipcm_queue *queue, uint64_t number);
uint64_t number_get(struct ipcm_queue *queue);
/** Put first, first + 1 ... */
void numbers_put(struct ipcm_queue *queue, uint64_t first, unsigned count);
/** Get and compare with first, first + 1 ... */
void numbers_expect(struct ipcm_queue *queue, uint64_t first, unsigned count);
/** Put an item of a pattern; get one and compare. */
void pattern_put(struct ipcm_queue *queue, uint64_t number, size_t bytes);
void pattern_expect(struct ipcm_queue *queue, uint64_t number, size_t bytes);
size_t queue_size(struct ipcm_queue *queue);
bool queue_is_empty(struct ipcm_queue *queue);
bool queue_is_full(struct ipcm_queue *queue);
/** Exactly count numbers fit, then FULL; leaves them inside. */
void queue_expect_room(struct ipcm_queue *queue, unsigned count);
/** try get says EMPTY and qsize 0. */
void queue_expect_drained(struct ipcm_queue *queue);

/** A pipe, or the clause fails. */
struct pair {
	struct ipcm_connection *first, *second;
};
struct pair pipe_make(const struct ipcm_backend *backend, bool duplex);
void pair_free(struct pair *pair);
void message_send(struct ipcm_connection *end, uint64_t number, size_t bytes);
void message_expect(struct ipcm_connection *end, uint64_t number, size_t bytes);

/** Set a soft limit of setrlimit(2), as far as the hard one lets. @return old
 */
rlim_t limit_set(unsigned which, rlim_t soft);

struct ipcm_lock *lock_make(const struct ipcm_backend *backend);
/** Free and usable: try takes it, a second try does not, release. */
void lock_expect_free(struct ipcm_lock *lock);

/* Definitions, for fixtures*.c: an object without options, checked... */
#define FIXTURE_MAKE(kind)                                                     \
	struct ipcm_##kind *kind##_make(const struct ipcm_backend *backend)    \
	{                                                                      \
		struct ipcm_##kind *object = NULL;                             \
                                                                               \
		CHECK_OK(ipcm_##kind##_create(backend, &object));              \
		CHECK(object != NULL, "OK without a handle");                  \
		return object;                                                 \
	}
/* ... and what a query answers. */
#define FIXTURE_ANSWER(type, name, kind, query)                                \
	type name(struct ipcm_##kind *object)                                  \
	{                                                                      \
		type answer = 0;                                               \
                                                                               \
		CHECK_OK(query(object, &answer));                              \
		return answer;                                                 \
	}

#endif
