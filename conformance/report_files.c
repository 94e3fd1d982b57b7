/* SPDX-License-Identifier: MIT */
/*
 * Results for machines: a JSON entry, JUnit XML, TAP; and Markdown.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"

json_t *report_case(const struct cell *cell)
{
	const struct clause *clause = cell->clause;

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,"
			 "s:i,s:i}",
			 "id", clause->id, "backend", cell->backend, "level",
			 clause_level_name(clause->level), "object",
			 clause_object_name(clause->object), "verdict",
			 verdict_letter(cell->verdict), "expected",
			 cell->expected, "observed", cell->observed, "reason",
			 cell->reason, "title", clause->title, "requirement",
			 clause->requirement, "source", clause->source,
			 "duration_ns", (json_int_t)cell->duration_ns, "seed",
			 (json_int_t)cell->seed, "runs", (int)cell->runs,
			 "passes", (int)cell->passes);
}

/* Text inside XML: the five that mean something; no control characters. */
static void xml(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			(void)fputs("&amp;", to);
			break;
		case '<':
			(void)fputs("&lt;", to);
			break;
		case '>':
			(void)fputs("&gt;", to);
			break;
		case '"':
			(void)fputs("&quot;", to);
			break;
		case '\n':
			(void)fputs("&#10;", to);
			break;
		default:
			(void)fputc((unsigned char)*text < ' ' ? '?' : *text,
				    to);
		}
	}
}

static const char *junit_element(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return NULL;
	case VERDICT_FAIL:
	case VERDICT_DISHONEST:
		return "failure";
	case VERDICT_CRASH:
	case VERDICT_TIMEOUT:
	case VERDICT_ENGINE:
		return "error";
	default:
		return "skipped";
	}
}

static unsigned junit_count(const struct results *results, const char *backend,
			    const char *element)
{
	unsigned count = 0;

	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];
		const char *is = junit_element(cell->verdict);

		if (backend && strcmp(cell->backend, backend) != 0)
			continue;
		count += !element || (is && strcmp(is, element) == 0);
	}
	return count;
}

static void junit_counts(FILE *to, const struct results *results,
			 const char *backend)
{
	(void)fprintf(to,
		      " tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		      "skipped=\"%u\"",
		      junit_count(results, backend, NULL),
		      junit_count(results, backend, "failure"),
		      junit_count(results, backend, "error"),
		      junit_count(results, backend, "skipped"));
}

static void junit_case(FILE *to, const struct results *results,
		       const struct cell *cell)
{
	const char *element = junit_element(cell->verdict);
	char again[400];

	(void)fprintf(to, "  <testcase classname=\"%s.%s\" name=\"%s: ",
		      cell->backend, clause_level_name(cell->clause->level),
		      cell->clause->id);
	xml(to, cell->clause->title);
	(void)fprintf(to, "\" time=\"%.6f\"", (double)cell->duration_ns / 1e9);
	if (!element) {
		(void)fprintf(to, "/>\n");
		return;
	}
	(void)fprintf(to, ">\n   <%s message=\"%s ", element,
		      verdict_letter(cell->verdict));
	xml(to, verdict_word(cell->verdict));
	(void)fprintf(to, ": ");
	xml(to, cell->observed[0] ? cell->observed : cell->reason);
	cell_reproduce(results, cell, again, sizeof(again));
	(void)fprintf(to, "\">expected: ");
	xml(to, cell->expected);
	(void)fprintf(to, "&#10;observed: ");
	xml(to, cell->observed);
	(void)fprintf(to, "&#10;where: ");
	xml(to, cell->reason);
	(void)fprintf(to, "&#10;again: ");
	xml(to, again);
	(void)fprintf(to, "</%s>\n  </testcase>\n", element);
}

void report_junit(FILE *to, const struct results *results)
{
	(void)fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			  "<testsuites name=\"ipcmark check\"");
	junit_counts(to, results, NULL);
	(void)fprintf(to, ">\n");
	for (size_t b = 0; b < results->backend_count; b++) {
		(void)fprintf(to, " <testsuite name=\"%s\"",
			      results->backends[b]);
		junit_counts(to, results, results->backends[b]);
		(void)fprintf(to, ">\n");
		for (size_t i = 0; i < results->count; i++) {
			if (strcmp(results->cells[i].backend,
				   results->backends[b]) == 0)
				junit_case(to, results, &results->cells[i]);
		}
		(void)fprintf(to, " </testsuite>\n");
	}
	(void)fprintf(to, "</testsuites>\n");
}

/* One line of text: TAP knows no line breaks, and # starts a directive. */
static void tap_text(FILE *to, const char *text)
{
	for (; *text; text++)
		(void)fputc(*text == '\n' || *text == '#' ? ' ' : *text, to);
}

