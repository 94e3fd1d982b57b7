/* SPDX-License-Identifier: MIT */
/* The clauses in the Test Anything Protocol, version 13. */
#include "reports/model/verdicts.h"
#include "export.h"

#include <string.h>

/* One line of text: TAP has no line breaks, and # starts a directive. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '\n' || *text == '#' ? ' ' : *text, out);
}

static void put_fact(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  %s: |\n    ", name);
	put_text(out, text);
	fputc('\n', out);
}

static void put_case(FILE *out, const struct outcome *outcome, size_t number)
{
	bool red = verdict_needs_evidence(outcome);

	fprintf(out, "%s %zu - %s %s ", red ? "not ok" : "ok", number,
		outcome->backend->name, outcome->id);
	put_text(out, outcome->title);
	if (!red && verdict_find(outcome->verdict)->kind != VERDICT_GOOD) {
		fprintf(out, " # SKIP %s: ", outcome->verdict);
		put_text(out, outcome->reason);
	}
	fputc('\n', out);
	if (!red)
		return;
	fprintf(out, "  ---\n  verdict: \"%s\"\n", outcome->verdict);
	put_fact(out, "expected", outcome->expected);
	put_fact(out, "observed", outcome->observed);
	put_fact(out, "where", outcome->reason);
	fprintf(out, "  seed: %s\n  again: |\n    %s\n  ...\n", outcome->seed,
		outcome->reproduce);
}

static void put_scores(FILE *out, const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	for (size_t i = 0; i < count; i++) {
		fprintf(out, "# %s:", list[i]->name);
		for (int level = 0; level < VERDICT_LEVELS; level++)
			fprintf(out, " %s %s,", verdict_levels[level],
				verdict_score_text(model, list[i],
						   verdict_levels[level]));
		fprintf(out, " %s\n", verdict_conclusion(model, list[i]));
	}
}

void tap_write(const struct model *model, FILE *out)
{
	fprintf(out, "TAP version 13\n1..%zu\n", model->case_count);
	for (size_t i = 0; i < model->case_count; i++)
		put_case(out, &model->cases[i], i + 1);
	put_scores(out, model);
	if (verdict_interrupted(model))
		fputs("Bail out! interrupted\n", out);
}
