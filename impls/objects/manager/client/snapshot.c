/* SPDX-License-Identifier: MIT */
/*
 * Snapshots: the bytes that the server sent, and where each entry begins.
 */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

struct ipcm_snapshot {
	size_t count;
	uint8_t *bytes;
	size_t begin[];
};

/* Where each entry begins; false: these bytes are no snapshot of so many. */
static bool index_fill(struct ipcm_snapshot *snapshot, size_t size)
{
	struct snapshot_entry entry;
	size_t at = 0;

	for (size_t i = 0; i < snapshot->count; i++) {
		if (size - at < sizeof(entry))
			return false;
		memcpy(&entry, snapshot->bytes + at, sizeof(entry));
		snapshot->begin[i] = at;
		at += sizeof(entry);
		if (entry.key_bytes > size - at ||
		    entry.value_bytes > size - at - entry.key_bytes)
			return false;
		at += entry.key_bytes + entry.value_bytes;
	}
	return at == size;
}

/* Takes the bytes. */
static enum ipcm_status snapshot_new(struct proxy_answer *answer,
				     struct ipcm_snapshot **ret_snapshot)
{
	struct ipcm_snapshot *snapshot;

	if (answer->number > answer->size / sizeof(struct snapshot_entry))
		return IPCM_BROKEN;
	snapshot = malloc(sizeof(*snapshot) +
			  answer->number * sizeof(snapshot->begin[0]));
	if (!snapshot)
		return IPCM_NOMEM;
	snapshot->count = answer->number;
	snapshot->bytes = answer->memory;
	if (!index_fill(snapshot, answer->size)) {
		free(snapshot);
		return IPCM_BROKEN;
	}
	*ret_snapshot = snapshot;
	return IPCM_OK;
}

enum ipcm_status snapshot_call(struct ipcm_proxy *proxy, unsigned kinds,
			       const struct proxy_request *request,
			       struct ipcm_snapshot **ret_snapshot)
{
	struct proxy_answer answer = {.number = 0};
	enum ipcm_status status;

	if (!ret_snapshot)
		return IPCM_INVALID;
	status = proxy_call(proxy, kinds, request, &answer);
	if (status)
		return status;
	status = snapshot_new(&answer, ret_snapshot);
	if (status)
		free(answer.memory);
	return status;
}

size_t ipcm_snapshot_count(const struct ipcm_snapshot *snapshot)
{
	return snapshot ? snapshot->count : 0;
}

enum ipcm_status ipcm_snapshot_get(const struct ipcm_snapshot *snapshot,
				   size_t index, struct ipcm_pair *ret_pair)
{
	struct snapshot_entry entry;
	const uint8_t *at;

	if (!snapshot || !ret_pair)
		return IPCM_INVALID;
	if (index >= snapshot->count)
		return IPCM_RANGE;
	at = snapshot->bytes + snapshot->begin[index];
	memcpy(&entry, at, sizeof(entry));
	at += sizeof(entry);
	*ret_pair = (struct ipcm_pair){at, entry.key_bytes,
				       at + entry.key_bytes, entry.value_bytes};
	return IPCM_OK;
}

void ipcm_snapshot_free(struct ipcm_snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->bytes);
	free(snapshot);
}
