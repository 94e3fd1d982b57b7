/* SPDX-License-Identifier: MIT */
/*
 * Result files, streams of interrupted runs, and pages made earlier, into one
 * bundle. The bundle is printed and read once more before it is used, so that
 * numbers have the digits they will have in the page: a report made from the
 * page is then the same to the byte.
 */
#include "load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipcmark/backend.h"
#include "read_file.h"
#include "embed_json.h"
#include "upgrade.h"
#include "reports/result/result.h"

#define SCHEMA_NAME  "ipcmark.result"
#define SCHEMA_MAJOR "2."

static void complain(const char *path, const char *what)
{
	fprintf(stderr, "ipcmark report: %s %s\n", path, what);
}

/* A stream: the document without records, then one record a line. */
static json_t *read_stream(const char *text)
{
	json_t *document = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	const char *line = strchr(text, '\n');

	while (document && line && line[1]) {
		json_t *record =
			json_loads(line + 1, JSON_DISABLE_EOF_CHECK, NULL);
		const char *name;
		json_t *value;

		/* The last line may be half written: that one is lost. */
		if (record && !json_unpack(record, "{s:s, s:o}", "array", &name,
					   "value", &value))
			json_array_append(json_object_get(document, name),
					  value);
		json_decref(record);
		line = strchr(line + 1, '\n');
	}
	return document;
}

static bool is_stream(const char *path)
{
	size_t length = strlen(path);

	return length > 6 && !strcmp(path + length - 6, ".jsonl");
}

/* Is it ours, and of a version we know? Says why not. One of version 1 is of
 * version 2 afterwards. */
static bool accept_schema(const char *path, json_t *document)
{
	const char *name = NULL, *version = NULL;

	if (json_unpack(document, "{s:{s:s, s:s}}", "schema", "name", &name,
			"version", &version) ||
	    strcmp(name, SCHEMA_NAME)) {
		complain(path, "is JSON, but not a result of ipcmark check or "
			       "ipcmark bench");
		return false;
	}
	upgrade_document(document);
	/* again: it was written anew */
	version = json_string_value(json_object_get(
		json_object_get(document, "schema"), "version"));
	if (!strncmp(version, SCHEMA_MAJOR, strlen(SCHEMA_MAJOR)))
		return true;
	fprintf(stderr,
		"ipcmark report: %s has version %s of the result format, this "
		"program reads versions 1.x and %sx; use the ipcmark that wrote it\n",
		path, version, SCHEMA_MAJOR);
	return false;
}

/* The arrays and blocks that the model counts on. */
static bool accept_parts(const char *path, const json_t *document)
{
	static const char *const arrays[] = {"cases", "cells",
					     "performance_targets", "warnings"};
	static const char *const blocks[] = {"run", "env", "build", "quality"};
	char what[80];

	for (size_t i = 0; i < 4; i++) {
		if (!json_is_array(json_object_get(document, arrays[i]))) {
			snprintf(what, sizeof(what),
				 "has no array \"%s\": it is damaged",
				 arrays[i]);
			complain(path, what);
			return false;
		}
		if (!json_is_object(json_object_get(document, blocks[i]))) {
			snprintf(what, sizeof(what),
				 "has no object \"%s\": it is damaged",
				 blocks[i]);
			complain(path, what);
			return false;
		}
	}
	return true;
}

static json_t *parse_document(const char *path, const char *text)
{
	json_error_t error;
	json_t *document = is_stream(path) ? read_stream(text)
					   : json_loads(text, 0, &error);

	if (document)
		return document;
	if (is_stream(path))
		complain(path, "is not the stream of an ipcmark run");
	else
		fprintf(stderr,
			"ipcmark report: %s is not JSON (line %d: %s)\n", path,
			error.line, error.text);
	return NULL;
}

static json_t *load_document(const char *path)
{
	char *text = read_file(path);
	json_t *document;

	if (!text) {
		fprintf(stderr, "ipcmark report: cannot read %s: %s\n", path,
			strerror(errno));
		return NULL;
	}
	document = parse_document(path, text);
	free(text);
	if (!document)
		return NULL;
	if (accept_schema(path, document) && accept_parts(path, document))
		return document;
	json_decref(document);
	return NULL;
}

static json_t *describe_backend(const struct ipcm_registry_entry *entry)
{
	if (entry->backend)
		return backend_json(entry->backend);
	return json_pack("{s:s, s:s?}", "name", entry->name, "reason",
			 entry->reason);
}

