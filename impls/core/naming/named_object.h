/* SPDX-License-Identifier: MIT */
/*
 * Named objects: create one or open the existing one, by name, and map the
 * memory that its users share. Read named_file.h and resource_registry.h first.
 *
 * The object's file holds the header and, behind it, all memory of the object,
 * part by part in the order in which the parts are requested. A process that
 * opens it requests the same parts and gets the same memory. Every user holds
 * LOCK_USERS of the file, shared. The file is an entry of the resource
 * registry, so the last user's close or the next collector removes it and its
 * name. A file without users is dead, whatever it contains: a process that
 * finds one removes its name and continues as if it did not exist.
 *
 * The mechanism's own object has an entry of its own. It is attached after the
 * file and closed before it; if it is gone, the file is dead too.
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
	uint64_t used_bytes; /* parts requested so far */
	bool creating;	     /* not published yet: parts are created */
};

/** How an object is created or opened. */
struct named_request {
	const struct ipcm_backend *backend;
	const char *name;
	const struct ipcm_access *access;
	enum named_kind kind;
	/** Bytes of the shared block; must be the same in all users. */
	uint32_t layout;
	/**
	 * Request the parts, and the mechanism's object by named->header->key.
	 * If named->creating, create them and fill in header->attributes; else
	 * attach to them and check every value found. IPCM_NOTFOUND when
	 * opening: the mechanism's object is gone. Leaves nothing on failure.
	 * May be called again after a failure or after leave.
	 */
	enum ipcm_status (*enter)(void *object, struct named *named);
	/** Undo enter: another process created the object first. */
	void (*leave)(void *object);
};

/** Are backend, name and access valid? IPCM_OK, INVALID, NOTSUP. */
enum ipcm_status named_check(const struct ipcm_backend *backend,
			     const char *name, const struct ipcm_access *access,
			     unsigned flags_allowed);

/**
 * Create or open, as ipcm_queue_open. The last call of enter is for the object
 * in ret_named. Does not wait, except while another process is stopped in the
 * middle of removing the name: then it returns IPCM_LIMIT after a second.
 */
enum ipcm_status named_open(const struct named_request *request, void *object,
			    struct named *ret_named);

/** Stop using it; its parts are closed before. A zeroed one is allowed. */
void named_close(struct named *named);

/** The next part: zeroed memory; for an object without a name shm_map_create.
 */
enum ipcm_status named_shm_map(struct named *named, size_t bytes,
			       void **ret_memory);

/**
 * The last part: a shared buffer, which makes the file grow; without a name
 * shared_buffer_open.
 */
enum ipcm_status named_shared_buffer(struct named *named,
				     struct shared_buffer *shared_buffer,
				     uint64_t assembly_most,
				     struct shared_buffer_shared *shared);

/**
 * The key for open_named. A copy: it must not change while the back-end reads
 * it, and only the creator writes it back.
 */
static inline struct ipcm_object_key named_key(const struct named *named)
{
	return named->header->key;
}

static inline void named_store_key(struct named *named,
				   const struct ipcm_object_key *key)
{
	if (named->creating)
		named->header->key = *key;
}

/** Remove the name (ipcm_unlink). */
enum ipcm_status named_unlink(const struct ipcm_backend *backend,
			      const char *name);

#endif
