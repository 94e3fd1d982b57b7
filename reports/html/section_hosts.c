/* SPDX-License-Identifier: MIT */
/* The page of several machines: its slots. */
#include "reports/analysis/compare_hosts.h"
#include "page.h"
#include "html_printf.h"

bool slot_hosts_answers(struct page *page)
{
	struct sentences answers = {0};

	hosts_summaries(page->hosts, &answers);
	if (page->out)
		page_list(page->out, &answers);
	return true;
}

bool slot_hosts_trust(struct page *page)
{
	struct sentences reasons = {0};

	hosts_caveats(page->hosts, &reasons);
	if (page->charts->notice)
		say(page->hosts->list[0].model, &reasons, "%s",
		    page->charts->notice);
	if (page->out)
		page_list(page->out, &reasons);
	return reasons.count > 0;
}

static bool put_table(struct page *page, const struct table *table)
{
	if (page->out && table)
		page_table(page->out, table);
	return table != NULL;
}

bool slot_hosts_differences(struct page *page)
{
	return put_table(page, hosts_differences(page->hosts));
}

bool slot_hosts_recommendation(struct page *page)
{
	return put_table(page, hosts_recommendation(page->hosts));
}

bool slot_hosts_conformance(struct page *page)
{
	return put_table(page, hosts_conformance(page->hosts));
}

bool slot_hosts_charts(struct page *page)
{
	if (!page->out)
		return page->charts->count > 0;
	page_open_charts(page);
	for (size_t i = 0; i < page->charts->count; i++)
		page_chart(page, page->charts->list[i].name,
			   "Filled or hollow: the machine, named at the left. "
			   "The bar is the interval of the medians.");
	page_close_charts(page);
	return true;
}

bool slot_hosts_figures(struct page *page)
{
	bool some = false;

	for (int role = 0; role < ROLE_COUNT; role++)
		some |= put_table(page,
				  hosts_figures(page->hosts, (enum role)role));
	return some;
}

bool slot_hosts_reproduce(struct page *page)
{
	for (size_t h = 0; page->out && h < page->hosts->count; h++) {
		const struct host *host = &page->hosts->list[h];

		for (size_t i = 0; i < host->model->run_count; i++) {
			const struct run *run = &host->model->runs[i];

			html_printf(
				page->out,
				"<p class=\"command\"><code>{}</code><small>on "
				"{}, seed {}, ipcmark {}, {} to {}</small></p>\n",
				run->command, host->letter, run->seed,
				run->tool_version, run->started, run->finished);
		}
	}
	return true;
}
