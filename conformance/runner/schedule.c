/* SPDX-License-Identifier: MIT */
/* See schedule.h. */
#include "schedule.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "worker.h"

/* With a fault inside a clause shall turn red: patience only costs time. */
enum { FAULT_FACTOR_MOST = 4 };
/* Ctrl-C may come just before a wait: it is looked for so often. */
enum { LOOK_MS = 100 };

struct schedule {
	struct session *session;
	/** Indices of cells; `first` and all before it were started. */
	size_t *order;
	size_t first;
	bool *started;
	struct worker workers[BACKENDS_MOST];
	unsigned worker_count;
	bool interrupted;
};

static void shuffle(size_t *order, size_t count, uint64_t seed)
{
	for (size_t i = count; i > 1; i--) {
		size_t other;

		/* xorshift: good enough to mix an order, and replayable */
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		other = (size_t)(seed % i);
		if (other != i - 1) {
			size_t kept = order[i - 1];

			order[i - 1] = order[other];
			order[other] = kept;
		}
	}
}

static size_t column_of(const struct session *session, const struct cell *cell)
{
	size_t b = 0;

	while (strcmp(session->options.backend_names[b], cell->backend) != 0)
		b++;
	return b;
}

/* Time limits of late ends: the other workers are a load that is to come. */
static int64_t machine_factor(const struct session *session)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t factor = runner_machine_factor();
	int64_t company =
		1 + (session->options.jobs - 1) / (cpus > 0 ? cpus : 1);

	if (factor < company)
		factor = company;
	/* many faults show as a call that hangs */
	if (session->mutant.name && factor > FAULT_FACTOR_MOST)
		factor = FAULT_FACTOR_MOST;
	return factor;
}

/* As often as asked; one failure of many is a failure. */
static void run_repeats(const struct session *session, size_t b,
			struct cell *cell)
{
	struct runner runner = session->runner;
	struct cell once = *cell;

	/* with a fault inside, it would speak for the fault */
	if (!session->mutant.name)
		runner.witness = session->options.backends[b];
	for (unsigned i = 0; i < session->options.repeat; i++) {
		runner.setup.seed = session->options.seed + i;
		/* late bounds follow the load, which comes and goes */
		runner.setup.machine_factor = machine_factor(session);
		runner_run(&runner, session->backends[b], &once);
		once.runs = cell->runs + 1;
		once.passes = cell->passes + (once.verdict == VERDICT_PASS);
		/* keep the first one that did not pass */
		if (i == 0 || cell->verdict == VERDICT_PASS)
			*cell = once;
		cell->runs = once.runs;
		cell->passes = once.passes;
		if (interrupt_requested)
			break;
	}
}

/* In a worker. */
static void run_cell(void *context, size_t index)
{
	const struct session *session = context;
	struct cell *cell = &session->cells[index];
	size_t b = column_of(session, cell);
	char note[64];

	if (session->limits[b][0]) {
		cell->verdict = VERDICT_LIMIT;
		(void)snprintf(cell->reason, CELL_TEXT_BYTES, "%s",
			       session->limits[b]);
		return;
	}
	run_repeats(session, b, cell);
	if (cell->passes == cell->runs || cell->runs < 2)
		return;
	(void)snprintf(note, sizeof(note), " (passed %u of %u)", cell->passes,
		       cell->runs);
	(void)strncat(cell->observed, note,
		      CELL_TEXT_BYTES - strlen(cell->observed) - 1);
}

static void show_progress(const struct cell *cell, const char *result)
{
	char label[64];

	(void)snprintf(label, sizeof(label), "%s %s", cell->clause->id,
		       cell->backend);
	progress_step(label, result);
}

static void finish(struct session *session, const struct cell *cell)
{
	show_progress(cell, verdict_letter(cell->verdict));
	/* also if the signal came to its worker only */
	if (cell->verdict == VERDICT_NOT_RUN)
		session->complete = false;
	document_add(session->document, "cases",
		     cell_json(cell, &session->mutant, false));
}

static void fail(struct session *session, struct cell *cell, const char *why)
{
	cell->verdict = VERDICT_HARNESS_ERROR;
	(void)snprintf(cell->reason, CELL_TEXT_BYTES, "%s", why);
	finish(session, cell);
}

/* Its worker was killed: by the second signal of two, if one program sends its
 * own to all processes, or by another one. */
static void lose(struct session *session, struct cell *cell)
{
	if (!interrupt_requested) {
		fail(session, cell, "the process that ran it was killed");
		return;
	}
	cell->verdict = VERDICT_NOT_RUN;
	(void)snprintf(cell->reason, CELL_TEXT_BYTES, "interrupted");
	finish(session, cell);
}

