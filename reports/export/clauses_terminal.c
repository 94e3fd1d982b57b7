/* SPDX-License-Identifier: MIT */
/*
 * The clauses on a terminal: a matrix with a letter for each clause and
 * back-end, the evidence of what did not hold with the command that runs it
 * again, the scores, and the answer in one sentence.
 */
#include "reports/model/verdicts.h"
#include "export.h"

#include <string.h>

enum {
	ID_WIDTH = 9,
	LEVEL_WIDTH = 8,
	COLUMN_GAP = 2,
	REFERENCE_WIDTH = 9,
	TITLE_WIDTH = ID_WIDTH + LEVEL_WIDTH + 3,
	/* red cells that the answer names */
	ANSWER_NAMES = 3
};

static const char *colour_of(const struct outcome *outcome)
{
	switch (verdict_find(outcome->verdict)->kind) {
	case VERDICT_GOOD:
		return "\033[32m";
	case VERDICT_DECLARED:
		return "\033[2m";
	case VERDICT_OPEN:
		if (strcmp(outcome->verdict, "E"))
			return "\033[33m";
		break;
	case VERDICT_BAD:
		break;
	}
	return "\033[1;31m";
}

static void put_letter(FILE *out, const struct outcome *outcome, int width,
		       bool colour)
{
	int pad = width - (int)strlen(outcome->verdict);

	fprintf(out, "%s%s%s%*s", colour ? colour_of(outcome) : "",
		outcome->verdict, colour ? "\033[0m" : "", pad > 0 ? pad : 0,
		"");
}

static int column_width(const struct backend *backend)
{
	return (int)strlen(backend->name) + COLUMN_GAP;
}

static void put_head(FILE *out, const struct model *model, const char *id)
{
	const char *title = verdict_section_title(model, id);
	bool fits = strlen(title) < TITLE_WIDTH;
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	fprintf(out, "\n%s%s%*s", title, fits ? "" : "\n",
		fits ? TITLE_WIDTH - (int)strlen(title) : TITLE_WIDTH, "");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%-*s", column_width(list[i]), list[i]->name);
	if (model->reference_count)
		fprintf(out, "%-*s", REFERENCE_WIDTH, "CPython");
	fputc('\n', out);
}

static void put_row(FILE *out, const struct model *model,
		    const struct outcome *clause, bool colour)
{
	const struct reference_rule *rule = model_reference(model, clause->id);
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	fprintf(out, " %-*s %-*s ", ID_WIDTH, clause->id, LEVEL_WIDTH,
		clause->level);
	for (size_t i = 0; i < count; i++) {
		const struct outcome *outcome =
			verdict_case(model, clause->id, list[i]);
		int width = column_width(list[i]);

		if (outcome)
			put_letter(out, outcome, width, colour);
		else
			fprintf(out, "%-*s", width, "-");
	}
	if (model->reference_count)
		fprintf(out, "%-*s", REFERENCE_WIDTH,
			rule ? rule->verdict : "-");
	fprintf(out, "%s\n", clause->title);
}

static void put_legend(FILE *out, const struct model *model)
{
	fprintf(out, "\n%s\n", verdict_legend(model));
	if (model->reference_count)
		fprintf(out,
			"Last column: %s itself, for comparison; d: differs, "
			"as intended\n",
			model->reference_name);
}

static void put_matrix(FILE *out, const struct model *model, bool colour)
{
	const struct outcome *const *clauses;
	size_t count = verdict_clauses(model, &clauses);

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !section_same(clauses[i]->id, clauses[i - 1]->id))
			put_head(out, model, clauses[i]->id);
		put_row(out, model, clauses[i], colour);
	}
	put_legend(out, model);
}

static void put_every_case(FILE *out, const struct model *model)
{
	fputc('\n', out);
	for (size_t i = 0; i < model->case_count; i++) {
		const struct outcome *outcome = &model->cases[i];

		fprintf(out, " %-2s %-9s %-11s %8.1f ms%s%s\n",
			outcome->verdict, outcome->id, outcome->backend->name,
			outcome->duration_ns / 1e6,
			*outcome->reason ? "  " : "", outcome->reason);
	}
}

static void put_fact(FILE *out, const char *name, const char *text)
{
	if (*text)
		fprintf(out, "    %-9s %s\n", name, text);
}

static void put_evidence(FILE *out, const struct outcome *outcome, bool colour)
{
	fputs("\n ", out);
	put_letter(out, outcome, 3, colour);
	fprintf(out, "%s on %s: %s\n", outcome->id, outcome->backend->name,
		outcome->title);
	put_fact(out, "expected:", outcome->expected);
	put_fact(out, "observed:", outcome->observed);
	put_fact(out, "where:", outcome->reason);
	put_fact(out, "again:", outcome->reproduce);
}