static bool is_described(const json_t *list, const json_t *backend)
{
	const char *name = json_string_value(json_object_get(backend, "name"));

	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_object_get(json_array_get(list, i), "name"),
			       json_object_get(backend, "name")))
			return true;
	return !name;
}

/* Back-ends from shared objects: the result file describes them. */
static void add_backends(json_t *list, const json_t *document)
{
	const json_t *added = json_object_get(document, "backends");

	for (size_t i = 0; i < json_array_size(added); i++)
		if (!is_described(list, json_array_get(added, i)))
			json_array_append(list, json_array_get(added, i));
}

/* What the linked library says of its back-ends; new array. */
static json_t *load_backends(void)
{
	size_t count;
	const struct ipcm_registry_entry *entries = ipcm_registry(&count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, describe_backend(&entries[i]));
	return list;
}

/* When a sample was taken and what was probed beside it. */
static void slim_samples(json_t *samples)
{
	static const char *const needless[] = {
		"t0_ns", "iterations", "probe_before_ns", "probe_after_ns"};

	for (size_t i = 0; i < json_array_size(samples); i++)
		for (size_t n = 0; n < 4; n++)
			json_object_del(json_array_get(samples, i),
					needless[n]);
}

/* Why a percentile is missing goes without saying; not so the figure. */
static void slim_why(json_t *summary)
{
	json_t *why = json_object_get(summary, "why");

	if (!json_object_get(why, "median"))
		json_object_del(summary, "why");
}

/* What no page shows stays in the result file: the histograms, and the single
 * samples and the other state of the CPUs of all metrics but the one a row is
 * judged by. A page has to stay
 * small enough to be sent by mail. */
static void slim_cell(const json_t *cell)
{
	const char *headline =
		json_string_value(json_object_get(cell, "headline"));
	json_t *metrics = json_object_get(cell, "metrics");
	const char *name;
	json_t *metric;

	json_object_foreach(metrics, name, metric)
	{
		json_object_del(metric, "histogram");
		slim_why(json_object_get(metric, "summary"));
		if (headline && !strcmp(name, headline)) {
			slim_samples(json_object_get(metric, "samples"));
			continue;
		}
		json_object_del(metric, "samples");
		json_object_del(metric, "other_state");
	}
}

static void slim(const json_t *document)
{
	const json_t *cells = json_object_get(document, "cells");

	for (size_t i = 0; i < json_array_size(cells); i++)
		slim_cell(json_array_get(cells, i));
}

static json_t *load(char *const *paths, size_t count, bool whole)
{
	json_t *documents = json_array(), *backends = load_backends();

	for (size_t i = 0; i < count; i++) {
		json_t *document = load_document(paths[i]);

		if (!document) {
			json_decref(documents);
			json_decref(backends);
			return NULL;
		}
		if (!whole)
			slim(document);
		add_backends(backends, document);
		json_array_append_new(documents, document);
	}
	return embed_json_settle(json_pack("{s:o, s:o}", "documents", documents,
					   "backends", backends));
}

json_t *load_bundle(json_t *document)
{
	json_t *backends = load_backends();

	add_backends(backends, document);
	return json_pack("{s:[O], s:o}", "documents", document, "backends",
			 backends);
}

json_t *load_file_once(const char *path)
{
	json_t *document = load_document(path), *bundle;

	if (!document)
		return NULL;
	slim(document);
	bundle = load_bundle(document);
	json_decref(document);
	return bundle;
}

json_t *load_files(char *const *paths, size_t count)
{
	return load(paths, count, false);
}

json_t *load_files_whole(char *const *paths, size_t count)
{
	return load(paths, count, true);
}

/* A page made by an earlier version holds documents of version 1. */
static void upgrade_bundle(const json_t *bundle)
{
	const json_t *documents = json_object_get(bundle, "documents");

	for (size_t i = 0; i < json_array_size(documents); i++)
		upgrade_document(json_array_get(documents, i));
}

json_t *load_page(const char *path)
{
	char *text = read_file(path);
	json_t *bundle;

	if (!text) {
		fprintf(stderr, "ipcmark report: cannot read %s: %s\n", path,
			strerror(errno));
		return NULL;
	}
	bundle = embed_json_find(text);
	free(text);
	if (!bundle)
		complain(path, "is not a page made by ipcmark report: there is "
			       "no result embedded in it");
	upgrade_bundle(bundle);
	return bundle;
}
