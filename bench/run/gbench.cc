/* SPDX-License-Identifier: MIT */
/*
 * Google Benchmark behind a C interface; the only C++ of the suite (the
 * competitor programs in competitors/ are not part of it). No exception leaves
 * this file.
 */
#include "gbench.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

struct gbench_state {
	benchmark::State *state;
	uint64_t elapsed_ns;
	bool skipped;
};

namespace
{

/* 1.8 renamed error_occurred and error_message; take whichever is there. */
template <typename R>
auto run_skipped(const R &run, int) -> decltype(run.error_occurred)
{
	return run.error_occurred;
}
template <typename R>
auto run_skipped(const R &run, long) -> decltype(run.skipped != 0)
{
	return run.skipped != 0;
}
template <typename R>
auto run_reason(const R &run, int) -> decltype(run.error_message)
{
	return run.error_message;
}
template <typename R>
auto run_reason(const R &run, long) -> decltype(run.skip_message)
{
	return run.skip_message;
}

/* Hands every run to C and prints nothing. */
class SinkReporter : public benchmark::BenchmarkReporter
{
      public:
	SinkReporter(gbench_sink *sink, void *arg) : sink_(sink), arg_(arg)
	{
	}
	bool ReportContext(const Context &) override
	{
		return true;
	}
	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs)
			if (run.run_type == Run::RT_Iteration)
				Report(run);
	}

      private:
	void Report(const Run &run)
	{
		const std::string name = run.benchmark_name();
		const std::string reason = run_reason(run, 0);
		struct gbench_run out = {};

		out.name = name.c_str();
		out.iterations = static_cast<uint64_t>(run.iterations);
		out.elapsed_s = run.real_accumulated_time;
		if (run.iterations > 0)
			out.ns_per_iteration =
				run.real_accumulated_time * 1e9 /
				static_cast<double>(run.iterations);
		out.skipped = run_skipped(run, 0) ? reason.c_str() : nullptr;
		for (const auto &counter : run.counters) {
			if (out.counter_count == GBENCH_COUNTERS_MAX)
				break;
			out.counters[out.counter_count].name =
				counter.first.c_str();
			out.counters[out.counter_count++].value =
				counter.second.value;
		}
		sink_(&out, arg_);
	}

	gbench_sink *sink_;
	void *arg_;
};

/* Flags have defaults from the environment; put them back by name. */
void initialize_once()
{
	static bool done;
	static char program[] = "ipcmark-bench";
	static char interleaving[] =
		"--benchmark_enable_random_interleaving=false";
	static char repetitions[] = "--benchmark_repetitions=1";
	static char list[] = "--benchmark_list_tests=false";
	static char out[] = "--benchmark_out=";
	static char perf[] = "--benchmark_perf_counters=";
	static char *argv[] = {program, interleaving, repetitions, list,
			       out,	perf,	      nullptr};
	int argc = 6;

	if (!done)
		benchmark::Initialize(&argc, argv);
	done = true;
}

/* All iterations are one batch: the callback does them in one go. */
void run_batch(benchmark::State &state, gbench_function *function, void *arg)
{
	while (state.KeepRunningBatch(state.max_iterations)) {
		struct gbench_state face = {&state, 0, false};

		function(&face, arg);
		if (!face.skipped)
			state.SetIterationTime(
				static_cast<double>(face.elapsed_ns) * 1e-9);
	}
}

} // namespace

extern "C" uint64_t gbench_iterations(const struct gbench_state *state)
{
	return static_cast<uint64_t>(state->state->max_iterations);
}

extern "C" void gbench_set_time(struct gbench_state *state, uint64_t elapsed_ns)
{
	state->elapsed_ns = elapsed_ns;
}

extern "C" void gbench_set_counter(struct gbench_state *state, const char *name,
				   double value)
{
	state->state->counters[name] = value;
}

extern "C" void gbench_skip(struct gbench_state *state, const char *reason)
{
	state->skipped = true;
	state->state->SkipWithError(reason);
}

extern "C" int gbench_time(gbench_step *step, void *arg, double min_time_s,
			   double *ret_ns_per_step)
try {
	SinkReporter reporter(
		[](const struct gbench_run *run, void *to) {
			*static_cast<double *>(to) = run->ns_per_iteration;
		},
		ret_ns_per_step);

	*ret_ns_per_step = 0;
	initialize_once();
	benchmark::ClearRegisteredBenchmarks();
	auto *bench = benchmark::RegisterBenchmark(
		"step", [step, arg](benchmark::State &state) {
			while (state.KeepRunning())
				step(arg);
		});
	bench->UseRealTime();
	bench->Repetitions(1);
	bench->MinTime(min_time_s);
	const size_t ran =
		benchmark::RunSpecifiedBenchmarks(&reporter, std::string("."));
	benchmark::ClearRegisteredBenchmarks();
	return ran == 1 && *ret_ns_per_step > 0 ? 0 : -1;
} catch (...) {
	return -1;
}

extern "C" int gbench_measure(const struct gbench_order *order,
			      gbench_function *function, void *arg,
			      gbench_sink *sink, void *sink_arg)
try {
	SinkReporter reporter(sink, sink_arg);

	initialize_once();
	benchmark::ClearRegisteredBenchmarks();
	auto *bench = benchmark::RegisterBenchmark(
		order->name, [function, arg](benchmark::State &state) {
			run_batch(state, function, arg);
		});
	bench->UseManualTime();
	bench->Repetitions(static_cast<int>(order->repetitions));
	if (order->iterations)
		bench->Iterations(static_cast<benchmark::IterationCount>(
			order->iterations));
	else
		bench->MinTime(order->min_time_s);
	const size_t ran =
		benchmark::RunSpecifiedBenchmarks(&reporter, std::string("."));
	benchmark::ClearRegisteredBenchmarks();
	return ran == 1 ? 0 : -1;
} catch (...) {
	return -1;
}
