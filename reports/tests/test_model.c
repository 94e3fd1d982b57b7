/* SPDX-License-Identifier: MIT */
/* Small models for unit tests. */
#include "test_model.h"

json_t *test_cell(const char *iface, const char *backend, const char *metric,
		  const char *better, double median)
{
	return json_pack(
		"{s:o, s:s, s:n, s:s, s:s, s:{s:{s:s, s:s, s:s, s:{s:i, "
		"s:f}}}, s:{s:s, s:s, s:s, s:i, s:s, s:i}}",
		"id", json_sprintf("%s/%s", iface, backend), "status", "ok",
		"reason", "state", "shared_cache", "headline", metric,
		"metrics", metric, "unit", "1/s", "better", better, "kind",
		"rate", "summary", "n", 5, "median", median, "axes", "iface",
		iface, "backend", backend, "scenario", "oneway", "size_bytes",
		64, "placement", "2cpu", "depth", 1024);
}

json_t *test_metric(json_t *cell)
{
	return json_object_iter_value(
		json_object_iter(json_object_get(cell, "metrics")));
}

struct model *test_model(json_t *cells, json_t *cases, int runs)
{
	json_t *documents = json_array();

	if (!cases)
		cases = json_array();
	for (int i = 0; i < runs; i++)
		json_array_append_new(
			documents,
			json_pack("{s:{s:s}, s:{}, s:{}, s:{}, s:O, s:O, s:[], "
				  "s:[]}",
				  "run", "verb", "bench", "env", "build",
				  "quality", "cells", cells, "cases", cases,
				  "performance_targets", "warnings"));
	json_decref(cells);
	json_decref(cases);
	return model_create(json_pack(
		"{s:o, s:[{s:s}, {s:s, s:b}, {s:s}, {s:s, s:b}]}", "documents",
		documents, "backends", "name", "a", "name", "b", "pollable", 1,
		"name", "c", "name", "fake", "fake", 1));
}
