/* SPDX-License-Identifier: MIT */
/*
 * The soak of a manager; see soak.h. What its clients do is in soak_client.c.
 */
#include "soak.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conformance/harness/leak.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "soak_internal.h"

/* One client is killed and replaced in so long. */
static const int64_t KILL_EVERY_NS = S;
/* Until all clients have had a turn, or the server has closed what they left:
 * only what hangs takes longer, also at the lowest priority. */
static const int64_t SETTLE_NS = 300 * S;
/*
 * What the server's heap may grow by from the middle to the end: the values
 * that it holds are of random sizes, up to 12 MiB together, and malloc gives
 * back what lies at the end of its heap. A shorter run ends while it fills.
 */
#define HEAP_SLACK_KB 2048
static const int64_t HEAP_JUDGED_NS = 60 * S;

/* What the server has. */
struct sample {
	unsigned clients, descriptors;
	/** Resident; of that, not of files or shared memory. */
	long resident_kb, heap_kb;
};

/* ---- the server, from outside ---- */

static unsigned descriptors_of(pid_t pid)
{
	char path[32];
	unsigned count = 0;
	struct dirent *each;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	while (directory && (each = readdir(directory)))
		count += each->d_name[0] != '.';
	if (directory)
		(void)closedir(directory);
	return count;
}

/* A line of /proc/PID/status; 0: there is none. */
static long status_kb(pid_t pid, const char *name)
{
	char path[32], line[128];
	size_t bytes = strlen(name);
	long kb = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, bytes) == 0)
			kb = strtol(line + bytes, NULL, 10);
	if (file)
		(void)fclose(file);
	return kb;
}

static pid_t server_of(const struct soak *soak)
{
	pid_t pid = 0;

	return ipcm_manager_pid(soak->manager, &pid) ? 0 : pid;
}

/* ---- clients ---- */

static void client_start(struct soak_client *client)
{
	enum ipcm_status status;

	atomic_store(&client->turns, 0);
	atomic_store(&client->refused, false);
	status = ipcm_process_create(soak_client_run, client, NULL,
				     &client->process);
	if (!status)
		status = ipcm_process_start(client->process);
	if (status)
		stress_complain(client->soak, "start: %s",
				ipcm_status_text(status));
}

static void client_kill(struct soak_client *client)
{
	if (client->process && !ipcm_process_kill(client->process))
		(void)!ipcm_process_join(client->process, IPCM_FOREVER);
	ipcm_process_free(client->process);
	client->process = NULL;
	client->life++;
}

static void clients_start(struct soak *soak)
{
	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		soak->clients[i].soak = soak;
		soak->clients[i].index = i;
		client_start(&soak->clients[i]);
	}
}

/* A client that ended by itself has crashed, if it was not refused. */
static void clients_check(struct soak *soak)
{
	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		struct soak_client *client = &soak->clients[i];
		bool alive = true;

		if (client->process && !atomic_load(&client->refused) &&
		    !ipcm_process_is_alive(client->process, &alive) && !alive &&
		    !atomic_load(&client->refused))
			stress_complain(soak, "client %u ended by itself", i);
	}
}

static unsigned clients_served(const struct soak *soak, unsigned *ret_refused)
{
	unsigned served = 0;

	*ret_refused = 0;
	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		bool refused = atomic_load(&soak->clients[i].refused);

		*ret_refused += refused;
		served += !refused && atomic_load(&soak->clients[i].turns);
	}
	return served;
}

static bool goes_on(struct soak *soak)
{
	return !interrupt_requested && !stress_complained(soak);
}

/* All have had a turn since they began, so all are connected. */
static void clients_settle(struct soak *soak)
{
	int64_t deadline = now_ns() + SETTLE_NS;
	unsigned refused, served = 0;

	while (goes_on(soak) &&
	       (served = clients_served(soak, &refused)) + refused <
		       SOAK_CLIENTS) {
		if (now_ns() > deadline)
			stress_complain(soak,
					"only %u of %d clients had a turn",
					served, SOAK_CLIENTS);
		pause_ns(10 * MS);
	}
}

static void clients_end(struct soak *soak)
{
	atomic_store(&soak->shared.stop_flag, STOP_ALL);
	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		struct soak_client *client = &soak->clients[i];

		if (client->process &&
		    ipcm_process_join(client->process, SETTLE_NS) &&
		    goes_on(soak))
			stress_complain(soak, "client %u does not end", i);
		client_kill(client);
	}
}

/* ---- the run ---- */

static struct sample sample_take(struct soak *soak)
{
	pid_t pid = server_of(soak);
	struct sample sample;
	unsigned refused;

	clients_settle(soak);
	sample.clients = clients_served(soak, &refused);
	sample.descriptors = descriptors_of(pid);
	sample.resident_kb = status_kb(pid, "VmRSS:");
	sample.heap_kb = status_kb(pid, "RssAnon:");
	return sample;
}

static void sample_print(const struct soak *soak, const char *name,
			 const char *when, const struct sample *sample)
{
	(void)printf("%-11s %-6s %u clients, server: %u descriptors, "
		     "%ld KiB resident, %ld KiB of them heap; %" PRIu64
		     " requests\n",
		     name, when, sample->clients, sample->descriptors,
		     sample->resident_kb, sample->heap_kb,
		     atomic_load(&soak->requests));
	(void)fflush(stdout);
}

