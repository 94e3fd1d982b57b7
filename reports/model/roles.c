/* SPDX-License-Identifier: MIT */
/*
 * Which metric of a row answers which question. Decided by the metric's
 * name, which the benchmark does not change, and not by the scenario's: a new
 * scenario that gives a known metric finds its place without a change here.
 */
#include "model.h"

#include <string.h>

const struct metric *cell_metric(const struct cell *cell, const char *name)
{
	for (size_t i = 0; i < cell->metric_count; i++)
		if (!strcmp(cell->metrics[i].name, name))
			return &cell->metrics[i];
	return NULL;
}

/* The first of the names that the row has. */
static const struct metric *find(const struct cell *cell,
				 const char *const *names)
{
	const struct metric *metric = NULL;

	for (; *names && !metric; names++)
		metric = cell_metric(cell, *names);
	return metric;
}

/* What the benchmark says, else the first question that is answered. */
static void choose_headline(struct cell *cell, const char *name)
{
	if (name)
		cell->headline = cell_metric(cell, name);
	for (int role = 0; role < ROLE_COUNT && !cell->headline; role++)
		cell->headline = cell->role[role];
	if (!cell->headline && cell->metric_count)
		cell->headline = &cell->metrics[0];
}

/* Rows about what is paid once, or about a long run: their rate is no answer to
 * how many messages a second. */
static bool is_of_a_life(const struct cell *cell)
{
	static const char *const names[] = {
		"create_ns",   "first_message_ns",	"free_ns",
		"recovery_ns", "drift_percent_per_min", NULL};

	return find(cell, names) != NULL;
}

/* The lock of a competitor: what carries no message is one. */
static bool is_competitor_lock(const struct cell *cell)
{
	return !strcmp(cell->iface, "competitor") && cell->size_bytes < 0;
}

/* Where the message size varies, or nothing does. */
static void assign_plain(struct cell *cell)
{
	static const char *const trips[] = {"rtt_ns", "rtt_block_ns", NULL};
	static const char *const messages[] = {"messages_per_s", NULL};
	static const char *const pair[] = {"pair_ns", NULL};

	cell->role[ROLE_START] = cell_metric(cell, "start_join_ns");
	cell->role[ROLE_REQUEST] = cell_metric(cell, "request_ns");
	if (cell->role[ROLE_START] || cell->role[ROLE_REQUEST])
		return;
	if (is_of_a_life(cell)) {
		cell->role[ROLE_RECOVERY] = cell_metric(cell, "recovery_ns");
		return;
	}
	if (!strcmp(cell->iface, "lock") || is_competitor_lock(cell)) {
		cell->role[ROLE_LOCK_TIME] = find(cell, pair);
		return;
	}
	/* One row answers one question: a round trip's reciprocal is no
	 * throughput, and neither is that of a process alone. */
	cell->role[ROLE_ROUND_TRIP] = find(cell, trips);
	if (cell->role[ROLE_ROUND_TRIP] || cell->size_bytes < 0)
		return;
	cell->role[ROLE_PAIR] = find(cell, pair);
	if (!cell->role[ROLE_PAIR])
		cell->role[ROLE_MESSAGES] = find(cell, messages);
}

static void assign_roles(struct cell *cell)
{
	static const char *const messages[] = {"messages_per_s", NULL};
	static const char *const latency[] = {"latency_ns", "latency_mean_ns",
					      "rtt_ns", NULL};

	switch (cell->sweep) {
	case SWEEP_SIZE:
		assign_plain(cell);
		break;
	case SWEEP_PROCESSES:
		cell->role[ROLE_PROCESSES] = find(cell, messages);
		cell->role[ROLE_CONSUMERS] =
			cell_metric(cell, "consumer_fairness");
		cell->role[ROLE_PRODUCERS] =
			cell_metric(cell, "producer_fairness");
		break;
	case SWEEP_LOAD:
		cell->role[ROLE_LOAD] = find(cell, latency);
		cell->role[ROLE_SERVICE] = cell_metric(cell, "service_ns");
		break;
	case SWEEP_DEPTH:
		cell->role[ROLE_DEPTH] = find(cell, messages);
		break;
	case SWEEP_IDLE:
		cell->role[ROLE_IDLE] = find(cell, latency);
		break;
	case SWEEP_CONTENDERS:
		if (!strcmp(cell->iface, "lock"))
			cell->role[ROLE_LOCK_RATE] =
				cell_metric(cell, "acquires_per_s");
		cell->role[ROLE_LEAST] = cell_metric(cell, "least_share");
		cell->role[ROLE_EVEN] = cell_metric(cell, "fairness_jain");
		break;
	case SWEEP_TASKS:
		cell->role[ROLE_TASKS] = cell_metric(cell, "tasks_per_s");
		break;
	}
}

/* A failed row has no metrics; as if it had the one that it was to be judged
 * by, and those that come with it. */
static void assign_failed(struct cell *cell, const char *headline)
{
	const struct metric metric = {.name = headline};
	struct cell measured = *cell;
	bool *failed = cell->failed;

	measured.metrics = &metric;
	measured.metric_count = 1;
	assign_roles(&measured);
	for (int role = 0; role < ROLE_COUNT; role++)
		failed[role] = measured.role[role] != NULL;
	failed[ROLE_SERVICE] = failed[ROLE_LOAD];
	failed[ROLE_CONSUMERS] = failed[ROLE_PRODUCERS] =
		failed[ROLE_PROCESSES];
	failed[ROLE_LEAST] = failed[ROLE_EVEN] =
		cell->sweep == SWEEP_CONTENDERS &&
		cell_metric(&measured, "acquires_per_s");
	cell->failed_headline = headline;
}

void cell_assign_roles(struct cell *cell, const char *headline)
{
	if (!cell->ok && headline)
		assign_failed(cell, headline);
	assign_roles(cell);
	choose_headline(cell, headline);
}
