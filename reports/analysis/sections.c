/* SPDX-License-Identifier: MIT */
/* The sections of a report: see sections.h. */
#include "sections.h"

#include <string.h>

#include "compare_hosts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_group_tables(struct content *content,
			     const struct question *question,
			     const struct group *group)
{
	const struct model *model = content->model;
	int64_t point = query_near_size(model, group, question->point);

	content_folded(content, group_table(model, group, question->name));
	if (question->tail)
		content_folded(content,
			       tail_table(model, group, question->tail));
	if (question->percentiles)
		content_folded(content,
			       percentile_table(model, group, point,
						question->percentiles));
}

static void add_questions(struct content *content,
			  const struct section *section)
{
	struct sentences remarks = {0};

	for (size_t q = 0; q < section->question_count; q++) {
		enum role role = section->questions[q].role;

		if (section->questions[q].modes)
			content_table(content,
				      modes_table(content->model, role));
		role_remarks(content->model, role, &remarks);
	}
	content_sentences(content, ITEM_REMARKS, &remarks);
	for (size_t q = 0; q < section->question_count; q++) {
		struct groups groups = query_groups(content->model,
						    section->questions[q].role);

		for (size_t i = 0; i < groups.count; i++)
			add_group_tables(content, &section->questions[q],
					 &groups.list[i]);
	}
}

static void add_metrics(struct content *content, enum metric_table which)
{
	struct sentences remarks = {0};

	content_table(content, metric_table_table(content->model, which));
	metric_table_remarks(content->model, which, &remarks);
	content_sentences(content, ITEM_REMARKS, &remarks);
}

static void fill_caveats(struct content *content)
{
	struct sentences reasons = {0};

	if (content->hosts->count > 1)
		hosts_caveats(content->hosts, &reasons);
	else
		caveats_trust(content->model, &reasons);
	if (content->notice)
		say(content->model, &reasons, "%s", content->notice);
	content_sentences(content, ITEM_LIST, &reasons);
}

static void fill_rules(struct content *content)
{
	content_table(content, rules_table(content->model));
}

static void fill_limits(struct content *content)
{
	struct sentences limits = {0};

	caveats_limits(content->model, &limits);
	content_sentences(content, ITEM_LIST, &limits);
}

static void fill_conformance(struct content *content)
{
	const struct table *scores = scores_table(content->model);

	if (!scores)
		return;
	content_table(content, scores);
	content_folded(content, sections_table(content->model));
	content_add(content, (struct item){.kind = ITEM_CLAUSES});
}

static void fill_fairness(struct content *content)
{
	struct sentences remarks = {0};

	role_remarks(content->model, ROLE_LEAST, &remarks);
	role_remarks(content->model, ROLE_CONSUMERS, &remarks);
	content_sentences(content, ITEM_REMARKS, &remarks);
}

static void fill_process(struct content *content)
{
	struct sentences remarks = {0};

	process_remarks(content->model, &remarks);
	content_sentences(content, ITEM_REMARKS, &remarks);
}

static void fill_layer(struct content *content, enum role role,
		       const struct table *table)
{
	struct sentences remarks = {0};

	content_folded(content, table);
	role_remarks(content->model, role, &remarks);
	content_sentences(content, ITEM_REMARKS, &remarks);
}

static void fill_manager(struct content *content)
{
	fill_layer(content, ROLE_REQUEST, manager_rates_table(content->model));
}

static void fill_pool(struct content *content)
{
	fill_layer(content, ROLE_TASKS, pool_task_table(content->model));
}

static void fill_cost(struct content *content)
{
	content_table(content, calls_table(content->model));
}

static void fill_competitors(struct content *content)
{
	struct sentences remarks = {0};

	competitors_remarks(content->model, &remarks);
	content_sentences(content, ITEM_REMARKS, &remarks);
	content_table(content, competitors_compared(content->model));
	content_table(content, competitors_table(content->model));
}

