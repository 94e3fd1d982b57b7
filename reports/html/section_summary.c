/* SPDX-License-Identifier: MIT */
/* The first screen: what was asked, the answer, and whether to believe it. */
#include <string.h>

#include "reports/model/embed_json.h"
#include "page.h"
#include "html_printf.h"

#include <stdlib.h>

/* "AMD EPYC, 2 CPUs, Linux 6.1" of the first run. */
static const char *machine_line(const struct model *model)
{
	const json_t *env = model->runs[0].env;
	const json_t *cpu = json_object_get(env, "cpu");
	const json_t *kernel = json_object_get(env, "kernel");
	int count =
		(int)json_integer_value(json_object_get(cpu, "count_online"));

	return pool_print(model->mem_pool, "%s, %d CPU%s, Linux %s",
			  json_text(cpu, "model_name", "unknown processor"),
			  count, count == 1 ? "" : "s",
			  json_text(kernel, "release", "of unknown release"));
}

/* "2026-11-20T14:03:11Z" as "2026-11-20 14:03 UTC". */
static const char *day_and_time(const struct model *model, const char *time)
{
	if (strlen(time) != 20 || time[10] != 'T')
		return time;
	return pool_print(model->mem_pool, "%.10s %.5s UTC", time, time + 11);
}

bool slot_title(struct page *page)
{
	if (page->out)
		html_printf(page->out, "ipcmark: {}",
			    page->hosts ? "several machines"
					: machine_line(page->model));
	return true;
}

static void put_hosts(struct page *page)
{
	const struct hosts *hosts = page->hosts;

	for (size_t h = 0; h < hosts->count; h++)
		html_printf(page->out, "<span>{}: {}</span>",
			    hosts->list[h].letter, hosts->list[h].label);
}

bool slot_meta(struct page *page)
{
	const struct model *model = page->model;

	if (!page->out)
		return true;
	if (page->hosts) {
		put_hosts(page);
		return true;
	}
	html_printf(page->out, "<span>{}</span>", machine_line(model));
	for (size_t i = 0; i < model->run_count; i++)
		html_printf(page->out, "<span>{} {}</span>",
			    model->runs[i].verb,
			    day_and_time(model, model->runs[i].started));
	return true;
}

bool slot_summary(struct page *page)
{
	struct summary summary;

	if (!page->out)
		return true;
	summary_compose(page->model, &summary);
	html_printf(page->out, "<h1>{}</h1>\n<div>", summary.headline);
	page_list(page->out, &summary.details);
	fputs("</div>\n", page->out);
	return true;
}

bool slot_trust(struct page *page)
{
	struct sentences reasons = {0};

	caveats_trust(page->model, &reasons);
	if (page->charts->notice)
		say(page->model, &reasons, "%s", page->charts->notice);
	if (page->out)
		page_list(page->out, &reasons);
	return reasons.count > 0;
}

bool slot_recommendation(struct page *page)
{
	struct table *table = recommendation_table(page->model);

	if (page->out && table)
		page_table(page->out, table);
	return table != NULL;
}

bool slot_limits(struct page *page)
{
	struct sentences limits = {0};

	caveats_limits(page->model, &limits);
	if (page->out)
		page_list(page->out, &limits);
	return limits.count > 0;
}

bool slot_reproduce(struct page *page)
{
	const struct model *model = page->model;

	if (!page->out)
		return true;
	for (size_t i = 0; i < model->run_count; i++)
		html_printf(
			page->out,
			"<p class=\"command\"><code>{}</code><small>seed {}, "
			"ipcmark {}, run {}, {} to {}</small></p>\n",
			model->runs[i].command, model->runs[i].seed,
			model->runs[i].tool_version,
			*model->runs[i].id ? model->runs[i].id : "without id",
			model->runs[i].started, model->runs[i].finished);
	return true;
}

/* The bundle, so that the page can be made again from itself. */
bool slot_data(struct page *page)
{
	char *text;

	if (!page->out)
		return true;
	text = embed_json_text(page->hosts ? page->hosts->bundle
					   : page->model->bundle);
	fputs(EMBED_OPEN, page->out);
	fputs(text ? text : "null", page->out);
	fputs(EMBED_CLOSE, page->out);
	free(text);
	return true;
}
