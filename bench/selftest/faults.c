/* SPDX-License-Identifier: MIT */
/*
 * Checks of faults: a mechanism that loses, doubles, swaps or damages messages,
 * or stops, must be found out, and for the right reason, both by the proof and
 * by a timed pass. Each injected fault has a process of its own, because a
 * wrapped back-end stays wrapped.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"
#include "impls/fault/fault.h"
#include "reports/result/result.h"

#define VERIFIED 500
#define TIMED	 2000
/* Strikes often enough for both passes, and not in the first messages. */
#define EVERY	    100
#define STALL_AFTER 1000

#define SOME "[1-9][0-9]* "

/*
 * What a reason has to say (POSIX extended), of the proof or of a timed pass;
 * a store places items, a port sends frames, and the same fault looks
 * different: a queue that meets a frame it does not expect drops it, and a
 * proof whose receiver gives up counts what it did not see as lost.
 */
struct fault_words {
	const char *fault;
	/** A queue numbers its frames: one that comes twice is dropped, every
	 *  message arrives once, and the row must be sound. */
	bool healed;
	const char *port;
	const char *store;
};

static const struct fault_words faults[] = {
	{"drop", false, SOME "never arrived|one was lost",
	 "another size|" SOME "never arrived"},
	{"double", true, SOME "were doubled|one was doubled",
	 SOME "were doubled|one was doubled"},
	{"swap", false, SOME "(never arrived|out of order)|is late",
	 SOME "out of order|is late"},
	{"flip", false, SOME "damaged|is damaged", SOME "damaged|is damaged"},
	{"cut", false,
	 SOME "(damaged|never arrived)|is damaged|missing|another size",
	 "another size|" SOME "never arrived"},
};

static bool says(const struct verdict *verdict, const char *words)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, words, REG_EXTENDED | REG_NOSUB))
		return false;
	found = regexec(&regex, verdict->reason, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* In a child: the fault must not stay in this process. */
_Noreturn static void strike(const struct selftest *selftest,
			     struct selftest_cell cell, const char *fault,
			     bool verify, struct verdict *ret_verdict)
{
	char why[REASON_BYTES] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cell.backend = fault_wrap(cell.backend, fault, EVERY, why, sizeof(why));
	if (cell.backend)
		*ret_verdict =
			selftest_sample(selftest, &cell,
					verify ? VERIFIED : TIMED, verify)
				.verdict;
	else
		verdict_set(ret_verdict, OUTCOME_ERROR, "%.200s", why);
	_exit(0);
}

static void struck(const struct selftest *selftest,
		   const struct selftest_cell *cell, const char *fault,
		   bool verify, struct verdict *shared)
{
	pid_t child;

	verdict_set(shared, OUTCOME_ERROR, "the process ended early");
	fflush(stdout);
	child = fork(); /* not a Process: see worker_group.c */
	if (child == 0)
		strike(selftest, *cell, fault, verify, shared);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
}

static bool judged_right(const struct selftest_cell *cell,
			 const struct fault_words *words,
			 const struct verdict *verdict)
{
	const struct ipcm_queue_ops *queue = cell->backend->queue;
	bool is_queue = cell->scenario->iface == IFACE_QUEUE;

	if (is_queue && queue->store)
		return verdict->outcome == OUTCOME_INVALID &&
		       says(verdict, words->store);
	if (is_queue && words->healed)
		return verdict->outcome == OUTCOME_OK;
	return verdict->outcome == OUTCOME_INVALID &&
	       says(verdict, words->port);
}

static void check_fault(struct selftest *selftest,
			const struct selftest_cell *cell,
			const struct fault_words *words, struct verdict *shared)
{
	char name[64], title[128];

	for (int verify = 1; verify >= 0; verify--) {
		snprintf(title, sizeof(title), "%s, %s, %s", words->fault,
			 selftest_cell_name(cell, name, sizeof(name)),
			 verify ? "proof" : "timed");
		if (!selftest_wants(selftest, title))
			continue;
		struck(selftest, cell, words->fault, verify, shared);
		selftest_say(selftest,
			     judged_right(cell, words, shared)
				     ? SELFTEST_OK
				     : SELFTEST_FAILED,
			     title, "%s%s%s", outcome_name(shared->outcome),
			     *shared->reason ? ": " : ", as delivered once",
			     shared->reason);
	}
}

static void check_stall(struct selftest *selftest, struct selftest_cell *cell)
{
	struct sample sample;
	char name[64], title[128];
	bool right;

	snprintf(title, sizeof(title), "stall, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	cell->backend = fault_backend_around(cell->backend);
	inject(INJECT_STALL, STALL_AFTER);
	sample = selftest_sample(selftest, cell, 2 * (uint64_t)STALL_AFTER,
				 false);
	inject(INJECT_NOTHING, 0);
	right = sample.verdict.outcome == OUTCOME_INVALID &&
		strstr(sample.verdict.reason, "nothing moved");
	selftest_say(selftest, right ? SELFTEST_OK : SELFTEST_FAILED, title,
		     "%s: %s", outcome_name(sample.verdict.outcome),
		     sample.verdict.reason);
}

/* The sound mechanism must pass, or all of these would be "found out". */
static void check_sound(struct selftest *selftest,
			const struct selftest_cell *cell)
{
	struct sample sample;
	char name[64], title[128];

	snprintf(title, sizeof(title), "no fault, %s",
		 selftest_cell_name(cell, name, sizeof(name)));
	if (!selftest_wants(selftest, title))
		return;
	sample = selftest_sample(selftest, cell, VERIFIED, true);
	if (sample.verdict.outcome == OUTCOME_OK)
		sample = selftest_sample(selftest, cell, TIMED, false);
	selftest_say(selftest,
		     sample.verdict.outcome == OUTCOME_OK ? SELFTEST_OK
							  : SELFTEST_FAILED,
		     title, "%s%s", "", sample.verdict.reason);
}

static void check_cell(struct selftest *selftest, struct selftest_cell *cell,
		       struct verdict *shared)
{
	check_sound(selftest, cell);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		check_fault(selftest, cell, &faults[i], shared);
	check_stall(selftest, cell);
}

void selftest_check_faults(struct selftest *selftest)
{
	static const struct {
		enum iface iface;
		const char *backend;
		bool full;
	} cells[] = {
		{IFACE_QUEUE, "shm_ring", false},
		{IFACE_QUEUE, "pipe", false},
		{IFACE_PIPE, "pipe", false},
		{IFACE_PIPE, "socketpair", true},
		{IFACE_QUEUE, "socketpair", true},
		{IFACE_QUEUE, "sysv_msg", true},
		{IFACE_QUEUE, "posix_mq", true},
		{IFACE_PIPE, "shm_ring", true},
	};
	struct verdict *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct selftest_cell cell;

	if (shared == MAP_FAILED) {
		selftest_say(selftest, SELFTEST_UNABLE, "faults", "no memory");
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if ((!selftest->quick || !cells[i].full) &&
		    selftest_cell_find(cells[i].iface, cells[i].backend,
				       "oneway", &cell))
			check_cell(selftest, &cell, shared);
	munmap(shared, sizeof(*shared));
}
