/* SPDX-License-Identifier: MIT */
/*
 * Results as Markdown: scores, a matrix a section, and what is red with the
 * line that runs it again.
 */
#include <inttypes.h>
#include <string.h>

#include "markdown.h"
#include "conformance/reference/reference.h"
#include "report.h"

/* Within `code` only the back-quote means something. */
static void code(FILE *to, const char *words)
{
	const char *mark = strchr(words, '`') ? "``" : "`";

	(void)fprintf(to, "%s%s%s", mark, words, mark);
}

static void scores(FILE *to, const struct results *results)
{
	(void)fprintf(to, "| passed/total | CORE | OPTIONAL | BEYOND | |\n"
			  "|---|--:|--:|--:|---|\n");
	for (size_t b = 0; b < results->backend_count; b++) {
		const char *backend = results->backends[b];

		(void)fprintf(to, "| %s |", backend);
		for (int level = 0; level < LEVEL_COUNT; level++) {
			struct score score = results_score(
				results, backend, (enum clause_level)level);
			char words[SCORE_TEXT_BYTES];

			score_text(&score, (enum clause_level)level, words);
			(void)fprintf(to, " %s |", words);
		}
		(void)fprintf(to, " %s |\n", results_word(results, backend));
	}
	(void)fprintf(to,
		      "\nOPTIONAL: passed/supported. U: unsupported, or not "
		      "offered.\n");
}

static void head(FILE *to, const struct results *results, const char *section)
{
	(void)fprintf(to, "\n### %s\n\n| clause | level |",
		      clause_section_title(section));
	for (size_t b = 0; b < results->backend_count; b++)
		(void)fprintf(to, " %s |", results->backends[b]);
	if (results->reference)
		(void)fprintf(to, " CPython |");
	(void)fprintf(to, " what is done |\n|---|---|");
	if (results->reference)
		(void)fprintf(to, ":-:|");
	for (size_t b = 0; b < results->backend_count; b++)
		(void)fprintf(to, ":-:|");
	(void)fprintf(to, "---|\n");
}

static void row(FILE *to, const struct results *results,
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
	if (results->reference) {
		const struct reference_case *one =
			reference_case_of(results->reference, clause);

		(void)fprintf(to, " %s |", one ? reference_letter(one) : "-");
	}
	(void)fprintf(to, " ");
	markdown_cell(to, clause->title);
	(void)fprintf(to, " |\n");
}

static void matrix(FILE *to, const struct results *results)
{
	const struct clause *previous = NULL;
	char last[8] = "", section[8];

	for (size_t i = 0; i < results->count; i++) {
		const struct clause *clause = results->cells[i].clause;

		if (clause == previous)
			continue;
		previous = clause;
		clause_section(clause, section);
		if (strcmp(section, last) != 0)
			head(to, results, section);
		memcpy(last, section, sizeof(last));
		row(to, results, clause);
	}
}

static void legend(FILE *to)
{
	(void)fprintf(to, "\n");
	for (int v = 0; v < VERDICT_COUNT; v++)
		(void)fprintf(to, "%s%s %s", v ? ", " : "",
			      verdict_letter((enum verdict)v),
			      verdict_word((enum verdict)v));
	(void)fprintf(to, ".\n");
}

static void evidence(FILE *to, const struct results *results,
		     const struct cell *cell)
{
	char again[REPRODUCE_BYTES];

	(void)fprintf(to, "\n- **%s** %s on %s: expected ",
		      verdict_letter(cell->verdict), cell->clause->id,
		      cell->backend);
	markdown_cell(to, cell->expected[0] ? cell->expected : "-");
	(void)fprintf(to, "; observed ");
	markdown_cell(to, cell->observed[0] ? cell->observed : "-");
	if (cell->reason[0]) {
		(void)fprintf(to, "; where ");
		markdown_cell(to, cell->reason);
	}
	cell_reproduce(results, cell, again);
	(void)fprintf(to, "; seed %" PRIu64 "; again ", cell->seed);
	code(to, again);
	(void)fprintf(to, "\n");
}

void report_markdown(FILE *to, const struct results *results)
{
	scores(to, results);
	matrix(to, results);
	legend(to);
	for (size_t i = 0; i < results->count; i++) {
		if (verdict_is_red(results->cells[i].verdict) ||
		    results->cells[i].verdict == VERDICT_ENGINE)
			evidence(to, results, &results->cells[i]);
	}
	if (!results->complete)
		(void)fprintf(to, "\nThe run was interrupted; cells marked N "
				  "were not run.\n");
}
