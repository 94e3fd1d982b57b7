/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-13: the calls of a connection in every order: send against recv, and
 * the close of one end, in the last process that has it, against what the other
 * end waits for.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

#include <stdlib.h>

enum { SMALL = 64, SEVERAL_FRAMES = 20000, MOST = 100000 };

/* Each process has its own; clearing it would take many steps. */
static unsigned char message[SEVERAL_FRAMES];

/* first receives, second sends. */
static struct ipcm_connection *receiving(const struct step_scene *scene)
{
	return scene->ends.first;
}

static struct ipcm_connection *sending(const struct step_scene *scene)
{
	return scene->ends.second;
}

static enum ipcm_status send_bytes(struct step_scene *scene, size_t bytes)
{
	return ipcm_connection_send(sending(scene), message, bytes,
				    IPCM_FOREVER);
}

static enum ipcm_status receive_bytes(struct step_scene *scene, size_t bytes)
{
	size_t size = 0;
	enum ipcm_status status =
		ipcm_connection_recv(receiving(scene), message, sizeof(message),
				     IPCM_FOREVER, &size);

	if (status == IPCM_OK)
		CHECK_EQUAL(bytes, size, "bytes of a message");
	return status;
}

static enum ipcm_status send_two(struct step_scene *scene,
				 struct step_party *me)
{
	enum ipcm_status status = send_bytes(scene, SMALL);

	(void)me;
	return status ? status : send_bytes(scene, SMALL);
}

static enum ipcm_status receive_two(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = receive_bytes(scene, SMALL);

	(void)me;
	return status ? status : receive_bytes(scene, SMALL);
}

static enum ipcm_status send_small(struct step_scene *scene,
				   struct step_party *me)
{
	(void)me;
	return send_bytes(scene, SMALL);
}

static enum ipcm_status receive(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	return receive_bytes(scene, SMALL);
}

static enum ipcm_status send_large(struct step_scene *scene,
				   struct step_party *me)
{
	(void)me;
	return send_bytes(scene, SEVERAL_FRAMES);
}

static enum ipcm_status receive_large(struct step_scene *scene,
				      struct step_party *me)
{
	enum ipcm_status status = receive_bytes(scene, SEVERAL_FRAMES);

	(void)me;
	if (status == IPCM_OK)
		CHECK(pattern_matches(message, SEVERAL_FRAMES, 1),
		      "a message of several frames is damaged");
	return status;
}

static enum ipcm_status poll_input(struct step_scene *scene,
				   struct step_party *me)
{
	bool ready = false;
	enum ipcm_status status =
		ipcm_connection_poll(receiving(scene), IPCM_FOREVER, &ready);

	(void)me;
	if (status == IPCM_OK)
		CHECK(ready, "poll: nothing there");
	return status;
}

static enum ipcm_status wait_for_input(struct step_scene *scene,
				       struct step_party *me)
{
	struct ipcm_waitable thing = {.end = receiving(scene)};

	(void)me;
	return ipcm_wait(&thing, 1, IPCM_FOREVER, NULL);
}

static enum ipcm_status close_receiving(struct step_scene *scene,
					struct step_party *me)
{
	(void)me;
	return ipcm_connection_close(receiving(scene));
}

static enum ipcm_status close_sending(struct step_scene *scene,
				      struct step_party *me)
{
	(void)me;
	return ipcm_connection_close(sending(scene));
}

/* As many as have been sent, and one more. */
static enum ipcm_status receive_all(struct step_scene *scene,
				    struct step_party *me)
{
	enum ipcm_status status = IPCM_OK;

	for (uint64_t i = 0; i <= scene->number[0] && status == IPCM_OK; i++)
		status = receive(scene, me);
	return status;
}

/* ---- the clause ---- */

static bool prepare(struct step_scene *scene)
{
	scene->ends = pipe_make(scene->backend, false);
	pattern_fill(message, SEVERAL_FRAMES, 1);
	return true;
}

/* Send until it would block. */
static bool prepare_full(struct step_scene *scene)
{
	enum ipcm_status status = IPCM_OK;

	(void)prepare(scene);
	for (; status == IPCM_OK && scene->number[0] < MOST; scene->number[0]++)
		status = ipcm_connection_send(sending(scene), message, SMALL,
					      IPCM_TRY);
	scene->number[0]--;
	CHECK_STATUS(IPCM_WOULDBLOCK, status);
	return true;
}

static bool prepare_waitable(struct step_scene *scene)
{
	return scene->backend->capabilities & IPCM_CAP_POLLABLE &&
	       prepare(scene);
}

/* The clause's own copies must not keep an end alive. */
static void close_own_sending(struct step_scene *scene)
{
	CHECK_OK(ipcm_connection_close(sending(scene)));
}

