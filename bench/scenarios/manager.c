/* SPDX-License-Identifier: MIT */
/*
 * Requests to a manager: clients get values from a dict of its, or set them,
 * each by keys of its own. With two CPUs the clients share the first and the
 * server has the second. A request carries its value one way, the round trip of
 * a connection with which it is compared carries it both ways.
 *
 * A get must give the value of its key. After sets each key must have the last
 * value that was set. The proof sets and gets, and compares every byte.
 */
#include <sched.h>
#include <stdio.h>

#include "bench/loops/clients.h"
#include "bench/loops/stream.h"
#include "objects.h"

#define KEY_BYTES 8

struct served {
	struct ipcm_manager *manager;
	struct ipcm_proxy *dict;
};

/* In a worker. */
struct client {
	struct worker_context *worker;
	const struct task *task;
	struct ipcm_proxy *dict;
	size_t bytes;
	char key[CLIENT_KEYS][KEY_BYTES + 1];
	unsigned char *value, *buffer;
};

typedef void request_function(struct client *client, uint64_t seq);

/* ---- requests ---- */

/* The first call of a client makes a connection. */
static void check_call(struct client *client, const char *call, uint64_t seq,
		       enum ipcm_status status, const char *failed)
{
	if (__builtin_expect(failed == NULL, 1))
		return;
	if (status == IPCM_LIMIT)
		worker_fail(client->worker, OUTCOME_HOST_LIMIT,
			    "no connection to the manager for client %u of %u: "
			    "%s",
			    client->worker->index + 1,
			    client->task->axes->producers, failed);
	stream_call_failed(client->worker, call, seq, failed);
}

static void set(struct client *client, uint64_t seq)
{
	enum ipcm_status status =
		ipcm_dict_set(client->dict, client->key[seq % CLIENT_KEYS],
			      KEY_BYTES, client->value, client->bytes);

	check_call(client, "set", seq, status, channel_text(status));
}

static void get(struct client *client, uint64_t seq)
{
	size_t got = 0;
	enum ipcm_status status =
		ipcm_dict_get(client->dict, client->key[seq % CLIENT_KEYS],
			      KEY_BYTES, client->buffer, client->bytes, &got);

	check_call(client, "get", seq, status,
		   channel_size_text(status, got, client->bytes));
}

static void set_marked(struct client *client, uint64_t seq)
{
	payload_mark(client->value, client->bytes, seq);
	set(client, seq);
}

static void get_marked(struct client *client, uint64_t seq, uint64_t mark)
{
	get(client, seq);
	if (__builtin_expect(
		    !payload_marked(client->buffer, client->bytes, mark), 0))
		stream_mismatch(client->worker, client->buffer, client->bytes,
				mark);
}

/* Each key has the value with its own number. */
static void get_own(struct client *client, uint64_t seq)
{
	get_marked(client, seq, seq % CLIENT_KEYS);
}

/* ---- a client ---- */

/* Single times are kept of the first client. */
CHANNEL_INLINE void requests(struct client *client, request_function *request,
			     uint64_t from, uint64_t to, struct hist *hist)
{
	int64_t before = hist ? clock_now() : 0;

	for (uint64_t seq = from; seq < to; seq++) {
		request(client, seq);
		if (hist) {
			int64_t now = clock_now();

			hist_add(hist, (uint64_t)(now - before));
			before = now;
		}
		worker_progress(client->worker, seq + 1);
	}
}

static struct client client_begin(struct worker_context *worker,
				  const struct run_context *context)
{
	const struct served *served = context->object;
	struct client client = {
		.worker = worker,
		.task = context->task,
		.dict = served->dict,
		.bytes = context->task->axes->size_bytes,
	};

	client.value = worker_buffer(worker, client.bytes);
	client.buffer = worker_buffer(worker, client.bytes);
	for (unsigned i = 0; i < CLIENT_KEYS; i++)
		snprintf(client.key[i], sizeof(client.key[i]), "%04u/%03u",
			 worker->index % 10000, i);
	return client;
}

static void verify(struct client *client)
{
	struct tally *tally = &client->worker->self->tally;
	uint64_t count = clients_share(client->task, client->worker->index);

	tally_begin(tally, count);
	for (uint64_t seq = 0; seq < count; seq++) {
		payload_fill(client->value, client->bytes, client->task->seed,
			     seq);
		set(client, seq);
		get(client, seq);
		tally_take(tally, client->buffer, client->bytes,
			   client->task->seed);
		worker_progress(client->worker, seq + 1);
	}
}

