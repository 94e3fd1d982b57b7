/* SPDX-License-Identifier: MIT */
/* Conformance: what letters mean, and what a column of them comes to. */
#ifndef IPCMARK_REPORTS_MODEL_VERDICTS_H
#define IPCMARK_REPORTS_MODEL_VERDICTS_H

#include "model.h"

enum verdict_kind { VERDICT_GOOD, VERDICT_DECLARED, VERDICT_OPEN, VERDICT_BAD };

struct verdict_text {
	const char *letter;
	/** A sign that needs no colour to be told apart. */
	const char *sign;
	const char *word;
	const char *meaning;
	enum verdict_kind kind;
};

/** All letters, in the order of a legend; ended by a NULL letter. */
extern const struct verdict_text verdict_table[];

/** Never NULL: an unknown letter counts as an engine error. */
const struct verdict_text *verdict_find(const char *letter);

struct score {
	size_t good, bad, open, declared, total;
};

struct score verdict_score(const struct model *model,
			   const struct backend *backend, const char *level);

/** The same over the section that a clause belongs to, all levels. */
struct score verdict_section_score(const struct model *model,
				   const struct backend *backend,
				   const char *id);

/** "Queue" for "Q-PUT-01". */
const char *verdict_section_title(const struct model *model, const char *id);
/** Clauses of one object stand together: "Q-PUT-01" and "Q-GET-02". */
bool verdict_same_section(const char *a, const char *b);

/** The back-ends that were checked, fakes included, in their order. */
size_t verdict_backends(const struct model *model,
			const struct backend *const **ret_list);

/** "conformant", "incomplete", "non-conformant", "not judged" (no CORE clause
 *  was selected) or "not checked". */
const char *verdict_conclusion(const struct model *model,
			       const struct backend *backend);

/** The case of a clause on a back-end; NULL if there is none. */
const struct kase *verdict_case(const struct model *model, const char *id,
				const struct backend *backend);

/** Distinct clauses, section by section, in file order within each: one case
 *  of each stands for it. */
size_t verdict_clauses(const struct model *model,
		       const struct kase *const **ret_clauses);

#endif
