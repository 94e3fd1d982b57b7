/* SPDX-License-Identifier: MIT */
/* The page: its skeleton with the slots filled. */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "embedded_files.h"
#include "html_printf.h"

static bool slot_css(struct page *page)
{
	if (page->out)
		fputs(embedded_page_css, page->out);
	return true;
}

static bool slot_js(struct page *page)
{
	if (page->out)
		fputs(embedded_page_js, page->out);
	return true;
}

static void fill_all(struct page *page, const char *at);

/* What pages of one machine and of several have in common. */
static bool slot_head(struct page *page)
{
	if (page->out)
		fill_all(page, embedded_head_html);
	return true;
}

static bool slot_foot(struct page *page)
{
	if (page->out)
		fill_all(page, embedded_foot_html);
	return true;
}

struct slot {
	const char *name;
	bool (*write)(struct page *page);
};

static const struct slot slots[] = {
	{"css", slot_css},
	{"js", slot_js},
	{"head", slot_head},
	{"foot", slot_foot},
	{"title", slot_title},
	{"meta", slot_meta},
	{"answer", slot_summary},
	{"trust", slot_trust},
	{"advice", slot_recommendation},
	{"limits", slot_limits},
	{"conformance", slot_conformance},
	{"messages", slot_messages},
	{"round_trip", slot_round_trip},
	{"winners", slot_winners},
	{"pair", slot_pair},
	{"locks", slot_locks},
	{"many", slot_many},
	{"load", slot_load},
	{"depth", slot_depth},
	{"idle", slot_idle},
	{"sync", slot_sync},
	{"life", slot_life},
	{"endurance", slot_endurance},
	{"price", slot_overhead},
	{"cost", slot_cost},
	{"fairness", slot_fairness},
	{"rivals", slot_competitors},
	{"noise", slot_noise},
	{"ratios", slot_ratios},
	{"references", slot_references},
	{"features", slot_features},
	{"environment", slot_environment},
	{"rows", slot_rows},
	{"reproduce", slot_reproduce},
	{"data", slot_data},
	{"hosts_answers", slot_hosts_answers},
	{"hosts_trust", slot_hosts_trust},
	{"hosts_differences", slot_hosts_differences},
	{"hosts_advice", slot_hosts_recommendation},
	{"hosts_conformance", slot_hosts_conformance},
	{"hosts_charts", slot_hosts_charts},
	{"hosts_figures", slot_hosts_figures},
	{"hosts_reproduce", slot_hosts_reproduce},
};

static const struct slot *find_slot(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strlen(slots[i].name) == length &&
		    !strncmp(slots[i].name, name, length))
			return &slots[i];
	fprintf(stderr,
		"ipcmark report: internal error: page.html has an "
		"unknown slot %.*s\n",
		(int)length, name);
	exit(3);
}

static bool has_content(struct page *page, const struct slot *slot)
{
	struct page question = *page;

	question.out = NULL;
	return slot->write(&question);
}

/* Behind the {{/name}} that ends the part which starts here. */
static const char *skip_part(const char *at, const struct slot *slot)
{
	char close[64];
	const char *end;

	snprintf(close, sizeof(close), "{{/%s}}", slot->name);
	end = strstr(at, close);
	return end ? end + strlen(close) : at + strlen(at);
}

/* One {{...}}; returns where to go on. */
static const char *fill(struct page *page, const char *at)
{
	const char *name = at + 2, *end = strstr(at, "}}");
	bool question = *name == '?', close = *name == '/';
	const struct slot *slot;

	name += question || close;
	slot = find_slot(name, (size_t)(end - name));
	if (question && !has_content(page, slot))
		return skip_part(end + 2, slot);
	page->drawn = 0;
	if (!question && !close)
		slot->write(page);
	return end + 2;
}

static void fill_all(struct page *page, const char *at)
{
	const char *slot;

	while ((slot = strstr(at, "{{"))) {
		fwrite(at, 1, (size_t)(slot - at), page->out);
		at = fill(page, slot);
	}
	fputs(at, page->out);
}

void page_write(const struct model *model, const struct charts *charts,
		FILE *out)
{
	struct page page = {.model = model, .charts = charts, .out = out};

	fill_all(&page, embedded_page_html);
}

void page_write_hosts(const struct hosts *hosts, const struct charts *charts,
		      FILE *out)
{
	struct page page = {.hosts = hosts, .charts = charts, .out = out};

	fill_all(&page, embedded_hosts_html);
}
