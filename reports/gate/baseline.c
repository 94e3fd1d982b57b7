/* SPDX-License-Identifier: MIT */
/* Reading a baseline; accept.c writes one. */
#include "baseline.h"

#include <stdlib.h>
#include <string.h>

#include "reports/bundle/read_file.h"
#include "reports/cliutil/exit_code.h"

bool baseline_holds(const char *count)
{
	return strcmp(count, "user instructions") != 0 &&
	       strcmp(count, "context switches") != 0;
}

static int refuse(const char *path, const char *what)
{
	fprintf(stderr, "ipcmark: %s is no baseline of counts: %s\n", path,
		what);
	return EXIT_USAGE;
}

static bool take_row(struct gate *gate, const char *id, const json_t *counts)
{
	struct gate_row *row = gate_row(gate, id);
	const char *name;
	json_t *value;

	if (!json_is_object(counts))
		return false;
	row->traced[GATE_BASE] = COUNT_RUNS;
	json_object_foreach((json_t *)(uintptr_t)counts, name, value)
	{
		if (!json_is_number(value) || !baseline_holds(name))
			return false;
		for (unsigned i = 0; i < COUNT_RUNS; i++)
			gate_note_count(gate, row, GATE_BASE, name,
					json_number_value(value));
	}
	return true;
}

static int take(struct gate *gate, const char *path, json_t *document)
{
	json_t *rows = json_object_get(document, "rows"), *counts;
	json_t *schema = json_object_get(document, "schema");
	const char *name = json_text(schema, "name", "");
	const char *version = json_text(schema, "version", "");
	const char *id;

	if (strcmp(name, "ipcmark.baseline") != 0 ||
	    strncmp(version, "1.", 2) != 0)
		return refuse(path, "its schema is not ipcmark.baseline 1.x");
	if (!json_object_size(rows))
		return refuse(path, "it has no rows");
	json_object_foreach(rows, id, counts) if (
		!take_row(
			gate, id,
			counts)) return refuse(path,
					       "a count of a row is no number, or "
					       "of a kind that is not kept");
	gate->toolchain =
		pool_copy(gate->mem_pool, json_text(document, "toolchain", ""));
	return EXIT_PASS;
}

int baseline_load(struct gate *gate, const char *path)
{
	char *text = read_file(path);
	json_error_t error;
	json_t *document;
	int code;

	if (!text) {
		fprintf(stderr, "ipcmark: cannot read %s\n", path);
		return EXIT_USAGE;
	}
	document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (!document)
		return refuse(path, error.text);
	code = take(gate, path, document);
	json_decref(document);
	return code;
}

const char *baseline_filter(struct gate *gate)
{
	char *filter = NULL;
	size_t bytes;
	FILE *out = open_memstream(&filter, &bytes);
	const char *copy;

	if (!out)
		return "^$";
	for (size_t i = 0; i < gate->row_count; i++)
		fprintf(out, "%s%s", i ? "|" : "^(", gate->rows[i].id);
	fputs(")$", out);
	(void)fclose(out);
	copy = pool_copy(gate->mem_pool, filter);
	free(filter);
	return copy;
}

void baseline_check_toolchain(const struct gate *gate)
{
	if (gate->toolchain && gate->head_toolchain &&
	    strcmp(gate->toolchain, gate->head_toolchain) != 0)
		fprintf(stderr,
			"ipcmark gate: the baseline was made with %s, head "
			"with %s: a count may have moved for that\n",
			gate->toolchain, gate->head_toolchain);
}
