/* SPDX-License-Identifier: MIT */
/*
 * Every call that can fail, fails: each allocation, system call and process
 * start of the library, one at a time, at every place. The call of the library
 * that meets it gives a code that says so, or copes; it leaks nothing, and the
 * object can be used afterwards.
 *
 *   test_failing_calls [--thorough] [--backend NAME] [--scenario TEXT]
 *                      [--call NAME] [--limit SECONDS] [--verbose]
 *
 * By default each place fails once, with one errno, a different one at each
 * place; --thorough lets each call of a place fail, with each errno. Exit code
 * 77 where namespaces of one's own are not allowed: what is left behind could
 * not be told from what other programs have.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/naming/resource_registry.h"
#include "impls/testkit/ipc_namespace.h"
#include "failing_calls.h"
#include "scenarios.h"
#include "steps.h"

#define SHM_KILOBYTES 65536
#define SKIPPED	      77
/* Calls of one place that --thorough lets fail: the first ones. */
#define OCCURRENCES 40u
/* Runs without a fault that tell what a run keeps. */
#define REFERENCES 2

static struct {
	bool thorough, verbose;
	const char *backend, *scenario, *call;
	unsigned limit_seconds;
} options = {.limit_seconds = 120};

/* What a process holds when the objects are freed. */
struct holdings {
	unsigned descriptors;
	int objects, files;
	long blocks, bytes;
};

/* What the processes of the test tell each other. */
static struct report {
	struct holdings most; /* of the runs without a fault */
	unsigned places, runs, fired, failed;
} * report, total;

/* Of the scenario: where calls have failed; shared by the processes. */
static place_id *sites;
static unsigned *site_count;

/* Of this run. */
static struct {
	enum call call;
	int error;
} fault;

/* ---- what is held ---- */

static unsigned entries(const char *path, const char *prefix)
{
	DIR *list = opendir(path);
	unsigned count = 0;
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		count += entry->d_name[0] != '.' &&
			 !strncmp(entry->d_name, prefix, strlen(prefix));
	if (list)
		(void)closedir(list);
	return count;
}

static unsigned files_left(void)
{
	char folder[64];

	(void)snprintf(folder, sizeof(folder), "/dev/shm/ipcmark-%u",
		       (unsigned)geteuid());
	return entries(folder, "") + entries("/dev/shm", "ipcmark") +
	       entries("/tmp", "ipcmark-0");
}

static struct holdings holdings_now(void)
{
	return (struct holdings){
		.descriptors = entries("/proc/self/fd", ""),
		.objects = (int)ipc_namespace_objects(),
		.files = (int)files_left(),
		.blocks = atomic_load(&blocks_held),
		.bytes = atomic_load(&bytes_mapped),
	};
}

static unsigned larger(const char *what, long now, long most)
{
	if (now <= most)
		return 0;
	fprintf(stderr, "  left behind: %s: %ld, without the fault %ld\n", what,
		now, most);
	return 1;
}

static unsigned leaks(const struct holdings *now, const struct holdings *most)
{
	int foreign = call_meets_foreign(fault.call, fault.error);

	return larger("descriptors", now->descriptors, most->descriptors) +
	       larger("IPC objects", now->objects, most->objects + foreign) +
	       larger("files", now->files, most->files) +
	       larger("blocks of malloc", now->blocks, most->blocks) +
	       larger("bytes of mmap", now->bytes, most->bytes);
}

#define KEEP_MOST(member)                                                      \
	do {                                                                   \
		if (now.member > report->most.member)                          \
			report->most.member = now.member;                      \
	} while (0)

static void keep_most(struct holdings now)
{
	KEEP_MOST(descriptors);
	KEEP_MOST(objects);
	KEEP_MOST(files);
	KEEP_MOST(blocks);
	KEEP_MOST(bytes);
}

/* ---- one run, in a process of its own ---- */

/* Twice: with the fault, and then without one. Then nothing is left. */
static void run(const struct scenario *scenario,
		const struct ipcm_backend *backend, const char *subject,
		bool is_reference)
{
	struct holdings before = holdings_now(), now;
	unsigned failed;

	(void)alarm(options.limit_seconds);
	atomic_store(&failing_calls->main, getpid());
	steps_subject(subject);
	steps_begin(scenario->name);
	scenario->run(backend);
	failed = steps_end();
	failing_calls_end();
	steps_begin(scenario->name);
	scenario->run(backend);
	failed += steps_end();
	(void)resource_collect();
	now = holdings_now();
	/* what runs before have left is theirs */
	now.objects -= before.objects;
	now.files -= before.files;
	if (is_reference)
		keep_most(now);
	else if (leaks(&now, &report->most)) {
		fprintf(stderr, "%s: left something behind\n", subject);
		failed++;
	}
	_exit(failed ? 1 : 0);
}

