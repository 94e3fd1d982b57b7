/* SPDX-License-Identifier: MIT */
/*
 * When a side of a queue holds back (queue_pace.h): in a stream each time it
 * has caught up; in a ping-pong, and while nothing comes, hardly ever.
 */
#include "impls/objects/queue/queue_pace.h"
#include "impls/testkit/check.h"

#define MAX_ITEMS 1024u

/* A look that finds so many, of which all are used: is a moment due then? */
static bool due_after(struct queue_pace *pace, uint32_t found)
{
	bool due;

	queue_pace_looked(pace, found, MAX_ITEMS);
	queue_pace_used_up(pace);
	due = pace->due;
	queue_pace_hold(pace);
	CHECK(!pace->due);
	return due;
}

static unsigned due_in(struct queue_pace *pace, uint32_t found, unsigned looks)
{
	unsigned due = 0;

	for (unsigned i = 0; i < looks; i++)
		due += due_after(pace, found);
	return due;
}

static void a_stream_holds_back(void)
{
	struct queue_pace pace = {0};

	CHECK(due_in(&pace, 2, 100) == 100);
}

static void a_ping_pong_hardly_ever(void)
{
	struct queue_pace pace = {0};
	unsigned due = due_in(&pace, 1, 64 * PROBE_LOOKS);

	/* now and then, to see whether a stream has begun */
	CHECK(due >= 32);
	CHECK(due <= 128);
}

static void a_stream_that_ends_is_noticed(void)
{
	struct queue_pace pace = {0};

	CHECK(due_after(&pace, 100));
	CHECK(due_in(&pace, 0, 64) < 20);
	CHECK(due_in(&pace, 1, PROBE_LOOKS - 1) <= 2);
}

static void a_stream_that_begins_is_noticed(void)
{
	struct queue_pace pace = {0};
	unsigned looks = 0;

	/* without a moment it finds one item, after one several */
	while (looks < 3 * PROBE_LOOKS && !due_after(&pace, 1))
		looks++;
	CHECK(looks <= 2 * PROBE_LOOKS);
	CHECK(due_in(&pace, 7, 10) == 10);
}

static void rare_looks_need_no_rest(void)
{
	struct queue_pace pace = {0};

	CHECK(due_in(&pace, MAX_ITEMS / 2, PROBE_LOOKS - 1) == 0);
}

static void a_wait_is_no_reason_for_another(void)
{
	struct queue_pace pace = {0};

	queue_pace_looked(&pace, 9, MAX_ITEMS);
	queue_pace_used_up(&pace);
	queue_pace_waited(&pace);
	CHECK(!pace.due);
}

int main(void)
{
	a_stream_holds_back();
	a_ping_pong_hardly_ever();
	a_stream_that_ends_is_noticed();
	a_stream_that_begins_is_noticed();
	rare_looks_need_no_rest();
	a_wait_is_no_reason_for_another();
	return check_failures() ? 1 : 0;
}
