/* SPDX-License-Identifier: MIT */
/*
 * A gnuplot SVG inside an HTML page. gnuplot repeats its markers, fonts and
 * defaults in every picture and for every stroke; in the page they occur once,
 * in page.css or before the first picture, which halves a page of a hundred
 * charts.
 */
#include "svg.h"

#include <stdbool.h>
#include <string.h>

#include "html_printf.h"

/* Each of these is followed by an id. */
static const char *const before_id[] = {" id='", " id=\"", "url(#"};

struct shorter {
	const char *from, *to;
};

/* page.css says what these mean. */
static const struct shorter shorter[] = {
	{" fill=\"none\" color=\"black\" stroke=\"currentColor\"",
	 " class=\"p\""},
	{" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
	{" stroke=\"none\" fill=\"black\" font-family=\"system-ui,sans-serif\""
	 " font-size=\"12.00\" ",
	 " class=\"t\""},
	{" font-family=\"system-ui,sans-serif\" font-size=\"12.00\" ", ""},
	/* Links to markers, which are in the page once. */
	{"xlink:href='", "href='"},
	{" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", ""},
	{"  '/>", "'/>"},
};

static const struct shorter *match_shorter(const char *at)
{
	for (size_t i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++)
		if (!strncmp(at, shorter[i].from, strlen(shorter[i].from)))
			return &shorter[i];
	return NULL;
}

static size_t match_id(const char *at)
{
	for (size_t i = 0; i < sizeof(before_id) / sizeof(before_id[0]); i++)
		if (!strncmp(at, before_id[i], strlen(before_id[i])))
			return strlen(before_id[i]);
	return 0;
}

/* Length of an element without children that starts here, with its end. */
static size_t match_element(const char *at, const char *open, const char *close)
{
	const char *end;

	if (strncmp(at, open, strlen(open)))
		return 0;
	end = strstr(at, close);
	return end ? (size_t)(end - at) + strlen(close) : 0;
}

/* gnuplot opens a group for every change of its pen, drawn with or not. */
static size_t match_empty_group(const char *at)
{
	const char *end;

	if (strncmp(at, "<g ", 3))
		return 0;
	end = strchr(at, '>');
	if (!end || strncmp(end, ">\n</g>\n", 7))
		return 0;
	return (size_t)(end - at) + 7;
}

/* gnuplot numbers its plots; no link needs these ids. */
static size_t match_plot_id(const char *at)
{
	const char *end;

	if (strncmp(at, " id=\"gnuplot_", 13))
		return 0;
	end = strchr(at + 5, '"');
	return end ? (size_t)(end - at) + 1 : 0;
}

/* Line breaks and what indents the line behind them, between elements. */
static size_t match_blank(const char *at)
{
	size_t length = strspn(at, "\n\t ");

	return memchr(at, '\n', length) && at[length] == '<' ? length : 0;
}

/* Parts that a page does not need. */
static size_t match_needless(const char *at)
{
	size_t length = match_empty_group(at);

	if (!length)
		length = match_element(at, "<title>", "</title>");
	if (!length)
		length = match_element(at, "<desc>", "</desc>");
	if (!length)
		length = match_element(at, "<filter ", "</filter>");
	if (!length)
		length = match_element(at, "<defs>", "</defs>");
	if (!length)
		length = match_plot_id(at);
	return length ? length : match_blank(at);
}

static void put_head(FILE *out, const char *title)
{
	html_printf(out, "<svg role=\"img\" aria-label=\"{}\" ", title);
}

void svg_inline(FILE *out, const char *svg, const char *prefix,
		const char *title)
{
	const char *at = strstr(svg, "<svg"), *end = strstr(svg, "</svg>");

	if (!at || !end)
		return;
	put_head(out, title);
	at += strlen("<svg");
	while (at < end) {
		size_t skip = match_needless(at), length;
		const struct shorter *instead;

		if (skip) {
			at += skip;
			continue;
		}
		instead = match_shorter(at);
		if (instead) {
			fputs(instead->to, out);
			at += strlen(instead->from);
			continue;
		}
		length = match_id(at);
		if (length) {
			fwrite(at, 1, length, out);
			fprintf(out, "%s_", prefix);
			at += length;
		} else {
			fputc(*at++, out);
		}
	}
	fputs("</svg>", out);
}

void svg_symbols(FILE *out, const char *svg)
{
	const char *at = strstr(svg, "<defs>"), *end = strstr(svg, "</defs>");

	if (!at || !end)
		return;
	fputs("<svg class=\"symbols\" aria-hidden=\"true\"><defs>", out);
	at += strlen("<defs>");
	while (at < end) {
		size_t skip = match_element(at, "<filter ", "</filter>");

		if (!skip)
			skip = strspn(at, "\n\t");
		if (!skip && !strncmp(at, "xlink:", 6))
			skip = 6;
		if (skip)
			at += skip;
		else
			fputc(*at++, out);
	}
	fputs("</defs></svg>", out);
}