static void fill_method(struct content *content)
{
	static const char *const paragraphs[] = {
		"Workers are processes, forked afresh for every sample and "
		"pinned as stated. The clock runs from the moment they have "
		"met to the last verified receipt. The repetitions of all rows "
		"are shuffled, so that a disturbance does not hit one back-end "
		"only. Each message carries its number; the receiver checks it "
		"in the timed pass, and every byte in a separate pass. A row "
		"that lost, duplicated, reordered or damaged a message is "
		"invalid and has no figure.",
		"The figure of a row is the median of its repetitions. The "
		"interval comes from order statistics and assumes no "
		"distribution; its level is at least " INTERVAL_LEVEL_WORDS
		", and rows of fewer than five repetitions have none and are "
		"not ranked. A filled circle ● marks the best figure of a "
		"line and all that cannot be told apart from it: the medians "
		"are less than 3\u00a0% apart, or the intervals overlap. Rows "
		"whose samples were much shorter than planned are marked and "
		"not ranked. A cross ✗ marks a "
		"back-end that fails a CORE clause: its figures are shown but "
		"not ranked.",
		"Percentiles are printed only if at least ten round trips lie "
		"beyond them. Round trips are closed loop: the next one starts "
		"when the last one has ended.",
	};

	for (size_t i = 0; i < COUNT(paragraphs); i++)
		content_add(content, (struct item){.kind = ITEM_TEXT,
						   .text = paragraphs[i]});
}

static void fill_data(struct content *content)
{
	content_add(content, (struct item){.kind = ITEM_COMMANDS});
	content_add(
		content,
		(struct item){
			.kind = ITEM_TEXT,
			.page_only = true,
			.text = "This page holds its own data: `ipcmark "
				"report --from report.html` makes it again, "
				"and the Markdown and CSV files with it. "
				"Histograms and the samples of secondary "
				"metrics are in the result files only."});
	/* Markdown comes with cells.csv. */
	if (content->hosts->count == 1 && content->model->cell_count)
		content_add(content, (struct item){.kind = ITEM_FOLDED,
						   .page_only = true,
						   .table = cells_table(
							   content->model)});
}

static void fill_hosts_figures(struct content *content)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		content_table(content,
			      hosts_figures(content->hosts, (enum role)role));
}

