/* SPDX-License-Identifier: MIT */
/*
 * Running the rows; see handover.h.
 */
#include "handover.h"

#include <sys/mman.h>

/*
 * A wake-up that is lost once in 1000, at random, escapes 6000 of them once in
 * 400 runs.
 */
enum {
	WAKES = 6000,
	ROUNDS_MOST = 3 * WAKES,
	ROUNDS_AHEAD = 400,
	/** A round of a crowd has several wake-ups. */
	CROWD_ROUNDS = 1500,
};

/* On a slow machine there are fewer rounds. */
static const int64_t BUDGET_NS = S;

void handover_await(_Atomic uint32_t *word, uint32_t at_least)
{
	uint32_t seen;

	while ((seen = atomic_load(word)) < at_least)
		sleepers_idle(word, seen);
}

/*
 * Half of the wake-ups come as soon as they can, while the other party is about
 * to sleep; the others when it sleeps.
 */
static void jitter(uint32_t round)
{
	int64_t until;

	if (round % 2)
		return;
	until = now_ns() + (int64_t)random_below(20 * US);
	while (now_ns() < until)
		;
}

static bool is_last(struct handover *h, uint32_t round)
{
	return round >= ROUNDS_MOST || sleepers_woken() >= WAKES / 2 ||
	       now_ns() >= h->until_ns;
}

static void give(struct handover *h, int me, uint32_t round)
{
	jitter(round);
	sleepers_step();
	h->row->give(h, me, round);
}

static void take(struct handover *h, int me, uint32_t round)
{
	sleepers_step();
	h->row->take(h, me, round);
}

/*
 * Party 0 says which round is the last before party 1 can get there; that one
 * may be ahead by as many messages as fit.
 */
static void pair_run(void *argument)
{
	struct handover *h = argument;
	int me = atomic_fetch_add(&h->party, 1);
	uint32_t round = 0;

	sleepers_join(&h->sleepers);
	if (h->row->prepare)
		h->row->prepare(h, me);
	if (me == 0)
		atomic_store(&h->sleepers.armed, true);
	for (; round <= atomic_load(&h->last); round++) {
		if (me == 0) {
			if (h->last == UINT32_MAX && is_last(h, round))
				atomic_store(&h->last, round + ROUNDS_AHEAD);
			give(h, me, round);
			take(h, me, round);
		} else {
			take(h, me, round);
			give(h, me, round);
		}
	}
	sleepers_leave();
	if (h->row->finish)
		h->row->finish(h, me, round);
}

/* Until the peers have ended. */
static void watch(struct handover *h, struct peer *peers, int count)
{
	int64_t until = now_ns() + 20 * hang_ns();
	int status;

	for (int i = 0; i < count; i++) {
		while (!peer_reap(&peers[i], 5 * MS, &status)) {
			sleepers_check(&h->sleepers);
			CHECK(now_ns() < until, "%s: goes on for ever",
			      h->sleepers.what);
		}
		check_elsewhere();
		CHECK_EQUAL(0, status, "wait status of a party");
	}
}

static struct handover *handover_new(const struct ipcm_backend *backend,
				     const char *what, int parties)
{
	struct handover *h = share(sizeof(*h));

	h->backend = backend;
	h->sleepers.what = what;
	h->sleepers.parties = parties;
	h->last = UINT32_MAX;
	h->until_ns = now_ns() + BUDGET_NS;
	return h;
}

void handover_run(const struct ipcm_backend *backend,
		  const struct handover_row *row)
{
	for (; row->what; row++) {
		struct handover *h = handover_new(backend, row->what, 2);
		struct peer peers[2];

		h->row = row;
		if (row->make(h)) {
			peers_start(peers, 2, pair_run, h);
			watch(h, peers, 2);
			row->free(h);
		}
		(void)munmap(h, sizeof(*h));
	}
}

struct crowd {
	struct handover *h;
	const struct crowd_row *row;
};

static void crowd_party(void *argument)
{
	const struct crowd *crowd = argument;
	struct handover *h = crowd->h;
	int me = atomic_fetch_add(&h->party, 1);
	uint32_t round = 0;
	bool more = true;

	sleepers_join(&h->sleepers);
	atomic_store(&h->sleepers.armed, true);
	for (; more && round <= atomic_load(&h->last); round++) {
		if (me == 0 && (round == h->rounds || now_ns() >= h->until_ns))
			atomic_store(&h->last, round);
		jitter(round + (uint32_t)me);
		more = crowd->row->run(h, me, round);
	}
	sleepers_leave();
}

void crowd_run(const struct ipcm_backend *backend, const struct crowd_row *row)
{
	for (; row->what; row++) {
		struct handover *h =
			handover_new(backend, row->what, row->parties);
		struct crowd crowd = {h, row};
		struct peer peers[SLEEPERS_MOST];

		h->rounds = row->rounds ? row->rounds : CROWD_ROUNDS;
		h->until_ns = now_ns() + BUDGET_NS * h->rounds / CROWD_ROUNDS;
		if (row->make(h)) {
			peers_start(peers, row->parties, crowd_party, &crowd);
			watch(h, peers, row->parties);
			row->free(h);
		}
		(void)munmap(h, sizeof(*h));
	}
}
