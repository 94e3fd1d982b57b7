/* SPDX-License-Identifier: MIT */
/*
 * Checks of times: a known delay must be measured, two equal columns must come
 * out the same, a slower one slower. Columns are taken in turns; beside each
 * there is a control, the same as the first, which tells noise from a fault.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "selftest.h"
#include "bench/stats/stats.h"

/* Short, so that many fit between two turns of somebody else. */
#define SAMPLE_NS     (2 * NS_PER_MS)
#define TRIES_A_ROUND 4
#define ATTEMPTS      3
#define MESSAGES_MIN  50
/* A delay is measured when it is within the larger of these. */
#define SHARE_ALLOWED 0.05
#define NS_ALLOWED    200.0
#define SLOWER_BY     0.2
/* A control that is wider than half the difference to be seen sees nothing. */
#define CONTROL_WIDTH 0.1

enum { BASE, CONTROL, CHANGED };

static double value_of(const struct meter_cell *cell,
		       const struct sample *sample)
{
	if (strcmp(cell->axes.scenario, "roundtrip"))
		return (double)sample->elapsed_ns / (double)sample->iterations;
	return isfinite(sample->value[METRIC_RTT])
		       ? sample->value[METRIC_RTT]
		       : sample->value[METRIC_RTT_MEAN];
}

uint64_t meter_iterations(const struct meter *meter,
			  const struct meter_cell *cell, int64_t sample_ns,
			  int64_t extra_ns)
{
	struct sample sample = meter_sample(meter, cell, 1000, false);
	double each = (double)extra_ns, count;

	if (sample.verdict.outcome == OUTCOME_OK)
		each += (double)sample.elapsed_ns / 1000;
	count = (double)sample_ns / (each > 1 ? each : 1);
	return count < MESSAGES_MIN ? MESSAGES_MIN : (uint64_t)count;
}

/* @return whether nobody else had the CPU meanwhile, and all went well */
static bool take_one(const struct meter *meter, const struct meter_cell *cell,
		     struct meter_columns *columns, unsigned column,
		     unsigned round)
{
	struct sample sample;

	fake_set(columns->act[column], columns->amount[column]);
	sample = meter_sample(meter, cell, columns->iterations, false);
	fake_set(FAKE_NOTHING, 0);
	if (sample.verdict.outcome != OUTCOME_OK) {
		columns->verdict = sample.verdict;
		return false;
	}
	columns->value[column][round] = value_of(cell, &sample);
	return meter_cpu_share(meter, &sample) >= METER_CPU_SHARE;
}

/* Who is first changes: what comes second must not gain or lose by it. */
static bool take_round(const struct meter *meter, const struct meter_cell *cell,
		       struct meter_columns *columns, unsigned try)
{
	unsigned turn = try % METER_COLUMNS;
	bool calm = true;

	for (unsigned i = 0; i < METER_COLUMNS && calm; i++) {
		unsigned column = (i + turn) % METER_COLUMNS;

		if (try / METER_COLUMNS % 2)
			column = METER_COLUMNS - 1 - column;
		calm = take_one(meter, cell, columns, column, columns->rounds);
	}
	return calm;
}

void meter_columns_take(const struct meter *meter,
			const struct meter_cell *cell,
			struct meter_columns *columns)
{
	unsigned tries = meter->rounds * TRIES_A_ROUND;

	columns->rounds = 0;
	columns->verdict.outcome = OUTCOME_OK;
	for (unsigned try = 0; try < tries && columns->rounds < meter->rounds &&
			       columns->verdict.outcome == OUTCOME_OK;
	     try++)
		columns->rounds += take_round(meter, cell, columns, try);
	columns->disturbed = columns->rounds < meter->rounds;
}

static struct stats_summary differences(const struct meter_columns *columns,
					unsigned column)
{
	double value[METER_ROUNDS_MAX];

	for (unsigned i = 0; i < columns->rounds; i++)
		value[i] = columns->value[column][i] - columns->value[BASE][i];
	return stats_summarize(value, columns->rounds);
}