static void tap_case(FILE *to, const struct cell *cell, size_t number)
{
	bool red = verdict_is_red(cell->verdict) ||
		   cell->verdict == VERDICT_ENGINE;

	(void)fprintf(to, "%s %zu - %s %s ", red ? "not ok" : "ok", number,
		      cell->backend, cell->clause->id);
	tap_text(to, cell->clause->title);
	if (!red && cell->verdict != VERDICT_PASS) {
		(void)fprintf(to,
			      " # SKIP %s: ", verdict_letter(cell->verdict));
		tap_text(to, cell->reason);
	}
	(void)fprintf(to, "\n");
	if (!red)
		return;
	(void)fprintf(to, "  ---\n  verdict: \"%s\"\n",
		      verdict_letter(cell->verdict));
	(void)fprintf(to, "  expected: |\n    ");
	tap_text(to, cell->expected);
	(void)fprintf(to, "\n  observed: |\n    ");
	tap_text(to, cell->observed);
	(void)fprintf(to, "\n  where: |\n    ");
	tap_text(to, cell->reason);
	(void)fprintf(to, "\n  seed: %" PRIu64 "\n  ...\n", cell->seed);
}

void report_tap(FILE *to, const struct results *results)
{
	(void)fprintf(to, "TAP version 13\n1..%zu\n", results->count);
	for (size_t i = 0; i < results->count; i++)
		tap_case(to, &results->cells[i], i + 1);
	if (!results->complete)
		(void)fprintf(to, "Bail out! interrupted\n");
}

static void markdown_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			(void)fputc('\\', to);
		(void)fputc(*text == '\n' ? ' ' : *text, to);
	}
}

static void markdown_row(FILE *to, const struct results *results,
			 const struct clause *clause)
{
	(void)fprintf(to, "| %s | %s |", clause->id,
		      clause_level_name(clause->level));
	for (size_t b = 0; b < results->backend_count; b++) {
		const struct cell *cell =
			results_cell(results, clause, results->backends[b]);
		bool red = cell && verdict_is_red(cell->verdict);

		(void)fprintf(to, " %s%s%s |", red ? "**" : "",
			      cell ? verdict_letter(cell->verdict) : "-",
			      red ? "**" : "");
	}
	(void)fprintf(to, " ");
	markdown_text(to, clause->title);
	(void)fprintf(to, " |\n");
}

static void markdown_head(FILE *to, const struct results *results,
			  const char *first, const char *second,
			  const char *last)
{
	(void)fprintf(to, "| %s | %s |", first, second);
	for (size_t b = 0; b < results->backend_count; b++)
		(void)fprintf(to, " %s |", results->backends[b]);
	(void)fprintf(to, " %s |\n|---|---|", last);
	for (size_t b = 0; b < results->backend_count; b++)
		(void)fprintf(to, ":-:|");
	(void)fprintf(to, "---|\n");
}

static void markdown_scores(FILE *to, const struct results *results)
{
	(void)fprintf(to, "\n| back-end | CORE | OPTIONAL | BEYOND | |\n"
			  "|---|--:|--:|--:|---|\n");
	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];

		(void)fprintf(to, "| %s |", backend);
		for (int level = 0; level < LEVEL_COUNT; level++) {
			struct score score = results_score(
				results, backend, (enum clause_level)level);

			(void)fprintf(to, " %u/%u |", score.passed,
				      score.total - score.unsupported);
		}
		(void)fprintf(to, " %s |\n", results_word(results, backend));
	}
}

void report_markdown(FILE *to, const struct results *results)
{
	const struct clause *previous = NULL;

	markdown_head(to, results, "clause", "level", "what is done");
	for (size_t i = 0; i < results->count; i++) {
		if (results->cells[i].clause != previous)
			markdown_row(to, results, results->cells[i].clause);
		previous = results->cells[i].clause;
	}
	markdown_scores(to, results);
	(void)fprintf(to, "\n");
	for (int v = 0; v < VERDICT_COUNT; v++)
		(void)fprintf(to, "%s%s %s", v ? ", " : "",
			      verdict_letter((enum verdict)v),
			      verdict_word((enum verdict)v));
	(void)fprintf(to, ".\n");
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];

		if (!verdict_is_red(cell->verdict))
			continue;
		(void)fprintf(to, "\n- **%s** %s on %s: expected ",
			      verdict_letter(cell->verdict), cell->clause->id,
			      cell->backend);
		markdown_text(to, cell->expected);
		(void)fprintf(to, "; observed ");
		markdown_text(to, cell->observed);
		(void)fprintf(to, "\n");
	}
}
