/* SPDX-License-Identifier: MIT */
/*
 * Checks of times: a known delay must be measured, two equal columns must come
 * out the same, a slower one slower. Columns are taken in turns; beside each
 * there is a control, the same as the first, which tells noise from a fault.
 *
 * Other programs must not make a check fail. The delay that has to be found is
 * the one that the spins took by the clock, not the one they were told; an
 * attempt misses only if its whole interval does; and one in which other
 * processes had the CPU in some round can show that a figure is right, but not
 * that it is wrong: then it is "too busy".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "selftest.h"
#include "bench/stats/stats.h"

/* Short, so that many fit between two turns of other processes. */
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

static double value_of(const struct selftest_cell *cell,
		       const struct sample *sample)
{
	if (cell->scenario->headline != METRIC_RTT)
		return (double)sample->elapsed_ns / (double)sample->iterations;
	return isfinite(sample->value[METRIC_RTT])
		       ? sample->value[METRIC_RTT]
		       : sample->value[METRIC_RTT_MEAN];
}

uint64_t selftest_iterations(const struct selftest *selftest,
			     const struct selftest_cell *cell,
			     int64_t sample_ns, int64_t extra_ns)
{
	struct sample sample = selftest_sample(selftest, cell, 1000, false);
	double each = (double)extra_ns, count;

	if (sample.verdict.outcome == OUTCOME_OK)
		each += (double)sample.elapsed_ns / 1000;
	count = (double)sample_ns / (each > 1 ? each : 1);
	return count < MESSAGES_MIN ? MESSAGES_MIN : (uint64_t)count;
}

/* @return whether no other process had the CPU meanwhile, and all went well */
static bool take_one(const struct selftest *selftest,
		     const struct selftest_cell *cell,
		     struct selftest_columns *columns, unsigned column,
		     unsigned round)
{
	struct sample sample;

	inject(columns->act[column], columns->amount[column]);
	sample = selftest_sample(selftest, cell, columns->iterations, false);
	if (column == CHANGED)
		columns->spun_ns[round] = injected_mean_ns();
	inject(INJECT_NOTHING, 0);
	if (sample.verdict.outcome != OUTCOME_OK) {
		columns->verdict = sample.verdict;
		return false;
	}
	columns->value[column][round] = value_of(cell, &sample);
	return selftest_cpu_share(selftest, &sample) >= SELFTEST_CPU_SHARE;
}

/* The order alternates: being second must not change a figure. */
static bool take_round(const struct selftest *selftest,
		       const struct selftest_cell *cell,
		       struct selftest_columns *columns, unsigned try)
{
	unsigned turn = try % SELFTEST_COLUMNS;
	bool calm = true;

	for (unsigned i = 0; i < SELFTEST_COLUMNS && calm; i++) {
		unsigned column = (i + turn) % SELFTEST_COLUMNS;

		if (try / SELFTEST_COLUMNS % 2)
			column = SELFTEST_COLUMNS - 1 - column;
		calm = take_one(selftest, cell, columns, column,
				columns->rounds);
	}
	return calm;
}

/* Take the samples, in turns and in changing order; ns a pair or a trip. */
static void columns_take(const struct selftest *selftest,
			 const struct selftest_cell *cell,
			 struct selftest_columns *columns)
{
	unsigned tries = selftest->rounds * TRIES_A_ROUND;

	columns->rounds = columns->dropped = 0;
	columns->verdict.outcome = OUTCOME_OK;
	for (unsigned try = 0;
	     try < tries && columns->rounds < selftest->rounds &&
	     columns->verdict.outcome == OUTCOME_OK;
	     try++)
		if (take_round(selftest, cell, columns, try))
			columns->rounds++;
		else
			columns->dropped++;
	columns->disturbed = columns->rounds < selftest->rounds;
}

static struct stats_summary differences(const struct selftest_columns *columns,
					unsigned column)
{
	double value[SELFTEST_ROUNDS_MAX];

	for (unsigned i = 0; i < columns->rounds; i++)
		value[i] = columns->value[column][i] - columns->value[BASE][i];
	return stats_summarize(value, columns->rounds);
}

static struct stats_summary targets(const struct selftest_columns *columns,
				    unsigned column)
{
	double value[SELFTEST_ROUNDS_MAX];

	for (unsigned i = 0; i < columns->rounds; i++)
		value[i] = columns->value[column][i] / columns->value[BASE][i];
	return stats_summarize(value, columns->rounds);
}

/* ---- a known delay ---- */

struct delay {
	enum iface iface;
	const char *backend, *scenario;
	int64_t ns;
	/** Sends in what is timed. */
	unsigned sends;
	bool full;
};

/* The median of the trips is that of undisturbed ones, an average is not. */
static bool is_average(const struct selftest_cell *cell)
{
	return cell->scenario->headline != METRIC_RTT;
}

