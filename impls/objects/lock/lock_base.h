/* SPDX-License-Identifier: MIT */
/*
 * What a lock and a semaphore are made of: a handle, tokens of a mechanism (or
 * none: then a word in shared memory is everything), a block of shared memory,
 * and perhaps a name.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_BASE_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_BASE_H

#include "impls/core/naming/named_object.h"
#include "impls/core/sync/wakeup_fd.h"
#include "impls/objects/handle.h"

/** First member of the handles. */
struct lock_base {
	struct handle handle;
	/** NULL: no token, the word alone. */
	const struct ipcm_token_ops *token;
	void *token_state;
	/** By which a close wakes those who poll the token. */
	struct wakeup_fd wakeup;
	/** The shared block; zeroed when it was created. */
	void *memory;
	size_t bytes;
	struct named named; /* zeroed: no name */
};

/** The tokens of an object that was created, or opened. */
struct lock_tokens {
	/** So many fit. */
	uint32_t room;
	/** So many were put inside at the start; creating only. */
	uint32_t inside;
};

/** What to create, or to open. */
struct lock_base_request {
	const struct ipcm_backend *backend;
	/** NULL: without a name; then access and kind mean nothing. */
	const char *name;
	const struct ipcm_access *access;
	enum named_kind kind;
	uint32_t magic;
	size_t handle_bytes;
	size_t shared_bytes;
	/** Tokens at the start, and the most that must fit. */
	uint32_t initial;
	uint32_t most;
	/** If they do not fit, put one inside; begin provides the others. */
	bool may_start_with_one;
	/**
	 * Optional. Created: write the shared block. Else: does the one that
	 * exists suit the request?
	 */
	enum ipcm_status (*begin)(const struct lock_base_request *request,
				  struct lock_base *base, bool created,
				  struct lock_tokens tokens);
	/** For begin. */
	const void *argument;
};

/** A zeroed handle with token and token_state, or NULL; free(3) frees it. */
struct lock_base *lock_base_alloc(const struct ipcm_backend *backend,
				  size_t handle_bytes);
/** Create or open; the handle is open then. */
enum ipcm_status lock_base_open(const struct lock_base_request *request,
				struct lock_base **ret_base);
/**
 * Wait for a token, after an attempt gave IPCM_WOULDBLOCK: until another
 * attempt gives anything else, the time is over, or the handle is closed.
 */
enum ipcm_status lock_base_wait(
	struct lock_base *base, uint32_t magic, int64_t timeout_ns,
	enum ipcm_status (*attempt)(struct lock_base *base,
				    int64_t deadline_ns));
/** Wake the threads of this process that are in lock_base_wait: for a close. */
void lock_base_wake_all(struct lock_base *base);
/** Free a handle that was open or closed, and drop all that it refers to. */
void lock_base_free(struct lock_base *base);

#endif
