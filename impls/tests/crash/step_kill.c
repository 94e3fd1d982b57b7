/* SPDX-License-Identifier: MIT */
/*
 * Death at every instruction. A child runs one queue operation under ptrace,
 * one machine instruction at a time, and is killed after the k-th; then the
 * parent, a survivor, must find exactly the items of before or of after, a
 * truthful qsize, room for exactly maxsize items, and nothing may hang. For
 * every k. With --twice a second child is killed in the same way while it
 * meets what the first one left behind.
 *
 *   step_kill [--backend NAME] [--stride N] [--twice] [--seed N]
 *
 * --stride N takes every N-th instruction (from a random first one); 1 is
 * exhaustive and takes minutes. Prints a line a case; exit 1 if any failed.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipcmark/ipcmark.h"
#include "impls/testkit/single_step.h"
#include "impls/testkit/step_trace.h"

#define MAXSIZE	  8
#define LARGE	  (9u * 1024)
#define HUGE_ITEM (300u * 1024)
/* After which a survivor hangs; nothing takes so long on a busy machine. */
#define WAIT_NS	  (100 * INT64_C(1000000000))
#define MAX_STEPS 200000
/* The way of the first victim is written down. */
#define TO_THE_END -1L

enum operation { PUT, GET, PUT_MANY, GET_MANY };

/* One situation: what is inside, who sleeps, and what the child does. */
struct situation {
	const char *name;
	size_t inside[MAXSIZE]; /* bytes of the items inside, 0 ends */
	enum operation operation;
	size_t bytes; /* of the item that is put */
	bool sleeper; /* another process sleeps in a get (put) */
};

static const struct situation situations[] = {
	{"put into empty", {0}, PUT, 64, false},
	{"put beside one", {64}, PUT, 64, false},
	{"put the last slot", {64, 64, 64, 64, 64, 64, 64}, PUT, 64, false},
	{"put of several frames", {64}, PUT, LARGE, false},
	{"put that overflows", {64}, PUT, HUGE_ITEM, false},
	{"put behind an overflow", {HUGE_ITEM, HUGE_ITEM}, PUT, 64, false},
	{"put while a getter sleeps", {0}, PUT, 64, true},
	{"get the only one", {64}, GET, 0, false},
	{"get one of many", {64, 65, 66, 67, 68}, GET, 0, false},
	{"get of several frames", {LARGE, 64}, GET, 0, false},
	{"get from the overflow buffer", {HUGE_ITEM, 64, 64}, GET, 0, false},
	{"get from full", {64, 64, 64, 64, 64, 64, 64, 64}, GET, 0, false},
	{"put three at once", {64}, PUT_MANY, 64, false},
	{"get three at once", {64, 65, 66, 67}, GET_MANY, 0, false},
};

/* What parent, children and sleepers share. */
struct stage {
	int done;	    /* the sleeper has its item */
	uint32_t taken_tag; /* of the sleeper's item */
	unsigned char buffer[HUGE_ITEM + 64];
};

static struct stage *stage;
/* A queue of the same back-end, for nothing but a first call. */
static struct ipcm_queue *warm;
static unsigned char scratch[HUGE_ITEM + 64];
static unsigned long points, failures;
static const char *current_backend, *current_situation;
static long current_step[2];

static void fail(const char *what, long expected, long observed)
{
	failures++;
	if (failures < 20)
		printf("  %s: %s, killed at %ld/%ld: %s: expected %ld, "
		       "observed %ld\n",
		       current_backend, current_situation, current_step[0],
		       current_step[1], what, expected, observed);
}

/* ---- items: a tag in front, the rest follows from it ---- */

static void make_item(unsigned char *data, size_t bytes, uint32_t tag)
{
	memset(data, (int)(tag & 0xff), bytes);
	memcpy(data, &tag, sizeof(tag));
}

static uint32_t check_item(const unsigned char *data, size_t bytes)
{
	uint32_t tag;

	memcpy(&tag, data, sizeof(tag));
	for (size_t i = sizeof(tag); i < bytes; i++)
		if (data[i] != (tag & 0xff))
			return UINT32_MAX;
	return tag;
}