/* How much more than the delay was measured, round by round. */
static struct stats_summary excess(const struct selftest_columns *columns,
				   const struct selftest_cell *cell,
				   const struct delay *delay)
{
	double value[SELFTEST_ROUNDS_MAX];

	for (unsigned i = 0; i < columns->rounds; i++)
		value[i] = columns->value[CHANGED][i] -
			   columns->value[BASE][i] -
			   (is_average(cell) ? columns->spun_ns[i]
					     : (double)delay->ns) *
				   delay->sends;
	return stats_summarize(value, columns->rounds);
}

/* One attempt. The control decides whether a miss is the machine's. */
static enum selftest_mark try_delay(const struct selftest *selftest,
				    const struct selftest_cell *cell,
				    const struct delay *delay,
				    double *ret_measured, double *ret_spun,
				    double *ret_control)
{
	struct selftest_columns columns = {
		.act = {INJECT_NOTHING, INJECT_NOTHING, INJECT_SPIN},
		.amount = {0, 0, delay->ns},
	};
	double wanted = (double)delay->ns * delay->sends;
	double allowed = fmax(NS_ALLOWED, wanted * SHARE_ALLOWED);
	struct stats_summary control, more;

	columns.iterations =
		selftest_iterations(selftest, cell, SAMPLE_NS, (int64_t)wanted);
	columns_take(selftest, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return SELFTEST_FAILED;
	/* what an attempt before this one measured stays to be seen */
	if (columns.disturbed)
		return SELFTEST_BUSY;
	control = differences(&columns, CONTROL);
	more = excess(&columns, cell, delay);
	*ret_measured = differences(&columns, CHANGED).median;
	*ret_spun = *ret_measured - more.median;
	*ret_control = control.median;
	/* the spins are counted from the first on, those of the warm-up too */
	if (fabs(more.median) <= allowed ||
	    fabs(*ret_measured - wanted) <= allowed)
		return SELFTEST_OK;
	return columns.dropped || control.ci_hi - control.ci_lo > allowed ||
			       (more.ci_lo <= allowed && more.ci_hi >= -allowed)
		       ? SELFTEST_BUSY
		       : SELFTEST_FAILED;
}

static void check_delay(struct selftest *selftest, const struct delay *delay)
{
	double measured = NAN, spun = NAN, control = NAN;
	enum selftest_mark mark = SELFTEST_FAILED;
	struct selftest_cell cell;
	unsigned failed = 0;
	char name[64], title[128];

	if (!selftest_cell_find(delay->iface, delay->backend, delay->scenario,
				&cell))
		return;
	snprintf(title, sizeof(title), "delay %lld ns%s, %s",
		 (long long)delay->ns, delay->sends > 1 ? " twice" : "",
		 selftest_cell_name(&cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	cell.backend = fault_backend_around(cell.backend);
	for (int i = 0; i < ATTEMPTS && mark != SELFTEST_OK; i++) {
		mark = try_delay(selftest, &cell, delay, &measured, &spun,
				 &control);
		failed += mark == SELFTEST_FAILED;
	}
	mark = selftest_conclude(mark, failed);
	if (isfinite(measured))
		selftest_say(selftest, mark, title,
			     "measured %.0f ns, spun %.0f ns (control %+.0f)",
			     measured, spun, control);
	else
		selftest_say(selftest, mark, title, "no calm samples");
}

void selftest_check_delays(struct selftest *selftest)
{
	static const struct delay delays[] = {
		{IFACE_QUEUE, "null", "self_loop", 1000, 1, false},
		{IFACE_QUEUE, "null", "self_loop", 20000, 1, false},
		{IFACE_QUEUE, "shm_ring", "self_loop", 1000, 1, false},
		{IFACE_QUEUE, "pipe", "self_loop", 1000, 1, false},
		{IFACE_PIPE, "pipe", "self_loop", 5000, 1, false},
		{IFACE_QUEUE, "shm_ring", "roundtrip", 20000, 2, false},
		{IFACE_PIPE, "socketpair", "roundtrip", 20000, 2, false},
		{IFACE_QUEUE, "socketpair", "self_loop", 5000, 1, true},
		{IFACE_QUEUE, "sysv_msg", "self_loop", 5000, 1, true},
		{IFACE_QUEUE, "posix_mq", "self_loop", 5000, 1, true},
		{IFACE_QUEUE, "sysv_msg", "roundtrip", 20000, 2, true},
		{IFACE_QUEUE, "posix_mq", "roundtrip", 20000, 2, true},
	};

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		if (!selftest->quick || !delays[i].full)
			check_delay(selftest, &delays[i]);
}

/* ---- the same, and not the same ---- */

static bool holds_one(const struct stats_summary *ratio)
{
	return ratio->ci_lo <= 1 && ratio->ci_hi >= 1;
}

static enum selftest_mark try_equal(const struct selftest *selftest,
				    const struct selftest_cell *cell,
				    struct stats_summary *ret_ratio)
{
	struct selftest_columns columns = {.rounds = 0};

	columns.iterations = selftest_iterations(selftest, cell, SAMPLE_NS, 0);
	columns_take(selftest, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return SELFTEST_FAILED;
	if (columns.disturbed)
		return SELFTEST_BUSY;
	*ret_ratio = targets(&columns, CHANGED);
	if (holds_one(ret_ratio))
		return SELFTEST_OK;
	return columns.dropped ? SELFTEST_BUSY : SELFTEST_FAILED;
}

/* The interval misses 1 by chance once in 1 / (1 - level); asked for twice in
 * a row that is its square. */
static void check_equal(struct selftest *selftest,
			const struct selftest_cell *cell)
{
	struct stats_summary ratio = {.n = 0};
	enum selftest_mark mark = SELFTEST_FAILED;
	unsigned failed = 0;
	char name[64], title[128];

	snprintf(title, sizeof(title), "the same twice, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	for (int i = 0;
	     i < ATTEMPTS && mark != SELFTEST_OK && failed < SELFTEST_FAILURES;
	     i++) {
		mark = try_equal(selftest, cell, &ratio);
		failed += mark == SELFTEST_FAILED;
	}
	mark = selftest_conclude(mark, failed);
	if (ratio.n)
		selftest_say(
			selftest, mark, title,
			"ratio %.3f, interval %.3f to %.3f (false alarm %.2g, "
			"asked twice)",
			ratio.median, ratio.ci_lo, ratio.ci_hi,
			pow(1 - ratio.ci_level, SELFTEST_FAILURES));
	else
		selftest_say(selftest, mark, title, "no calm samples");
}

static enum selftest_mark try_slower(const struct selftest *selftest,
				     const struct selftest_cell *cell,
				     struct stats_summary *ret_ratio,
				     struct stats_summary *ret_control)
{
	struct selftest_columns columns = {.act[CHANGED] = INJECT_SPIN};
	double each;

	columns.iterations = selftest_iterations(selftest, cell, SAMPLE_NS, 0);
	each = (double)SAMPLE_NS / (double)columns.iterations;
	columns.amount[CHANGED] = (int64_t)(each * SLOWER_BY);
	columns_take(selftest, cell, &columns);
	if (columns.verdict.outcome != OUTCOME_OK)
		return SELFTEST_FAILED;
	if (columns.disturbed)
		return SELFTEST_BUSY;
	*ret_ratio = targets(&columns, CHANGED);
	*ret_control = targets(&columns, CONTROL);
	if (ret_ratio->ci_lo > 1)
		return SELFTEST_OK;
	return columns.dropped || ret_control->ci_hi - ret_control->ci_lo >
					  CONTROL_WIDTH
		       ? SELFTEST_BUSY
		       : SELFTEST_FAILED;
}

static void check_slower(struct selftest *selftest, struct selftest_cell *cell)
{
	struct stats_summary ratio = {.n = 0}, control = {.n = 0};
	enum selftest_mark mark = SELFTEST_FAILED;
	unsigned failed = 0;
	char name[64], title[128];

	snprintf(title, sizeof(title), "20 %% slower, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	cell->backend = fault_backend_around(cell->backend);
	for (int i = 0; i < ATTEMPTS && mark != SELFTEST_OK; i++) {
		mark = try_slower(selftest, cell, &ratio, &control);
		failed += mark == SELFTEST_FAILED;
	}
	mark = selftest_conclude(mark, failed);
	if (ratio.n)
		selftest_say(
			selftest, mark, title,
			"ratio %.3f, interval %.3f to %.3f (control %.3f to "
			"%.3f)",
			ratio.median, ratio.ci_lo, ratio.ci_hi, control.ci_lo,
			control.ci_hi);
	else
		selftest_say(selftest, mark, title, "no calm samples");
}

void selftest_check_same(struct selftest *selftest)
{
	static const struct {
		enum iface iface;
		const char *backend, *scenario;
	} cells[] = {
		{IFACE_QUEUE, "shm_ring", "self_loop"},
		{IFACE_QUEUE, "pipe", "oneway"},
		{IFACE_PIPE, "socketpair", "roundtrip"},
	};
	struct selftest_cell cell;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (selftest_cell_find(cells[i].iface, cells[i].backend,
				       cells[i].scenario, &cell))
			check_equal(selftest, &cell);
	if (selftest_cell_find(IFACE_QUEUE, "pipe", "self_loop", &cell))
		check_slower(selftest, &cell);
}
