/* SPDX-License-Identifier: MIT */
/* Conformance: letters, scores, conclusions. */
#include "verdicts.h"

#include <string.h>

const struct verdict_text verdict_table[] = {
	{"P", "✓", "pass", "what the clause asks was seen", VERDICT_GOOD},
	{"S", "✓", "pass, with a note",
	 "holds, but a recommendation of the clause is not met", VERDICT_GOOD},
	{"F", "✗", "fail", "what was seen is not what the clause asks",
	 VERDICT_BAD},
	{"C", "✗", "crash", "a signal ended the process", VERDICT_BAD},
	{"T", "✗", "timeout", "it was still running at the time limit",
	 VERDICT_BAD},
	{"D", "✗", "undeclared support",
	 "declared unsupported, yet it works or silently does nothing",
	 VERDICT_BAD},
	{"X", "✗", "known failure", "fails, and is listed as a known failure",
	 VERDICT_BAD},
	{"U", "–", "unsupported", "declared unsupported, and proved to refuse",
	 VERDICT_DECLARED},
	{"L", "?", "host limit",
	 "a limit of this host kept it from being decided", VERDICT_OPEN},
	{"E", "?", "harness error", "the harness itself failed", VERDICT_OPEN},
	{"N", "?", "not run", "it was not run", VERDICT_OPEN},
	{"d", "≠", "differs", "CPython differs here, and that is wanted",
	 VERDICT_DECLARED},
	{NULL, NULL, NULL, NULL, VERDICT_OPEN},
};

const struct verdict_text *verdict_find(const char *letter)
{
	const struct verdict_text *words = verdict_table;

	while (words->letter && strcmp(words->letter, letter))
		words++;
	return words->letter ? words : verdict_find("E");
}

static void count(struct score *score, const struct kase *kase)
{
	score->total++;
	switch (verdict_find(kase->verdict)->kind) {
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

struct score verdict_section_score(const struct model *model,
				   const struct backend *backend,
				   const char *id)
{
	struct score score = {0};

	for (size_t i = 0; i < model->case_count; i++)
		if (model->cases[i].backend == backend &&
		    verdict_same_section(model->cases[i].id, id))
			count(&score, &model->cases[i]);
	return score;
}

/* In the order of the catalogue. */
static const char *const sections[][2] = {
	{"G", "Everything"},
	{"Q", "Queue"},
	{"JQ", "JoinableQueue"},
	{"SQ", "SimpleQueue"},
	{"P", "Pipe, Connection, Listener"},
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
	{"X", "Crashes, leftovers, names, limits"},
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

/* "Q" of "Q-PUT-01". */
static size_t section_length(const char *id)
{
	return strcspn(id, "-");
}

static size_t section_rank(const char *id)
{
	size_t length = section_length(id), rank = 0;

	while (rank < SECTION_COUNT && (strlen(sections[rank][0]) != length ||
					strncmp(sections[rank][0], id, length)))
		rank++;
	return rank;
}

bool verdict_same_section(const char *a, const char *b)
{
	return section_length(a) == section_length(b) &&
	       !strncmp(a, b, section_length(a));
}

const char *verdict_section_title(const struct model *model, const char *id)
{
	size_t rank = section_rank(id);

	if (rank < SECTION_COUNT)
		return sections[rank][1];
	return pool_print(model->mem_pool, "%.*s", (int)section_length(id), id);
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
	struct score beyond = verdict_score(model, backend, "BEYOND");

	if (core.total + optional.total + beyond.total == 0)
		return "not checked";
	if (core.bad || optional.bad)
		return "non-conformant";
	if (core.open || optional.open || !check_complete(model))
		return "incomplete";
	return core.total ? "conformant" : "not judged";
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

/* Several files, or one run in a shuffled order, may mix the sections. */
static void sort_by_section(const struct kase **list, size_t length)
{
	for (size_t i = 1; i < length; i++) {
		const struct kase *kase = list[i];
		size_t rank = section_rank(kase->id), at = i;

		for (; at > 0 && section_rank(list[at - 1]->id) > rank; at--)
			list[at] = list[at - 1];
		list[at] = kase;
	}
}

size_t verdict_clauses(const struct model *model,
		       const struct kase *const **ret_clauses)
{
	const struct kase **list = pool_alloc(
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