/* Tags: 1.. inside, 100.. by the killed one, 200.. by survivors. */
static enum ipcm_status put_tagged(struct ipcm_queue *queue, size_t bytes,
				   uint32_t tag, int64_t timeout_ns)
{
	make_item(scratch, bytes, tag);
	return ipcm_queue_put(queue, scratch, bytes, timeout_ns);
}

/* ---- the child that dies ---- */

static void enter(void)
{
	if (!single_step_enter())
		_exit(77);
}

static void run_operation(struct ipcm_queue *queue,
			  const struct situation *situation)
{
	struct ipcm_item items[3];
	size_t count;
	enum ipcm_status ignored = IPCM_OK;

	switch (situation->operation) {
	case PUT:
		ignored = ipcm_queue_put(queue, stage->buffer, situation->bytes,
					 IPCM_TRY);
		break;
	case GET:
		ignored =
			ipcm_queue_get(queue, stage->buffer,
				       sizeof(stage->buffer), IPCM_TRY, &count);
		break;
	case PUT_MANY:
		for (uint32_t i = 0; i < 3; i++) {
			items[i].data = stage->buffer + 64 * (size_t)i;
			items[i].size_bytes = 64;
			make_item(items[i].data, 64, 100 + i);
		}
		enter();
		ignored =
			ipcm_queue_put_many(queue, items, 3, IPCM_TRY, &count);
		break;
	case GET_MANY:
		ignored = ipcm_queue_get_many(queue, stage->buffer,
					      sizeof(stage->buffer), items, 3,
					      IPCM_TRY, &count);
		break;
	}
	(void)ignored; /* it is going to be killed in there */
}

static pid_t start_victim(struct ipcm_queue *queue,
			  const struct situation *situation)
{
	pid_t child = fork();

	if (child)
		return child;
	/* first use: identity and robust list are found before the stepping */
	if (ipcm_queue_put(warm, scratch, 64, IPCM_TRY))
		_exit(3);
	make_item(stage->buffer, sizeof(stage->buffer), 100);
	if (situation->operation != PUT_MANY)
		enter();
	run_operation(queue, situation);
	single_step_leave();
	_exit(0);
}

/*
 * Let the victim take `steps` instructions and kill it. Returns how many it
 * took: fewer if the operation was over.
 */
static long step_and_kill(pid_t victim, struct step_trace *trace, long steps)
{
	unsigned long taken;
	bool over;
	int code;

	if (!single_step_await(victim, &code)) {
		printf("skip: ptrace is not allowed here\n");
		exit(code == 77 ? 77 : 3);
	}
	taken = steps == TO_THE_END
			? step_trace_record(trace, victim, &over)
			: step_trace_follow(trace, victim, (unsigned long)steps,
					    &over);
	(void)kill(victim, SIGKILL);
	(void)waitpid(victim, NULL, 0);
	return (long)taken;
}

/* ---- the survivors ---- */

static pid_t start_sleeper(struct ipcm_queue *queue)
{
	const struct timespec backoff = {0, 20 * 1000 * 1000};
	pid_t child = fork();
	size_t bytes;

	if (child) {
		(void)nanosleep(&backoff, NULL); /* let it fall asleep */
		return child;
	}
	if (!ipcm_queue_get(queue, scratch, sizeof(scratch), WAIT_NS, &bytes)) {
		stage->taken_tag = check_item(scratch, bytes);
		stage->done = 1;
	}
	_exit(0);
}

/* The sleeper must get what the victim put, or else what we put now. */
static void wake_sleeper(struct ipcm_queue *queue, pid_t sleeper)
{
	int state;

	if (put_tagged(queue, 64, 200, WAIT_NS))
		fail("a survivor's put", 0, 1);
	(void)waitpid(sleeper, &state, 0);
	if (!stage->done)
		fail("the sleeper got an item", 1, 0);
	else if (stage->taken_tag != 100 && stage->taken_tag != 200)
		fail("the sleeper's item", 100, (long)stage->taken_tag);
}

/* Drain; the tags found, in order. */
static size_t drain(struct ipcm_queue *queue, uint32_t tags[], size_t room)
{
	size_t count = 0;
	size_t bytes;

	while (count < room && !ipcm_queue_get(queue, scratch, sizeof(scratch),
					       IPCM_TRY, &bytes))
		tags[count++] = check_item(scratch, bytes);
	return count;
}

