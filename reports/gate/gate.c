/* SPDX-License-Identifier: MIT */
/* What all parts of a gate run use. */
#include "gate.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "reports/cliutil/cli.h"

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
