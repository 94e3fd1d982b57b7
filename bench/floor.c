/* SPDX-License-Identifier: MIT */
/*
 * Floors: what nothing on this machine can beat. An empty system call, the
 * cache line between two CPUs, and the smallest possible exchange of data: a
 * memcpy into shared memory, a flag, a memcpy out, both sides spinning.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/relax.h"
#include "trips.h"

/* A slot that holds one message; the flag counts the messages put in. */
struct mailbox {
	_Alignas(128) _Atomic uint64_t flag;
	_Alignas(128) unsigned char data[];
};

/* The slot is free again when its answer came back in the other one, so the
 * sender need not look. */
static inline const char *mailbox_send(struct line *line,
				       unsigned char *message, size_t bytes)
{
	struct mailbox *box = line->memory;

	memcpy(box->data, message, bytes);
	/* publishes the data; pairs with the acquire in mailbox_receive */
	atomic_store_explicit(&box->flag, ++line->turn, memory_order_release);
	return NULL;
}

static inline const char *mailbox_receive(struct line *line,
					  unsigned char *buffer, size_t bytes)
{
	struct mailbox *box = line->memory;
	uint64_t turn = ++line->turn;

	while (atomic_load_explicit(&box->flag, memory_order_acquire) != turn)
		cpu_relax();
	memcpy(buffer, box->data, bytes);
	return NULL;
}

static const struct wire mailbox_wire = {mailbox_send, mailbox_receive};

static void mailbox_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct mailbox **box = stage->object;
	struct line out = {.memory = box[0]}, in = {.memory = box[1]};

	trips_leader(&mailbox_wire, &out, &in, post, stage->task);
}

static void mailbox_answerer(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct mailbox **box = stage->object;
	struct line in = {.memory = box[0]}, out = {.memory = box[1]};

	trips_answerer(&mailbox_wire, &out, &in, post, stage->task);
}

static size_t mailbox_bytes(const struct task *task)
{
	size_t bytes = sizeof(struct mailbox) + task->axes->size_bytes;

	return (bytes + 4095) / 4096 * 4096;
}

static void floor_mailbox(const struct task *task, struct sample *ret_sample)
{
	size_t bytes = mailbox_bytes(task);
	unsigned char *memory =
		mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct mailbox *box[2];
	struct stage stage = {task, box};

	if (memory == MAP_FAILED) {
		verdict_set(&ret_sample->verdict, OUTCOME_HOST_LIMIT,
			    "no shared memory for two mailboxes of %zu B",
			    bytes);
		return;
	}
	box[0] = (struct mailbox *)(void *)memory;
	box[1] = (struct mailbox *)(void *)(memory + bytes);
	stage_run(&stage, mailbox_leader, mailbox_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		trips_times(task, ret_sample);
	munmap(memory, 2 * bytes);
}

/* Chunks keep the parent sure that something moves. */
#define LINE_CHUNK 256

static void line_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	uint64_t trips = stage->task->iterations;
	struct warmup warm = warmup_begin(post, stage->task);

	probe_lead(&post->team->probe, warm.to);
	while (warmup_goes_on(post, &warm))
		probe_lead(&post->team->probe, warm.to - warm.from);
	post_start(post);
	for (uint64_t done = 0; done < trips;) {
		uint64_t part =
			trips - done > LINE_CHUNK ? LINE_CHUNK : trips - done;

		probe_lead(&post->team->probe, part);
		done += part;
		post_progress(post, done);
	}
	post->team->end_ns = clock_now();
	post_stop(post, trips);
	post_finish(post);
}

static void line_answerer(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct warmup warm = warmup_begin(post, stage->task);

	probe_answer(&post->team->probe, warm.to);
	while (warmup_goes_on(post, &warm))
		probe_answer(&post->team->probe, warm.to - warm.from);
	post_start(post);
	probe_answer(&post->team->probe, stage->task->iterations);
	post_stop(post, stage->task->iterations);
	post_finish(post);
}

static void floor_cacheline(const struct task *task, struct sample *ret_sample)
{
	struct stage stage = {task, NULL};

	stage_run(&stage, line_leader, line_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_RTT_BLOCK] =
			(double)ret_sample->elapsed_ns /
			(double)ret_sample->iterations;
}

/* getppid: does nothing in the kernel and is never cached by the C library. */
static void make_calls(struct post *post, uint64_t calls)
{
	for (uint64_t i = 0; i < calls; i++) {
		(void)syscall(SYS_getppid);
		post_progress(post, i + 1);
	}
}

static void syscall_caller(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	uint64_t calls = stage->task->iterations;
	struct warmup warm = warmup_begin(post, stage->task);

	make_calls(post, warm.to);
	while (warmup_goes_on(post, &warm))
		make_calls(post, warm.to - warm.from);
	post_start(post);
	make_calls(post, calls);
	post->team->end_ns = clock_now();
	post_stop(post, calls);
}

static void floor_syscall(const struct task *task, struct sample *ret_sample)
{
	struct stage stage = {task, NULL};

	stage_run(&stage, syscall_caller, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_CALL] =
			(double)ret_sample->elapsed_ns /
			(double)ret_sample->iterations;
}

static const struct scenario scenarios[] = {
	{"raw", "mailbox", "roundtrip", "memcpy and a flag, both spin",
	 HAS_SIZES | NEEDS_TWO_CPUS, 1, 1, floor_mailbox},
	{"raw", "cacheline", "pingpong", "one line there and back",
	 NEEDS_TWO_CPUS, 1, 1, floor_cacheline},
	{"raw", "syscall", "empty", "getppid", IS_ALONE, 1, 0, floor_syscall},
};

const struct scenario_table scenarios_floor = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