/* Tags must be inside[from..], then the victims' own in order. */
static void check_content(const uint32_t tags[], size_t count, size_t inside,
			  size_t may_take, size_t may_add)
{
	size_t own = 0;
	size_t old = 0;
	uint32_t last = 0;

	for (size_t i = 0; i < count; i++) {
		if (tags[i] == UINT32_MAX) {
			fail("an intact item", 1, 0);
		} else if (tags[i] >= 100) {
			own++;
		} else {
			old++;
			if (own || (last && tags[i] != last + 1))
				fail("order", (long)last + 1, (long)tags[i]);
			last = tags[i];
		}
	}
	if (old && last != inside)
		fail("the newest item", (long)inside, (long)last);
	if (old > inside || old + may_take < inside)
		fail("items of before", (long)inside, (long)old);
	if (own > may_add)
		fail("items of the killed", (long)may_add, (long)own);
}

/* Exactly maxsize items fit again, and come out again. */
static void check_capacity(struct ipcm_queue *queue)
{
	uint32_t tags[MAXSIZE + 1];
	size_t size = 99;

	for (uint32_t i = 0; i < MAXSIZE; i++)
		if (put_tagged(queue, 64, 200 + i, IPCM_TRY)) {
			fail("slots", MAXSIZE, (long)i);
			return;
		}
	if (put_tagged(queue, 64, 299, IPCM_TRY) != IPCM_FULL)
		fail("FULL at maxsize", 1, 0);
	if (drain(queue, tags, MAXSIZE + 1) != MAXSIZE)
		fail("items after the refill", MAXSIZE, 0);
	if (ipcm_queue_qsize(queue, &size) || size)
		fail("qsize at the end", 0, (long)size);
}

static void check_survivors(struct ipcm_queue *queue,
			    const struct situation *situation, size_t inside,
			    size_t kills, pid_t sleeper)
{
	size_t most = situation->operation == PUT_MANY ||
				      situation->operation == GET_MANY
			      ? 3
			      : 1;
	bool puts =
		situation->operation == PUT || situation->operation == PUT_MANY;
	uint32_t tags[MAXSIZE + 4];
	size_t size = 0;
	size_t count;

	if (sleeper) {
		wake_sleeper(queue, sleeper);
		(void)drain(queue, tags, MAXSIZE + 4);
	} else {
		if (ipcm_queue_qsize(queue, &size))
			fail("qsize", 0, 1);
		count = drain(queue, tags, MAXSIZE + 4);
		if (size != count)
			fail("qsize against items found", (long)count,
			     (long)size);
		check_content(tags, count, inside, puts ? 0 : most * kills,
			      puts ? most * kills : 0);
	}
	check_capacity(queue);
}

/* ---- one case ---- */

static struct ipcm_queue *set_up(const struct ipcm_backend *backend,
				 const struct situation *situation,
				 size_t *ret_inside)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	size_t count = 0;

	options.maxsize = MAXSIZE;
	options.item_size_hint = 4096; /* 75 frames in the largest, not 1300 */
	if (ipcm_queue_create(backend, &options, &queue)) {
		printf("  %s: no queue can be made\n", backend->name);
		exit(3);
	}
	while (count < MAXSIZE && situation->inside[count]) {
		if (put_tagged(queue, situation->inside[count],
			       (uint32_t)count + 1, IPCM_TRY))
			fail("setting up", 0, 1);
		count++;
	}
	*ret_inside = count;
	return queue;
}

/* Kill at steps[0], then (kills == 2) another one at steps[1], which goes a way
 * of its own. */
static long run_case(const struct ipcm_backend *backend,
		     const struct situation *situation,
		     struct step_trace *trace, const long steps[2],
		     size_t kills)
{
	size_t inside;
	struct ipcm_queue *queue = set_up(backend, situation, &inside);
	pid_t sleeper = 0;
	long taken = 0;

	stage->done = 0;
	if (situation->sleeper)
		sleeper = start_sleeper(queue);
	for (size_t i = 0; i < kills; i++) {
		current_step[i] = steps[i];
		taken = step_and_kill(start_victim(queue, situation),
				      i ? NULL : trace, steps[i]);
	}
	check_survivors(queue, situation, inside, kills, sleeper);
	ipcm_queue_free(queue);
	points++;
	return taken;
}