static struct stats_summary ratios(const struct meter_columns *columns,
				   unsigned column)
{
	double value[METER_ROUNDS_MAX];

	for (unsigned i = 0; i < columns->rounds; i++)
		value[i] = columns->value[column][i] / columns->value[BASE][i];
	return stats_summarize(value, columns->rounds);
}

/* ---- a known delay ---- */

struct delay {
	const char *iface, *backend, *scenario;
	int64_t ns;
	/** Sends in what is timed. */
	unsigned sends;
	bool full;
};

/* One attempt. The control decides whether a miss is the machine's. */
static enum meter_mark try_delay(const struct meter *meter,
				 const struct meter_cell *cell,
				 const struct delay *delay,
				 double *ret_measured, double *ret_control)
{
	struct meter_columns columns = {
		.act = {FAKE_NOTHING, FAKE_NOTHING, FAKE_SPIN},
		.amount = {0, 0, delay->ns},
	};
	double wanted = (double)delay->ns * delay->sends;
	double allowed = fmax(NS_ALLOWED, wanted * SHARE_ALLOWED);
	struct stats_summary control;

	columns.iterations =
		meter_iterations(meter, cell, SAMPLE_NS, (int64_t)wanted);
	meter_columns_take(meter, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return METER_FAILED;
	/* what an attempt before this one measured stays to be seen */
	if (columns.disturbed)
		return METER_BUSY;
	control = differences(&columns, CONTROL);
	*ret_measured = differences(&columns, CHANGED).median;
	*ret_control = control.median;
	if (fabs(*ret_measured - wanted) <= allowed)
		return METER_OK;
	return control.ci_hi - control.ci_lo > allowed ? METER_BUSY
						       : METER_FAILED;
}

static void check_delay(struct meter *meter, const struct delay *delay)
{
	double measured = NAN, control = NAN;
	enum meter_mark mark = METER_FAILED;
	struct meter_cell cell;
	unsigned failed = 0;
	char name[64], title[128];

	if (!meter_cell_find(delay->iface, delay->backend, delay->scenario,
			     &cell))
		return;
	snprintf(title, sizeof(title), "delay %lld ns%s, %s",
		 (long long)delay->ns, delay->sends > 1 ? " twice" : "",
		 meter_cell_name(&cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	cell.backend = fake_around(cell.backend);
	for (int i = 0; i < ATTEMPTS && mark != METER_OK; i++) {
		mark = try_delay(meter, &cell, delay, &measured, &control);
		failed += mark == METER_FAILED;
	}
	mark = meter_conclude(mark, failed);
	if (isfinite(measured))
		meter_say(meter, mark, title,
			  "measured %.0f ns (control %+.0f)", measured,
			  control);
	else
		meter_say(meter, mark, title, "no calm samples");
}

void meter_check_delays(struct meter *meter)
{
	static const struct delay delays[] = {
		{"queue", "null", "alternate", 1000, 1, false},
		{"queue", "null", "alternate", 20000, 1, false},
		{"queue", "shm_ring", "alternate", 1000, 1, false},
		{"queue", "pipe", "alternate", 1000, 1, false},
		{"pipe", "pipe", "alternate", 5000, 1, false},
		{"queue", "shm_ring", "roundtrip", 20000, 2, false},
		{"pipe", "socketpair", "roundtrip", 20000, 2, false},
		{"queue", "socketpair", "alternate", 5000, 1, true},
		{"queue", "sysv_msg", "alternate", 5000, 1, true},
		{"queue", "posix_mq", "alternate", 5000, 1, true},
		{"queue", "sysv_msg", "roundtrip", 20000, 2, true},
		{"queue", "posix_mq", "roundtrip", 20000, 2, true},
	};

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		if (!meter->quick || !delays[i].full)
			check_delay(meter, &delays[i]);
}

/* ---- the same, and not the same ---- */

static bool holds_one(const struct stats_summary *ratio)
{
	return ratio->ci_lo <= 1 && ratio->ci_hi >= 1;
}

static enum meter_mark try_equal(const struct meter *meter,
				 const struct meter_cell *cell,
				 struct stats_summary *ret_ratio)
{
	struct meter_columns columns = {.rounds = 0};

	columns.iterations = meter_iterations(meter, cell, SAMPLE_NS, 0);
	meter_columns_take(meter, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return METER_FAILED;
	if (columns.disturbed)
		return METER_BUSY;
	*ret_ratio = ratios(&columns, CHANGED);
	return holds_one(ret_ratio) ? METER_OK : METER_FAILED;
}

/* The interval misses 1 by chance once in 1 / (1 - level); asked for twice in
 * a row that is its square. */
static void check_equal(struct meter *meter, const struct meter_cell *cell)
{
	struct stats_summary ratio = {.n = 0};
	enum meter_mark mark = METER_FAILED;
	unsigned failed = 0;
	char name[64], title[128];

	snprintf(title, sizeof(title), "the same twice, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	for (int i = 0;
	     i < ATTEMPTS && mark != METER_OK && failed < METER_FAILURES; i++) {
		mark = try_equal(meter, cell, &ratio);
		failed += mark == METER_FAILED;
	}
	mark = meter_conclude(mark, failed);
	if (ratio.n)
		meter_say(
			meter, mark, title,
			"ratio %.3f, interval %.3f to %.3f (false alarm %.2g, "
			"asked twice)",
			ratio.median, ratio.ci_lo, ratio.ci_hi,
			pow(1 - ratio.ci_level, METER_FAILURES));
	else
		meter_say(meter, mark, title, "no calm samples");
}

static enum meter_mark try_slower(const struct meter *meter,
				  const struct meter_cell *cell,
				  struct stats_summary *ret_ratio,
				  struct stats_summary *ret_control)
{
	struct meter_columns columns = {.act[CHANGED] = FAKE_SPIN};
	double each;

	columns.iterations = meter_iterations(meter, cell, SAMPLE_NS, 0);
	each = (double)SAMPLE_NS / (double)columns.iterations;
	columns.amount[CHANGED] = (int64_t)(each * SLOWER_BY);
	meter_columns_take(meter, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return METER_FAILED;
	if (columns.disturbed)
		return METER_BUSY;
	*ret_ratio = ratios(&columns, CHANGED);
	*ret_control = ratios(&columns, CONTROL);
	if (ret_ratio->ci_lo > 1)
		return METER_OK;
	return ret_control->ci_hi - ret_control->ci_lo > CONTROL_WIDTH
		       ? METER_BUSY
		       : METER_FAILED;
}

static void check_slower(struct meter *meter, struct meter_cell *cell)
{
	struct stats_summary ratio = {.n = 0}, control = {.n = 0};
	enum meter_mark mark = METER_FAILED;
	unsigned failed = 0;
	char name[64], title[128];

	snprintf(title, sizeof(title), "20 %% slower, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	cell->backend = fake_around(cell->backend);
	for (int i = 0; i < ATTEMPTS && mark != METER_OK; i++) {
		mark = try_slower(meter, cell, &ratio, &control);
		failed += mark == METER_FAILED;
	}
	mark = meter_conclude(mark, failed);
	if (ratio.n)
		meter_say(meter, mark, title,
			  "ratio %.3f, interval %.3f to %.3f (control %.3f to "
			  "%.3f)",
			  ratio.median, ratio.ci_lo, ratio.ci_hi, control.ci_lo,
			  control.ci_hi);
	else
		meter_say(meter, mark, title, "no calm samples");
}

void meter_check_same(struct meter *meter)
{
	static const char *const cells[][3] = {
		{"queue", "shm_ring", "alternate"},
		{"queue", "pipe", "oneway"},
		{"pipe", "socketpair", "roundtrip"},
	};
	struct meter_cell cell;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (meter_cell_find(cells[i][0], cells[i][1], cells[i][2],
				    &cell))
			check_equal(meter, &cell);
	if (meter_cell_find("queue", "pipe", "alternate", &cell))
		check_slower(meter, &cell);
}
