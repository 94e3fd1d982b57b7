/* SPDX-License-Identifier: MIT */
/* The workers' side of counting, and the shared counts. See count.h. */
#include "count.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/futex.h"
#include "count_leaks.h"
#include "count_memory.h"
#include "bench/workers/worker_context.h"

/* NULL outside of counting passes; set before the workers are forked. */
static struct count_state *count_state;

bool count_allocations_hooked;
_Atomic bool count_allocations_on;
_Atomic uint64_t count_allocations;

/* The counter of this worker; a process has one life and one counter. */
static int instructions_fd = -1;

static void instructions_open(struct counted_worker *counted)
{
	struct perf_event_attr wanted = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(wanted),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	instructions_fd = (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1,
				       PERF_FLAG_FD_CLOEXEC);
	counted->instructions_error = instructions_fd < 0 ? errno : 0;
}

static void instructions_read(struct counted_worker *counted)
{
	if (instructions_fd < 0)
		return;
	if (read(instructions_fd, &counted->instructions,
		 sizeof(counted->instructions)) !=
	    sizeof(counted->instructions))
		counted->instructions_error = EIO;
	(void)close(instructions_fd);
	instructions_fd = -1;
}

/* Yama lets only ancestors trace unless the process itself says otherwise;
 * where there is no Yama the call fails and nothing is lost. */
static void wait_for_tracer(struct count_state *shared,
			    struct counted_worker *counted)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	/* release: the tracer, woken by it, reads the pid */
	atomic_fetch_add_explicit(&shared->asked, 1, memory_order_release);
	futex_wake(&shared->asked, 1);
	while (!atomic_load_explicit(&counted->attached, memory_order_acquire))
		futex_wait(&counted->attached, 0, IPCM_FOREVER);
}

static void count_ready(struct worker_context *worker)
{
	struct count_state *shared = count_state;
	struct counted_worker *counted = &shared->worker[worker->index];

	counted->pid = getpid();
	if (shared->pass != COUNT_PLAIN)
		wait_for_tracer(shared, counted);
	else
		instructions_open(counted);
}

/* The switches that are system calls themselves stand outside of `on`. */
static void count_begin(const struct worker_context *worker)
{
	struct counted_worker *counted = &count_state->worker[worker->index];

	atomic_store_explicit(&count_allocations, 0, memory_order_relaxed);
	atomic_store_explicit(&count_allocations_on, true,
			      memory_order_relaxed);
	if (instructions_fd >= 0)
		(void)ioctl(instructions_fd, PERF_EVENT_IOC_ENABLE, 0);
	if (count_state->pass == COUNT_PLAIN)
		counted->descriptors = -count_descriptors();
	/* release: the tracer sees it at the next stop */
	atomic_store_explicit(&counted->on, 1, memory_order_release);
	/* a stop from which the tracer steps; the same in every pass */
	if (count_state->pass == COUNT_STEPPED)
		(void)syscall(SYS_getpid);
}

static void count_end(const struct worker_context *worker)
{
	struct counted_worker *counted = &count_state->worker[worker->index];

	atomic_store_explicit(&counted->on, 0, memory_order_release);
	if (instructions_fd >= 0)
		(void)ioctl(instructions_fd, PERF_EVENT_IOC_DISABLE, 0);
	atomic_store_explicit(&count_allocations_on, false,
			      memory_order_relaxed);
	counted->allocations =
		atomic_load_explicit(&count_allocations, memory_order_relaxed);
	if (count_state->pass != COUNT_PLAIN)
		return;
	/* with the counter's own descriptor, which was there at the start */
	counted->descriptors += count_descriptors();
	instructions_read(counted);
	counted->memory_error =
		count_memory((const void *[]){worker->group, count_state},
			     &counted->shared_bytes, &counted->peak_rss_bytes);
}

static const struct worker_counting counting = {count_ready, count_begin,
						count_end};

struct count_state *count_state_create(void)
{
	void *memory =
		mmap(NULL, sizeof(struct count_state), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void count_state_destroy(struct count_state *shared)
{
	if (shared)
		munmap(shared, sizeof(*shared));
}

void count_state_install(struct count_state *shared, enum count_pass pass)
{
	count_state = shared;
	worker_counting = shared ? &counting : NULL;
	if (!shared)
		return;
	memset(shared, 0, sizeof(*shared));
	shared->pass = pass;
}