static const struct section of_one[] = {
	{.id = "caveats",
	 .link = "Caveats",
	 .front = true,
	 .heading = "Caveats",
	 .fill = fill_caveats},
	{.id = "recommendation",
	 .link = "Choose",
	 .front = true,
	 .heading = "Which back-end should I use?",
	 .lead = "Each need names the rows that measure it; a need for which no "
		 "row has a figure has no line. One back-end leads by its "
		 "median; those whose medians are within 3\u00a0% of it, or whose "
		 "intervals overlap, cannot be told apart from it. Bare: how "
		 "many times the same loop over plain system calls.",
	 .table = recommendation_table,
	 .fill = fill_rules},
	{.id = "charts",
	 .link = "Charts",
	 .front = true,
	 .main_charts = true,
	 .heading = "The main charts",
	 .lead = "The band around a line is the interval of its medians. All "
		 "other charts are below, folded."},
	{.id = "conformance",
	 .link = "Conformance",
	 .front = true,
	 .fold = "By section",
	 .heading = "Conformance",
	 .lead = "The same clauses on every back-end. A skipped clause never "
		 "counts as a pass: it leaves a back-end incomplete.",
	 .fill = fill_conformance},
	{.id = "environment",
	 .link = "Environment",
	 .front = true,
	 .heading = "Environment",
	 .lead = "What can change a figure. Facts that this machine does not "
		 "show are unknown, with the reason.",
	 .fold = "Show all facts",
	 .table = machine_table,
	 .folded = environment_table},
	{.id = "limits",
	 .heading = "What this run does not show",
	 .fill = fill_limits},
	{.id = "throughput",
	 .heading = "One-way throughput by message size",
	 .lead = "One sender, one receiver, messages in one direction. A row "
		 "has a figure only if every message was proved to arrive "
		 "once, in order and intact. The band around a line is the "
		 "interval of its medians; charts side by side share their "
		 "scale.",
	 .charts = {"messages"},
	 .question_count = 1,
	 .questions = {{ROLE_MESSAGES, .modes = true}}},
	{.id = "round_trip",
	 .heading = "Round-trip time by message size",
	 .lead = "A message and its answer; the figure is the time of the "
		 "whole round trip, not half of it.",
	 .charts = {"round_trip", "percentiles"},
	 .question_count = 1,
	 .questions = {{ROLE_ROUND_TRIP, .modes = true, .point = 64,
			.percentiles = "round-trip time"}}},
	{.id = "mpmc",
	 .heading = "Many producers and consumers",
	 .lead = "Messages per second of all processes together, counted at "
		 "the receivers.",
	 .charts = {"many"},
	 .question_count = 1,
	 .questions = {{ROLE_PROCESSES, .name = "messages per second"}}},
	{.id = "fairness",
	 .heading = "Fairness",
	 .lead = "What each of several contending processes got. Jain's "
		 "index: 1 if all got the same, 1/n if one process got "
		 "everything. The least served process: 1 if it got its "
		 "share, 0 if it got nothing.",
	 .charts = {"fairness"},
	 .folded = fairness_table,
	 .fill = fill_fairness},
	{.id = "open_loop",
	 .heading = "Latency under load (open loop)",
	 .lead = "Messages come at a steady rate, whether or not the earlier "
		 "ones have been carried: the load is a share of the capacity "
		 "that was measured for this back-end. With marks: from the "
		 "intended start of a message, which is what its receiver "
		 "waits for. Dotted, in the same colour: from its actual "
		 "start, which hides the queue that builds up. A ring marks a "
		 "load that was not carried.",
	 .charts = {"open_loop", "tail_latency"},
	 .question_count = 2,
	 .questions = {{ROLE_LOAD, .name = "median from the intended start",
			.tail = "99 % from the intended start",
			.percentiles = "from the intended start", .point = 80},
		       {ROLE_SERVICE, .name = "median from the actual start",
			.tail = "99 % from the actual start",
			.percentiles = "from the actual start", .point = 80}}},
	{.id = "depth",
	 .heading = "Throughput by queue depth",
	 .lead = "How many items the queue may hold before its sender waits.",
	 .charts = {"depth"},
	 .question_count = 1,
	 .questions = {{ROLE_DEPTH, .tail = "99 %"}}},
	{.id = "wake_latency",
	 .heading = "Wake-up latency after idle",
	 .lead = "Latency of a message that follows an idle period: the "
		 "receiver sleeps, and caches and CPUs have cooled down.",
	 .charts = {"wake_latency"},
	 .question_count = 1,
	 .questions = {{ROLE_IDLE, .tail = "99 %",
			.percentiles = "latency after the idle time",
			.point = 1000000}}},
	{.id = "self_loop",
	 .heading = "Put and get in one process",
	 .lead = "No waiting, no other process, no context switch: what is "
		 "left is the cost of the calls.",
	 .charts = {"self_loop"},
	 .question_count = 1,
	 .questions = {{ROLE_PAIR}}},
	{.id = "locks",
	 .heading = "Locks",
	 .charts = {"locks"},
	 .question_count = 2,
	 .questions = {{ROLE_LOCK_TIME}, {ROLE_LOCK_RATE}}},
	{.id = "sync",
	 .heading = "Synchronisation objects",
	 .lead = "Uncontended: the cost of the calls. Contended: several "
		 "processes want the object all the time. Hand-off: two "
		 "processes pass the turn to each other; the figure is the "
		 "whole round trip, not half of it. Rounds: all processes wait "
		 "for one another.",
	 .metrics = METRIC_TABLE_SYNC},
	{.id = "lifecycle",
	 .heading = "Start-up, shut-down, recovery",
	 .lead = "Costs that are paid once. Recovery: a process is killed in "
		 "the middle of a call; the figure is the time until the "
		 "other processes go on.",
	 .metrics = METRIC_TABLE_LIFE},
	{.id = "process",
	 .heading = "Process: start and join",
	 .lead = "A process that does nothing is started and joined. Below 1 "
		 "it is faster than the bare calls; exit flushes the standard "
		 "streams, as the library must, _exit does not.",
	 .charts = {"process"},
	 .table = process_table,
	 .fill = fill_process},
	{.id = "manager",
	 .heading = "Manager: get and set of a dict",
	 .lead = "Clients read and write values of a dict that lives in the "
		 "manager's process. A request carries its value in one "
		 "direction; the round trip that it is compared with carries "
		 "as many bytes in both. With several clients the time "
		 "includes the wait for the others.",
	 .charts = {"manager", "manager_clients"},
	 .table = manager_table,
	 .fill = fill_manager},
	{.id = "pool",
	 .heading = "Pool: map of empty tasks",
	 .lead = "Four workers, chunks of one task; the task returns its "
		 "argument, and every result is checked. Each task passes two "
		 "queues, one to the worker and one back.",
	 .charts = {"pool"},
	 .table = pool_tasks_table,
	 .fill = fill_pool},
	{.id = "endurance",
	 .heading = "Endurance",
	 .lead = "One long run: does the rate drift, does anything grow?",
	 .metrics = METRIC_TABLE_ENDURANCE},
	{.id = "overhead",
	 .heading = "Overhead over the raw mechanism",
	 .lead = "The object against the same loop over the raw mechanism, "
		 "which does less: no bound in items, no timeouts, no survival "
		 "of a killed process. 1 is as good as the mechanism itself, "
		 "2 takes twice the time or carries half as much. The ratio is "
		 "formed sample by sample from neighbours in time.",
	 .charts = {"overhead"},
	 .table = overhead_table},
	{.id = "cost",
	 .heading = "System calls, switches and memory per message",
	 .charts = {"calls"},
	 .metrics = METRIC_TABLE_COST,
	 .fill = fill_cost},
	{.id = "competitors",
	 .heading = "Comparison with other libraries",
	 .lead = "Measured in the same run, with the same sizes, capacity in "
		 "messages, verification and way of waiting. A competitor has "
		 "other semantics than the back-ends; it is not ranked. Above "
		 "1 the back-end is better; green where the intervals do not "
		 "overlap.",
	 .charts = {"competitors"},
	 .fill = fill_competitors},
	{.id = "baselines",
	 .heading = "Baselines",
	 .lead = "Raw mechanisms without the library, limits of the machine, "
		 "and the fake back-end that measures the harness. They are "
		 "not ranked.",
	 .fold = "Show the baselines",
	 .folded = reference_table},
	{.id = "features",
	 .heading = "Native and emulated features",
	 .lead = "Native: the mechanism has it. Emulated: the library adds it, "
		 "in the same way for every back-end.",
	 .table = features_table},
	{.id = "python_tests",
	 .heading = "CPython's own tests",
	 .lead = "The tests that CPython has for its multiprocessing, run "
		 "against this library. Way: objects, the library's in place "
		 "of CPython's; feeder, the same with queues that have a "
		 "feeder; modules, CPython's queues, pools, conditions and "
		 "managers over the library's pipes and locks. Not "
		 "applicable: tests of what only CPython has.",
	 .fold = "By class of tests",
	 .table = python_tests_sums,
	 .folded = python_tests_table},
	{.id = "noise",
	 .heading = "Noise",
	 .lead = "What disturbed the machine while the samples were taken.",
	 .charts = {"time_series", "samples"},
	 .table = noise_table},
	{.id = "method", .heading = "Method", .fill = fill_method},
	{.id = "data",
	 .heading = "Data, and how to repeat this",
	 .fold = "Every row",
	 .fill = fill_data},
};

