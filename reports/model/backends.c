/* SPDX-License-Identifier: MIT */
/* Back-ends of the model: the registry's, in its order, then whatever else
 * the documents name, as references that are never ranked. */
#include "model.h"

#include <string.h>

struct backend *model_backend(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->backend_count; i++)
		if (!strcmp(model->backends[i]->name, name))
			return model->backends[i];
	return NULL;
}

static struct backend *append(struct model *model, const char *name)
{
	struct backend *backend = pool_alloc(model->mem_pool, sizeof(*backend));

	backend->name = pool_copy(model->mem_pool, name);
	backend->summary = "";
	backend->standing = STANDING_REFERENCE;
	model->backends[model->backend_count++] = backend;
	return backend;
}

struct backend *model_take_backend(struct model *model, const char *name)
{
	struct backend *known = model_backend(model, name);

	return known ? known : append(model, name);
}

static void read_features(struct model *model, struct backend *backend,
			  const json_t *list)
{
	struct feature *features =
		pool_alloc(model->mem_pool,
			   (json_array_size(list) + 1) * sizeof(*features));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);

		features[i].name = json_text(entry, "name", "?");
		features[i].how = json_text(entry, "how", "");
		features[i].native =
			json_is_true(json_object_get(entry, "native"));
	}
	backend->features = features;
	backend->feature_count = json_array_size(list);
}

static bool flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void model_read_backends(struct model *model)
{
	const json_t *list = json_object_get(model->bundle, "backends");
	unsigned ranked = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		struct backend *backend =
			append(model, json_text(entry, "name", "?"));

		backend->summary = json_text(entry, "summary", "");
		backend->reason = json_text(entry, "reason", NULL);
		backend->not_offered = json_text(entry, "not_offered", NULL);
		backend->standing =
			flag(entry, "fake") ? STANDING_FAKE : STANDING_RANKED;
		backend->order = ranked;
		ranked += backend->standing == STANDING_RANKED;
		backend->pollable = flag(entry, "pollable");
		backend->memory = flag(entry, "memory");
		read_features(model, backend,
			      json_object_get(entry, "features"));
	}
}
