/* SPDX-License-Identifier: MIT */
/* What stands below the blocks of the table. */
#include "bench_table.h"
#include "wrap.h"

static void put_target(const struct printer *printer,
		       const struct performance_target *target)
{
	struct mem_pool *mem_pool = printer->model->mem_pool;
	const char *sign = target->higher_is_better ? ">=" : "<=";
	const char *value = plain_number(mem_pool, target->value, target->unit);
	const char *wanted =
		plain_number(mem_pool, target->wanted, target->unit);

	if (printer->markdown)
		fprintf(printer->out, "| %s | %s | %s %s | %s |\n",
			target->what, value, sign, wanted,
			target->met < 0 ? target->reason
			: target->met	? "yes"
					: "**no**");
	else
		fprintf(printer->out, "  %-20s %10s  (%s %s)  %s\n",
			target->name, value, sign, wanted,
			target->met < 0 ? target->reason
			: target->met	? "met"
					: "NOT MET");
}

static void put_targets(const struct printer *printer)
{
	const struct model *model = printer->model;

	if (model->target_count)
		fputs(printer->markdown
			      ? "\n### Performance targets\n\n"
				"| what | value | target | met |\n"
				"|---|---:|---:|---|\n"
			      : "\nPerformance targets, from samples of this "
				"run taken side by side:\n",
		      printer->out);
	for (size_t i = 0; i < model->target_count; i++)
		put_target(printer, &model->targets[i]);
}

static void put_wrapped(const struct printer *printer, int at, const char *text)
{
	wrap_text(printer->out, (size_t)at, text, printer->width);
}

static void put_footer(const struct printer *printer, const char *text)
{
	fputc('\n', printer->out);
	put_wrapped(printer,
		    printer->markdown ? 0 : fprintf(printer->out, "  "), text);
}

/* Where the figures of the competitors come from. */
static void put_competitors(const struct printer *printer,
			    const json_t *document)
{
	const json_t *list = json_object_get(document, "competitors");

	if (json_array_size(list))
		fputs(printer->markdown ? "\n### Competitors\n\n"
					: "\nCompetitors:\n",
		      printer->out);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const char *version = json_text(entry, "version", "");
		const char *bound = json_text(entry, "bound", "");
		int at = fprintf(printer->out,
				 printer->markdown ? "- %s: " : "  %-20s ",
				 json_text(entry, "name", "?"));

		put_wrapped(printer, at,
			    pool_print(printer->model->mem_pool, "%s%s%s",
				       *version
					       ? version
					       : json_text(entry, "reason", ""),
				       *version && *bound ? "; bound " : "",
				       *version ? bound : ""));
	}
}

static void put_reasons(const struct printer *printer)
{
	if (printer->note_count)
		fputc('\n', printer->out);
	for (size_t i = 0; i < printer->note_count; i++)
		if (printer->markdown)
			fprintf(printer->out, "- [%zu] %s\n", i + 1,
				printer->notes[i]);
		else
			put_wrapped(printer,
				    fprintf(printer->out, "[%zu] ", i + 1),
				    printer->notes[i]);
}

static void put_method(const struct printer *printer, const json_t *document)
{
	struct mem_pool *mem_pool = printer->model->mem_pool;
	const json_t *method = json_object_get(document, "method");
	const json_t *warmup =
		json_object_get(json_object_get(document, "quality"), "warmup");
	double step = json_figure(method, "clock_step_ns");

	put_footer(
		printer,
		pool_print(
			mem_pool,
			"~N%% is half the interval of the median of the "
			"samples in one state of the CPUs, %.0f at most "
			"(ipcmark report says how sure it is); ~?: one sample; "
			"Nx: so many times its baseline; f: the CPUs shared no "
			"cache; m: a mean, single values are too close to the "
			"steps of the clock.",
			json_figure(method, "repetitions")));
	put_footer(printer, "The first: of a fresh object, at the least size "
			    "of the row; in no other figure (first_ns).");
	put_footer(printer,
		   pool_print(mem_pool,
			      "The clock moves in steps of %.0f ns, a reading "
			      "costs %.0f ns; a single reading below %.0f ns "
			      "is no number.",
			      step, json_figure(method, "clock_read_ns"),
			      step * json_figure(method, "clock_steps_min")));
	/* In one line: on a busy machine it is most of the cells. */
	if (json_figure(warmup, "unsettled_cells") > 0)
		put_footer(
			printer,
			pool_print(mem_pool,
				   "In %.0f of %zu cells a sample began before "
				   "its warm-up had settled (warmup_settled).",
				   json_figure(warmup, "unsettled_cells"),
				   printer->model->cell_count));
}

void bench_notes(const struct printer *printer)
{
	const json_t *documents =
		json_object_get(printer->model->bundle, "documents");

	put_targets(printer);
	for (size_t i = 0; i < json_array_size(documents); i++)
		put_competitors(printer, json_array_get(documents, i));
	put_reasons(printer);
	for (size_t i = 0; i < json_array_size(documents); i++)
		if (json_object_get(json_array_get(documents, i), "method"))
			put_method(printer, json_array_get(documents, i));
}
