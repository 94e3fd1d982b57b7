/* SPDX-License-Identifier: MIT */
/* Conformance: letters, scores, conclusions. */
#include "model/verdicts.h"

#include <string.h>

const struct verdict_words verdict_table[] = {
	{"P", "✓", "pass", "what the clause asks was seen", VERDICT_GOOD},
	{"S", "✓", "pass, with a note",
	 "holds, but a recommendation of the clause is not met", VERDICT_GOOD},
	{"F", "✗", "fail", "what was seen is not what the clause asks",
	 VERDICT_BAD},
	{"C", "✗", "crash", "a signal ended the process", VERDICT_BAD},
	{"T", "✗", "timeout", "it was still running at the time limit",
	 VERDICT_BAD},
	{"u!", "✗", "dishonest",
	 "declared unsupported, yet it works or silently does nothing",
	 VERDICT_BAD},
	{"X", "✗", "known failure", "fails, and is listed as a known failure",
	 VERDICT_BAD},
	{"U", "–", "unsupported", "declared unsupported, and proved to refuse",
	 VERDICT_DECLARED},
	{"L", "?", "host limit",
	 "a limit of this host kept it from being decided", VERDICT_OPEN},
	{"E", "?", "engine error", "the suite itself failed", VERDICT_OPEN},
	{"N", "?", "not run", "it was not run", VERDICT_OPEN},
	{NULL, NULL, NULL, NULL, VERDICT_OPEN},
};

const struct verdict_words *verdict_find(const char *letter)
{
	const struct verdict_words *words = verdict_table;

	while (words->letter && strcmp(words->letter, letter))
		words++;
	return words->letter ? words : verdict_find("E");
}

struct score verdict_score(const struct model *model,
			   const struct backend *backend, const char *level)
{
	struct score score = {0};

	for (size_t i = 0; i < model->case_count; i++) {
		const struct kase *kase = &model->cases[i];

		if (kase->backend != backend || strcmp(kase->level, level))
			continue;
		score.total++;
		switch (verdict_find(kase->verdict)->kind) {
		case VERDICT_GOOD:
			score.good++;
			break;
		case VERDICT_DECLARED:
			score.declared++;
			break;
		case VERDICT_OPEN:
			score.open++;
			break;
		case VERDICT_BAD:
			score.bad++;
			break;
		}
	}
	return score;
}

static bool check_complete(const struct model *model)
{
	for (size_t i = 0; i < model->run_count; i++)
		if (!strcmp(model->runs[i].verb, "check") &&
		    !model->runs[i].complete)
			return false;
	return true;
}

const char *verdict_conclusion(const struct model *model,
			       const struct backend *backend)
{
	struct score core = verdict_score(model, backend, "CORE");
	struct score optional = verdict_score(model, backend, "OPTIONAL");

	if (core.total == 0)
		return "not checked";
	if (core.bad || optional.bad)
		return "non-conformant";
	if (core.open || optional.open || !check_complete(model))
		return "incomplete";
	return "conformant";
}

const struct kase *verdict_case(const struct model *model, const char *id,
				const struct backend *backend)
{
	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend &&
		    !strcmp(model->cases[i].id, id))
			return &model->cases[i];
	return NULL;
}

size_t verdict_clauses(const struct model *model,
		       const struct kase *const **ret_clauses)
{
	const struct kase **list = arena_take(
		model->arena, (model->case_count + 1) * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < model->case_count; i++) {
		bool known = false;

		for (size_t j = 0; j < count && !known; j++)
			known = !strcmp(list[j]->id, model->cases[i].id);
		if (!known)
			list[count++] = &model->cases[i];
	}
	*ret_clauses = list;
	return count;
}
