/* SPDX-License-Identifier: MIT */
/*
 * Counts what is in result files, so that a test can compare the outputs with
 * them: "cells N", "csv N" (lines without the head), "cases N". Reads JSON
 * for itself; shares no code with the report.
 */
#include <jansson.h>
#include <stdio.h>

static size_t csv_lines(const json_t *cells)
{
	size_t lines = 0;

	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *cell = json_array_get(cells, i);
		size_t metrics =
			json_object_size(json_object_get(cell, "metrics"));

		lines += metrics ? metrics : 1;
	}
	return lines;
}

int main(int argc, char **argv)
{
	size_t cells = 0, lines = 0, cases = 0;

	for (int i = 1; i < argc; i++) {
		json_t *document = json_load_file(argv[i], 0, NULL);

		if (!document)
			return 1;
		cells += json_array_size(json_object_get(document, "cells"));
		cases += json_array_size(json_object_get(document, "cases"));
		lines += csv_lines(json_object_get(document, "cells"));
		json_decref(document);
	}
	printf("cells %zu\ncsv %zu\ncases %zu\n", cells, lines, cases);
	return 0;
}