static bool run_in_child(const struct scenario *scenario,
			 const struct ipcm_backend *backend,
			 const char *subject, bool is_reference)
{
	int state = -1;
	pid_t child = fork();

	if (child == 0) {
		(void)setpgid(0, 0);
		run(scenario, backend, subject, is_reference);
	}
	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		;
	(void)kill(-child, SIGKILL); /* what it left running */
	if (WIFSIGNALED(state))
		fprintf(stderr, "%s: %s\n", subject,
			WTERMSIG(state) == SIGALRM
				? "hangs"
				: strsignal(WTERMSIG(state)));
	return state == 0;
}

/* ---- all runs of a scenario on a back-end ---- */

/* Which function of the library it is, if there is addr2line(1). */
static void place_name(place_id id, char *text, size_t bytes)
{
	char command[128];
	FILE *names;

	(void)snprintf(command, sizeof(command),
		       "addr2line -sfpe /proc/%d/exe 0x%lx 2>/dev/null",
		       (int)getpid(), (unsigned long)place_address(id) - 1);
	names = popen(command, "r");
	if (!names || !fgets(text, (int)bytes, names))
		(void)snprintf(text, bytes, "0x%lx",
			       (unsigned long)place_address(id));
	text[strcspn(text, "\n")] = '\0';
	if (names)
		(void)pclose(names);
}

static void inject(const struct scenario *scenario,
		   const struct ipcm_backend *backend, place_id id,
		   unsigned occurrence, int error)
{
	char where[256] = "", subject[512];
	bool good;

	memset(failing_calls, 0, sizeof(*failing_calls));
	failing_calls->target = id;
	failing_calls->occurrence = occurrence;
	failing_calls->error = error;
	fault.call = place_call(id);
	fault.error = error;
	(void)snprintf(subject, sizeof(subject),
		       "%s, %s, %s%s (0x%lx, step %u, no. %u): %s",
		       backend->name, scenario->name, call_name(place_call(id)),
		       place_is_child(id) ? " of a child" : "",
		       (unsigned long)place_address(id), place_step(id),
		       occurrence, strerrorname_np(error));
	good = run_in_child(scenario, backend, subject, false);
	report->runs++;
	report->fired += atomic_load(&failing_calls->fired);
	if (!good || options.verbose) {
		place_name(id, where, sizeof(where));
		fprintf(stderr, "%s %s\n    at %s\n", good ? "ok  " : "FAIL",
			subject, where);
	}
	report->failed += !good;
}

/* By default a place fails at one step, on one back-end. */
static bool is_new_site(place_id id)
{
	place_id site = place_site(id);

	for (unsigned i = 0; i < *site_count; i++)
		if (sites[i] == site)
			return false;
	if (*site_count < PLACES_MAX)
		sites[(*site_count)++] = site;
	return true;
}

static void fail_at(const struct scenario *scenario,
		    const struct ipcm_backend *backend,
		    const struct place *place)
{
	enum call call = place_call(place->id);
	size_t errors = call_error_count(call);
	unsigned most = place->calls < OCCURRENCES ? place->calls : OCCURRENCES;

	if ((options.call && strcmp(options.call, call_name(call)) != 0) ||
	    (!options.thorough && !is_new_site(place->id)))
		return;
	report->places++;
	if (!options.thorough) {
		inject(scenario, backend, place->id, 1,
		       call_error(call,
				  (total.places + report->places) % errors));
		return;
	}
	for (unsigned n = 1; n <= most; n++)
		for (size_t i = 0; i < errors; i++)
			inject(scenario, backend, place->id, n,
			       call_error(call, i));
}

