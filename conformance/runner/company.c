/* SPDX-License-Identifier: MIT */
/* See company.h. */
#include "company.h"

#include <stdio.h>

/* As many as are made to find out; each may take 16 MiB. */
enum { QUEUES_MOST = 30 };

bool company_holds_queues(const struct ipcm_backend *backend, char *ret_reason,
			  size_t bytes)
{
	const struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queues[QUEUES_MOST];
	enum ipcm_status status = IPCM_OK;
	unsigned promised, made = 0;
	uint64_t remaining;

	if (!backend->queue || !backend->queue->remaining)
		return false;
	remaining = backend->queue->remaining();
	promised = remaining < QUEUES_MOST ? (unsigned)remaining : QUEUES_MOST;
	while (made < promised && status == IPCM_OK) {
		status = ipcm_queue_create(backend, &options, &queues[made]);
		made += status == IPCM_OK;
	}
	for (unsigned i = 0; i < made; i++)
		ipcm_queue_free(queues[i]);
	if (status != IPCM_LIMIT)
		return false;
	(void)snprintf(ret_reason, bytes,
		       "other programs of this user hold what all its "
		       "processes share: %u of %u queues can be made",
		       made, promised);
	return true;
}
