/* SPDX-License-Identifier: MIT */
/*
 * Checks of faults: a mechanism that loses, doubles, swaps or damages messages,
 * or stops, must be found out, and for the right reason, both by the proof and
 * by a timed pass. Each planted fault has a process of its own, because a
 * wrapped back-end stays wrapped.
 */
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
_Noreturn static void strike(const struct meter *meter, struct meter_cell cell,
			     const char *fault, bool verify,
			     struct verdict *ret_verdict)
{
	char why[REASON_BYTES] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cell.backend =
		mutant_wrap(cell.backend, fault, EVERY, why, sizeof(why));
	if (cell.backend)
		*ret_verdict = meter_sample(meter, &cell,
					    verify ? VERIFIED : TIMED, verify)
				       .verdict;
	else
		verdict_set(ret_verdict, OUTCOME_ERROR, "%.200s", why);
	_exit(0);
}

static void struck(const struct meter *meter, const struct meter_cell *cell,
		   const char *fault, bool verify, struct verdict *shared)
{
	pid_t child;

	verdict_set(shared, OUTCOME_ERROR, "the process ended early");
	fflush(stdout);
	child = fork();
	if (child == 0)
		strike(meter, *cell, fault, verify, shared);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
}

static bool judged_right(const struct meter_cell *cell,
			 const struct fault_words *words,
			 const struct verdict *verdict)
{
	const struct ipcm_queue_ops *queue = cell->backend->queue;
	bool is_queue = !strcmp(cell->axes.iface, "queue");

	if (is_queue && queue->store)
		return verdict->outcome == OUTCOME_VOID &&
		       says(verdict, words->store);
	if (is_queue && words->healed)
		return verdict->outcome == OUTCOME_OK;
	return verdict->outcome == OUTCOME_VOID && says(verdict, words->port);
}

static void check_fault(struct meter *meter, const struct meter_cell *cell,
			const struct fault_words *words, struct verdict *shared)
{
	char name[64], title[128];

	for (int verify = 1; verify >= 0; verify--) {
		snprintf(title, sizeof(title), "%s, %s, %s", words->fault,
			 meter_cell_name(cell, name, sizeof(name)),
			 verify ? "proof" : "timed");
		if (!meter_wants(meter, title))
			continue;
		struck(meter, cell, words->fault, verify, shared);
		meter_say(meter,
			  judged_right(cell, words, shared) ? METER_OK
							    : METER_FAILED,
			  title, "%s%s%s", outcome_name(shared->outcome),
			  *shared->reason ? ": " : ", as delivered once",
			  shared->reason);
	}
}

static void check_stall(struct meter *meter, struct meter_cell *cell)
{
	struct sample sample;
	char name[64], title[128];
	bool right;

	snprintf(title, sizeof(title), "stall, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	cell->backend = fake_around(cell->backend);
	fake_set(FAKE_STALL, STALL_AFTER);
	sample = meter_sample(meter, cell, 2 * (uint64_t)STALL_AFTER, false);
	fake_set(FAKE_NOTHING, 0);
	right = sample.verdict.outcome == OUTCOME_VOID &&
		strstr(sample.verdict.reason, "nothing moved");
	meter_say(meter, right ? METER_OK : METER_FAILED, title, "%s: %s",
		  outcome_name(sample.verdict.outcome), sample.verdict.reason);
}

/* The sound mechanism must pass, or all of these would be "found out". */
static void check_sound(struct meter *meter, const struct meter_cell *cell)
{
	struct sample sample;
	char name[64], title[128];

	snprintf(title, sizeof(title), "no fault, %s",
		 meter_cell_name(cell, name, sizeof(name)));
	if (!meter_wants(meter, title))
		return;
	sample = meter_sample(meter, cell, VERIFIED, true);
	if (sample.verdict.outcome == OUTCOME_OK)
		sample = meter_sample(meter, cell, TIMED, false);
	meter_say(meter,
		  sample.verdict.outcome == OUTCOME_OK ? METER_OK
						       : METER_FAILED,
		  title, "%s%s", "", sample.verdict.reason);
}

static void check_cell(struct meter *meter, struct meter_cell *cell,
		       struct verdict *shared)
{
	check_sound(meter, cell);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		check_fault(meter, cell, &faults[i], shared);
	check_stall(meter, cell);
}

void meter_check_faults(struct meter *meter)
{
	static const struct {
		const char *iface, *backend;
		bool full;
	} cells[] = {
		{"queue", "shm_ring", false},  {"queue", "pipe", false},
		{"pipe", "pipe", false},       {"pipe", "socketpair", true},
		{"queue", "socketpair", true}, {"queue", "sysv_msg", true},
		{"queue", "posix_mq", true},   {"pipe", "shm_ring", true},
	};
	struct verdict *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct meter_cell cell;

	if (shared == MAP_FAILED) {
		meter_say(meter, METER_UNABLE, "faults", "no memory");
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if ((!meter->quick || !cells[i].full) &&
		    meter_cell_find(cells[i].iface, cells[i].backend, "oneway",
				    &cell))
			check_cell(meter, &cell, shared);
	munmap(shared, sizeof(*shared));
}