/* L comes in whole columns with one reason: say it once. */
static void put_limits(FILE *out, const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	for (size_t b = 0; b < count; b++) {
		const struct outcome *first = NULL;
		unsigned cases = 0;

		for (size_t i = 0; i < model->case_count; i++) {
			const struct outcome *outcome = &model->cases[i];

			if (strcmp(outcome->verdict, "L") ||
			    outcome->backend != list[b])
				continue;
			first = first ? first : outcome;
			cases++;
		}
		if (first)
			fprintf(out, "\n L on %s (%u cells): %s\n",
				list[b]->name, cases, first->reason);
	}
}

static void put_scores(FILE *out, const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);
	bool unsupported = false;

	fprintf(out, "\n%-14s %-14s %-14s %-14s\n", "passed/total", "CORE",
		"OPTIONAL", "BEYOND");
	for (size_t i = 0; i < count; i++) {
		fprintf(out, " %-13s", list[i]->name);
		for (int level = 0; level < VERDICT_LEVELS; level++) {
			const char *text = verdict_score_text(
				model, list[i], verdict_levels[level]);

			unsupported = unsupported || strchr(text, 'U');
			fprintf(out, " %-14s", text);
		}
		fprintf(out, " %s\n", verdict_conclusion(model, list[i]));
	}
	if (unsupported)
		fputs("OPTIONAL: passed/supported; U: unsupported, or not "
		      "offered\n",
		      out);
}

/* CPython's own tests, all classes together. */
static void put_python_tests(FILE *out, const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	if (!model->python_tests_count)
		return;
	fprintf(out, "\n%s's own tests: passed/failed/not applicable\n",
		model->reference_name);
	for (size_t i = 0; i < count; i++) {
		struct python_tests sum = {0};

		for (size_t t = 0; t < model->python_tests_count; t++) {
			const struct python_tests *one =
				&model->python_tests[t];

			if (strcmp(one->backend, list[i]->name))
				continue;
			sum.passed += one->passed;
			sum.failed += one->failed;
			sum.not_applicable += one->not_applicable;
		}
		fprintf(out, " %-13s %u/%u/%u\n", list[i]->name, sum.passed,
			sum.failed, sum.not_applicable);
	}
}

/* What was found, in one sentence. */
static void put_answer(FILE *out, const struct model *model)
{
	size_t kinds[VERDICT_BAD + 1] = {0}, named = 0;

	for (size_t i = 0; i < model->case_count; i++)
		kinds[verdict_find(model->cases[i].verdict)->kind]++;
	fprintf(out, "\n%zu of %zu cells hold", kinds[VERDICT_GOOD],
		model->case_count);
	if (kinds[VERDICT_DECLARED])
		fprintf(out, ", %zu are not supported, as declared",
			kinds[VERDICT_DECLARED]);
	if (kinds[VERDICT_OPEN])
		fprintf(out, ", %zu could not be judged", kinds[VERDICT_OPEN]);
	fprintf(out, kinds[VERDICT_BAD] ? "; %zu red:" : "; none is red.\n",
		kinds[VERDICT_BAD]);
	for (size_t i = 0; kinds[VERDICT_BAD] && i < model->case_count; i++) {
		const struct outcome *outcome = &model->cases[i];

		if (verdict_find(outcome->verdict)->kind == VERDICT_BAD &&
		    named++ < ANSWER_NAMES)
			fprintf(out, "%s %s on %s", named > 1 ? "," : "",
				outcome->id, outcome->backend->name);
	}
	if (named > ANSWER_NAMES)
		fputs(" ...", out);
	if (kinds[VERDICT_BAD])
		fputc('\n', out);
}

void clauses_terminal(const struct model *model, FILE *out,
		      const struct terminal_style *style)
{
	if (!style->quiet)
		put_matrix(out, model, style->colour);
	if (style->verbose)
		put_every_case(out, model);
	for (size_t i = 0; i < model->case_count; i++)
		if (verdict_needs_evidence(&model->cases[i]))
			put_evidence(out, &model->cases[i], style->colour);
	if (verdict_interrupted(model))
		fputs("\n The run was interrupted; cells marked N were not "
		      "run.\n",
		      out);
	if (style->quiet)
		return;
	put_limits(out, model);
	put_scores(out, model);
	put_python_tests(out, model);
	put_answer(out, model);
}
