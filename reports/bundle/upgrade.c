/* SPDX-License-Identifier: MIT */
/*
 * Version 2 of the result format renamed keys, states, scenarios and one
 * verdict letter; it changed nothing else. This file is the only one that
 * knows the old names of keys and values (reports/result/old_words.c has those
 * that a command line can hold as well).
 */
#include "upgrade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/result/old_words.h"

static const struct renamed states[] = {
	{"near", "shared_cache"},
	{"far", "separate_cache"},
	{NULL, NULL},
};

static const struct renamed statuses[] = {{"void", "invalid"}, {NULL, NULL}};

static const struct renamed verdicts[] = {{"u!", "D"}, {NULL, NULL}};

static const struct renamed metrics[] = {
	{"handover_rtt_ns", "handoff_rtt_ns"},
	{"handover_mean_ns", "handoff_mean_ns"},
	{NULL, NULL},
};

/* An object's member under another key. */
static void rename_key(json_t *object, const char *old, const char *now)
{
	json_t *value = json_object_get(object, old);

	if (!value)
		return;
	json_object_set(object, now, value);
	json_object_del(object, old);
}

static void rename_value(json_t *object, const char *key,
			 const struct renamed *list)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text && renamed_find(list, text) != text)
		json_object_set_new(object, key,
				    json_string(renamed_find(list, text)));
}

/* The ids of cells are "iface/backend/scenario/axis=value/...". */
static void rename_id(json_t *object, const char *key)
{
	const char *id = json_string_value(json_object_get(object, key));
	char *part = id ? strdup(id) : NULL, *rest = part;
	const char *iface, *backend, *scenario;
	char *text = NULL;

	iface = strsep(&rest, "/");
	backend = rest ? strsep(&rest, "/") : NULL;
	scenario = rest ? strsep(&rest, "/") : NULL;
	if (scenario &&
	    asprintf(&text, "%s/%s/%s%s%s", renamed_find(renamed_ifaces, iface),
		     backend, renamed_find(renamed_scenarios, scenario),
		     rest ? "/" : "", rest ? rest : "") >= 0)
		json_object_set_new(object, key, json_string(text));
	free(text);
	free(part);
}

static void upgrade_metric(json_t *metric)
{
	const json_t *samples = json_object_get(metric, "samples");

	rename_value(json_object_get(metric, "other_state"), "state", states);
	for (size_t i = 0; i < json_array_size(samples); i++)
		rename_value(json_array_get(samples, i), "state", states);
}

static void upgrade_cell(json_t *cell)
{
	json_t *axes = json_object_get(cell, "axes");
	json_t *map = json_object_get(cell, "metrics"), *metric;
	const json_t *baselines;
	const char *name;

	rename_id(cell, "id");
	rename_value(axes, "iface", renamed_ifaces);
	rename_value(axes, "scenario", renamed_scenarios);
	rename_value(cell, "status", statuses);
	rename_value(cell, "state", states);
	rename_value(cell, "headline", metrics);
	rename_key(cell, "set_aside", "discarded");
	rename_key(cell, "floors", "baselines");
	baselines = json_object_get(cell, "baselines");
	for (size_t i = 0; i < json_array_size(baselines); i++) {
		rename_id(json_array_get(baselines, i), "id");
		rename_value(json_array_get(baselines, i), "metric", metrics);
	}
	for (size_t i = 0; metrics[i].old; i++)
		rename_key(map, metrics[i].old, metrics[i].now);
	json_object_foreach(map, name, metric) upgrade_metric(metric);
}

static void upgrade_target(json_t *target)
{
	rename_id(target, "subject_cell");
	rename_id(target, "reference_cell");
	rename_value(target, "state", states);
	rename_value(target, "metric", metrics);
}

static void upgrade_case(json_t *entry)
{
	rename_value(entry, "verdict", verdicts);
}

static void each(json_t *array, void (*upgrade)(json_t *))
{
	for (size_t i = 0; i < json_array_size(array); i++)
		upgrade(json_array_get(array, i));
}

void upgrade_document(json_t *document)
{
	json_t *schema = json_object_get(document, "schema");
	const char *version =
		json_string_value(json_object_get(schema, "version"));

	if (!version || strncmp(version, "1.", 2) != 0)
		return;
	json_object_set_new(schema, "version", json_string("2.0"));
	rename_key(document, "ratios", "performance_targets");
	rename_key(document, "rivals", "competitors");
	rename_key(json_object_get(document, "quality"), "distrust",
		   "measurement_warnings");
	rename_key(json_object_get(document, "method"), "far_from_ns",
		   "separate_cache_from_ns");
	each(json_object_get(document, "cases"), upgrade_case);
	each(json_object_get(document, "cells"), upgrade_cell);
	each(json_object_get(document, "performance_targets"), upgrade_target);
}