static const struct section of_several[] = {
	{.id = "differences",
	 .front = true,
	 .link = "Differences",
	 .heading = "Differences between the machines",
	 .lead = "Each of these can change a figure. A difference between two "
		 "columns further down comes from all of them together.",
	 .hosts_table = hosts_differences},
	{.id = "caveats",
	 .front = true,
	 .heading = "Caveats",
	 .fill = fill_caveats},
	{.id = "recommendation",
	 .front = true,
	 .link = "Recommendation",
	 .heading = "Which back-end should I use?",
	 .lead = "Back-ends are ranked within a machine only: a filled circle "
		 "● marks the best of its own machine and what cannot be "
		 "distinguished from it.",
	 .hosts_table = hosts_recommendation},
	{.id = "conformance",
	 .front = true,
	 .link = "Conformance",
	 .heading = "Conformance",
	 .hosts_table = hosts_conformance},
	{.id = "charts",
	 .front = true,
	 .link = "Charts",
	 .heading = "The main figures side by side",
	 .lead = "Each machine was measured separately. They differ in more "
		 "than one way, as listed above: a distance between their "
		 "markers is no before and after, and says nothing about a "
		 "change of this program. What carries over is the order of "
		 "the back-ends on each machine.",
	 .charts = {"hosts"}},
	{.id = "figures",
	 .front = true,
	 .link = "Figures",
	 .heading = "Figures side by side",
	 .lead = "The main sizes only. All others, with charts, are in the "
		 "report of each machine: make it from that machine's files "
		 "alone.",
	 .fill = fill_hosts_figures},
	{.id = "data",
	 .front = true,
	 .link = "Data",
	 .heading = "Data, and how to repeat this",
	 .fill = fill_data},
};

