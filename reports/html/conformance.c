/* SPDX-License-Identifier: MIT */
/*
 * Clauses: legend, the matrix of clauses and back-ends, and the evidence of
 * every cell that is not a plain pass. A cell says its verdict by letter, sign
 * and colour, and links to its evidence.
 */
#include "elements.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "reports/model/units.h"
#include "reports/model/verdicts.h"
#include "html_printf.h"

static const char *const kind_class[] = {
	[VERDICT_GOOD] = "good",
	[VERDICT_DECLARED] = "declared",
	[VERDICT_OPEN] = "open",
	[VERDICT_BAD] = "bad",
};

static void put_verdict(FILE *out, const struct verdict_text *words)
{
	html_printf(out, "<b class=\"v {}\" title=\"{}\">{}<i>{}</i></b>",
		    kind_class[words->kind], words->word, words->letter,
		    words->sign);
}

static void put_legend(const struct model *model, FILE *out)
{
	const struct verdict_text *words = verdict_table;

	fputs("<ul class=\"legend\">", out);
	for (; words->letter; words++) {
		if (!verdict_is_used(model, words->letter))
			continue;
		fputs("<li>", out);
		put_verdict(out, words);
		html_printf(out, " {}: {}</li>", words->word, words->meaning);
	}
	fputs("</ul>\n", out);
}

static const char *evidence_id(const struct model *model,
			       const struct outcome *outcome)
{
	return pool_print(model->mem_pool, "e_%s_%s", outcome->backend->name,
			  outcome->id);
}

static bool has_evidence(const struct outcome *outcome)
{
	return strcmp(outcome->verdict, "P");
}

static void put_cell(const struct model *model, FILE *out,
		     const struct outcome *outcome)
{
	if (!outcome) {
		fputs("<td></td>", out);
		return;
	}
	fputs("<td>", out);
	if (has_evidence(outcome))
		html_printf(out, "<a href=\"#{}\">",
			    evidence_id(model, outcome));
	put_verdict(out, verdict_find(outcome->verdict));
	fputs(has_evidence(outcome) ? "</a></td>" : "</td>", out);
}

/* As a title: the reference has no evidence of its own. */
static const char *reference_title(const struct model *model,
				   const struct reference_rule *rule)
{
	if (*rule->deviation)
		return rule->deviation;
	if (*rule->reason)
		return rule->reason;
	if (!*rule->observed)
		return verdict_find(rule->verdict)->word;
	return pool_print(model->mem_pool, "expected: %s; observed: %s",
			  rule->expected, rule->observed);
}

static void put_reference(const struct model *model, FILE *out, const char *id)
{
	const struct reference_rule *rule = model_reference(model, id);
	const struct verdict_text *words;

	if (!rule) {
		fputs("<td class=\"reference\"></td>", out);
		return;
	}
	words = verdict_find(rule->verdict);
	html_printf(out,
		    "<td class=\"reference\"><b class=\"v {}\" title=\"{}\">{}"
		    "<i>{}</i></b></td>",
		    kind_class[words->kind], reference_title(model, rule),
		    words->letter, words->sign);
}

/* Do the back-ends differ on this clause? And is one not a pass? */
static const char *row_class(const struct model *model, const char *id,
			     const struct backend *const *columns, size_t count)
{
	const char *first = NULL;
	bool differ = false, passed = true;

	for (size_t i = 0; i < count; i++) {
		const struct outcome *outcome =
			verdict_case(model, id, columns[i]);
		const char *letter = outcome ? outcome->verdict : "N";

		differ = differ || (first && strcmp(first, letter));
		passed = passed && !strcmp(letter, "P");
		first = letter;
	}
	if (differ)
		return "differs notpassed";
	return passed ? "same" : "same notpassed";
}

static void put_clause(const struct model *model, FILE *out,
		       const struct outcome *clause,
		       const struct backend *const *columns, size_t count)
{
	html_printf(out,
		    "<tr class=\"{}\" id=\"c_{}\"><th scope=\"row\"><code>{}"
		    "</code><span>{}</span><small>{}</small></th>"
		    "<td class=\"level\">{}</td>",
		    row_class(model, clause->id, columns, count), clause->id,
		    clause->id, clause->title, clause->requirement,
		    clause->level);
	for (size_t i = 0; i < count; i++)
		put_cell(model, out,
			 verdict_case(model, clause->id, columns[i]));
	if (model->reference_count)
		put_reference(model, out, clause->id);
	fputs("</tr>\n", out);
}

static void put_section_head(FILE *out, const struct model *model,
			     const char *id, size_t columns)
{
	char span[24];

	snprintf(span, sizeof(span), "%zu", columns + 2);
	html_printf(
		out,
		"<tbody><tr class=\"section\"><th colspan=\"{}\">{}</th></tr>"
		"\n",
		span, verdict_section_title(model, id));
}