/* Kill and replace clients until then. @return how many */
static unsigned churn(struct soak *soak, uint64_t *random, int64_t until_ns)
{
	unsigned kills = 0;

	while (now_ns() < until_ns && goes_on(soak)) {
		struct soak_client *victim =
			&soak->clients[worker_pool_random(random) %
				       SOAK_CLIENTS];

		pause_ns(KILL_EVERY_NS / 2 +
			 (int64_t)(worker_pool_random(random) %
				   (uint64_t)KILL_EVERY_NS));
		clients_check(soak);
		client_kill(victim);
		client_start(victim);
		kills++;
	}
	return kills;
}

static void growth_check(struct soak *soak, int64_t duration_ns,
			 const struct sample *middle, const struct sample *end)
{
	if (end->clients == middle->clients &&
	    end->descriptors > middle->descriptors)
		stress_complain(soak, "%u descriptors more than in the middle",
				end->descriptors - middle->descriptors);
	if (duration_ns >= HEAP_JUDGED_NS &&
	    end->heap_kb > middle->heap_kb + HEAP_SLACK_KB)
		stress_complain(soak, "%ld KiB more heap than in the middle",
				end->heap_kb - middle->heap_kb);
}

/* The server has closed all that belonged to clients. */
static void descriptors_check(struct soak *soak, unsigned before)
{
	int64_t deadline = now_ns() + SETTLE_NS;
	unsigned left;

	while ((left = descriptors_of(server_of(soak))) != before &&
	       now_ns() < deadline)
		pause_ns(10 * MS);
	if (left != before)
		stress_complain(soak,
				"the server has %u descriptors without "
				"clients, and had %u",
				left, before);
}

/* @return how many clients were killed */
static unsigned soak_clients(struct soak *soak, const char *name,
			     int64_t duration_ns)
{
	uint64_t random = soak->seed * 2 + 1;
	unsigned before = descriptors_of(server_of(soak));
	int64_t begin = now_ns();
	struct sample middle, now;
	unsigned kills;

	clients_start(soak);
	kills = churn(soak, &random, begin + duration_ns / 10);
	now = sample_take(soak);
	sample_print(soak, name, "start", &now);
	kills += churn(soak, &random, begin + duration_ns / 2);
	middle = sample_take(soak);
	sample_print(soak, name, "middle", &middle);
	kills += churn(soak, &random, begin + duration_ns);
	now = sample_take(soak);
	sample_print(soak, name, "end", &now);
	if (goes_on(soak))
		growth_check(soak, duration_ns, &middle, &now);
	clients_end(soak);
	if (goes_on(soak))
		descriptors_check(soak, before);
	return kills;
}

static enum ipcm_status soak_open(struct soak *soak,
				  const struct ipcm_backend *backend)
{
	enum ipcm_status status =
		ipcm_manager_create(backend, NULL, &soak->manager);

	if (!status)
		status = ipcm_manager_start(soak->manager);
	if (!status)
		status = ipcm_manager_dict(soak->manager, "soak", &soak->dict);
	if (!status)
		status = ipcm_manager_queue(soak->manager, "queue",
					    SOAK_QUEUE_ITEMS, &soak->queue);
	if (!status)
		status = ipcm_manager_lock(soak->manager, "lock", &soak->lock);
	return status;
}

static void soak_close(struct soak *soak)
{
	ipcm_proxy_free(soak->dict);
	ipcm_proxy_free(soak->queue);
	ipcm_proxy_free(soak->lock);
	ipcm_manager_free(soak->manager);
}

static int verdict(const struct ipcm_backend *backend, struct soak *soak,
		   unsigned kills)
{
	bool failed = stress_complained(soak);

	(void)printf("%-11s %u clients killed, %" PRIu64
		     " locks recovered: %s\n",
		     backend->name, kills, atomic_load(&soak->recovered),
		     interrupt_requested ? "interrupted"
		     : failed		 ? "FAILED"
					 : "ok");
	if (failed)
		(void)printf("    %s\n", soak->shared.complaint);
	(void)fflush(stdout);
	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	return failed ? EXIT_VERDICT : EXIT_PASS;
}

static int soak_backend(const struct ipcm_backend *backend, struct soak *soak,
			int64_t duration_ns)
{
	enum ipcm_status status = soak_open(soak, backend);
	unsigned kills = 0;
	int code;

	if (status == IPCM_NOTSUP) {
		(void)printf("%-11s has no manager\n", backend->name);
		return EXIT_UNAVAILABLE;
	}
	if (status)
		stress_complain(soak, "no manager: %s",
				ipcm_status_name(status));
	else
		kills = soak_clients(soak, backend->name, duration_ns);
	code = verdict(backend, soak, kills);
	soak_close(soak);
	return code;
}

int soak_run(const struct ipcm_backend *backend, int64_t duration_ns,
	     uint64_t seed)
{
	struct leak_snapshot *before = leak_snapshot_take();
	struct soak *soak = mmap(NULL, sizeof(*soak), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char left[512];
	int code;

	if (soak == MAP_FAILED) {
		(void)fprintf(stderr, "ipcmark check: no memory for the "
				      "soak\n");
		leak_snapshot_free(before);
		return EXIT_INTERNAL;
	}
	soak->seed = seed;
	soak->parent = getpid();
	code = soak_backend(backend, soak, duration_ns);
	(void)munmap(soak, sizeof(*soak));
	(void)ipcm_collect();
	if (code == EXIT_PASS &&
	    leak_snapshot_compare(before, left, sizeof(left))) {
		(void)printf("%-11s left behind: %s\n", backend->name, left);
		code = EXIT_VERDICT;
	}
	leak_snapshot_free(before);
	return code;
}
