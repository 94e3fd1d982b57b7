/* SPDX-License-Identifier: MIT */
/*
 * Crash stress over each object, and its report; see crash_stress.h. What the
 * workers do is in stress_queue.c, stress_lock.c and stress_pool.c.
 */
#include "crash_stress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "conformance/harness/leak.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "stress_object.h"

enum { FIGURES_BYTES = 160 };

static const struct stress_object *const objects[] = {
	&stress_queue, &stress_lock, &stress_pool};

static void print_line(const struct ipcm_backend *backend, const char *object,
		       const struct shared_state *state,
		       const struct crash_stress_options *options,
		       const char *figures)
{
	bool failed = atomic_load(&state->complained);

	(void)printf("%-11s %-5s %u kills, %s: %s\n", backend->name, object,
		     options->kills, figures,
		     interrupt_requested ? "interrupted"
		     : failed		 ? "FAILED"
					 : "ok");
	if (failed)
		(void)printf(
			"    %s\n    again: ipcmark check --crash-stress %u "
			"--backend %s --seed %" PRIu64 "\n",
			state->complaint, options->kills, backend->name,
			options->seed);
	(void)fflush(stdout);
}

static int verdict_of(const struct ipcm_backend *backend, const char *object,
		      const struct shared_state *state,
		      const struct crash_stress_options *options,
		      const char *figures)
{
	bool failed = atomic_load(&state->complained);

	if (options->as_clause && failed)
		check_fail(__FILE__, __LINE__,
			   "the remaining processes continue, in order", "%s",
			   state->complaint);
	if (options->as_clause)
		return EXIT_PASS;
	print_line(backend, object, state, options, figures);
	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	return failed ? EXIT_VERDICT : EXIT_PASS;
}

static void stress(const struct stress_object *object, struct worker_pool *pool,
		   unsigned kills, char figures[FIGURES_BYTES])
{
	object->run(pool, kills);
	worker_pool_end(pool);
	if (!stress_complained(pool->state) && !interrupt_requested) {
		object->inspect(pool->state);
		object->summarize(pool->state, figures, FIGURES_BYTES);
	}
	object->free(pool->state);
}

static int stress_one(const struct stress_object *object,
		      const struct ipcm_backend *backend,
		      const struct crash_stress_options *options)
{
	size_t bytes = object->state_bytes(options->kills);
	/* pages come when they are touched */
	void *state = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct worker_pool pool = {.state = state,
				   .count = object->workers,
				   .random = options->seed * 2 + 1,
				   .machine_factor = options->machine_factor};
	char figures[FIGURES_BYTES] = "not run";
	enum ipcm_status status;
	int code;

	if (state == MAP_FAILED) {
		(void)fprintf(stderr, "ipcmark check: no memory for the logs "
				      "of the crash stress; use fewer kills\n");
		return EXIT_INTERNAL;
	}
	status = object->create(backend, state, options->kills);
	if (status == IPCM_OK)
		stress(object, &pool, options->kills, figures);
	else
		stress_complain(state, "no %s: %s", object->name,
				ipcm_status_name(status));
	code = verdict_of(backend, object->name, state, options, figures);
	(void)munmap(state, bytes);
	return code;
}

int crash_stress_run(const struct ipcm_backend *backend,
		     const struct crash_stress_options *options)
{
	struct leak_snapshot *before = leak_snapshot_take();
	char left[512];
	int worst = EXIT_PASS;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		int code;

		if (!objects[i]->offered(backend) || worst == EXIT_INTERRUPTED)
			continue;
		code = stress_one(objects[i], backend, options);
		worst = code > worst ? code : worst;
	}
	(void)ipcm_collect();
	/* of a clause the runner looks itself */
	if (!options->as_clause &&
	    leak_snapshot_compare(before, left, sizeof(left))) {
		(void)printf("%-11s left behind: %s\n", backend->name, left);
		worst = worst > EXIT_VERDICT ? worst : EXIT_VERDICT;
	}
	leak_snapshot_free(before);
	return worst;
}