static void put_matrix(const struct model *model, FILE *out)
{
	const struct backend *const *columns;
	size_t count = verdict_backends(model, &columns);
	const struct outcome *const *clauses;
	size_t clause_count = verdict_clauses(model, &clauses);

	fputs("<div class=\"scroll wide\" tabindex=\"0\" role=\"region\" "
	      "aria-label=\"Clauses and back-ends\"><table class=\"matrix\" "
	      "id=\"t_matrix\">"
	      "<caption>Clauses and back-ends</caption>"
	      "<thead><tr><th scope=\"col\">Clause</th>"
	      "<th scope=\"col\">Level</th>",
	      out);
	for (size_t i = 0; i < count; i++)
		html_printf(out, "<th scope=\"col\">{}</th>", columns[i]->name);
	if (model->reference_count)
		html_printf(out,
			    "<th scope=\"col\" class=\"reference\">{}</th>",
			    model->reference_name);
	fputs("</tr></thead>\n", out);
	for (size_t i = 0; i < clause_count; i++) {
		if (i == 0 || !section_same(clauses[i]->id, clauses[i - 1]->id))
			put_section_head(out, model, clauses[i]->id,
					 count + !!model->reference_count);
		put_clause(model, out, clauses[i], columns, count);
		if (i + 1 == clause_count ||
		    !section_same(clauses[i]->id, clauses[i + 1]->id))
			fputs("</tbody>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *text)
{
	if (*text)
		html_printf(out, "<dt>{}</dt><dd>{}</dd>", name, text);
}

static void put_evidence(const struct model *model, FILE *out,
			 const struct outcome *outcome)
{
	const struct verdict_text *words = verdict_find(outcome->verdict);

	html_printf(out, "<details id=\"{}\"><summary>",
		    evidence_id(model, outcome));
	put_verdict(out, words);
	html_printf(out,
		    " <code>{}</code> {} <span>{}: {}</span></summary><dl>",
		    outcome->id, outcome->backend->name, words->word,
		    outcome->title);
	put_fact(out, "Requirement", outcome->requirement);
	put_fact(out, "Expected", outcome->expected);
	put_fact(out, "Observed", outcome->observed);
	put_fact(out, "Reason", outcome->reason);
	if (outcome->runs > 1)
		put_fact(out, "Passed",
			 pool_print(model->mem_pool, "%u of %u times",
				    outcome->passes, outcome->runs));
	if (isfinite(outcome->duration_ns))
		put_fact(out, "Duration",
			 unit_time(model->mem_pool, outcome->duration_ns));
	put_fact(out, "Source", outcome->source);
	put_fact(out, "Seed", outcome->seed);
	if (*outcome->reproduce)
		html_printf(out, "<dt>Reproduce</dt><dd><code>{}</code></dd>",
			    outcome->reproduce);
	fputs("</dl></details>\n", out);
}

/* Is it against a back-end, or undecided? What is declared is neither. */
static bool is_not_green(const struct outcome *outcome)
{
	enum verdict_kind kind = verdict_find(outcome->verdict)->kind;

	return kind == VERDICT_BAD || kind == VERDICT_OPEN;
}

static void put_all_evidence(const struct model *model, FILE *out,
			     const char *heading, bool not_green)
{
	bool head = false;

	for (size_t i = 0; i < model->case_count; i++) {
		if (!has_evidence(&model->cases[i]) ||
		    is_not_green(&model->cases[i]) != not_green)
			continue;
		if (!head)
			html_printf(out,
				    "<h3>{}</h3>\n<div class=\"evidence\">\n",
				    heading);
		head = true;
		put_evidence(model, out, &model->cases[i]);
	}
	if (head)
		fputs("</div>\n", out);
}

/* What the reference does otherwise, readable without a pointer. */
static void put_reference_evidence(const struct model *model, FILE *out)
{
	bool head = false;

	for (size_t i = 0; i < model->reference_count; i++) {
		const struct reference_rule *rule = &model->reference[i];

		if (!strcmp(rule->verdict, "P"))
			continue;
		if (!head)
			html_printf(out,
				    "<h3>{} does otherwise</h3>\n"
				    "<dl class=\"otherwise\">\n",
				    model->reference_name);
		head = true;
		html_printf(out, "<dt>{} <code>{}</code></dt><dd>{}</dd>\n",
			    rule->verdict, rule->id,
			    reference_title(model, rule));
	}
	if (head)
		fputs("</dl>\n", out);
}

/* How the last column is to be read. */
static void put_reference_note(const struct model *model, FILE *out)
{
	char lacks[24];
	unsigned count = 0;

	if (!model->reference_count)
		return;
	for (size_t i = 0; i < model->reference_count; i++)
		if (verdict_find(model->reference[i].verdict)->kind ==
		    VERDICT_BAD)
			count++;
	snprintf(lacks, sizeof(lacks), "%u", count);
	html_printf(
		out,
		"<p>The last column is not a back-end: it is {}, the "
		"implementation that the rules describe, run against the same "
		"rules. It fails {} of them, most of which ask for more than "
		"it promises (BEYOND); d marks intended differences.</p>\n",
		model->reference_name, lacks);
}

void put_clauses(const struct model *model, FILE *out)
{
	char count[24];
	const struct outcome *const *clauses;

	snprintf(count, sizeof(count), "%zu", verdict_clauses(model, &clauses));
	put_all_evidence(model, out, "Failed or undecided", true);
	html_printf(out,
		    "<details class=\"fold\" id=\"clauses\"><summary>All {} "
		    "clauses on each back-end</summary>\n",
		    count);
	put_legend(model, out);
	fputs("<div class=\"tools\" hidden=\"hidden\" data-for=\"t_matrix\">"
	      "<label>Find <input type=\"search\" size=\"18\"/></label>"
	      "<button type=\"button\" data-rows=\"differs\" "
	      "aria-pressed=\"false\">Only differences</button>"
	      "<button type=\"button\" data-rows=\"notpassed\" "
	      "aria-pressed=\"false\">Only clauses not passed</button>"
	      "<span class=\"nothing\" role=\"status\"></span></div>\n",
	      out);
	put_reference_note(model, out);
	put_matrix(model, out);
	put_all_evidence(model, out, "Evidence", false);
	put_reference_evidence(model, out);
	fputs("</details>\n", out);
}
