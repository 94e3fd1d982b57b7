/* SPDX-License-Identifier: MIT */
/*
 * Claims (queue_claim.h) under kills: a consumer is stepped through a get and
 * killed at each of the instructions around the one that stores its claim. The
 * claim must say whether it has taken the item, both if it is asked for at
 * once, and if another consumer comes first. Exit code 77 where ptrace is not
 * allowed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/objects/queue/queue_claim.h"
#include "impls/testkit/check.h"
#include "impls/testkit/single_step.h"
#include "impls/testkit/step_trace.h"

/* Instructions before and behind the store; H moves among them. */
#define AROUND 20

enum { DEAD, ALIVE, CONSUMERS };

static struct ipcm_queue *queue;
static _Atomic uint32_t *claims;
/* More than a frame of a mechanism: it is put together of several. */
static uint8_t item[20000];
static size_t item_bytes;

static void prepare(const struct ipcm_backend *backend)
{
	CHECK_OK(ipcm_queue_create(backend, NULL, &queue));
	for (int i = 0; i < CONSUMERS; i++)
		atomic_store(&claims[i], QUEUE_CLAIM_NONE);
	queue_set_claims(queue, (struct queue_claims){claims, sizeof(*claims),
						      CONSUMERS});
	for (item[0] = 1; item[0] <= 4; item[0]++)
		CHECK_OK(ipcm_queue_put(queue, item, item_bytes, HANG));
}

static enum ipcm_status get(void)
{
	return ipcm_queue_get(queue, item, sizeof(item), HANG, NULL);
}

static void settle(void)
{
	int64_t start = now_ns();

	while (!queue_settle_claims(queue) && CHECK(now_ns() - start < HANG))
		pause_ms(1);
}

/* Item n has the number n; the dead one has taken the second, or this one. */
static void take_next(void)
{
	queue_claim_by(queue, &claims[ALIVE]);
	CHECK_OK(get());
	CHECK(item[0] == 2 || item[0] == 3, "item %d", item[0]);
	CHECK(atomic_load(&claims[ALIVE]) == item[0]);
}

/* The kill was before the claim, or the claim was withdrawn: it is not 2. */
static void check_claim(void)
{
	uint32_t claim = atomic_load(&claims[DEAD]);

	CHECK((claim == 2) == (item[0] == 3),
	      "claim %u, and the next got item %d", claim, item[0]);
	ipcm_queue_free(queue);
}

static void asked_at_once(void)
{
	uint32_t claim;

	settle();
	claim = atomic_load(&claims[DEAD]);
	take_next();
	CHECK(claim == atomic_load(&claims[DEAD]), "the claim was not final");
	check_claim();
}

static void asked_later(void)
{
	take_next();
	settle();
	check_claim();
}

static void child_run(void)
{
	enum ipcm_status status;

	queue_claim_by(queue, &claims[DEAD]);
	/* the first get of a thread finds out who it is, which takes longest */
	status = get();
	if (status || !single_step_enter())
		_exit(status ? 1 : 77);
	(void)!get();
	single_step_leave();
	_exit(0);
}

static pid_t consumer_start(void)
{
	int code = 0;
	pid_t child = fork();

	if (child == 0)
		child_run();
	if (!single_step_await(child, &code)) {
		printf("skip: ptrace is not allowed here\n");
		exit(code);
	}
	return child;
}

/* Step one to its end. @return which instruction stored the claim */
static unsigned find_store(void)
{
	pid_t child = consumer_start();
	unsigned step = 0, stored = 0;

	while (single_step_next(child, 0) == STEP_TAKEN) {
		step++;
		if (!stored && atomic_load(&claims[DEAD]) == 2)
			stored = step;
	}
	traced_kill(child);
	return stored;
}

static void record(struct step_trace *way)
{
	pid_t child = consumer_start();
	bool over;

	CHECK(step_trace_record(way, child, &over) > 0 && over);
	traced_kill(child);
}

/* @return false: it went another way and was not killed there */
static bool kill_behind(unsigned instructions, struct step_trace *way)
{
	pid_t child = consumer_start();
	bool over;

	(void)step_trace_follow(way, child, instructions, &over);
	traced_kill(child);
	return !over;
}

static void prepare_and_kill(const struct ipcm_backend *backend, unsigned at,
			     struct step_trace *way)
{
	prepare(backend);
	if (kill_behind(at, way))
		return;
	ipcm_queue_free(queue);
	prepare(backend);
	CHECK(kill_behind(at, NULL), "a get ends before instruction %u", at);
}

static void kill_gets(const struct ipcm_backend *backend, size_t bytes,
		      void (*survive)(void))
{
	struct step_trace way = {0};
	unsigned stored, at;

	item_bytes = bytes;
	prepare(backend);
	stored = find_store();
	survive();
	CHECK(stored > AROUND);
	prepare(backend);
	record(&way);
	survive();
	for (at = stored - AROUND; at < stored + AROUND; at++) {
		if (check_failures())
			break;
		prepare_and_kill(backend, at, &way);
		survive();
	}
	step_trace_free(&way);
}

static void killed_consumers(const struct ipcm_backend *backend)
{
	kill_gets(backend, 8, asked_at_once);
	kill_gets(backend, 8, asked_later);
	kill_gets(backend, sizeof(item), asked_later);
}

int main(void)
{
	claims = shared_memory(CONSUMERS * sizeof(*claims));
	each_backend(NEEDS_QUEUE, "claims of killed consumers",
		     killed_consumers);
	return check_failures() ? 1 : 0;
}