const struct section *sections_of(const struct hosts *hosts, size_t *ret_count)
{
	*ret_count = hosts->count > 1 ? COUNT(of_several) : COUNT(of_one);
	return hosts->count > 1 ? of_several : of_one;
}

size_t section_main_charts(const struct hosts *hosts,
			   const char *ret_names[MAIN_CHARTS])
{
	static const struct {
		enum role role;
		const char *name;
	} wanted[MAIN_CHARTS] = {
		{ROLE_MESSAGES, "messages"},
		{ROLE_ROUND_TRIP, "round_trip"},
		{ROLE_LOAD, "open_loop_p99"},
		{ROLE_PROCESSES, "many"},
	};
	const struct model *model = hosts->list[0].model;
	size_t count = 0;

	for (size_t i = 0; i < MAIN_CHARTS && hosts->count == 1; i++) {
		const struct group *group =
			query_main_group(model, wanted[i].role, NULL);

		if (group)
			ret_names[count++] =
				pool_print(model->mem_pool, "%s_%s",
					   wanted[i].name, group->slug);
	}
	return count;
}

bool section_shows(const struct section *section, const struct hosts *hosts,
		   const char *kind, const char *name)
{
	const char *names[MAIN_CHARTS];
	size_t count = section_main_charts(hosts, names);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return section->main_charts;
	for (size_t i = 0; i < CHART_ROWS && section->charts[i]; i++)
		if (!strcmp(section->charts[i], kind))
			return true;
	return false;
}

struct content section_content(const struct section *section,
			       const struct hosts *hosts, const char *notice)
{
	struct content content = {.hosts = hosts,
				  .model = hosts->list[0].model,
				  .notice = notice};

	if (section->table)
		content_table(&content, section->table(content.model));
	if (section->folded)
		content_folded(&content, section->folded(content.model));
	if (section->hosts_table)
		content_table(&content, section->hosts_table(hosts));
	if (section->metrics)
		add_metrics(&content, section->metrics);
	add_questions(&content, section);
	if (section->fill)
		section->fill(&content);
	return content;
}

struct summary report_summary(const struct hosts *hosts)
{
	struct summary summary = {
		.headline = "Several machines, each with a summary of its own"};

	if (hosts->count > 1)
		hosts_summaries(hosts, &summary.details);
	else
		summary_compose(hosts->list[0].model, &summary);
	return summary;
}