/* In a process with namespaces of its own. */
static void run_all(const struct scenario *scenario,
		    const struct ipcm_backend *backend)
{
	static struct place places[PLACES_MAX];

	/* the library makes files in /tmp, too, and so do other tests */
	if (!ipc_namespace_enter(SHM_KILOBYTES) ||
	    mount("ipcmark", "/tmp", "tmpfs", 0, NULL))
		_exit(SKIPPED);
	for (int i = 0; i < REFERENCES; i++) {
		memset(failing_calls, 0, sizeof(*failing_calls));
		if (!run_in_child(scenario, backend, scenario->name, true)) {
			fprintf(stderr, "%s on %s fails without a fault\n",
				scenario->name, backend->name);
			report->failed++;
			_exit(0);
		}
	}
	memcpy(places, failing_calls->places, sizeof(places));
	for (size_t i = 0; i < PLACES_MAX; i++)
		if (places[i].id)
			fail_at(scenario, backend, &places[i]);
	_exit(0);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void scenario_on(const struct scenario *scenario,
			const struct ipcm_backend *backend)
{
	double before = cpu_seconds();
	int state = -1;
	pid_t worker;

	memset(report, 0, sizeof(*report));
	fflush(NULL);
	worker = fork();
	if (worker == 0)
		run_all(scenario, backend);
	(void)waitpid(worker, &state, 0);
	if (WIFEXITED(state) && WEXITSTATUS(state) == SKIPPED) {
		printf("skip: namespaces are not allowed here\n");
		exit(SKIPPED);
	}
	report->failed += state != 0;
	printf("%s %s on %s: %u places, %u faults, %u not met, %u bad, "
	       "%.1f s\n",
	       report->failed ? "FAIL" : "ok  ", scenario->name, backend->name,
	       report->places, report->runs, report->runs - report->fired,
	       report->failed, cpu_seconds() - before);
	fflush(stdout);
	total.places += report->places;
	total.runs += report->runs;
	total.fired += report->fired;
	total.failed += report->failed;
}

/* ---- all of them ---- */

static bool backend_has(const struct ipcm_backend *backend, enum needs needs)
{
	char why[256];

	return !(backend->capabilities & IPCM_CAP_FAKE) &&
	       !backend->probe(why, sizeof(why)) &&
	       backend_offers(backend, needs);
}

static void on_backends(const struct scenario *scenario)
{
	/* not always the same first, which has the most places */
	static size_t first;
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);

	if (options.scenario && strcmp(options.scenario, scenario->name) != 0)
		return;
	*site_count = 0;
	first++;
	for (size_t i = 0; i < count; i++) {
		const struct ipcm_backend *backend =
			entry[(first + i) % count].backend;

		if (!backend || !backend_has(backend, scenario->needs) ||
		    (options.backend &&
		     strcmp(options.backend, backend->name) != 0))
			continue;
		scenario_on(scenario, backend);
		if (scenario->one_backend && !options.thorough)
			break;
	}
}

static void each_scenario(const struct scenario *scenarios)
{
	for (size_t i = 0; scenarios[i].name; i++)
		on_backends(&scenarios[i]);
}

static void read_options(int count, char **arguments)
{
	static const struct option known[] = {
		{"thorough", no_argument, NULL, 't'},
		{"backend", required_argument, NULL, 'b'},
		{"scenario", required_argument, NULL, 's'},
		{"call", required_argument, NULL, 'c'},
		{"limit", required_argument, NULL, 'l'},
		{"verbose", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(count, arguments, "", known, NULL)) >= 0)
		if (option == 't')
			options.thorough = true;
		else if (option == 'v')
			options.verbose = true;
		else if (option == 'b')
			options.backend = optarg;
		else if (option == 's')
			options.scenario = optarg;
		else if (option == 'c')
			options.call = optarg;
		else if (option == 'l')
			options.limit_seconds =
				(unsigned)strtoul(optarg, NULL, 10);
		else
			exit(2);
}

int main(int count, char **arguments)
{
	read_options(count, arguments);
	failing_calls = shared_memory(sizeof(*failing_calls));
	report = shared_memory(sizeof(*report));
	sites = shared_memory(PLACES_MAX * sizeof(*sites));
	site_count = shared_memory(sizeof(*site_count));
	each_scenario(queue_scenarios);
	each_scenario(connection_scenarios);
	each_scenario(lock_scenarios);
	each_scenario(process_scenarios);
	printf("%u places, %u faults, %u not met, %u bad\n", total.places,
	       total.runs, total.runs - total.fired, total.failed);
	/* a filter that names nothing, or faults that do not reach the library
	 */
	if (!total.fired)
		fprintf(stderr, "no fault happened: nothing was tested\n");
	return total.failed || !total.fired ? 1 : 0;
}
