/* SPDX-License-Identifier: MIT */
/* Verdicts of rows and of the run; see verdict.h. */
#include "verdict.h"

#include "reports/cliutil/exit_code.h"

static size_t row_counts_with(const struct gate_row *row,
			      enum count_change change)
{
	size_t found = 0;

	for (size_t i = 0; i < row->count_count; i++)
		found += row->counts[i].change == change;
	return found;
}

bool gate_row_rose(const struct gate_row *row)
{
	return row_counts_with(row, COUNT_ROSE) > 0;
}

static enum gate_verdict by_counts(const struct gate_row *row)
{
	if (gate_row_rose(row))
		return GATE_REGRESSED;
	if (row_counts_with(row, COUNT_FELL))
		return GATE_IMPROVED;
	if (row_counts_with(row, COUNT_SAME))
		return GATE_NO_REGRESSION;
	return row->count_count ? GATE_INCONCLUSIVE : GATE_NOT_COMPARED;
}

static enum gate_verdict by_time(const struct gate *gate,
				 const struct gate_row *row)
{
	if (!row->timed)
		return GATE_NOT_COMPARED;
	return gate->doubt_count ? GATE_UNTRUSTED : row->verdict;
}

/* Counts are exact, whatever the host did meanwhile; times are not. */
enum gate_verdict gate_row_verdict(const struct gate *gate,
				   const struct gate_row *row)
{
	enum gate_verdict counts = by_counts(row), time = by_time(gate, row);

	if (counts == GATE_REGRESSED)
		return GATE_REGRESSED;
	if (row->absent)
		return GATE_NOT_COMPARED;
	if (time == GATE_NOT_COMPARED)
		return counts;
	/* one part improved, the other is shown not to be worse */
	if (time == GATE_NO_REGRESSION && counts == GATE_IMPROVED)
		return GATE_IMPROVED;
	return time;
}

size_t gate_rows_with(const struct gate *gate, enum gate_verdict verdict)
{
	size_t found = 0;

	for (size_t i = 0; i < gate->row_count; i++)
		found += gate_row_verdict(gate, &gate->rows[i]) == verdict;
	return found;
}

size_t gate_times_with(const struct gate *gate, enum gate_verdict verdict)
{
	size_t found = 0;

	for (size_t i = 0; i < gate->row_count; i++)
		found +=
			gate->rows[i].timed && gate->rows[i].verdict == verdict;
	return found;
}

size_t gate_counts_with(const struct gate *gate, enum count_change change)
{
	size_t found = 0;

	for (size_t i = 0; i < gate->row_count; i++)
		found += row_counts_with(&gate->rows[i], change);
	return found;
}

int gate_exit_code(const struct gate *gate)
{
	/* the equal counts of a row whose time is inconclusive, too */
	size_t judged = gate_counts_with(gate, COUNT_SAME) +
			gate_counts_with(gate, COUNT_FELL) +
			gate_rows_with(gate, GATE_NO_REGRESSION) +
			gate_rows_with(gate, GATE_IMPROVED);

	if (gate->same_code)
		return EXIT_PASS;
	if (gate_rows_with(gate, GATE_REGRESSED))
		return EXIT_VERDICT;
	if (gate->doubt_count)
		return EXIT_NO_VERDICT;
	return judged ? EXIT_PASS : EXIT_NO_VERDICT;
}
