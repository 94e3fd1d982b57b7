/* SPDX-License-Identifier: MIT */
/* Cache-line ping-pong. Both sides spin: never run it on one CPU. */
#include "cpu_probe.h"

#include "impls/core/sync/clock.h"
#include "impls/core/sync/cpu_hints.h"

#define PARTS 10

/* The line counts half trips: odd is the leader's move. */
int64_t probe_lead(struct probe_line *line, uint64_t trips)
{
	uint64_t turn = atomic_load_explicit(&line->turn, memory_order_relaxed);
	int64_t start = clock_now();

	for (uint64_t i = 0; i < trips; i++, turn += 2) {
		/* pairs with the acquire in probe_answer */
		atomic_store_explicit(&line->turn, turn + 1,
				      memory_order_release);
		while (atomic_load_explicit(&line->turn,
					    memory_order_acquire) != turn + 2)
			cpu_relax();
	}
	return clock_now() - start;
}

void probe_answer(struct probe_line *line, uint64_t trips)
{
	for (uint64_t i = 0; i < trips; i++) {
		uint64_t turn;

		/* pairs with the release in probe_lead */
		while (turn = atomic_load_explicit(&line->turn,
						   memory_order_acquire),
		       turn % 2 == 0)
			cpu_relax();
		atomic_store_explicit(&line->turn, turn + 1,
				      memory_order_release);
	}
}

double probe_measure(struct probe_line *line)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < PARTS; i++) {
		int64_t took = probe_lead(line, PROBE_TRIPS / PARTS);

		best = took < best ? took : best;
	}
	return (double)best / (PROBE_TRIPS / PARTS);
}
