/* SPDX-License-Identifier: MIT */
/*
 * Which metric of a row answers which question. Decided by the metric's
 * name, which is a promise of the benchmark, and not by the scenario's: a new
 * scenario that gives a known metric finds its place without a change here.
 */
#include "model/model.h"

#include <string.h>

static const struct metric *find_name(const struct cell *cell, const char *name)
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
		metric = find_name(cell, *names);
	return metric;
}

/* What the benchmark says, else the first question that is answered. */
static void choose_headline(struct cell *cell, const char *name)
{
	if (name)
		cell->headline = find_name(cell, name);
	for (int role = 0; role < ROLE_COUNT && !cell->headline; role++)
		cell->headline = cell->role[role];
	if (!cell->headline && cell->metric_count)
		cell->headline = &cell->metrics[0];
}

static void assign_roles(struct cell *cell)
{
	static const char *const trips[] = {"rtt_ns", "rtt_block_ns", NULL};
	static const char *const messages[] = {"messages_per_s", NULL};
	static const char *const pair[] = {"pair_ns", NULL};
	static const char *const acquires[] = {"acquires_per_s", NULL};

	if (!strcmp(cell->iface, "lock")) {
		cell->role[ROLE_LOCK_TIME] = find(cell, pair);
		/* Alone, its reciprocal would be no contended rate. */
		if (!cell->role[ROLE_LOCK_TIME])
			cell->role[ROLE_LOCK_RATE] = find(cell, acquires);
		return;
	}
	/* One row answers one question: a round trip's reciprocal is no
	 * throughput, and neither is that of a process alone. */
	cell->role[ROLE_ROUND_TRIP] = find(cell, trips);
	if (cell->role[ROLE_ROUND_TRIP])
		return;
	cell->role[ROLE_PAIR] = find(cell, pair);
	if (!cell->role[ROLE_PAIR])
		cell->role[ROLE_MESSAGES] = find(cell, messages);
}

void cell_assign_roles(struct cell *cell, const char *headline)
{
	assign_roles(cell);
	choose_headline(cell, headline);
}
