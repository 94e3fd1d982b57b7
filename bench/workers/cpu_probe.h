/* SPDX-License-Identifier: MIT */
/*
 * The cache-line round trip between two pinned processes: the baseline of every
 * exchange between CPUs, and how to see whether the two CPUs share a cache at
 * this moment. Virtual CPUs are moved between caches while programs run.
 */
#ifndef IPCMARK_BENCH_WORKERS_CPU_PROBE_H
#define IPCMARK_BENCH_WORKERS_CPU_PROBE_H

#include <stdatomic.h>
#include <stdint.h>

/** Round trips of one probe; well under a millisecond. */
#define PROBE_TRIPS 1000
/** At or above this round trip the CPUs do not share a cache. */
#define PROBE_FAR_NS 200

/** One cache line, written in turn by both sides. Starts zeroed. */
struct probe_line {
	_Alignas(128) _Atomic uint64_t turn;
	char rest[120];
};

/** Lead `trips` round trips. @return nanoseconds of all of them together */
int64_t probe_lead(struct probe_line *line, uint64_t trips);

/** Answer `trips` round trips. */
void probe_answer(struct probe_line *line, uint64_t trips);

/**
 * One probe from the leading side: the quickest tenth of PROBE_TRIPS, so that
 * a timer interrupt is not taken for distance.
 * @return nanoseconds a round trip
 */
double probe_measure(struct probe_line *line);

#endif