/* @return the number of the first request that is timed */
CHANNEL_INLINE uint64_t warm_up(struct client *client,
				request_function *request)
{
	struct worker_context *worker = client->worker;
	struct warmup warm = warmup_begin(worker, client->task);

	if (worker->index == 0)
		warmup_first_begins(worker);
	requests(client, request, 0, warm.to, NULL);
	if (worker->index == 0)
		warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		requests(client, request, warm.from, warm.to, NULL);
	return warm.to;
}

/* @return the number of the request after the last */
CHANNEL_INLINE uint64_t timed(struct client *client, request_function *request)
{
	struct worker_context *worker = client->worker;
	uint64_t share = clients_share(client->task, worker->index);
	uint64_t warm = warm_up(client, request);

	worker_start(worker);
	requests(client, request, warm, warm + share,
		 worker->index ? NULL : &worker->group->trips);
	worker->self->end_ns = clock_now();
	/* one of them; which one was last is seen afterwards */
	if (worker->index == 0)
		worker->group->end_ns = worker->self->end_ns;
	worker_stop(worker, share);
	return warm + share;
}

static void getter(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct client client = client_begin(worker, context);

	if (context->task->verify) {
		verify(&client);
		return;
	}
	for (uint64_t seq = 0; seq < CLIENT_KEYS; seq++)
		set_marked(&client, seq);
	(void)timed(&client, get_own);
	worker_finish(worker);
}

static void setter(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct client client = client_begin(worker, context);
	uint64_t end;

	if (context->task->verify) {
		verify(&client);
		return;
	}
	end = timed(&client, set_marked);
	for (uint64_t i = 1; i <= CLIENT_KEYS && i <= end; i++)
		get_marked(&client, end - i, end - i);
	worker_finish(worker);
}

/* ---- the scenarios ---- */

static void served_close(struct served *served)
{
	ipcm_proxy_free(served->dict);
	ipcm_manager_free(served->manager);
}

static int pin_server(const struct task *task,
		      const struct ipcm_manager *manager)
{
	const struct axes *axes = task->axes;
	cpu_set_t set;
	pid_t pid;

	if (axes->placement == PLACE_FREE)
		return 0;
	if (ipcm_manager_pid(manager, &pid) != IPCM_OK)
		return -1;
	CPU_ZERO(&set);
	CPU_SET((size_t)(placement_is_apart(axes->placement)
				 ? task->cpus.second
				 : task->cpus.first),
		&set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

/* @return 0, or -1 after setting the verdict */
static int served_open(const struct task *task, struct served *served,
		       struct verdict *verdict)
{
	enum ipcm_status status =
		ipcm_manager_create(task->backend, NULL, &served->manager);

	if (!status)
		status = ipcm_manager_start(served->manager);
	if (!status)
		status =
			ipcm_manager_dict(served->manager, NULL, &served->dict);
	if (status)
		verdict_from_status(verdict, status, "manager");
	else if (pin_server(task, served->manager))
		verdict_set(verdict, OUTCOME_HOST_LIMIT,
			    "cannot pin the manager's process; use --pin free");
	else
		return 0;
	served_close(served);
	return -1;
}

static void run_clients(const struct task *task, worker_function *client,
			struct sample *ret_sample)
{
	struct workers workers = {client, NULL, task->axes->producers, 0};
	struct served served = {NULL, NULL};
	struct task watched = *task;
	struct run_context context = {&watched, &served};

	if (served_open(task, &served, &ret_sample->verdict))
		return;
	if (ipcm_manager_pid(served.manager, &watched.server) != IPCM_OK)
		watched.server = 0;
	context_run_group(&context, &workers, ret_sample);
	clients_numbers(task, ret_sample);
	served_close(&served);
}

static void dict_get(const struct task *task, struct sample *ret_sample)
{
	run_clients(task, getter, ret_sample);
}

static void dict_set(const struct task *task, struct sample *ret_sample)
{
	run_clients(task, setter, ret_sample);
}

static const char not_counted_server[] =
	"not counted: half of the work is done by the server, which is none of "
	"the processes that are counted";

static const struct scenario scenarios[] = {
	{IFACE_MANAGER, "dict_get", "get of a dict's value", METRIC_REQUEST,
	 dict_get, 1, 0, .sizes = SIZES_SPREAD, .places = PLACES_PINNED,
	 .sweep = &sweep_clients, .not_counted = not_counted_server},
	{IFACE_MANAGER, "dict_set", "set of a dict's value", METRIC_REQUEST,
	 dict_set, 1, 0, .sizes = SIZES_FEW, .places = PLACES_PINNED,
	 .sweep = &sweep_clients, .not_counted = not_counted_server},
};

const struct scenario_table scenarios_manager = SCENARIO_TABLE(scenarios);
