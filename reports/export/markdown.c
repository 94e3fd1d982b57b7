/* SPDX-License-Identifier: MIT */
/* The report as Markdown: sentences, tables, and links to the charts. */
#include <ctype.h>
#include <string.h>

#include "reports/analysis/compare_hosts.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"
#include "export.h"

struct writer {
	const struct model *model;
	const struct charts *charts;
	const char *folder;
	FILE *out;
};

/* Characters with a meaning in Markdown or HTML; one _ within a word has none.
 * A table cell is one line. */
static bool needs_escape(const char *text, const char *at)
{
	if (*at == '_')
		return at == text || !isalnum((unsigned char)at[-1]) ||
		       !isalnum((unsigned char)at[1]);
	return strchr("\\`*{}[]<>|#&~", *at);
}

static void put_text(FILE *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (needs_escape(text, at))
			fputc('\\', out);
		fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out);
	}
}

static void put_heading(struct writer *writer, const char *text)
{
	fprintf(writer->out, "\n## %s\n\n", text);
}

static void put_list(struct writer *writer, const struct sentences *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs("- ", writer->out);
		put_text(writer->out, list->list[i]);
		fputc('\n', writer->out);
	}
}

static void put_entry(FILE *out, const struct entry *entry)
{
	bool best = entry->mark && !strcmp(entry->mark, "best");
	bool marked = entry->mark && !strcmp(entry->mark, "marked");

	fputs(best ? " **" : " ", out);
	put_text(out, entry->text);
	fputs(best ? "**" : marked ? " ✗" : "", out);
	if (entry->note) {
		fputs(" (", out);
		put_text(out, entry->note);
		fputc(')', out);
	}
	fputs(" |", out);
}

static void put_table(struct writer *writer, const struct table *table)
{
	FILE *out = writer->out;

	if (!table)
		return;
	fputc('\n', out);
	put_text(out, table->caption);
	fputs("\n\n|", out);
	for (size_t c = 0; c < table->columns; c++) {
		fputc(' ', out);
		put_text(out, table->heads[c]);
		fputs(" |", out);
	}
	fputs("\n|", out);
	for (size_t c = 0; c < table->columns; c++)
		fputs(" --- |", out);
	fputc('\n', out);
	for (size_t r = 0; r < table->rows; r++) {
		fputc('|', out);
		for (size_t c = 0; c < table->columns; c++)
			put_entry(out, table_entry(table, r, c));
		fputc('\n', out);
	}
}

static void put_chart(struct writer *writer, const char *name,
		      const char *title)
{
	if (!writer->folder || !charts_find(writer->charts, name))
		return;
	fputs("\n![", writer->out);
	put_text(writer->out, title);
	fprintf(writer->out, "](%s/%s.svg)\n", writer->folder, name);
}

static void put_groups(struct writer *writer, enum role role,
		       const char *prefix)
{
	const struct model *model = writer->model;
	struct groups groups = query_groups(model, role);
	struct sentences remarks = {0};

	for (size_t i = 0; i < groups.count; i++) {
		const struct group *group = &groups.list[i];
		put_chart(writer,
			  pool_print(model->mem_pool, "%s_%s", prefix,
				     group->slug),
			  group->title);
		put_table(writer, group_table(model, group));
	}
	if (role == ROLE_MESSAGES || role == ROLE_ROUND_TRIP)
		put_table(writer, ways_table(model, role));
	role_remarks(model, role, &remarks);
	if (remarks.count)
		fputc('\n', writer->out);
	put_list(writer, &remarks);
}

static void put_measures(struct writer *writer)
{
	const struct model *model = writer->model;

	if (query_groups(model, ROLE_MESSAGES).count) {
		put_heading(writer, "Throughput by message size");
		put_groups(writer, ROLE_MESSAGES, "messages");
	}
	if (query_groups(model, ROLE_ROUND_TRIP).count) {
		put_heading(writer, "Round trip by message size");
		put_groups(writer, ROLE_ROUND_TRIP, "latency");
	}
	if (query_groups(model, ROLE_PAIR).count) {
		put_heading(writer, "Put and get in one process");
		put_groups(writer, ROLE_PAIR, "pair");
	}
	if (query_groups(model, ROLE_LOCK_TIME).count +
	    query_groups(model, ROLE_LOCK_RATE).count) {
		put_heading(writer, "Locks");
		put_groups(writer, ROLE_LOCK_TIME, "lock_time");
		put_groups(writer, ROLE_LOCK_RATE, "lock_rate");
	}
}

