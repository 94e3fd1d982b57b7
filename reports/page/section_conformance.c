/* SPDX-License-Identifier: MIT */
/*
 * Conformance: scores, legend, the matrix of clauses and back-ends, and the
 * evidence of every cell that is not a plain pass. A cell says its verdict by
 * letter, sign and colour, and links to its evidence.
 */
#include <math.h>
#include <string.h>

#include "model/units.h"
#include "model/verdicts.h"
#include "page/page.h"
#include "page/put.h"

static const char *const kind_class[] = {
	[VERDICT_GOOD] = "good",
	[VERDICT_DECLARED] = "declared",
	[VERDICT_OPEN] = "open",
	[VERDICT_BAD] = "bad",
};

static void put_verdict(FILE *out, const struct verdict_words *words)
{
	put(out, "<b class=\"v {}\" title=\"{}\">{}<i>{}</i></b>",
	    kind_class[words->kind], words->word, words->letter, words->sign);
}

static bool is_used(const struct model *model, const char *letter)
{
	for (size_t i = 0; i < model->case_count; i++)
		if (!strcmp(model->cases[i].verdict, letter))
			return true;
	return false;
}

static void put_legend(const struct model *model, FILE *out)
{
	const struct verdict_words *words = verdict_table;

	fputs("<ul class=\"legend\">", out);
	for (; words->letter; words++) {
		if (!is_used(model, words->letter))
			continue;
		fputs("<li>", out);
		put_verdict(out, words);
		put(out, " {}: {}</li>", words->word, words->meaning);
	}
	fputs("</ul>\n", out);
}

/* The back-ends that were checked, fakes included. */
static size_t checked_backends(const struct model *model,
			       const struct backend **ret_list)
{
	size_t count = 0;

	for (size_t i = 0; i < model->backend_count; i++)
		if (strcmp(verdict_conclusion(model, model->backends[i]),
			   "not checked"))
			ret_list[count++] = model->backends[i];
	return count;
}

static const char *evidence_id(const struct model *model,
			       const struct kase *kase)
{
	return arena_print(model->arena, "e_%s_%s", kase->backend->name,
			   kase->id);
}

static bool has_evidence(const struct kase *kase)
{
	return strcmp(kase->verdict, "P");
}

static void put_cell(const struct model *model, FILE *out,
		     const struct kase *kase)
{
	if (!kase) {
		fputs("<td></td>", out);
		return;
	}
	fputs("<td>", out);
	if (has_evidence(kase))
		put(out, "<a href=\"#{}\">", evidence_id(model, kase));
	put_verdict(out, verdict_find(kase->verdict));
	fputs(has_evidence(kase) ? "</a></td>" : "</td>", out);
}

/* Do the back-ends differ on this clause? And is one not a pass? */
static const char *row_class(const struct model *model, const char *id,
			     const struct backend *const *columns, size_t count)
{
	const char *first = NULL;
	bool differ = false, passed = true;

	for (size_t i = 0; i < count; i++) {
		const struct kase *kase = verdict_case(model, id, columns[i]);
		const char *letter = kase ? kase->verdict : "N";

		differ = differ || (first && strcmp(first, letter));
		passed = passed && !strcmp(letter, "P");
		first = letter;
	}
	return differ ? "differs" : passed ? "alike" : "alike notpassed";
}

static void put_clause(const struct model *model, FILE *out,
		       const struct kase *clause,
		       const struct backend *const *columns, size_t count)
{
	put(out,
	    "<tr class=\"{}\"><th scope=\"row\" title=\"{}\"><code>{}"
	    "</code><span>{}</span></th><td class=\"level\">{}</td>",
	    row_class(model, clause->id, columns, count),
	    *clause->requirement ? clause->requirement : clause->title,
	    clause->id, clause->title, clause->level);
	for (size_t i = 0; i < count; i++)
		put_cell(model, out,
			 verdict_case(model, clause->id, columns[i]));
	fputs("</tr>\n", out);
}

/* "Q" of "Q-PUT-01": clauses of one object stand together. */
static size_t section_length(const char *id)
{
	return strcspn(id, "-");
}

static bool same_section(const char *a, const char *b)
{
	return section_length(a) == section_length(b) &&
	       !strncmp(a, b, section_length(a));
}

