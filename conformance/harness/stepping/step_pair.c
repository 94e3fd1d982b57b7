/* SPDX-License-Identifier: MIT */
/* Two calls in every order; see step_pair.h. */
#include "step_pair.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step_points.h"
#include "step_rest.h"
#include "conformance/harness/cpus.h"
#include "impls/core/end_with.h"
#include "impls/core/sync/futex.h"
#include "impls/testkit/single_step.h"
#include "conformance/harness/users.h"

/* What no party does for so long, while all sleep, will not be done. Longer
 * than any backoff between two tries, shorter than a slice. */
#define QUIET_NS (30 * MS)
/* For what is noticed at the end of a slice only. */
#define SLICE_NS (400 * MS)
/* As long, if all is as it must be. */
#define SETTLED_NS (1 * MS)
/* The other party sleeps so long: it waits for the held one. */
#define BLOCKED_NS (3 * MS)
/* Or it has called for so long. */
#define REPEATS_NS (20 * MS)
/* One that repeats its call has had a CPU for so long, or sleeps between two:
 * more than the call takes. */
#define REPEATED_NS (5 * MS)
/* So does the held one: it waits for others. */
#define ASLEEP_NS (2 * MS)
#define LOOK_NS	  (100 * US)
/* All runs of a clause. */
struct run {
	struct step_party *party;
	/* For the first calls of a process; NULL: the back-end has none. */
	struct ipcm_lock *warm;
	/* Every instruction is a point. */
	bool every;
	struct step_points points;
	/* Points that were missed: it took another way, or slept before. */
	unsigned long pairs, runs, waited, missed;
};

bool step_through(const struct step_scene *scene, unsigned party)
{
	return atomic_load(&scene->party[party].phase) == 3;
}

static unsigned parties(const struct step_scene *scene)
{
	return STEP_SLEEPER + scene->pair->sleepers;
}

unsigned step_waiting(const struct step_scene *scene)
{
	unsigned waiting = 0;

	for (unsigned i = 0; i < parties(scene); i++)
		waiting += !step_through(scene, i);
	return waiting;
}

/* ---- are all at rest? ---- */

/* All that are not through sleep, and have not run since `before`, which
 * becomes what is now. */
static bool all_at_rest(const struct step_scene *scene,
			struct rest before[STEP_PARTIES])
{
	bool at_rest = true;

	for (unsigned i = 0; i < parties(scene); i++) {
		struct rest now = {.asleep = true, .ran = ""};
		bool same;

		if (!step_through(scene, i))
			rest_read(scene->party[i].pid, &now);
		same = strcmp(now.ran, before[i].ran) == 0;
		/* one that repeats its call has had a CPU for that */
		if (scene->pair->repeats & 1u << i ? !now.asleep && same
						   : !now.asleep || !same)
			at_rest = false;
		before[i] = now;
	}
	return at_rest;
}

/* ---- parties ---- */

static void await_phase(struct step_party *party, uint32_t phase)
{
	int64_t deadline = now_ns() + 2 * hang_ns();
	uint32_t is;

	while ((is = atomic_load(&party->phase)) < phase) {
		check_elsewhere();
		CHECK(now_ns() < deadline,
		      "a party is in phase %u, waited for %u", is, phase);
		(void)futex_wait(&party->phase, is, now_ns() + MS);
	}
}

static void set_phase(struct step_party *party, uint32_t phase)
{
	atomic_store(&party->phase, phase);
	futex_wake(&party->phase, 2);
}

/* A thread's first lock finds out who it is: not what is to be stepped. */
static void warm_up(struct ipcm_lock *warm)
{
	if (warm) {
		CHECK_OK(ipcm_lock_acquire(warm, hang_ns()));
		CHECK_OK(ipcm_lock_release(warm));
	}
}

static void run_before(struct step_scene *scene, struct step_party *me,
		       step_function before)
{
	if (before)
		CHECK_OK(before(scene, me));
}

static void run_other(struct step_scene *scene)
{
	struct step_party *me = &scene->party[STEP_OTHER];

	run_before(scene, me, scene->pair->other_before);
	me->pid = gettid();
	set_phase(me, 1);
	/* a thread of the held one may not run meanwhile: single_step_sleeper
	 */
	while (atomic_load(&me->phase) < 2)
		(void)futex_wait(&me->phase, 1, now_ns() + 2 * hang_ns());
	me->status = scene->pair->other(scene, me);
	set_phase(me, 3);
}

