/* SPDX-License-Identifier: MIT */
/*
 * A snapshot in the server: keys and values one behind the other, each pair
 * with its sizes before it (struct snapshot_entry).
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SNAPSHOT_BUILD_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SNAPSHOT_BUILD_H

#include <stdlib.h>
#include <string.h>

#include "ipcmark/shared.h"
#include "shared_object.h"

/** Bytes, and the place where the next pair goes. */
struct snapshot_build {
	struct shared_bytes *bytes;
	size_t at;
};

/** Add the size of a pair to a sum; false: too large for a reply. */
static inline bool snapshot_count(size_t *sum, size_t key_bytes,
				  size_t value_bytes)
{
	*sum += sizeof(struct snapshot_entry) + key_bytes + value_bytes;
	return *sum <= IPCM_SHARED_MAX_BYTES;
}

/** Space for pairs of this sum. */
static inline enum ipcm_status snapshot_begin(struct snapshot_build *build,
					      size_t sum)
{
	struct shared_bytes *bytes = malloc(sizeof(*bytes) + sum);

	if (!bytes)
		return IPCM_NOMEM;
	*bytes = (struct shared_bytes){
		.users = 1, .size = sum, .data = (uint8_t *)(bytes + 1)};
	*build = (struct snapshot_build){.bytes = bytes};
	return IPCM_OK;
}

static inline void snapshot_append(struct snapshot_build *build,
				   const void *data, size_t size)
{
	if (size)
		memcpy(build->bytes->data + build->at, data, size);
	build->at += size;
}

static inline void snapshot_pair(struct snapshot_build *build, const void *key,
				 size_t key_bytes, const void *value,
				 size_t value_bytes)
{
	const struct snapshot_entry entry = {key_bytes, value_bytes};

	snapshot_append(build, &entry, sizeof(entry));
	snapshot_append(build, key, key_bytes);
	snapshot_append(build, value, value_bytes);
}

#endif
