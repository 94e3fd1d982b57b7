/* SPDX-License-Identifier: MIT */
/* A gnuplot SVG inside an HTML page. */
#include "page/svg.h"

#include <stdbool.h>
#include <string.h>

#include "page/put.h"

/* Behind each of these stands an id. */
static const char *const before_id[] = {" id='", " id=\"", "href='#",
					"href=\"#", "url(#"};

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

/* What a page can do without. */
static size_t match_needless(const char *at)
{
	size_t length = match_empty_group(at);

	if (!length)
		length = match_element(at, "<title>", "</title>");
	if (!length)
		length = match_element(at, "<desc>", "</desc>");
	if (!length)
		length = match_element(at, "<filter ", "</filter>");
	return length;
}

static void put_head(FILE *out, const char *title)
{
	put(out, "<svg role=\"img\" aria-label=\"{}\" ", title);
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

		if (skip) {
			at += skip;
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
