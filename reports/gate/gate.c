/* SPDX-License-Identifier: MIT */
/* What all parts of a gate run use, and its exit code. */
#include "gate.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"

void gate_doubt(struct gate *gate, const char *reason)
{
	if (gate->doubt_count < sizeof(gate->doubts) / sizeof(*gate->doubts))
		gate->doubts[gate->doubt_count++] = reason;
}

struct gate_row *gate_row(struct gate *gate, const char *id)
{
	for (size_t i = 0; i < gate->row_count; i++)
		if (!strcmp(gate->rows[i].id, id))
			return &gate->rows[i];
	if (gate->row_count == GATE_ROWS_MAX)
		cli_refuse("at most %d rows; choose fewer with --filter",
			   GATE_ROWS_MAX);
	gate->rows[gate->row_count] = (struct gate_row){
		.id = pool_copy(gate->mem_pool, id),
		.verdict = GATE_INCONCLUSIVE,
		.interval = {(double)NAN, (double)NAN, (double)NAN}};
	return &gate->rows[gate->row_count++];
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void gate_begin(struct gate *gate)
{
	gate->rows =
		pool_alloc(gate->mem_pool, GATE_ROWS_MAX * sizeof(*gate->rows));
	gate->begun_ns = now_ns();
}

double gate_seconds(const struct gate *gate)
{
	return (double)(now_ns() - gate->begun_ns) / 1e9;
}

void gate_tell(const struct gate *gate, const char *format, ...)
{
	va_list arguments;

	if (gate->quiet)
		return;
	fprintf(stderr, "ipcmark gate: %3.0f s: ", gate_seconds(gate));
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

size_t gate_rows_with(const struct gate *gate, enum gate_verdict verdict)
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
		for (size_t j = 0; j < gate->rows[i].count_count; j++)
			found += gate->rows[i].counts[j].change == change;
	return found;
}

/* Counts are exact, whatever the host did meanwhile; times are not. */
int gate_exit_code(const struct gate *gate)
{
	size_t judged = gate_counts_with(gate, COUNT_SAME) +
			gate_counts_with(gate, COUNT_FELL) +
			gate_rows_with(gate, GATE_NO_REGRESSION) +
			gate_rows_with(gate, GATE_IMPROVED);

	if (gate->same_code)
		return EXIT_PASS;
	if (gate_counts_with(gate, COUNT_ROSE))
		return EXIT_VERDICT;
	if (gate->doubt_count)
		return EXIT_NO_VERDICT;
	if (gate_rows_with(gate, GATE_REGRESSED))
		return EXIT_VERDICT;
	return judged ? EXIT_PASS : EXIT_NO_VERDICT;
}