static void *run_other_thread(void *scene)
{
	run_other(scene);
	return NULL;
}

static void run_held(struct step_scene *scene)
{
	struct step_party *me = &scene->party[STEP_HELD];
	enum ipcm_status status;
	pthread_t thread = 0;

	run_before(scene, me, scene->pair->before);
	if (scene->pair->same_process) {
		thread = thread_start(run_other_thread, scene);
		await_phase(&scene->party[STEP_OTHER], 1);
	}
	warm_up(scene->warm);
	if (!single_step_enter())
		check_limit("ptrace is not allowed here: no call can be held; "
			    "allow it (seccomp, CAP_SYS_PTRACE)");
	status = scene->pair->held(scene, me);
	single_step_leave();
	me->status = status;
	set_phase(me, 3);
	if (thread)
		(void)pthread_join(thread, NULL);
}

static void run_sleeper(struct step_scene *scene, struct step_party *me)
{
	set_phase(me, 2);
	me->status = scene->pair->sleeper(scene, me);
	set_phase(me, 3);
}

static void party_start(struct step_scene *scene, unsigned number)
{
	struct step_party *me = &scene->party[number];
	/* not a peer: who traces it waits for its stops */
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		check_harness_error("fork: %s", strerror(errno));
	if (pid) {
		me->pid = pid;
		return;
	}
	end_with(parent);
	if (number == STEP_HELD)
		run_held(scene);
	else if (number == STEP_OTHER)
		run_other(scene);
	else
		run_sleeper(scene, me);
	_exit(0);
}

static void await_asleep(const struct step_scene *scene, unsigned number)
{
	struct step_party *party = &scene->party[number];
	int64_t deadline = now_ns() + hang_ns();
	struct rest before = {0}, now = {0};

	await_phase(party, 2);
	do {
		before = now;
		check_elsewhere();
		CHECK(!step_through(scene, number) && now_ns() < deadline,
		      "a sleeper does not sleep: %s",
		      ipcm_status_name(party->status));
		pause_ns(LOOK_NS);
		rest_read(party->pid, &now);
	} while (!now.asleep || strcmp(now.ran, before.ran) != 0);
}

/* They sleep before the held one runs; or, if it is to be woken first, behind
 * it. */
static void start_sleepers(struct step_scene *scene)
{
	for (unsigned i = 0; i < scene->pair->sleepers; i++) {
		if (scene->party[STEP_SLEEPER + i].pid)
			continue;
		party_start(scene, STEP_SLEEPER + i);
		await_asleep(scene, STEP_SLEEPER + i);
	}
}

/* ---- the held one ---- */

struct held {
	pid_t pid;
	bool stopped, gone;
};

/* One more step came to an end. */
static void note_step(struct held *held, enum single_step step)
{
	held->stopped = step == STEP_TAKEN || step == STEP_OVER;
	held->gone = step == STEP_GONE;
	check_elsewhere();
	CHECK(!held->gone, "the held party has died");
}

/* Once, if it sleeps: let the others sleep, too, wake it, and wait for what
 * comes of its step; another one may be woken in its place. */
static enum single_step wake_once(struct step_scene *scene,
				  const struct held *held,
				  enum single_step step, bool *woken)
{
	int64_t until;

	if (step != STEP_ASLEEP || !scene->pair->wake || *woken)
		return step;
	*woken = true;
	start_sleepers(scene);
	scene->pair->wake(scene);
	until = now_ns() + QUIET_NS;
	while ((step = single_step_poll(held->pid)) == STEP_ASLEEP &&
	       now_ns() < until) {
		check_elsewhere();
		pause_ns(LOOK_NS / 2);
	}
	return step;
}

static int64_t asleep_ns(const struct step_scene *scene)
{
	return scene->pair->timed ? 0 : ASLEEP_NS;
}

/* Step through all of its calls, until it sleeps or they end, and write down
 * its points. */
static void record(struct step_scene *scene, struct held *held,
		   struct step_points *points, bool every)
{
	enum single_step step = STEP_TAKEN;
	bool woken = false;

	step_points_clear(points);
	while (step == STEP_TAKEN) {
		uintptr_t address = single_step_address(held->pid);

		step_points_pass(
			points, address,
			every || single_step_is_visible(
					 held->pid, scene->pair->same_process));
		step = single_step_next(held->pid, asleep_ns(scene));
		step = wake_once(scene, held, step, &woken);
	}
	note_step(held, step);
}