static bool backend_is_busy(const struct schedule *schedule,
			    const struct cell *cell)
{
	const struct cell *cells = schedule->session->cells;

	for (unsigned w = 0; w < schedule->worker_count; w++) {
		const struct worker *worker = &schedule->workers[w];

		if (worker->busy &&
		    strcmp(cells[worker->index].backend, cell->backend) == 0)
			return true;
	}
	return false;
}

/* @return the first cell in the order that may start now, or NULL */
static struct cell *next_cell(struct schedule *schedule)
{
	struct session *session = schedule->session;

	while (schedule->first < session->cell_count &&
	       schedule->started[schedule->order[schedule->first]])
		schedule->first++;
	for (size_t i = schedule->first; i < session->cell_count; i++) {
		size_t index = schedule->order[i];

		if (schedule->started[index] ||
		    backend_is_busy(schedule, &session->cells[index]))
			continue;
		schedule->started[index] = true;
		return &session->cells[index];
	}
	return NULL;
}

/* Give each idle worker a cell. @return how many have one */
static unsigned hand_out(struct schedule *schedule)
{
	struct session *session = schedule->session;
	unsigned busy = 0;

	for (unsigned w = 0; w < schedule->worker_count; w++) {
		struct worker *worker = &schedule->workers[w];
		struct cell *cell = NULL;

		while (!worker->busy && !interrupt_requested &&
		       (cell = next_cell(schedule))) {
			show_progress(cell, NULL);
			if (worker->pid ||
			    worker_start(worker, run_cell, session))
				(void)worker_send(
					worker,
					(size_t)(cell - session->cells));
			if (!worker->busy)
				fail(session, cell, "no process can run it");
		}
		busy += worker->busy;
	}
	return busy;
}

/* Wait until a worker has something, and take the cells that are done. */
static void collect(struct schedule *schedule)
{
	struct session *session = schedule->session;
	struct pollfd entries[BACKENDS_MOST];

	for (unsigned w = 0; w < schedule->worker_count; w++) {
		entries[w].fd = schedule->workers[w].busy
					? schedule->workers[w].fd
					: -1;
		entries[w].events = POLLIN;
	}
	if (poll(entries, schedule->worker_count, LOOK_MS) <= 0)
		return;
	for (unsigned w = 0; w < schedule->worker_count; w++) {
		struct worker *worker = &schedule->workers[w];
		struct cell *cell = &session->cells[worker->index];

		if (!worker->busy || !entries[w].revents)
			continue;
		if (worker_receive(worker)) {
			finish(session, cell);
			continue;
		}
		worker_stop(worker);
		lose(session, cell);
	}
}

static void forward_interrupt(struct schedule *schedule)
{
	if (!interrupt_requested || schedule->interrupted)
		return;
	schedule->interrupted = true;
	for (unsigned w = 0; w < schedule->worker_count; w++)
		worker_interrupt(&schedule->workers[w]);
}

static void skip_rest(struct schedule *schedule)
{
	struct session *session = schedule->session;

	for (size_t i = 0; i < session->cell_count; i++) {
		struct cell *cell = &session->cells[schedule->order[i]];

		if (schedule->started[schedule->order[i]])
			continue;
		session->complete = false;
		(void)snprintf(cell->reason, CELL_TEXT_BYTES, "interrupted");
		document_add(session->document, "cases",
			     cell_json(cell, &session->mutant, false));
	}
}

static void prepare(struct session *session, struct schedule *ret_schedule)
{
	size_t count = session->cell_count;
	struct schedule *schedule = ret_schedule;

	*schedule = (struct schedule){
		.session = session,
		.order = calloc(count, sizeof(*schedule->order)),
		.started = calloc(count, sizeof(*schedule->started)),
		.worker_count = session->options.jobs,
	};
	if (count && (!schedule->order || !schedule->started)) {
		(void)fprintf(stderr, "ipcmark check: no memory\n");
		exit(EXIT_INTERNAL);
	}
	for (size_t i = 0; i < count; i++)
		schedule->order[i] = i;
	if (session->options.shuffle)
		shuffle(schedule->order, count, session->options.seed * 2 + 1);
}

void schedule_run(struct session *session)
{
	struct schedule schedule;

	/* ends the program if the environment says nonsense: a worker's end
	 * would be a cell's */
	(void)runner_machine_factor();
	prepare(session, &schedule);
	session->complete = true;
	progress_begin(session->options.progress,
		       (unsigned)session->cell_count);
	while (hand_out(&schedule) > 0) {
		collect(&schedule);
		forward_interrupt(&schedule);
	}
	skip_rest(&schedule);
	progress_end();
	for (unsigned w = 0; w < schedule.worker_count; w++)
		worker_stop(&schedule.workers[w]);
	free(schedule.order);
	free(schedule.started);
}
