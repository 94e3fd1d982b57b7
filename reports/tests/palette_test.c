/* SPDX-License-Identifier: MIT */
/*
 * The palette: any number of back-ends have colours of their own, none is the
 * grey of baselines, lines are visible and texts are legible on both papers.
 */
#include "reports/charts/palette.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/testkit/check.h"

#define PLACES	   100
#define LINE_TYPES 24
#define LIGHT	   0xffffffu
#define DARK	   0x131619u

static double luminance(unsigned colour)
{
	static const double weights[] = {0.2126, 0.7152, 0.0722};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double c = (double)(colour >> (16 - 8 * i) & 0xff) / 255;

		sum += weights[i] * (c <= 0.03928
					     ? c / 12.92
					     : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum + 0.05;
}

static double contrast(unsigned a, unsigned b)
{
	return fmax(luminance(a), luminance(b)) /
	       fmin(luminance(a), luminance(b));
}

static void colours_are_distinct(void)
{
	for (unsigned a = 0; a < PLACES; a++) {
		CHECK(palette_colour(a) != PALETTE_BASELINE);
		for (unsigned b = 0; b < a; b++)
			CHECK(palette_colour(a) != palette_colour(b));
	}
}

static void lines_of_the_first_twelve_are_visible(void)
{
	for (unsigned place = 0; place < 12; place++) {
		CHECK(contrast(palette_colour(place), LIGHT) >= 3);
		CHECK(contrast(palette_colour(place), DARK) >= 3);
	}
}

/* Dash and marker of a line type: "dashtype 2 pointtype 5". */
static void line_types_differ_in_dash_or_marker(void)
{
	char *text = NULL, looks[LINE_TYPES][80];
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);

	palette_line_types(out, LINE_TYPES);
	fclose(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *look = strstr(line, "dashtype");
		const char *end = strstr(line, " pointsize");

		snprintf(looks[count], sizeof(looks[count]), "%.*s",
			 (int)(end - look), look);
		for (size_t i = 0; i < count; i++)
			CHECK(strcmp(looks[i], looks[count]) != 0);
		count++;
	}
	CHECK(count == LINE_TYPES);
	free(text);
}

/* Every fill is a text: 4.5 is the contrast that small text needs. */
static void texts_are_legible(void)
{
	char *text = NULL;
	size_t size;
	unsigned count = 0;
	FILE *out = open_memstream(&text, &size);

	palette_css(out, PLACES);
	fclose(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *fill = strstr(line, "{fill:#");
		unsigned paper =
			strncmp(line, ":root figure", 12) ? DARK : LIGHT;

		if (!fill)
			continue;
		CHECK(contrast((unsigned)strtoul(fill + 7, NULL, 16), paper) >=
		      4.5);
		count++;
	}
	CHECK(count == 3 * (PLACES + 1));
	free(text);
}

int main(void)
{
	colours_are_distinct();
	lines_of_the_first_twelve_are_visible();
	line_types_differ_in_dash_or_marker();
	texts_are_legible();
	return check_failures() ? 1 : 0;
}
