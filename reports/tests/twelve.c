/* SPDX-License-Identifier: MIT */
/*
 * A result file with N more back-ends, "extra_1" to "extra_N": copies of the
 * rows of one that is in the file.
 * twelve RESULT.json BACKEND N >MORE.json
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each copy has figures of its own, so that its line is seen in a chart. */
static void scale_figures(json_t *cell, double factor)
{
	static const char *const keys[] = {"median", "ci_lo", "ci_hi"};
	const char *name;
	json_t *metric;

	json_object_foreach(json_object_get(cell, "metrics"), name, metric)
	{
		json_t *summary = json_object_get(metric, "summary");

		for (int i = 0; i < 3; i++) {
			const json_t *value = json_object_get(summary, keys[i]);

			if (json_is_number(value))
				json_object_set_new(
					summary, keys[i],
					json_real(factor *
						  json_number_value(value)));
		}
	}
}

static void add_row(json_t *cells, const json_t *cell, const char *from,
		    const char *to, double factor)
{
	const char *id = json_string_value(json_object_get(cell, "id"));
	const char *at = strstr(id, from);
	json_t *copy = json_deep_copy(cell);
	char text[256];

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - id), id, to,
		 at + strlen(from));
	json_object_set_new(copy, "id", json_string(text));
	json_object_set_new(json_object_get(copy, "axes"), "backend",
			    json_string(to));
	scale_figures(copy, factor);
	json_array_append_new(cells, copy);
}

static void add_backend(json_t *document, const char *from, const char *to,
			double factor)
{
	json_t *cells = json_object_get(document, "cells");
	size_t count = json_array_size(cells);

	json_array_append_new(json_object_get(document, "backends"),
			      json_pack("{s:s, s:s}", "name", to, "summary",
					"made for a test"));
	for (size_t i = 0; i < count; i++) {
		const json_t *cell = json_array_get(cells, i);
		const char *name = json_string_value(json_object_get(
			json_object_get(cell, "axes"), "backend"));
		const char *iface = json_string_value(json_object_get(
			json_object_get(cell, "axes"), "iface"));

		if (name && !strcmp(name, from) && iface &&
		    strcmp(iface, "raw"))
			add_row(cells, cell, from, to, factor);
	}
}

int main(int argc, char **argv)
{
	json_t *document = argc == 4 ? json_load_file(argv[1], 0, NULL) : NULL;
	char name[32];

	if (!document)
		return 1;
	json_object_set_new(document, "backends", json_array());
	for (int i = 1; i <= atoi(argv[3]); i++) {
		snprintf(name, sizeof(name), "extra_%d", i);
		add_backend(document, argv[2], name, 1 + 0.4 * i);
	}
	json_dumpf(document, stdout, JSON_INDENT(1));
	json_decref(document);
	return 0;
}
