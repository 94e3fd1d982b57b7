/* SPDX-License-Identifier: MIT */
/*
 * Named objects: make one or open the one that is there, by name, and the
 * memory that its users share. Read named_file.h and resource_registry.h first.
 *
 * The object's file holds the header and, behind it, all memory of the object,
 * part by part in the order in which they are asked for; who opens it asks for
 * the same parts and gets the same memory. Every user holds LOCK_USERS of the
 * file, shared: it is a ledger's entry, so the last user's close or the next
 * collector removes it and its name. A file without users is dead, whatever is
 * in it: who meets one takes its name away and goes on as if it were not there.
 *
 * The mechanism's own object has an entry of its own. It is attached to after
 * the file and left before it; if it is gone, the file is dead too.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_NAMED_OBJECT_H
#define IPCMARK_IMPLS_CORE_NAMING_NAMED_OBJECT_H

#include "impls/core/memory/shared_buffer.h"
#include "resource_registry.h"
#include "named_file.h"

/** This process's use of a named object; zeroed: of one without a name. */
struct named {
	struct named_header *header; /* NULL: no name */
	struct resource_entry entry; /* its descriptor is the file */
	uint64_t file_bytes;
	uint64_t used_bytes; /* parts asked for so far */
	bool making;	     /* not published yet: parts are made */
};

/** How an object is made or opened. */
struct named_request {
	const struct ipcm_backend *backend;
	const char *name;
	const struct ipcm_access *access;
	enum named_kind kind;
	/** Bytes of the shared block; must be the same in all users. */
	uint32_t layout;
	/**
	 * Ask for the parts, and for the mechanism's object by
	 * named->header->key; named->making tells whether to make them and fill
	 * in header->attributes, or to find and believe nothing. IPCM_NOTFOUND
	 * when opening: the mechanism's object is gone. Leaves nothing on
	 * failure. May be called again after it failed or was left.
	 */
	enum ipcm_status (*enter)(void *object, struct named *named);
	/** Undo enter: another creator was faster. */
	void (*leave)(void *object);
};

/** Are backend, name and access fit for use? IPCM_OK, INVALID, NOTSUP. */
enum ipcm_status named_check(const struct ipcm_backend *backend,
			     const char *name, const struct ipcm_access *access,
			     unsigned flags_allowed);

/**
 * Make or open. Calls enter once for what ret_named then stands for.
 * As ipcm_queue_open. Does not wait, unless somebody was stopped in the middle
 * of removing the name: then it gives IPCM_LIMIT after a second.
 */
enum ipcm_status named_open(const struct named_request *request, void *object,
			    struct named *ret_named);

/** Drop this use, after everything in it; fine on a zeroed one. */
void named_close(struct named *named);

/** The next part: bytes of zeroed memory, or without a name shm_map_create. */
enum ipcm_status named_shm_map(struct named *named, size_t bytes,
			       void **ret_memory);

/** The next part: an arena; or without a name shared_buffer_open. */
enum ipcm_status named_shared_buffer(struct named *named,
				     struct shared_buffer *shared_buffer,
				     uint64_t prefix_bytes,
				     struct shared_buffer_shared *shared);

/**
 * The key for open_named. A copy: what a back-end reads must not change under
 * it, and only the maker writes it back.
 */
static inline struct ipcm_object_key named_key(const struct named *named)
{
	return named->header->key;
}

static inline void named_keep_key(struct named *named,
				  const struct ipcm_object_key *key)
{
	if (named->making)
		named->header->key = *key;
}

/** Take the name away (ipcm_unlink). */
enum ipcm_status named_unlink(const struct ipcm_backend *backend,
			      const char *name);

#endif
