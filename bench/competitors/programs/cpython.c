/* SPDX-License-Identifier: MIT */
/*
 * CPython's multiprocessing as a competitor. The interpreter lives in this
 * program; processes, pinning, clock and proofs are those of all scenarios
 * (worker_group.c), the loops are Python (loops.py).
 *
 * worker_group.c knows nothing of Python: what the interpreter needs before and
 * after a fork, it gets by pthread_atfork. The parent has no other thread.
 */
#include "cpython_module.h"

#include <pthread.h>
#include <string.h>

#include "driver.h"
#include "bench/loops/clients.h"
#include "bench/loops/lock_loop.h"
#include "bench/loops/pingpong.h"

#define ROLE_BYTES 64

/* Generated from loops.py. */
extern const char competitor_loops_py[];

/* What runs the loops: the module, and how the scenario splits its roles. */
struct python {
	PyObject *loops;
	bool has_sides;
};

/* Whether a fork comes from worker_group.c. Python's own forks tell the
 * interpreter themselves. */
static bool fork_is_ours;

static void before_fork(void)
{
	if (fork_is_ours)
		PyOS_BeforeFork();
}

static void after_fork_parent(void)
{
	if (fork_is_ours)
		PyOS_AfterFork_Parent();
}

static void after_fork_child(void)
{
	if (fork_is_ours)
		PyOS_AfterFork_Child();
	fork_is_ours = false;
}

/* The interpreter keeps what it has until the process ends; only a build with
 * sanitizers asks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

void competitor_version(char *ret_text, size_t bytes)
{
	const char *version = Py_GetVersion();

	snprintf(ret_text, bytes, "CPython %.*s", (int)strcspn(version, " "),
		 version);
}

/* Nothing of the user's environment gets in, nothing is written. `site` is
 * imported, as by every program: without it the heap is so small that glibc
 * returns its end to the kernel with every large message, and takes it again.
 * @return NULL, or why not */
static const char *start_interpreter(void)
{
	PyConfig config;
	PyStatus status;

	if (PyImport_AppendInittab("group", cpython_module_init))
		return "no memory";
	PyConfig_InitIsolatedConfig(&config);
	config.install_signal_handlers = 0;
	config.write_bytecode = 0;
	status = PyConfig_SetBytesString(&config, &config.home,
					 COMPETITOR_PYTHON_HOME);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (!PyStatus_Exception(status))
		return NULL;
	return status.err_msg ? status.err_msg : "it ended at once";
}

static PyObject *import_loops(void)
{
	PyObject *code = Py_CompileString(competitor_loops_py, "loops.py",
					  Py_file_input);
	PyObject *loops = code ? PyImport_ExecCodeModule("loops", code) : NULL;

	Py_XDECREF(code);
	if (!loops)
		PyErr_Print();
	return loops;
}

/* What told() of loops.py returned: NULL, or a text. Takes the result. */
static const char *told_text(PyObject *result)
{
	const char *text;

	if (result == Py_None)
		return NULL;
	text = result ? PyUnicode_AsUTF8(result) : NULL;
	/* the object is kept: the process ends soon */
	return text ? text : "an exception";
}

/* Contenders all count to the same goal; clients share. */
static uint64_t operations(const struct task *task,
			   const struct worker_context *worker)
{
	if (!strcmp(task->axes->backend, "cpython_manager"))
		return clients_share(task, worker->index);
	return task->iterations;
}

static void live(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct python *python = context->object;
	const struct task *task = context->task;
	char role[ROLE_BYTES];
	const char *failed, *side = "";

	/* a Queue's feeder needs the CPU while its process waits */
	if (!strcmp(task->axes->backend, "cpython_queue"))
		worker->spin_ns = 0;
	if (python->has_sides)
		side = worker->index ? "_second" : "_first";
	cpython_module_enter(worker, task);
	snprintf(role, sizeof(role), "%s%s%s", task->verify ? "verify_" : "",
		 task->axes->scenario, side);
	failed = told_text(PyObject_CallMethod(
		python->loops, "live", "sK", role,
		(unsigned long long)operations(task, worker)));
	if (failed)
		worker_fail(worker, OUTCOME_ERROR, "%s", failed);
}

/* Processes, managers and pools. @return whether it was one */
static bool run_layer(const struct run_context *context, struct sample *sample)
{
	const struct task *task = context->task;
	const char *backend = task->axes->backend;
	struct workers workers = {live, NULL, task->axes->producers, 0};

	if (task->axes->consumers)
		return false;
	context_run_group(context, &workers, sample);
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return true;
	if (!strcmp(backend, "cpython_manager"))
		clients_numbers(task, sample);
	else if (!strcmp(backend, "cpython_pool"))
		maps_numbers(task, sample);
	else
		sample->value[METRIC_START_JOIN] =
			(double)sample->elapsed_ns / (double)sample->iterations;
	return true;
}

static void run(const struct run_context *context, struct sample *sample)
{
	const struct task *task = context->task;
	const char *scenario = task->axes->scenario;

	if (!strcmp(scenario, "lock_contended")) {
		lock_loop_contenders_run(context, live, sample);
		return;
	}
	if (!strcmp(scenario, "lock_uncontended")) {
		context_run(context, live, NULL, sample);
		lock_loop_alone_numbers(task, sample);
		return;
	}
	if (run_layer(context, sample))
		return;
	context_run(context, live, live, sample);
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	if (!strcmp(scenario, "roundtrip"))
		pingpong_times(task, sample);
	else
		stream_rates(task, sample);
}

/* Where the processes run that Python starts: a manager's server, the workers
 * of a pool. @return -1 anywhere */
static int helper_cpu(const struct task *task)
{
	if (task->axes->placement == PLACE_FREE)
		return -1;
	return placement_is_apart(task->axes->placement) ? task->cpus.second
							 : task->cpus.first;
}

/* The manager's server ends, and leaves nothing. */
static void tidy(const struct python *python)
{
	fork_is_ours = false;
	Py_XDECREF(PyObject_CallMethod(python->loops, "tidy", NULL));
	PyErr_Clear();
}

/* @return NULL, or why not */
static const char *prepare(struct python *python, const struct task *task)
{
	const struct axes *axes = task->axes;
	const char *failed;

	python->has_sides = axes->consumers > 0;
	python->loops = import_loops();
	if (!python->loops)
		return "multiprocessing cannot be imported";
	if (pthread_atfork(before_fork, after_fork_parent, after_fork_child))
		return "no memory";
	failed = told_text(PyObject_CallMethod(
		python->loops, "prepare", "sIiiI", axes->backend, axes->depth,
		!strcmp(axes->scenario, "roundtrip"), helper_cpu(task),
		axes->tasks));
	fork_is_ours = true;
	return failed;
}

void competitor_sample(const struct task *task, struct sample *ret_sample)
{
	struct python python;
	struct task patient = *task;
	struct run_context context = {&patient, &python};
	const char *failed = start_interpreter();

	/* a worker sleeps while its threads, its pool or its manager work */
	if (task->axes->consumers == 0)
		patient.stall_ns += MAP_STALL_NS +
				    (int64_t)task->axes->tasks * TASK_STALL_NS;

	if (failed) {
		verdict_set(&ret_sample->verdict, OUTCOME_SKIPPED,
			    "CPython does not start: %s", failed);
		return;
	}
	failed = prepare(&python, task);
	if (failed)
		verdict_set(&ret_sample->verdict, OUTCOME_ERROR,
			    "cannot create the object: %s", failed);
	else
		run(&context, ret_sample);
	tidy(&python);
}
