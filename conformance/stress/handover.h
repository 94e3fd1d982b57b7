/* SPDX-License-Identifier: MIT */
/*
 * Hand-overs: parties that wake each other through one blocking call, thousands
 * of times. At any moment one of them can go on; if all sleep for over half a
 * slice a wake-up was lost, and the clause fails (harness/sleepers.h).
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_HANDOVER_H
#define IPCMARK_CONFORMANCE_STRESS_HANDOVER_H

#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/stepping/sleepers.h"

enum { HANDOVER_OBJECTS = 2, HANDOVER_WORDS = 4 };

/** One run; in shared memory, except what the objects point to. */
struct handover {
	struct sleepers sleepers;
	const struct ipcm_backend *backend;
	const struct handover_row *row;
	/** What the calls work on; made before the parties start. */
	void *object[HANDOVER_OBJECTS];
	void *other[HANDOVER_OBJECTS];
	struct pair pair[HANDOVER_OBJECTS];
	/** For the row's own use. */
	_Atomic uint32_t word[HANDOVER_WORDS];
	/** Numbers of parties, rounds, and the last round. */
	_Atomic int party;
	_Atomic uint32_t last;
	uint32_t rounds;
	int64_t until_ns;
};

/** Two parties, 0 and 1. Each wakes the other, then waits for it. */
struct handover_row {
	const char *what;
	/** false: the back-end does not offer it */
	bool (*make)(struct handover *h);
	/** Wake the other party. */
	void (*give)(struct handover *h, int me, uint32_t round);
	/** Wait to be woken by it. */
	void (*take)(struct handover *h, int me, uint32_t round);
	/** Before the first round, in each party; or NULL. */
	void (*prepare)(struct handover *h, int me);
	/** After the last one, in each party; or NULL. */
	void (*finish)(struct handover *h, int me, uint32_t rounds);
	void (*free)(struct handover *h);
};

/** A row with more parties, and a round that all of them do. */
struct crowd_row {
	const char *what;
	int parties;
	bool (*make)(struct handover *h);
	/** One round of a party; false: its last one. */
	bool (*run)(struct handover *h, int me, uint32_t round);
	void (*free)(struct handover *h);
	/** How many rounds, 0: as usual; the time limit grows with it. */
	uint32_t rounds;
};

/** Run the rows that the back-end offers, up to one without a name. */
void handover_run(const struct ipcm_backend *backend,
		  const struct handover_row *rows);
void crowd_run(const struct ipcm_backend *backend,
	       const struct crowd_row *rows);

/** Wait, as sleepers_idle, until the word has at least this value. */
void handover_await(_Atomic uint32_t *word, uint32_t at_least);

/** The rows, for the clauses. */
extern const struct handover_row handover_queue[], handover_simple_queue[],
	handover_connection[], handover_lock[], handover_semaphore[],
	handover_condition[], handover_event[], handover_barrier[];
extern const struct crowd_row crowd_queue[], crowd_simple_queue[], crowd_lock[],
	crowd_semaphore[], crowd_condition[], crowd_event[], crowd_barrier[],
	crowd_leave[];

#endif