/* Everything that varies other than the size. */
static void put_sweeps(struct writer *writer)
{
	static const struct {
		enum role role;
		const char *prefix;
		const char *heading;
	} sweeps[] = {
		{ROLE_PROCESSES, "many", "Many producers and consumers"},
		{ROLE_LOAD, "load_p50", "Latency under load"},
		{ROLE_DEPTH, "depth", "Throughput by depth of the queue"},
		{ROLE_IDLE, "idle", "A message after silence"},
	};

	for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++) {
		if (query_groups(writer->model, sweeps[i].role).count == 0)
			continue;
		put_heading(writer, sweeps[i].heading);
		put_groups(writer, sweeps[i].role, sweeps[i].prefix);
	}
}

static void put_case(struct writer *writer, const struct kase *kase)
{
	FILE *out = writer->out;
	const struct verdict_text *words = verdict_find(kase->verdict);
	const char *const facts[] = {
		"expected", kase->expected, "observed", kase->observed,
		"reason",   kase->reason,   "seed",	kase->seed};

	fprintf(out, "- **%s %s** ", words->letter, words->sign);
	put_text(out, kase->id);
	fputs(", ", out);
	put_text(out, kase->backend->name);
	fprintf(out, ": %s. ", words->word);
	put_text(out, kase->title);
	for (size_t i = 0; i < 8; i += 2) {
		if (!*facts[i + 1])
			continue;
		fprintf(out, "\n  - %s: ", facts[i]);
		put_text(out, facts[i + 1]);
	}
	if (*kase->reproduce)
		fprintf(out, "\n  - reproduce: `%s`", kase->reproduce);
	fputc('\n', out);
}

static void put_conformance(struct writer *writer)
{
	const struct model *model = writer->model;
	struct table *scores = scores_table(model);

	if (!scores)
		return;
	put_heading(writer, "Conformance");
	put_table(writer, scores);
	put_table(writer, sections_table(model));
	fputc('\n', writer->out);
	for (size_t i = 0; i < model->case_count; i++)
		if (strcmp(model->cases[i].verdict, "P"))
			put_case(writer, &model->cases[i]);
}

static void put_summary(struct writer *writer)
{
	struct summary summary;

	summary_compose(writer->model, &summary);
	fputs("# ", writer->out);
	put_text(writer->out, summary.headline);
	fputs("\n\n", writer->out);
	put_list(writer, &summary.details);
}

static void put_trust(struct writer *writer)
{
	struct sentences reasons = {0};

	caveats_trust(writer->model, &reasons);
	if (writer->charts->notice)
		say(writer->model, &reasons, "%s", writer->charts->notice);
	if (reasons.count == 0)
		return;
	put_heading(writer, "Before you trust these figures");
	put_list(writer, &reasons);
}

static void put_optional_table(struct writer *writer, const char *heading,
			       const struct table *table)
{
	if (!table)
		return;
	put_heading(writer, heading);
	put_table(writer, table);
}

static void put_runs(struct writer *writer)
{
	const struct model *model = writer->model;

	put_heading(writer, "How to repeat this");
	for (size_t i = 0; i < model->run_count; i++)
		fprintf(writer->out, "- `%s` (seed %s, %s)\n",
			model->runs[i].command, model->runs[i].seed,
			model->runs[i].started);
}

