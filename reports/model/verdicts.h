/* SPDX-License-Identifier: MIT */
/* Conformance: what letters mean, and what a column of them comes to. */
#ifndef IPCMARK_REPORTS_MODEL_VERDICTS_H
#define IPCMARK_REPORTS_MODEL_VERDICTS_H

#include "model.h"
#include "reports/result/verdict_words.h"

struct score {
	size_t good, bad, open, declared, total;
};

struct score verdict_score(const struct model *model,
			   const struct backend *backend, const char *level);

/** "CORE", "OPTIONAL", "BEYOND". */
enum { VERDICT_LEVELS = 3 };
extern const char *const verdict_levels[VERDICT_LEVELS];

/** passed/total; at OPTIONAL passed/supported; what is unsupported stands
 *  behind it as "(2 U)". "-" if no clause of the level was selected. */
const char *verdict_score_text(const struct model *model,
			       const struct backend *backend,
			       const char *level);

/** The scores and conclusions of all back-ends as "scores" of a result file;
 *  new reference. */
json_t *verdict_scores_json(const struct model *model);

/** Is it against the back-end or the harness, so that people want to see what
 *  was expected and observed, and the command that runs it again? */
bool verdict_needs_evidence(const struct outcome *outcome);

/** Was a check interrupted? */
bool verdict_interrupted(const struct model *model);

/** "P pass, F fail": what the letters of the matrix mean. */
const char *verdict_legend(const struct model *model);

/** Is a letter in the matrix, reference column included? */
bool verdict_is_used(const struct model *model, const char *letter);

/** The same over the section that a clause belongs to, all levels. */
struct score verdict_section_score(const struct model *model,
				   const struct backend *backend,
				   const char *id);

/** "Queue" for "Q-PUT-01". */
const char *verdict_section_title(const struct model *model, const char *id);

/** The back-ends that were checked, fakes included, in their order. */
size_t verdict_backends(const struct model *model,
			const struct backend *const **ret_list);

/** "conformant", "incomplete", "non-conformant", "not judged" (no CORE clause
 *  was selected) or "not checked". */
const char *verdict_conclusion(const struct model *model,
			       const struct backend *backend);

/** The case of a clause on a back-end; NULL if there is none. */
const struct outcome *verdict_case(const struct model *model, const char *id,
				   const struct backend *backend);

/** Distinct clauses, section by section, in file order within each: one case
 *  of each stands for it. */
size_t verdict_clauses(const struct model *model,
		       const struct outcome *const **ret_clauses);

#endif
