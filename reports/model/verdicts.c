/* SPDX-License-Identifier: MIT */
/* Conformance: letters, scores, conclusions. */
#include "verdicts.h"

#include <string.h>

static void count(struct score *score, const struct outcome *outcome)
{
	score->total++;
	switch (verdict_find(outcome->verdict)->kind) {
	case VERDICT_GOOD:
		score->good++;
		break;
	case VERDICT_DECLARED:
		score->declared++;
		break;
	case VERDICT_OPEN:
		score->open++;
		break;
	case VERDICT_BAD:
		score->bad++;
		break;
	}
}

struct score verdict_score(const struct model *model,
			   const struct backend *backend, const char *level)
{
	struct score score = {0};

	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend &&
		    !strcmp(model->cases[i].level, level))
			count(&score, &model->cases[i]);
	return score;
}

const char *const verdict_levels[] = {"CORE", "OPTIONAL", "BEYOND"};

const char *verdict_score_text(const struct model *model,
			       const struct backend *backend, const char *level)
{
	struct score score = verdict_score(model, backend, level);
	size_t most = score.total;
	const char *text = "-";

	if (!strcmp(level, "OPTIONAL"))
		most -= score.declared;
	if (score.total)
		text = pool_print(model->mem_pool, "%zu/%zu", score.good, most);
	if (score.declared)
		text = pool_print(model->mem_pool, "%s (%zu U)", text,
				  score.declared);
	return text;
}

static json_t *score_json(const struct score *score)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "passed",
			 (json_int_t)score->good, "red", (json_int_t)score->bad,
			 "unsupported", (json_int_t)score->declared, "open",
			 (json_int_t)score->open, "total",
			 (json_int_t)score->total);
}

json_t *verdict_scores_json(const struct model *model)
{
	const struct backend *const *list;
	size_t count = verdict_backends(model, &list);
	json_t *scores = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_pack("{s:s,s:s}", "backend", list[i]->name,
					  "conclusion",
					  verdict_conclusion(model, list[i]));

		for (int level = 0; level < VERDICT_LEVELS; level++) {
			struct score score = verdict_score(
				model, list[i], verdict_levels[level]);

			json_object_set_new(entry, verdict_levels[level],
					    score_json(&score));
		}
		json_array_append_new(scores, entry);
	}
	return scores;
}

const char *verdict_legend(const struct model *model)
{
	const char *legend = "";

	for (const struct verdict_text *words = verdict_table; words->letter;
	     words++)
		if (verdict_is_used(model, words->letter))
			legend = pool_print(model->mem_pool, "%s%s%s %s",
					    legend, *legend ? ", " : "",
					    words->letter, words->word);
	return legend;
}

struct score verdict_section_score(const struct model *model,
				   const struct backend *backend,
				   const char *id)
{
	struct score score = {0};

	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend &&
		    section_same(model->cases[i].id, id))
			count(&score, &model->cases[i]);
	return score;
}

const char *verdict_section_title(const struct model *model, const char *id)
{
	const char *title = section_title(id);

	if (title)
		return title;
	return pool_print(model->mem_pool, "%.*s", (int)strcspn(id, "-"), id);
}

size_t verdict_backends(const struct model *model,
			const struct backend *const **ret_list)
{
	const struct backend **list = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*list));
	size_t found = 0;

	for (size_t i = 0; i < model->backend_count; i++)
		if (strcmp(verdict_conclusion(model, model->backends[i]),
			   "not checked"))
			list[found++] = model->backends[i];
	*ret_list = list;
	return found;
}

bool verdict_interrupted(const struct model *model)
{
	for (size_t i = 0; i < model->run_count; i++)
		if (!strcmp(model->runs[i].verb, "check") &&
		    !model->runs[i].complete)
			return true;
	return false;
}

bool verdict_needs_evidence(const struct outcome *outcome)
{
	return verdict_find(outcome->verdict)->kind == VERDICT_BAD ||
	       !strcmp(outcome->verdict, "E");
}

bool verdict_is_used(const struct model *model, const char *letter)
{
	for (size_t i = 0; i < model->reference_count; i++)
		if (!strcmp(model->reference[i].verdict, letter))
			return true;
	for (size_t i = 0; i < model->case_count; i++)
		if (!strcmp(model->cases[i].verdict, letter))
			return true;
	return false;
}

const char *verdict_conclusion(const struct model *model,
			       const struct backend *backend)
{
	struct score core = verdict_score(model, backend, "CORE");
	struct score optional = verdict_score(model, backend, "OPTIONAL");
	struct score beyond = verdict_score(model, backend, "BEYOND");

	if (core.total + optional.total + beyond.total == 0)
		return "not checked";
	if (core.bad || optional.bad)
		return "non-conformant";
	if (core.open || optional.open || verdict_interrupted(model))
		return "incomplete";
	return core.total ? "conformant" : "not judged";
}

const struct outcome *verdict_case(const struct model *model, const char *id,
				   const struct backend *backend)
{
	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend &&
		    !strcmp(model->cases[i].id, id))
			return &model->cases[i];
	return NULL;
}

/* Several files, or one run in a shuffled order, may mix the sections. */
static void sort_by_section(const struct outcome **list, size_t length)
{
	for (size_t i = 1; i < length; i++) {
		const struct outcome *outcome = list[i];
		size_t rank = section_rank(outcome->id), at = i;

		for (; at > 0 && section_rank(list[at - 1]->id) > rank; at--)
			list[at] = list[at - 1];
		list[at] = outcome;
	}
}

size_t verdict_clauses(const struct model *model,
		       const struct outcome *const **ret_clauses)
{
	const struct outcome **list = pool_alloc(
		model->mem_pool, (model->case_count + 1) * sizeof(*list));
	size_t found = 0;

	for (size_t i = 0; i < model->case_count; i++) {
		bool known = false;

		for (size_t j = 0; j < found && !known; j++)
			known = !strcmp(list[j]->id, model->cases[i].id);
		if (!known)
			list[found++] = &model->cases[i];
	}
	sort_by_section(list, found);
	*ret_clauses = list;
	return found;
}
