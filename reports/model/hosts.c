/* SPDX-License-Identifier: MIT */
/* Files of several machines: which document belongs to which machine. */
#include "hosts.h"

#include <string.h>

#define HOSTS_MAX 26

static const char *fingerprint_of(const json_t *document)
{
	return json_text(json_object_get(document, "env"), "fingerprint", "");
}

static bool has_rows(const json_t *document, const char *array)
{
	return json_array_size(json_object_get(document, array)) > 0;
}

/* Would one replace rows or clauses of the other in a common model? */
static bool compete(const json_t *a, const json_t *b)
{
	return strcmp(fingerprint_of(a), fingerprint_of(b)) &&
	       ((has_rows(a, "cells") && has_rows(b, "cells")) ||
		(has_rows(a, "cases") && has_rows(b, "cases")));
}

static bool any_compete(const json_t *documents)
{
	for (size_t i = 0; i < json_array_size(documents); i++)
		for (size_t j = 0; j < i; j++)
			if (compete(json_array_get(documents, i),
				    json_array_get(documents, j)))
				return true;
	return false;
}

static bool is_first_of_its_host(const json_t *documents, size_t index)
{
	const char *own = fingerprint_of(json_array_get(documents, index));

	for (size_t i = 0; i < index; i++)
		if (!strcmp(own, fingerprint_of(json_array_get(documents, i))))
			return false;
	return true;
}

/* The documents of one host, or all of them if fingerprint is NULL. */
static json_t *bundle_of(const json_t *bundle, const char *fingerprint)
{
	const json_t *documents = json_object_get(bundle, "documents");
	json_t *own = json_array();

	for (size_t i = 0; i < json_array_size(documents); i++) {
		json_t *document = json_array_get(documents, i);

		if (!fingerprint ||
		    !strcmp(fingerprint_of(document), fingerprint))
			json_array_append(own, document);
	}
	return json_pack("{s:o, s:O}", "documents", own, "backends",
			 json_object_get(bundle, "backends"));
}

static const char *label_of(struct mem_pool *mem_pool,
			    const struct model *model)
{
	const json_t *env = model->runs[0].env;

	return pool_print(mem_pool, "%s, Linux %s",
			  json_text(json_object_get(env, "cpu"), "model_name",
				    "unknown processor"),
			  json_text(json_object_get(env, "kernel"), "release",
				    "of unknown release"));
}

static void add_host(struct hosts *hosts, const char *fingerprint)
{
	struct host *host = &hosts->list[hosts->count];

	host->letter =
		pool_print(hosts->mem_pool, "%c", (int)('A' + hosts->count));
	host->model = model_create(bundle_of(hosts->bundle, fingerprint));
	host->label = label_of(hosts->mem_pool, host->model);
	hosts->count++;
}

struct hosts *hosts_create(json_t *bundle)
{
	struct mem_pool *mem_pool = pool_create();
	struct hosts *hosts = pool_alloc(mem_pool, sizeof(*hosts));
	const json_t *documents = json_object_get(bundle, "documents");

	hosts->mem_pool = mem_pool;
	hosts->bundle = bundle;
	hosts->list = pool_alloc(mem_pool, HOSTS_MAX * sizeof(*hosts->list));
	if (!any_compete(documents)) {
		add_host(hosts, NULL);
		return hosts;
	}
	for (size_t i = 0; i < json_array_size(documents); i++)
		if (hosts->count < HOSTS_MAX &&
		    is_first_of_its_host(documents, i))
			add_host(hosts,
				 fingerprint_of(json_array_get(documents, i)));
	return hosts;
}

const struct group *hosts_same_group(const struct model *model,
				     const struct group *group)
{
	struct groups groups = query_groups(model, group->role);

	for (size_t i = 0; i < groups.count; i++)
		if (!strcmp(groups.list[i].key, group->key))
			return &groups.list[i];
	return NULL;
}

void hosts_free(struct hosts *hosts)
{
	if (!hosts)
		return;
	for (size_t i = 0; i < hosts->count; i++)
		model_free(hosts->list[i].model);
	json_decref(hosts->bundle);
	pool_free(hosts->mem_pool);
}
