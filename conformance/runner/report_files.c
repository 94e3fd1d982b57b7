/* SPDX-License-Identifier: MIT */
/*
 * Results for machines: JSON entries, JUnit XML, TAP.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"

json_t *report_case(const struct results *results, const struct cell *cell)
{
	const struct clause *clause = cell->clause;
	char again[REPRODUCE_BYTES];

	cell_reproduce(results, cell, again);
	return json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,"
		"s:I,s:i,s:i}",
		"id", clause->id, "backend", cell->backend, "level",
		clause_level_name(clause->level), "object",
		clause_object_name(clause->object), "verdict",
		verdict_letter(cell->verdict), "expected", cell->expected,
		"observed", cell->observed, "reason", cell->reason, "title",
		clause->title, "requirement", clause->requirement, "source",
		clause->source, "reproduce", again, "duration_ns",
		(json_int_t)cell->duration_ns, "seed", (json_int_t)cell->seed,
		"runs", (int)cell->runs, "passes", (int)cell->passes);
}

static json_t *score_entry(const struct results *results, const char *backend,
			   enum clause_level level)
{
	struct score score = results_score(results, backend, level);

	return json_pack("{s:i,s:i,s:i,s:i,s:i}", "passed", (int)score.passed,
			 "red", (int)score.red, "unsupported",
			 (int)score.unsupported, "open", (int)score.open,
			 "total", (int)score.total);
}

json_t *report_scores(const struct results *results)
{
	json_t *list = json_array();

	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];
		json_t *entry =
			json_pack("{s:s,s:s}", "backend", backend, "conclusion",
				  results_word(results, backend));

		for (int level = 0; level < LEVEL_COUNT; level++)
			(void)json_object_set_new(
				entry,
				clause_level_name((enum clause_level)level),
				score_entry(results, backend,
					    (enum clause_level)level));
		(void)json_array_append_new(list, entry);
	}
	return list;
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
	case VERDICT_UNDECLARED_SUPPORT:
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
	char again[REPRODUCE_BYTES];

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
	cell_reproduce(results, cell, again);
	(void)fprintf(to, "\">expected: ");
	xml(to, cell->expected);
	(void)fprintf(to, "&#10;observed: ");
	xml(to, cell->observed);
	(void)fprintf(to, "&#10;where: ");
	xml(to, cell->reason);
	(void)fprintf(to, "&#10;seed: %" PRIu64 "&#10;again: ", cell->seed);
	xml(to, again);
	(void)fprintf(to, "</%s>\n  </testcase>\n", element);
}

/* What the scores are, where tools show properties of a suite. */
static void junit_scores(FILE *to, const struct results *results,
			 const char *backend)
{
	(void)fprintf(to, "  <properties>\n");
	for (int level = 0; level < LEVEL_COUNT; level++) {
		struct score score = results_score(results, backend,
						   (enum clause_level)level);
		char text[SCORE_TEXT_BYTES];

		score_text(&score, (enum clause_level)level, text);
		(void)fprintf(
			to, "   <property name=\"score.%s\" value=\"%s\"/>\n",
			clause_level_name((enum clause_level)level), text);
	}
	(void)fprintf(to,
		      "   <property name=\"conclusion\" value=\"%s\"/>\n"
		      "  </properties>\n",
		      results_word(results, backend));
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
		junit_scores(to, results, results->backends[b]);
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

static void tap_case(FILE *to, const struct results *results,
		     const struct cell *cell, size_t number)
{
	char again[REPRODUCE_BYTES];
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
	cell_reproduce(results, cell, again);
	(void)fprintf(to, "\n  seed: %" PRIu64 "\n  again: |\n    %s\n  ...\n",
		      cell->seed, again);
}

static void tap_scores(FILE *to, const struct results *results)
{
	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];

		(void)fprintf(to, "# %s:", backend);
		for (int level = 0; level < LEVEL_COUNT; level++) {
			struct score score = results_score(
				results, backend, (enum clause_level)level);
			char text[SCORE_TEXT_BYTES];

			score_text(&score, (enum clause_level)level, text);
			(void)fprintf(
				to, " %s %s,",
				clause_level_name((enum clause_level)level),
				text);
		}
		(void)fprintf(to, " %s\n", results_word(results, backend));
	}
}

void report_tap(FILE *to, const struct results *results)
{
	(void)fprintf(to, "TAP version 13\n1..%zu\n", results->count);
	for (size_t i = 0; i < results->count; i++)
		tap_case(to, results, &results->cells[i], i + 1);
	tap_scores(to, results);
	if (!results->complete)
		(void)fprintf(to, "Bail out! interrupted\n");
}