/* One death; by steps alone if the victim leaves the way of the first.
 * @return the operation was over before */
static bool run_one_death(const struct ipcm_backend *backend,
			  const struct situation *situation,
			  struct step_trace *trace, const long steps[2])
{
	if (run_case(backend, situation, trace, steps, 1) == steps[0])
		return false;
	return steps[0] >= (long)trace->count ||
	       run_case(backend, situation, NULL, steps, 1) < steps[0];
}

static void run_situation(const struct ipcm_backend *backend,
			  const struct situation *situation, long stride,
			  bool twice)
{
	unsigned long before = failures;
	unsigned long first_point = points;
	long begin = stride > 1 ? random() % stride : 0;
	long steps[2] = {TO_THE_END, 0};
	struct step_trace trace = {0};

	current_situation = situation->name;
	(void)run_case(backend, situation, &trace, steps, 1);
	if (situation->bytes > LARGE || situation->inside[0] > LARGE)
		stride *= 64; /* most of it is copying */
	for (steps[0] = begin; steps[0] < MAX_STEPS; steps[0] += stride) {
		long again = twice ? random() % 7 : 0;

		for (steps[1] = again; twice; steps[1] += stride * 3)
			if (run_case(backend, situation, &trace, steps, 2) <
			    steps[1])
				break;
		if (run_one_death(backend, situation, &trace, steps))
			break;
		current_step[1] = 0;
	}
	step_trace_free(&trace);
	printf("%-11s %-26s %6lu points %s, %lu failed\n", backend->name,
	       situation->name, points - first_point,
	       twice ? "(two deaths)" : "(one death)", failures - before);
	(void)fflush(stdout);
}

static void run_backend(const struct ipcm_backend *backend, long stride,
			bool twice)
{
	char why[200];

	current_backend = backend->name;
	if (backend->capabilities & IPCM_CAP_FAKE)
		return;
	if (backend->probe(why, sizeof(why))) {
		printf("%-11s skipped: %s\n", backend->name, why);
		return;
	}
	if (ipcm_queue_create(backend, NULL, &warm))
		exit(3);
	for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
		run_situation(backend, &situations[i], stride, twice);
	ipcm_queue_free(warm);
}

/*
 * The string instructions that memcpy uses trap after each byte when they are
 * stepped: let it use vector loops. Only a new process takes the setting.
 */
static void avoid_string_instructions(char **argv)
{
	static const char name[] = "GLIBC_TUNABLES";

	if (getenv(name))
		return;
	(void)setenv(name,
		     "glibc.cpu.x86_rep_movsb_threshold=1073741824:"
		     "glibc.cpu.x86_rep_stosb_threshold=1073741824",
		     1);
	(void)execv("/proc/self/exe", argv); /* failing only costs time */
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"backend", required_argument, NULL, 'b'},
		{"stride", required_argument, NULL, 's'},
		{"twice", no_argument, NULL, 't'},
		{"seed", required_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	const char *only = NULL;
	long stride = 1;
	unsigned seed = (unsigned)time(NULL);
	bool twice = false;
	size_t count;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			only = optarg;
		else if (option == 's' && atol(optarg) > 0)
			stride = atol(optarg);
		else if (option == 't')
			twice = true;
		else if (option == 'r')
			seed = (unsigned)atol(optarg);
		else
			return 2;
	}
	avoid_string_instructions(argv);
	srandom(seed);
	printf("seed %u, stride %ld\n", seed, stride);
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage == MAP_FAILED)
		return 3;
	for (size_t i = 0; i < (ipcm_registry(&count), count); i++) {
		const struct ipcm_backend *backend =
			ipcm_registry(&count)[i].backend;

		if (backend && (!only || !strcmp(only, backend->name)))
			run_backend(backend, stride, twice);
	}
	printf("%lu points, %lu failed\n", points, failures);
	return failures ? 1 : 0;
}