static void close_own_receiving(struct step_scene *scene)
{
	CHECK_OK(ipcm_connection_close(receiving(scene)));
}

static void expect(struct step_scene *scene, unsigned party,
		   enum ipcm_status wanted)
{
	enum ipcm_status is = scene->party[party].status;

	CHECK(is == wanted, "party %u: %s, not %s", party, ipcm_status_name(is),
	      ipcm_status_name(wanted));
}

static void both_ok(struct step_scene *scene)
{
	expect(scene, STEP_HELD, IPCM_OK);
	expect(scene, STEP_OTHER, IPCM_OK);
}

static void held_eof(struct step_scene *scene)
{
	expect(scene, STEP_HELD, IPCM_EOF);
	expect(scene, STEP_OTHER, IPCM_OK);
}

static void other_eof(struct step_scene *scene)
{
	expect(scene, STEP_HELD, IPCM_OK);
	expect(scene, STEP_OTHER, IPCM_EOF);
}

static void held_broken(struct step_scene *scene)
{
	expect(scene, STEP_HELD, IPCM_BROKEN);
	expect(scene, STEP_OTHER, IPCM_OK);
}

static void other_broken(struct step_scene *scene)
{
	expect(scene, STEP_HELD, IPCM_OK);
	expect(scene, STEP_OTHER, IPCM_BROKEN);
}

static void drop(struct step_scene *scene)
{
	pair_free(&scene->ends);
}

#define PIPE	  .prepare = prepare, .free = drop
#define FULL_PIPE .prepare = prepare_full, .free = drop
/* Who has which end: the one that waits has closed its copy of the other. */
#define HELD_RECEIVES                                                          \
	.before = close_sending, .other_before = close_receiving,              \
	.started = close_own_sending
#define HELD_CLOSES_SENDING                                                    \
	.before = close_receiving, .other_before = close_sending,              \
	.started = close_own_sending
#define HELD_SENDS                                                             \
	.before = close_receiving, .other_before = close_sending,              \
	.started = close_own_receiving
#define HELD_CLOSES_RECEIVING                                                  \
	.before = close_sending, .other_before = close_receiving,              \
	.started = close_own_receiving

static const struct step_pair pairs[] = {
	{.name = "two sends held, two receives",
	 PIPE,
	 .held = send_two,
	 .other = receive_two,
	 .inspect = both_ok},
	{.name = "two receives held, two sends",
	 PIPE,
	 .held = receive_two,
	 .other = send_two,
	 .inspect = both_ok},
	{.name = "send on a full pipe held, all is received",
	 FULL_PIPE,
	 .held = send_small,
	 .other = receive_all,
	 .inspect = both_ok},
	{.name = "send of several frames held, a receive",
	 PIPE,
	 .held = send_large,
	 .other = receive_large,
	 .inspect = both_ok},
	{.name = "receive of several frames held, a send",
	 PIPE,
	 .held = receive_large,
	 .other = send_large,
	 .inspect = both_ok},
	{.name = "receive held, close",
	 PIPE,
	 HELD_RECEIVES,
	 .held = receive,
	 .other = close_sending,
	 .inspect = held_eof},
	{.name = "close held, a receive",
	 PIPE,
	 HELD_CLOSES_SENDING,
	 .held = close_sending,
	 .other = receive,
	 .inspect = other_eof},
	{.name = "poll held, close",
	 PIPE,
	 HELD_RECEIVES,
	 .held = poll_input,
	 .other = close_sending,
	 .inspect = both_ok},
	{.name = "close held, a poll",
	 PIPE,
	 HELD_CLOSES_SENDING,
	 .held = close_sending,
	 .other = poll_input,
	 .inspect = both_ok},
	{.name = "wait held, close",
	 .prepare = prepare_waitable,
	 .free = drop,
	 HELD_RECEIVES,
	 .held = wait_for_input,
	 .other = close_sending,
	 .inspect = both_ok},
	{.name = "send on a full pipe held, close",
	 FULL_PIPE,
	 HELD_SENDS,
	 .held = send_small,
	 .other = close_receiving,
	 .inspect = held_broken},
	{.name = "close held, a send on a full pipe",
	 FULL_PIPE,
	 HELD_CLOSES_RECEIVING,
	 .held = close_receiving,
	 .other = send_small,
	 .inspect = other_broken},
};

static void held_connection(const struct ipcm_backend *backend)
{
	step_pairs_run(backend, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static const struct clause table[] = {
	{"X-STEP-13", LEVEL_BEYOND, OBJECT_PIPE,
	 "send, recv, poll, wait or the last close of an end is held before an "
	 "instruction, for each one, while another process makes the other "
	 "call.",
	 "Messages arrive whole; the close gives EOF or BROKEN, with no sleep "
	 "beside either.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_connection},
};

CLAUSE_LIST(clauses_step_connection, table);
