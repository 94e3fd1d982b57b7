/* SPDX-License-Identifier: MIT */
/*
 * The Markdown report of `ipcmark selftest mutants`: every fault, the clause
 * that caught it, and what it saw.
 */
#include <string.h>

#include "reports/result/escape.h"
#include "mutants.h"
#include "selftest.h"

static const char *summary_of(const char *fault)
{
	for (size_t i = 0; mutants_name(i); i++) {
		if (strcmp(mutants_name(i), fault) == 0)
			return mutants_summary(i);
	}
	return "";
}

static void row(FILE *to, const struct trial *trial)
{
	static const char *const words[OUTCOME_COUNT] = {
		"not run",	   "caught",
		"**escaped**",	   "**the clause is red without it**",
		"not judged here", "**the run failed**"};
	const struct task *task = trial->task;

	(void)fprintf(to, "| %s | ", trial->row->fault);
	escape_markdown(to, summary_of(trial->row->fault));
	(void)fprintf(to, " | %s | ", trial->row->clause);
	escape_markdown(to, trial->row->backend);
	(void)fprintf(to, " | %s%s%s | ", words[trial->outcome],
		      task->verdict[0] ? ", " : "", task->verdict);
	if (trial->outcome == OUTCOME_CAUGHT) {
		(void)fprintf(to, "wanted: ");
		escape_markdown(to, task->expected);
		(void)fprintf(to, "; saw: ");
		escape_markdown(to, task->observed);
	}
	(void)fprintf(to, " |\n");
}

void selftest_report(FILE *to, const struct trials *trials)
{
	(void)fprintf(to, "# Injected faults and what caught them\n\n"
			  "| Fault | What it does | Clause | Back-end "
			  "| Outcome | What the clause saw |\n"
			  "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < trials->count; i++)
		row(to, &trials->trial[i]);
	(void)fprintf(to,
		      "\n%zu injected: %u caught, %u escaped, %u on a clause "
		      "that is red anyway, %u not judged here, %u not "
		      "run.\n",
		      trials->count, trials->outcomes[OUTCOME_CAUGHT],
		      trials->outcomes[OUTCOME_ESCAPED],
		      trials->outcomes[OUTCOME_PROVES_NOTHING],
		      trials->outcomes[OUTCOME_NOT_JUDGED],
		      trials->outcomes[OUTCOME_NOT_RUN] +
			      trials->outcomes[OUTCOME_BROKEN]);
}
