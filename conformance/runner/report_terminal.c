/* SPDX-License-Identifier: MIT */
/*
 * The matrix on the terminal: rows are clauses grouped by section, columns
 * back-ends, cells a short letter. Then the scores, then what is red and how
 * to see it again.
 */
#include <string.h>

#include "conformance/reference/reference.h"
#include "report.h"

enum { ID_WIDTH = 9, LEVEL_WIDTH = 8, COLUMN_GAP = 2, REFERENCE_WIDTH = 9 };

static const char *colour_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "\033[32m";
	case VERDICT_UNSUPPORTED:
		return "\033[2m";
	case VERDICT_LIMIT:
	case VERDICT_NOT_RUN:
		return "\033[33m";
	default:
		return "\033[1;31m";
	}
}

static void letter(FILE *to, enum verdict verdict, int width, bool colour)
{
	const char *text = verdict_letter(verdict);
	int pad = width - (int)strlen(text);

	(void)fprintf(to, "%s%s%s%*s", colour ? colour_of(verdict) : "", text,
		      colour ? "\033[0m" : "", pad > 0 ? pad : 0, "");
}

static int column_width(const char *backend)
{
	return (int)strlen(backend) + COLUMN_GAP;
}

static void matrix_head(FILE *to, const struct results *results,
			const char *section)
{
	enum { WIDTH = ID_WIDTH + LEVEL_WIDTH + 3 };
	const char *title = clause_section_title(section);
	bool fits = strlen(title) < WIDTH;

	(void)fprintf(to, "\n%s%s", title, fits ? "" : "\n");
	(void)fprintf(to, "%*s", fits ? WIDTH - (int)strlen(title) : WIDTH, "");
	for (size_t b = 0; b < results->backend_count; b++)
		(void)fprintf(to, "%-*s", column_width(results->backends[b]),
			      results->backends[b]);
	if (results->reference)
		(void)fprintf(to, "%-*s", REFERENCE_WIDTH, "CPython");
	(void)fprintf(to, "\n");
}

static void reference_cell(FILE *to, const struct reference *reference,
			   const struct clause *clause)
{
	const struct reference_case *one = reference_case_of(reference, clause);

	(void)fprintf(to, "%-*s", REFERENCE_WIDTH,
		      one ? reference_letter(one) : "-");
}

static void matrix_row(FILE *to, const struct results *results,
		       const struct clause *clause, bool colour)
{
	(void)fprintf(to, " %-*s %-*s ", ID_WIDTH, clause->id, LEVEL_WIDTH,
		      clause_level_name(clause->level));
	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];
		const struct cell *cell =
			results_cell(results, clause, backend);
		int width = column_width(backend);

		if (cell)
			letter(to, cell->verdict, width, colour);
		else
			(void)fprintf(to, "%-*s", width, "-");
	}
	if (results->reference)
		reference_cell(to, results->reference, clause);
	(void)fprintf(to, "%s\n", clause->title);
}

static void matrix(FILE *to, const struct results *results, bool colour)
{
	char last[8] = "", section[8];
	const struct clause *previous = NULL;

	for (size_t i = 0; i < results->count; i++) {
		const struct clause *clause = results->cells[i].clause;

		if (clause == previous)
			continue;
		previous = clause;
		clause_section(clause, section);
		if (strcmp(section, last) != 0)
			matrix_head(to, results, section);
		memcpy(last, section, sizeof(last));
		matrix_row(to, results, clause, colour);
	}
}

static void legend(FILE *to, const struct results *results)
{
	const char *gap = "\n";

	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		bool used = false;

		for (size_t i = 0; i < results->count && !used; i++)
			used = results->cells[i].verdict ==
			       (enum verdict)verdict;
		if (!used)
			continue;
		(void)fprintf(to, "%s%s %s", gap,
			      verdict_letter((enum verdict)verdict),
			      verdict_word((enum verdict)verdict));
		gap = ", ";
	}
	(void)fprintf(to, "\n");
	if (results->reference && results->reference->count)
		(void)fprintf(to,
			      "Last column: %s itself, for comparison; d "
			      "differs, as wanted\n",
			      results->reference->name);
}

