/* SPDX-License-Identifier: MIT */
/*
 * The clauses as Markdown: scores, a matrix for each section, and the evidence
 * of what did not hold with the command that runs it again.
 */
#include "reports/model/verdicts.h"
#include "reports/result/escape.h"
#include "cases.h"
#include "export.h"

#include <string.h>

static void put_scores(FILE *out, const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	fputs("| passed/total | CORE | OPTIONAL | BEYOND | |\n"
	      "|---|--:|--:|--:|---|\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "| %s |", list[i]->name);
		for (int level = 0; level < VERDICT_LEVELS; level++)
			fprintf(out, " %s |",
				verdict_score_text(model, list[i],
						   verdict_levels[level]));
		fprintf(out, " %s |\n", verdict_conclusion(model, list[i]));
	}
	fputs("\nOPTIONAL: passed/supported. U: unsupported, or not "
	      "offered.\n",
	      out);
}

static void put_head(FILE *out, const struct model *model, const char *id)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	fprintf(out, "\n### %s\n\n| clause | level |",
		verdict_section_title(model, id));
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %s |", list[i]->name);
	if (model->reference_count)
		fputs(" CPython |", out);
	fputs(" what is done |\n|---|---|", out);
	for (size_t i = 0; i < count + !!model->reference_count; i++)
		fputs(":-:|", out);
	fputs("---|\n", out);
}

static void put_row(FILE *out, const struct model *model,
		    const struct outcome *clause)
{
	const struct reference_rule *rule = model_reference(model, clause->id);
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);

	fprintf(out, "| %s | %s |", clause->id, clause->level);
	for (size_t i = 0; i < count; i++) {
		const struct outcome *outcome =
			verdict_case(model, clause->id, list[i]);
		bool red = outcome &&
			   verdict_find(outcome->verdict)->kind == VERDICT_BAD;

		fprintf(out, " %s%s%s |", red ? "**" : "",
			outcome ? outcome->verdict : "-", red ? "**" : "");
	}
	if (model->reference_count)
		fprintf(out, " %s |", rule ? rule->verdict : "-");
	fputc(' ', out);
	escape_markdown(out, clause->title);
	fputs(" |\n", out);
}

static void put_matrix(FILE *out, const struct model *model)
{
	const struct outcome *const *clauses;
	size_t count = verdict_clauses(model, &clauses);

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !section_same(clauses[i]->id, clauses[i - 1]->id))
			put_head(out, model, clauses[i]->id);
		put_row(out, model, clauses[i]);
	}
}

void case_markdown(const struct outcome *outcome, FILE *out)
{
	const struct verdict_text *words = verdict_find(outcome->verdict);
	const char *const facts[][2] = {{"expected", outcome->expected},
					{"observed", outcome->observed},
					{"where", outcome->reason},
					{"seed", outcome->seed}};

	fprintf(out, "- **%s %s** %s, %s: %s. ", words->letter, words->sign,
		outcome->id, outcome->backend->name, words->word);
	escape_markdown(out, outcome->title);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!*facts[i][1])
			continue;
		fprintf(out, "\n  - %s: ", facts[i][0]);
		escape_markdown(out, facts[i][1]);
	}
	if (*outcome->reproduce) {
		fputs("\n  - reproduce: ", out);
		escape_markdown_code(out, outcome->reproduce);
	}
	fputc('\n', out);
}

void clauses_markdown(const struct model *model, FILE *out)
{
	put_scores(out, model);
	put_matrix(out, model);
	fprintf(out, "\n%s.\n\n", verdict_legend(model));
	for (size_t i = 0; i < model->case_count; i++)
		if (verdict_needs_evidence(&model->cases[i]))
			case_markdown(&model->cases[i], out);
	if (verdict_interrupted(model))
		fputs("\nThe run was interrupted; cells marked N were not "
		      "run.\n",
		      out);
}
