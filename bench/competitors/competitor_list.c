/* SPDX-License-Identifier: MIT */
/* The table of competitors, and what is known of each before it runs. */
#include "competitor_list.h"

#include <string.h>

#include "impls/core/sync/clock.h"
#include "competitor_args.h"
#include "competitor_program.h"

/* A program that has to be loaded from a slow disk. */
#define VERSION_NS (10 * NS_PER_S)
#define CPYTHON	   "ipcmark-competitor-cpython", "python3-dev"

static const struct competitor competitors[] = {
	{"boost_mq", "ipcmark-competitor-boost_mq", "libboost-dev",
	 "exact: the queue's max_num_msg"},
	{"boost_spsc", "ipcmark-competitor-boost_spsc", "libboost-dev",
	 "exact: the queue's capacity"},
	{"ck_ring", "ipcmark-competitor-ck_ring", "libck-dev",
	 "near: the next power of two, less one"},
	{"zeromq", "ipcmark-competitor-zeromq", "libzmq3-dev",
	 "near: half SNDHWM, half RCVHWM, and what the socket holds"},
	{"nng", "ipcmark-competitor-nng", "libnng-dev",
	 "near: SENDBUF (of pair0 half of it, half RECVBUF), and what the "
	 "socket holds"},
	{"cpython_queue", CPYTHON, "exact: maxsize"},
	{"cpython_simplequeue", CPYTHON, "none: what its pipe holds (64 KiB)"},
	{"cpython_pipe", CPYTHON,
	 "none: what its pipe, or there and back its socket, holds"},
	{"cpython_lock", CPYTHON, NULL},
	{"cpython_process", CPYTHON, NULL},
	{"cpython_manager", CPYTHON, NULL},
	{"cpython_pool", CPYTHON, NULL},
};

#define COMPETITORS (sizeof(competitors) / sizeof(competitors[0]))

_Static_assert(COMPETITORS <= COMPETITOR_MAX, "room for the facts of all");

const struct competitor *competitor_find(const char *name)
{
	for (size_t i = 0; i < COMPETITORS; i++)
		if (!strcmp(competitors[i].name, name))
			return &competitors[i];
	return NULL;
}

void competitor_not_built(const struct competitor *competitor,
			  struct verdict *ret_verdict)
{
	verdict_set(ret_verdict, OUTCOME_SKIPPED,
		    "%s was not built: install %s, then build again",
		    competitor->program, competitor->package);
}

static bool is_of(const struct plan_cell *cell, const char *name)
{
	return cell->scenario->iface == IFACE_COMPETITOR &&
	       (!name || !strcmp(cell->axes.backend, name));
}

static bool plan_has(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_of(&plan->cell[i], name))
			return true;
	return false;
}

static void ask_version(struct competitor_fact *fact)
{
	static char answer[COMPETITOR_ANSWER_BYTES];
	char path[COMPETITOR_PATH_BYTES], order[] = ORDER_VERSION;
	char *argv[] = {path, order, NULL};
	size_t length;

	if (competitor_program_find(fact->competitor->program, path)) {
		competitor_not_built(fact->competitor, &fact->verdict);
		return;
	}
	competitor_program_ask(argv, fact->competitor->package,
			       clock_now() + VERSION_NS, answer,
			       &fact->verdict);
	length = strcspn(answer, "\n");
	if (length >= COMPETITOR_VERSION_BYTES)
		length = COMPETITOR_VERSION_BYTES - 1;
	if (fact->verdict.outcome == OUTCOME_OK)
		memcpy(fact->version, answer, length);
}

/* The one before it may be of the same program. */
static void learn(struct competitor_fact *fact,
		  const struct competitor_fact *last)
{
	if (last &&
	    !strcmp(last->competitor->program, fact->competitor->program)) {
		memcpy(fact->version, last->version, sizeof(fact->version));
		fact->verdict = last->verdict;
	} else {
		ask_version(fact);
	}
}

size_t competitors_ask(const struct plan *plan,
		       struct competitor_fact ret_fact[COMPETITOR_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < COMPETITORS; i++) {
		if (!plan_has(plan, competitors[i].name))
			continue;
		memset(&ret_fact[count], 0, sizeof(ret_fact[count]));
		ret_fact[count].competitor = &competitors[i];
		learn(&ret_fact[count], count ? &ret_fact[count - 1] : NULL);
		count++;
	}
	return count;
}

json_t *competitor_json(const struct competitor_fact *fact)
{
	const char *version = *fact->version ? fact->version : NULL;
	const char *reason =
		*fact->verdict.reason ? fact->verdict.reason : NULL;

	return json_pack("{s:s, s:s?, s:b, s:s?, s:s?, s:s}", "name",
			 fact->competitor->name, "version", version,
			 "available", fact->verdict.outcome == OUTCOME_OK,
			 "reason", reason, "bound", fact->competitor->bound,
			 "package", fact->competitor->package);
}

struct plan competitors_left_out(const struct plan *plan)
{
	struct plan ours = *plan;

	while (ours.count && is_of(&ours.cell[ours.count - 1], NULL))
		ours.count--;
	return ours;
}
