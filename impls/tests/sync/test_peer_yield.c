/* SPDX-License-Identifier: MIT */
/*
 * What a yield teaches: one that did not pay is followed by a pause, which
 * doubles up to a limit, so that a queue whose peer sleeps, or a CPU that a
 * third process needs, soon costs no yields; and one that pays again ends it.
 */
#include "impls/core/sync/peer_yield.h"
#include "impls/testkit/check.h"

/* Untimed, and begun long before now. */
static const struct peer_yield_start untimed = {0};
static const struct peer_yield_start long_ago = {1};

/* Waits without a yield, and then one with it. */
static int pause_of(struct peer_yield *yield)
{
	struct peer_yield_start start;
	int waits = 0;

	while (waits < 5000 && !peer_yield(yield, &start))
		waits++;
	return waits;
}

static void vain_yields_pause_up_to_63(void)
{
	static const int expected[] = {1, 3, 7, 15, 31, 63, 63, 63};
	struct peer_yield yield = {0};

	CHECK(pause_of(&yield) == 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		int waits;

		peer_yield_learn(&yield, untimed, 0);
		waits = pause_of(&yield);
		CHECK(waits == expected[i], "%d waits, not %d", waits,
		      expected[i]);
	}
}

static void yields_that_pay_end_the_pauses(void)
{
	struct peer_yield yield = {0};

	for (int i = 0; i < 3; i++)
		peer_yield_learn(&yield, untimed, 0);
	CHECK(pause_of(&yield) == 7);
	for (int i = 0; i < 3; i++) {
		peer_yield_learn(&yield, untimed, 1);
		CHECK(pause_of(&yield) == 0);
	}
	peer_yield_learn(&yield, untimed, 0);
	CHECK(pause_of(&yield) == 1);
}

/* Also if it brought an item in the end. */
static void a_cpu_that_was_taken_counts_more(void)
{
	static const int expected[] = {7, 63, 511, 1023, 1023};
	struct peer_yield yield = {0};

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		int waits;

		peer_yield_learn(&yield, long_ago, i % 2);
		waits = pause_of(&yield);
		CHECK(waits == expected[i], "%d waits, not %d", waits,
		      expected[i]);
	}
	/* a vain one does not shorten what those have taught */
	peer_yield_learn(&yield, untimed, 0);
	CHECK(pause_of(&yield) == 1023);
}

/* A third process is noticed although most yields are not timed. */
static void one_of_eight_is_timed(void)
{
	struct peer_yield yield = {0};
	int timed = 0;

	for (int i = 0; i < 64; i++) {
		struct peer_yield_start start;

		CHECK(peer_yield(&yield, &start));
		timed += start.begun_ns != 0;
		peer_yield_learn(&yield, untimed, 1);
	}
	CHECK(timed == 8, "%d", timed);
	peer_yield_learn(&yield, untimed, 0);
	for (int i = 0; i < 8; i++) {
		struct peer_yield_start start = {0};

		while (!peer_yield(&yield, &start))
			;
		CHECK(start.begun_ns != 0);
	}
}

/* A handler that runs in a yield leaves no trace. */
static void an_interruptible_thread_does_not_yield(void)
{
	struct peer_yield yield = {0};

	CHECK(!ipcm_set_interruptible(true));
	CHECK(pause_of(&yield) == 5000);
	CHECK(ipcm_set_interruptible(false));
	CHECK(pause_of(&yield) == 0);
}

int main(void)
{
	vain_yields_pause_up_to_63();
	yields_that_pay_end_the_pauses();
	a_cpu_that_was_taken_counts_more();
	one_of_eight_is_timed();
	an_interruptible_thread_does_not_yield();
	return check_failures() ? 1 : 0;
}