static bool any_unsupported(const struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		if (results->cells[i].verdict == VERDICT_UNSUPPORTED)
			return true;
	}
	return false;
}

static void scores(FILE *to, const struct results *results)
{
	(void)fprintf(to, "\n%-14s %-14s %-14s %-14s\n", "passed/total", "CORE",
		      "OPTIONAL", "BEYOND");
	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];
		char text[LEVEL_COUNT][SCORE_TEXT_BYTES];

		for (int level = 0; level < LEVEL_COUNT; level++) {
			struct score score = results_score(
				results, backend, (enum clause_level)level);

			score_text(&score, (enum clause_level)level,
				   text[level]);
		}
		(void)fprintf(to, " %-13s %-14s %-14s %-14s %s\n", backend,
			      text[LEVEL_CORE], text[LEVEL_OPTIONAL],
			      text[LEVEL_BEYOND],
			      results_word(results, backend));
	}
	if (any_unsupported(results))
		(void)fprintf(to, "OPTIONAL: passed/supported; U: unsupported, "
				  "or not offered\n");
}

static void details(FILE *to, const struct results *results,
		    const struct cell *cell, bool colour)
{
	char again[REPRODUCE_BYTES];

	(void)fprintf(to, "\n ");
	letter(to, cell->verdict, 3, colour);
	(void)fprintf(to, "%s on %s: %s\n", cell->clause->id, cell->backend,
		      cell->clause->title);
	if (cell->expected[0])
		(void)fprintf(to, "    expected: %s\n", cell->expected);
	if (cell->observed[0])
		(void)fprintf(to, "    observed: %s\n", cell->observed);
	if (cell->reason[0])
		(void)fprintf(to, "    where:    %s\n", cell->reason);
	cell_reproduce(results, cell, again);
	(void)fprintf(to, "    again:    %s\n", again);
}

static void red_cells(FILE *to, const struct results *results, bool colour)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];

		if (verdict_is_red(cell->verdict) ||
		    cell->verdict == VERDICT_ENGINE)
			details(to, results, cell, colour);
	}
}

/* L and N come in whole columns with one reason: say it once. */
static void open_cells(FILE *to, const struct results *results)
{
	for (size_t b = 0; b < results->backend_count; b++) {
		const struct cell *first = NULL;
		unsigned count = 0;

		for (size_t i = 0; i < results->count; i++) {
			const struct cell *cell = &results->cells[i];

			if (cell->verdict != VERDICT_LIMIT ||
			    strcmp(cell->backend, results->backends[b]) != 0)
				continue;
			first = first ? first : cell;
			count++;
		}
		if (first)
			(void)fprintf(to, "\n L on %s (%u cells): %s\n",
				      first->backend, count, first->reason);
	}
	if (!results->complete)
		(void)fprintf(to, "\n The run was interrupted; cells marked N "
				  "were not run.\n");
}

static void every_other_cell(FILE *to, const struct results *results)
{
	(void)fprintf(to, "\n");
	for (size_t i = 0; i < results->count; i++) {
		const struct cell *cell = &results->cells[i];

		(void)fprintf(to, " %-2s %-9s %-11s %8.1f ms%s%s\n",
			      verdict_letter(cell->verdict), cell->clause->id,
			      cell->backend, (double)cell->duration_ns / 1e6,
			      cell->reason[0] ? "  " : "", cell->reason);
	}
}

void report_terminal(FILE *to, const struct results *results, bool colour,
		     enum report_detail detail)
{
	if (detail != REPORT_QUIET) {
		matrix(to, results, colour);
		legend(to, results);
	}
	if (detail == REPORT_VERBOSE)
		every_other_cell(to, results);
	red_cells(to, results, colour);
	open_cells(to, results);
	scores(to, results);
}