/* Let it run to a point; it may sleep or end before. @return it stands there */
static bool hold_at(struct step_scene *scene, struct held *held,
		    struct step_point point)
{
	enum single_step step = STEP_TAKEN;
	bool woken = false;
	unsigned passed = 0;

	while (step == STEP_TAKEN) {
		if (single_step_address(held->pid) == point.address &&
		    passed++ == point.passed)
			break;
		step = single_step_run_to(held->pid, point.address,
					  asleep_ns(scene));
		step = wake_once(scene, held, step, &woken);
	}
	note_step(held, step);
	return step == STEP_TAKEN;
}

static void release(struct held *held)
{
	/* one that slept stops when it wakes up */
	if (!held->stopped && !held->gone) {
		enum single_step step = single_step_poll(held->pid);

		held->stopped = step == STEP_TAKEN || step == STEP_OVER;
		if (!held->stopped)
			return;
	}
	if (held->stopped)
		single_step_release(held->pid);
	held->gone = true;
}

/* ---- a scene ---- */

static void describe(const struct step_scene *scene, const struct held *held)
{
	uintptr_t address = held->stopped ? single_step_address(held->pid) : 0;
	Dl_info info = {0};

	if (address && !dladdr((void *)address, &info))
		info.dli_fbase = NULL;
	check_note("%s, at %s+0x%lx", scene->pair->name,
		   address ? (info.dli_fname ? info.dli_fname : "?")
			   : "its sleep",
		   (unsigned long)(address - (uintptr_t)info.dli_fbase));
}

/* The other's calls, as far as they get. @return they are through */
static bool run_the_other(struct step_scene *scene)
{
	struct step_party *other = &scene->party[STEP_OTHER];
	struct rest before = {0}, now;
	int64_t begin = now_ns(), since = begin;

	set_phase(other, 2);
	while (!step_through(scene, STEP_OTHER)) {
		check_elsewhere();
		(void)futex_wait(&other->phase, 2, now_ns() + LOOK_NS);
		rest_read(other->pid, &now);
		if (!now.asleep || strcmp(now.ran, before.ran) != 0)
			since = now_ns();
		before = now;
		if (now_ns() - since > BLOCKED_NS ||
		    (scene->pair->repeats & 1u << STEP_OTHER &&
		     now_ns() - begin > REPEATS_NS))
			break;
	}
	return step_through(scene, STEP_OTHER);
}

/* Those that repeat their call have done it since `from`. */
static bool all_have_repeated(const struct step_scene *scene,
			      const struct rest from[STEP_PARTIES],
			      const struct rest now[STEP_PARTIES])
{
	for (unsigned i = 0; i < parties(scene); i++)
		if (scene->pair->repeats & 1u << i && !step_through(scene, i) &&
		    !now[i].asleep &&
		    rest_ran_ns(&now[i]) - rest_ran_ns(&from[i]) < REPEATED_NS)
			return false;
	return true;
}

/* Wait until all are through, or nothing happens any more; or until all is as
 * the pair says, and rests. */
static void settle(struct step_scene *scene, struct held *held,
		   bool (*accepted)(struct step_scene *scene))
{
	struct rest before[STEP_PARTIES] = {0}, from[STEP_PARTIES] = {0};
	int64_t since = 0, deadline = now_ns() + 2 * hang_ns();
	int64_t enough = scene->pair->in_a_slice ? SLICE_NS : QUIET_NS;
	bool caught_up = false;

	for (;;) {
		/* this process may have to wait for a CPU after its look */
		int64_t looked = now_ns(), quiet;

		if (!held->gone)
			release(held);
		if (step_waiting(scene) == 0)
			return;
		check_elsewhere();
		if (!all_at_rest(scene, before) || !since) {
			since = now_ns();
			caught_up = false;
			memcpy(from, before, sizeof(from));
		}
		quiet = looked - since;
		if ((quiet > enough && caught_up &&
		     all_have_repeated(scene, from, before)) ||
		    looked > deadline ||
		    (quiet > SETTLED_NS && accepted && accepted(scene)))
			return;
		if (quiet > enough) {
			cpus_catch_up();
			caught_up = true;
		}
		pause_ns(LOOK_NS);
	}
}

static void describe_waiting(const struct step_scene *scene, char *text,
			     size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < parties(scene) && used < bytes; i++)
		used += (size_t)snprintf(
			text + used, bytes - used, "%s%s %s", i ? ", " : "",
			i == STEP_HELD	  ? "the held one"
			: i == STEP_OTHER ? "the other"
					  : "a sleeper",
			step_through(scene, i)
				? ipcm_status_name(scene->party[i].status)
				: "waits");
}

