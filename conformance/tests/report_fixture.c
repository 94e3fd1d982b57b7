/* SPDX-License-Identifier: MIT */
/*
 * The fixture; see report_fixture.h.
 */
#include "report_fixture.h"

#include <stdio.h>
#include <string.h>

#include "reports/result/result.h"
#include "conformance/runner/report.h"

static const char *const backends[] = {"alpha", "beta"};
/* beta is somebody else's, from a path with a blank in it */
static const char *const options[] = {"alpha", "./the beta.so"};
const struct clause fixture_clauses[VERDICT_COUNT] = {
	{.requirement = "r",
	 .source = "s",
	 .id = "Q-AA-01",
	 .title = "a | b < c & \"d\" # e"},
	{.requirement = "r", .source = "s", .id = "Q-AA-02", .title = "two"},
	{.requirement = "r",
	 .source = "s",
	 .id = "Q-AA-03",
	 .title = "three",
	 .level = LEVEL_OPTIONAL},
	{.requirement = "r",
	 .source = "s",
	 .id = "P-AA-04",
	 .title = "four",
	 .level = LEVEL_OPTIONAL},
	{.requirement = "r", .source = "s", .id = "P-AA-05", .title = "five"},
	{.requirement = "r",
	 .source = "s",
	 .id = "P-AA-06",
	 .title = "six",
	 .level = LEVEL_BEYOND},
	{.requirement = "r",
	 .source = "s",
	 .id = "L-AA-07",
	 .title = "seven",
	 .level = LEVEL_BEYOND},
	{.requirement = "r", .source = "s", .id = "L-AA-08", .title = "eight"},
	{.requirement = "r", .source = "s", .id = "L-AA-09", .title = "nine"},
};

/* alpha has every verdict once; beta passes everything. */
void fixture_make(struct results *results, struct cell *cells)
{
	memset(cells, 0, sizeof(*cells) * VERDICT_COUNT * 2);
	for (size_t i = 0; i < VERDICT_COUNT * 2; i++) {
		cells[i].clause = &fixture_clauses[i / 2];
		cells[i].backend = backends[i % 2];
		cells[i].verdict = i % 2 ? VERDICT_PASS : (enum verdict)(i / 2);
		cells[i].duration_ns = 1500000;
		cells[i].seed = 70 + i;
		cells[i].runs = cells[i].passes = 1;
		/* each its own, so that a mix-up shows */
		(void)snprintf(cells[i].expected, CELL_TEXT_BYTES,
			       "x%zu < y & z", i);
		(void)snprintf(cells[i].observed, CELL_TEXT_BYTES,
			       "not%zu | so", i);
		(void)snprintf(cells[i].reason, CELL_TEXT_BYTES, "some.c:%zu",
			       i);
	}
	*results = (struct results){.cells = cells,
				    .count = VERDICT_COUNT * 2,
				    .backends = backends,
				    .backend_count = 2,
				    .backend_options = options,
				    .complete = true,
				    .seed = 7};
}

static FILE *open_in(const char *folder, const char *name)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "we");
}

static int write_one(const char *folder, const char *name,
		     void (*writer)(FILE *, const struct results *),
		     const struct results *results)
{
	FILE *to = open_in(folder, name);

	if (!to)
		return -1;
	writer(to, results);
	return fclose(to);
}

static void write_terminal(FILE *to, const struct results *results)
{
	report_terminal(to, results, false, REPORT_NORMAL);
}

static int write_json(const char *folder, const struct results *results)
{
	char path[1024];
	char *arguments[] = {(char *)(uintptr_t) "check", NULL};
	struct document *document;
	int failed;

	(void)snprintf(path, sizeof(path), "%s/check.json", folder);
	document = document_begin(path, "check", 1, arguments, results->seed);
	if (!document)
		return -1;
	for (size_t i = 0; i < results->count; i++)
		document_add(document, "cases",
			     report_case(results, &results->cells[i]));
	(void)json_object_set_new(document_json(document), "scores",
				  report_scores(results));
	failed = document_finish(document, true);
	document_free(document);
	return failed;
}

int fixture_write(const char *folder, const struct results *results)
{
	return write_json(folder, results) ||
			       write_one(folder, "terminal.txt", write_terminal,
					 results) ||
			       write_one(folder, "report.md", report_markdown,
					 results) ||
			       write_one(folder, "junit.xml", report_junit,
					 results) ||
			       write_one(folder, "report.tap", report_tap,
					 results)
		       ? -1
		       : 0;
}
