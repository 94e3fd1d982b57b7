/* SPDX-License-Identifier: MIT */
/*
 * What a result file says about a back-end. The report knows the built-in
 * ones; those from shared objects are described in the file.
 */
#include "result.h"

static json_t *list_features(const struct ipcm_feature *feature)
{
	json_t *list = json_array();

	for (; feature && feature->name; feature++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:b, s:s}", "name", feature->name,
				  "native", (int)feature->native, "how",
				  feature->how ? feature->how : ""));
	return list;
}

json_t *backend_json(const struct ipcm_backend *backend)
{
	bool memory = backend->queue && backend->queue->store;

	return json_pack(
		"{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:s?, s:o}", "name",
		backend->name, "summary", backend->summary, "fake",
		(int)!!(backend->capabilities & IPCM_CAP_FAKE), "pollable",
		(int)!!(backend->capabilities & IPCM_CAP_POLLABLE), "memory",
		(int)memory, "queue", (int)!!backend->queue, "pipe",
		(int)!!backend->pipe, "lock", (int)!!backend->lock,
		"not_offered", backend->not_offered, "features",
		list_features(backend->features));
}