/* As the page has them: at the points people ask about first. */
static void put_percentiles(struct writer *writer)
{
	static const struct {
		enum role role;
		int64_t point;
		const char *what;
	} shown[] = {{ROLE_ROUND_TRIP, 64, "round trip"},
		     {ROLE_LOAD, 80, "from the intended start"},
		     {ROLE_SERVICE, 80, "from the actual start"},
		     {ROLE_IDLE, 1000000, "after silence"}};
	bool some = false;

	for (size_t s = 0; s < sizeof(shown) / sizeof(shown[0]); s++) {
		struct groups groups =
			query_groups(writer->model, shown[s].role);

		for (size_t i = 0; i < groups.count; i++) {
			struct table *table = percentile_table(
				writer->model, &groups.list[i],
				query_near_size(writer->model, &groups.list[i],
						shown[s].point),
				shown[s].what);

			if (table && !some)
				put_heading(writer, "Percentiles");
			some |= table != NULL;
			put_table(writer, table);
		}
	}
}

static void put_competitors(struct writer *writer)
{
	struct table *table = competitors_compared(writer->model);
	struct sentences remarks = {0};

	competitors_remarks(writer->model, &remarks);
	if (!table && remarks.count == 0)
		return;
	put_heading(writer, "Beside other libraries");
	put_table(writer, table);
	if (table && remarks.count)
		fputc('\n', writer->out);
	put_list(writer, &remarks);
}

static void put_noise(struct writer *writer)
{
	put_optional_table(writer, "Noise", noise_table(writer->model));
	put_chart(writer, "course", "Samples in the order they were taken");
	put_chart(writer, "states", "Distance of the two CPUs");
}

void markdown_write(const struct model *model, const struct charts *charts,
		    const char *chart_folder, FILE *out)
{
	struct writer writer = {model, charts, chart_folder, out};
	struct sentences limits = {0};

	put_summary(&writer);
	put_trust(&writer);
	put_optional_table(&writer, "Which back-end should I use?",
			   recommendation_table(model));
	caveats_limits(model, &limits);
	if (limits.count)
		put_heading(&writer, "What this run cannot tell you");
	put_list(&writer, &limits);
	put_conformance(&writer);
	put_measures(&writer);
	put_sweeps(&writer);
	put_percentiles(&writer);
	put_optional_table(&writer, "Fairness", fairness_table(model));
	put_optional_table(&writer, "Synchronisation objects",
			   metric_table_table(model, METRIC_TABLE_SYNC));
	put_optional_table(&writer, "Start-up, shut-down, recovery",
			   metric_table_table(model, METRIC_TABLE_LIFE));
	put_optional_table(&writer, "Endurance",
			   metric_table_table(model, METRIC_TABLE_ENDURANCE));
	put_optional_table(&writer, "Price of the semantics",
			   overhead_table(model));
	put_optional_table(&writer, "What a message costs beside time",
			   metric_table_table(model, METRIC_TABLE_COST));
	put_table(&writer, calls_table(model));
	put_competitors(&writer);
	put_optional_table(&writer, "Ratios and targets", ratios_table(model));
	put_optional_table(&writer, "Native and emulated features",
			   features_table(model));
	put_optional_table(&writer, "Floors and references",
			   reference_table(model));
	put_optional_table(&writer, "Versions of the rivals",
			   competitors_table(model));
	put_noise(&writer);
	put_optional_table(&writer, "Environment", environment_table(model));
	put_runs(&writer);
}

void markdown_write_hosts(const struct hosts *hosts,
			  const struct charts *charts, const char *chart_folder,
			  FILE *out)
{
	struct writer writer = {NULL, charts, chart_folder, out};
	struct sentences answers = {0}, reasons = {0};

	fputs("# Several machines, each with its own answer\n\n", out);
	hosts_summaries(hosts, &answers);
	put_list(&writer, &answers);
	put_optional_table(&writer, "What differs between the machines",
			   hosts_differences(hosts));
	hosts_caveats(hosts, &reasons);
	if (reasons.count)
		put_heading(&writer, "Before you trust these figures");
	put_list(&writer, &reasons);
	put_optional_table(&writer, "Which back-end should I use?",
			   hosts_recommendation(hosts));
	put_optional_table(&writer, "Conformance", hosts_conformance(hosts));
	put_heading(&writer, "Figures side by side");
	for (size_t i = 0; i < charts->count; i++)
		put_chart(&writer, charts->list[i].name,
			  "each machine measured for itself");
	for (int role = 0; role < ROLE_COUNT; role++)
		put_table(&writer, hosts_figures(hosts, (enum role)role));
}
