/* SPDX-License-Identifier: MIT */
/*
 * X-STEP-01 to 03: every blocking call of the table (blocking_calls.h) against
 * what makes it ready, and against the close of its handle, in every order.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/stepping/step_pair.h"

#include <stdio.h>
#include <sys/mman.h>

enum { PAIRS_MOST = 40, NAME_BYTES = 80 };

/* Pairs that are made of the rows of the table. */
struct made {
	struct step_pair pairs[PAIRS_MOST];
	char names[PAIRS_MOST][NAME_BYTES];
	size_t count;
};

static bool prepare(struct step_scene *scene)
{
	return blocked_prepare(&scene->blocked, scene->pair->row,
			       scene->backend, IPCM_FOREVER);
}

static void drop(struct step_scene *scene)
{
	(void)munmap(scene->blocked.call, sizeof(*scene->blocked.call));
	blocked_free(&scene->blocked);
}

/* The reservation that is in the way is of the clause's own thread. */
static void drop_reservation(struct step_scene *scene)
{
	scene->pair->row->wake(&scene->blocked);
	drop(scene);
}

static enum ipcm_status call(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	call_run(scene->blocked.call);
	return scene->blocked.call->status;
}

static enum ipcm_status wake(struct step_scene *scene, struct step_party *me)
{
	(void)me;
	scene->pair->row->wake(&scene->blocked);
	return IPCM_OK;
}

static enum ipcm_status close_handle(struct step_scene *scene,
				     struct step_party *me)
{
	(void)me;
	return blocked_close(&scene->blocked);
}

static void expect_ready(struct step_scene *scene)
{
	const struct call *made = scene->blocked.call;

	CHECK(made->status == IPCM_OK, "%s: %s", call_name(made),
	      ipcm_status_name(made->status));
	if (made->kind == CALL_POLL)
		CHECK(made->ready, "poll: nothing there");
}

static void expect_closed(struct step_scene *scene)
{
	const struct call *made = scene->blocked.call;

	CHECK(made->status == IPCM_CLOSED, "%s: %s, not CLOSED",
	      call_name(made), ipcm_status_name(made->status));
}

static struct step_pair *add(struct made *made, const struct blocking_call *row,
			     const char *format)
{
	struct step_pair *pair = &made->pairs[made->count];
	char *name = made->names[made->count++];
	struct call call = {.kind = row->call};

	(void)snprintf(name, NAME_BYTES, format, call_name(&call));
	*pair = (struct step_pair){
		.name = name, .prepare = prepare, .free = drop, .row = row};
	return pair;
}

/* Only its own thread can make it ready; or what is made ready at once cannot
 * be awaited later: these have clauses of their own. Filling a pipe, or
 * making a pool, takes too many steps: see connection.c. Of a managed object,
 * what two calls share is in its server, which does one after the other. The
 * kernel alone wakes who joins a process. */
static bool is_special(const struct blocking_call *row)
{
	return row->own_wake || row->managed || row->owned ||
	       row->call == CALL_CONDITION || row->call == CALL_SIMPLE_PUT ||
	       row->call == CALL_SEND || row->call == CALL_SEND_LARGE ||
	       row->call == CALL_SEND_SLICE || row->call == CALL_SEND_FD;
}

static void held_call(const struct ipcm_backend *backend)
{
	struct made made = {.count = 0};

	for (int i = 0; i < blocking_calls_count; i++) {
		const struct blocking_call *row = &blocking_calls[i];
		struct step_pair *pair;

		if (is_special(row))
			continue;
		pair = add(&made, row, "%s held, made ready");
		pair->held = call;
		pair->other = wake;
		pair->inspect = expect_ready;
	}
	step_pairs_run(backend, made.pairs, made.count);
}

static void held_wake(const struct ipcm_backend *backend)
{
	struct made made = {.count = 0};

	for (int i = 0; i < blocking_calls_count; i++) {
		const struct blocking_call *row = &blocking_calls[i];
		struct step_pair *pair;

		if (is_special(row))
			continue;
		pair = add(&made, row, "what makes %s ready held");
		pair->held = wake;
		pair->other = call;
		pair->inspect = expect_ready;
	}
	step_pairs_run(backend, made.pairs, made.count);
}

/* A call on a closed handle, or one that waits on it (Q-CLS-06, G-CLS-01). */
static bool close_ends(const struct blocking_call *row)
{
	return row->close_ends || (row->kind == KIND_QUEUE && !row->free &&
				   row->call != CALL_JOIN);
}

static void held_close(const struct ipcm_backend *backend)
{
	struct made made = {.count = 0};

	for (int i = 0; i < 2 * blocking_calls_count; i++) {
		const struct blocking_call *row = &blocking_calls[i / 2];
		struct step_pair *pair;

		if (!close_ends(row))
			continue;
		pair = add(&made, row,
			   i % 2 ? "%s held, closed" : "close held, %s begins");
		pair->held = i % 2 ? call : close_handle;
		pair->other = i % 2 ? close_handle : call;
		pair->same_process = true;
		pair->repeats = 1u << (i % 2 ? STEP_OTHER : STEP_HELD);
		pair->inspect = expect_closed;
		/* it waits 40 ms for the lock before it looks at the handle */
		pair->in_a_slice = row->own_wake && row->call == CALL_PUT;
		if (row->own_wake && row->call == CALL_PUT)
			pair->free = drop_reservation;
	}
	step_pairs_run(backend, made.pairs, made.count);
}

static const struct clause table[] = {
	{"X-STEP-01", LEVEL_BEYOND, OBJECT_ALL,
	 "Every blocking call is held before an instruction, for each one, "
	 "while another process makes it ready.",
	 "It returns OK, with no sleep beside what it waits for.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_call},
	{"X-STEP-02", LEVEL_BEYOND, OBJECT_ALL,
	 "What makes a call ready is held before an instruction, for each one, "
	 "while another process begins to wait.",
	 "The waiter returns OK, with no sleep beside what it waits for.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_wake},
	{"X-STEP-03", LEVEL_BEYOND, OBJECT_ALL,
	 "A blocking call, or the close of its handle, is held before an "
	 "instruction, for each one, while another thread makes the other call.",
	 "The blocking call returns CLOSED.",
	 "ipcmark ARCHITECTURE.md, Waiting", 120, false, held_close},
};

CLAUSE_LIST(clauses_step_calls, table);