static void judge(struct step_scene *scene, struct held *held)
{
	const struct step_pair *pair = scene->pair;
	char text[200];

	settle(scene, held, pair->settled);
	describe_waiting(scene, text, sizeof(text));
	CHECK(pair->settled ? pair->settled(scene) : !step_waiting(scene), "%s",
	      text);
	if (!step_waiting(scene))
		return;
	if (pair->finish)
		pair->finish(scene);
	settle(scene, held, NULL);
	describe_waiting(scene, text, sizeof(text));
	CHECK(!step_waiting(scene), "at the end: %s", text);
}

static void reap(struct step_scene *scene)
{
	for (unsigned i = 0; i < parties(scene); i++) {
		pid_t pid = scene->party[i].pid;
		int status = 0;

		if (i == STEP_OTHER && scene->pair->same_process)
			continue;
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			      WEXITSTATUS(status) == 0,
		      "party %u ended with status %x", i, (unsigned)status);
	}
}

/* @return false: the back-end does not have it */
static bool scene_start(struct step_scene *scene)
{
	const struct step_pair *pair = scene->pair;
	int code;

	memset(scene->party, 0, STEP_PARTIES * sizeof(*scene->party));
	if (!pair->prepare(scene))
		return false;
	if (!pair->same_process) {
		party_start(scene, STEP_OTHER);
		await_phase(&scene->party[STEP_OTHER], 1);
	}
	party_start(scene, STEP_HELD);
	if (!single_step_await(scene->party[STEP_HELD].pid, &code)) {
		check_elsewhere();
		check_harness_error("the held party ended with %d", code);
	}
	single_step_sleeper(pair->same_process ? scene->party[STEP_OTHER].pid
					       : 0);
	if (!pair->wake)
		start_sleepers(scene);
	if (pair->started)
		pair->started(scene);
	return true;
}

/* Hold it at this point; NULL: let it run, and find its points. @return false:
 * the back-end does not have the pair */
static bool run_once(const struct ipcm_backend *backend,
		     const struct step_pair *pair, struct run *run,
		     const struct step_point *point)
{
	struct step_scene scene = {.backend = backend,
				   .pair = pair,
				   .party = run->party,
				   .warm = run->warm};
	struct held held = {0};

	check_note("%s", pair->name);
	if (!scene_start(&scene))
		return false;
	held.pid = scene.party[STEP_HELD].pid;
	if (point)
		run->missed += !hold_at(&scene, &held, *point);
	else
		record(&scene, &held, &run->points, run->every);
	describe(&scene, &held);
	start_sleepers(&scene);
	if (pair->look)
		pair->look(&scene);
	scene.completed = run_the_other(&scene);
	if (pair->look_again)
		pair->look_again(&scene);
	run->runs++;
	run->waited += !scene.completed;
	judge(&scene, &held);
	reap(&scene);
	if (pair->inspect)
		pair->inspect(&scene);
	pair->free(&scene);
	return true;
}

static void run_pair(const struct ipcm_backend *backend,
		     const struct step_pair *pair, struct run *run)
{
	/* a slice takes long */
	size_t sample = check_step_sample() / (pair->in_a_slice ? 4 : 1);
	size_t stride = 1;

	if (!run_once(backend, pair, run, NULL))
		return;
	run->pairs++;
	if (check_steps() == CHECK_STEPS_FEW)
		stride += run->points.count / (sample ? sample : 1);
	for (size_t at = random_below(stride); at < run->points.count;
	     at += stride)
		(void)run_once(backend, pair, run, &run->points.list[at]);
}

void step_pairs_run(const struct ipcm_backend *backend,
		    const struct step_pair *pairs, size_t count)
{
	struct run *run = memory(sizeof(*run));

	run->party = share(STEP_PARTIES * sizeof(struct step_party));
	run->every = check_steps() == CHECK_STEPS_ALL;
	if (backend->lock)
		run->warm = lock_make(backend);
	for (size_t i = 0; i < count; i++)
		run_pair(backend, &pairs[i], run);
	ipcm_lock_free(run->warm);
	check_remark("%lu pairs of calls, %lu interleavings; in %lu the other "
		     "call waited, in %lu the held one took another way",
		     run->pairs, run->runs, run->waited, run->missed);
	free(run->points.list);
	free(run);
}
