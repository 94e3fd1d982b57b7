/* SPDX-License-Identifier: MIT */
/* The counting passes of a run, before its repetitions. */
#include "count_cells.h"

#include <math.h>
#include <stdio.h>

#include "bench/counters/count_run.h"
#include "reports/cliutil/interrupt.h"

/* Only what was proved is counted; the cell's own verdict stays. */
static bool is_counted(const struct runner *runner, const struct result *result)
{
	return result->verdict.outcome == OUTCOME_OK &&
	       counts_wants(result->cell, runner->options->length.counts);
}

static void count_cell(struct runner *runner, struct result *result,
		       struct count_state *shared)
{
	struct task task = gbench_sample_task(runner, result);
	char text[48] = "not counted";

	eta_step(&runner->progress_eta, result->cell->id, NULL, 0);
	result->counts =
		counts_take(&task, result->cell->scenario->run, shared);
	if (result->counts && isfinite(result->counts->syscalls.value))
		snprintf(text, sizeof(text), "%.4g system calls",
			 result->counts->syscalls.value);
	eta_step(&runner->progress_eta, result->cell->id, text,
		 counts_cell_s(result->cell));
}

int count_cells(struct runner *runner, struct eta_later later)
{
	struct run_facts *facts = runner->facts;
	struct count_state *shared;
	double seconds = 0;
	size_t cells = 0;

	for (size_t i = 0; i < facts->plan.count; i++) {
		if (!is_counted(runner, &facts->result[i]))
			continue;
		seconds += counts_cell_s(&facts->plan.cell[i]);
		cells++;
	}
	if (cells == 0)
		return 0;
	shared = count_state_create();
	if (!shared)
		return -1;
	eta_begin(&runner->progress_eta, cells, seconds, later);
	for (size_t i = 0; i < facts->plan.count && !interrupt_requested; i++)
		if (is_counted(runner, &facts->result[i]))
			count_cell(runner, &facts->result[i], shared);
	progress_end();
	count_state_destroy(shared);
	return 0;
}