static const char *section_title(const struct model *model, const char *id)
{
	static const char *const titles[][2] = {
		{"G", "Everything"},
		{"Q", "Queue"},
		{"JQ", "JoinableQueue"},
		{"SQ", "SimpleQueue"},
		{"P", "Pipe"},
		{"L", "Lock"},
		{"RL", "RLock"},
		{"S", "Semaphore"},
		{"BS", "BoundedSemaphore"},
		{"C", "Condition"},
		{"E", "Event"},
		{"B", "Barrier"},
		{"V", "Value"},
		{"A", "Array"},
		{"PR", "Process"},
		{"M", "Manager"},
		{"PO", "Pool"},
		{"X", "Crashes and leftovers"},
	};
	size_t length = section_length(id);

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strlen(titles[i][0]) == length &&
		    !strncmp(titles[i][0], id, length))
			return titles[i][1];
	return arena_print(model->arena, "%.*s", (int)length, id);
}

static void put_section_head(FILE *out, const struct model *model,
			     const char *id, size_t columns)
{
	char span[24];

	snprintf(span, sizeof(span), "%zu", columns + 2);
	put(out,
	    "<tbody><tr class=\"section\"><th colspan=\"{}\">{}</th></tr>"
	    "\n",
	    span, section_title(model, id));
}

static void put_matrix(const struct model *model, FILE *out)
{
	const struct backend **columns = arena_take(
		model->arena, (model->backend_count + 1) * sizeof(*columns));
	size_t count = checked_backends(model, columns);
	const struct kase *const *clauses;
	size_t clause_count = verdict_clauses(model, &clauses);

	fputs("<div class=\"scroll\"><table class=\"matrix\" id=\"t_matrix\">"
	      "<caption>Clauses and back-ends</caption>"
	      "<thead><tr><th scope=\"col\">Clause</th>"
	      "<th scope=\"col\">Level</th>",
	      out);
	for (size_t i = 0; i < count; i++)
		put(out, "<th scope=\"col\">{}</th>", columns[i]->name);
	fputs("</tr></thead>\n", out);
	for (size_t i = 0; i < clause_count; i++) {
		if (i == 0 || !same_section(clauses[i]->id, clauses[i - 1]->id))
			put_section_head(out, model, clauses[i]->id, count);
		put_clause(model, out, clauses[i], columns, count);
		if (i + 1 == clause_count ||
		    !same_section(clauses[i]->id, clauses[i + 1]->id))
			fputs("</tbody>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *text)
{
	if (*text)
		put(out, "<dt>{}</dt><dd>{}</dd>", name, text);
}

static void put_evidence(const struct model *model, FILE *out,
			 const struct kase *kase)
{
	const struct verdict_words *words = verdict_find(kase->verdict);

	put(out, "<details id=\"{}\"><summary>", evidence_id(model, kase));
	put_verdict(out, words);
	put(out, " <code>{}</code> {} <span>{}: {}</span></summary><dl>",
	    kase->id, kase->backend->name, words->word, kase->title);
	put_fact(out, "Requirement", kase->requirement);
	put_fact(out, "Expected", kase->expected);
	put_fact(out, "Observed", kase->observed);
	put_fact(out, "Reason", kase->reason);
	if (kase->runs > 1)
		put_fact(out, "Passed",
			 arena_print(model->arena, "%u of %u times",
				     kase->passes, kase->runs));
	if (isfinite(kase->duration_ns))
		put_fact(out, "Duration",
			 unit_time(model->arena, kase->duration_ns));
	put_fact(out, "Source", kase->source);
	if (*kase->reproduce)
		put(out, "<dt>Reproduce</dt><dd><code>{}</code></dd>",
		    kase->reproduce);
	fputs("</dl></details>\n", out);
}

static void put_all_evidence(const struct model *model, FILE *out)
{
	bool head = false;

	for (size_t i = 0; i < model->case_count; i++) {
		if (!has_evidence(&model->cases[i]))
			continue;
		if (!head)
			fputs("<h3>Evidence</h3>\n<div class=\"evidence\">\n",
			      out);
		head = true;
		put_evidence(model, out, &model->cases[i]);
	}
	if (head)
		fputs("</div>\n", out);
}

bool slot_conformance(struct page *page)
{
	struct table *scores = scores_table(page->model);

	if (!scores)
		return false;
	if (!page->out)
		return true;
	page_table(page->out, scores);
	put_legend(page->model, page->out);
	fputs("<div class=\"tools\" hidden=\"hidden\" data-for=\"t_matrix\">"
	      "<label>Find <input type=\"search\" size=\"18\"/></label>"
	      "<button type=\"button\" data-rows=\"all\" "
	      "aria-pressed=\"true\">All clauses</button>"
	      "<button type=\"button\" data-rows=\"differs\" "
	      "aria-pressed=\"false\">Only where they differ</button>"
	      "<button type=\"button\" data-rows=\"notpassed\" "
	      "aria-pressed=\"false\">Only what did not pass</button></div>\n",
	      page->out);
	put_matrix(page->model, page->out);
	put_all_evidence(page->model, page->out);
	return true;
}
