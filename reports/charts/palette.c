/* SPDX-License-Identifier: MIT */
/* Colours, dashes and markers of back-ends. */
#include "palette.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Chosen far from each other and from the grey of baselines, each with a
 * contrast of 3 at least to white and to the page's dark paper. */
static const unsigned colours[] = {0x2a78d6, 0xcf4a5b, 0x2e8b57, 0x8e5bd0,
				   0xc97b00, 0x0091a8, 0xc0209c, 0x7c8200,
				   0x96562f, 0x4f57e0, 0xe0689c, 0x4fa31c};

/* As page.css has them. */
#define LIGHT_PAPER 0xffffffu
#define DARK_PAPER  0x131619u
/* Contrast of small text, WCAG 2.1, level AA; a little more, for rounding. */
#define TEXT_CONTRAST 4.6

/* A share of the way from one colour to another. */
static unsigned mix(unsigned from, unsigned to, double share)
{
	unsigned colour = 0;

	for (unsigned shift = 0; shift <= 16; shift += 8) {
		double a = from >> shift & 0xff, b = to >> shift & 0xff;

		colour |= (unsigned)(a + (b - a) * share + 0.5) << shift;
	}
	return colour;
}

static double luminance(unsigned colour)
{
	static const double weights[] = {0.0722, 0.7152, 0.2126};
	double sum = 0;

	for (unsigned i = 0; i < 3; i++) {
		double part = (double)(colour >> 8 * i & 0xff) / 255;

		sum += weights[i] *
		       (part <= 0.03928 ? part / 12.92
					: pow((part + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(unsigned a, unsigned b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

/* The colour, mixed with an end (black, white) until it can be read. */
static unsigned legible(unsigned colour, unsigned end, unsigned paper)
{
	unsigned text = colour;

	for (int step = 1; contrast(text, paper) < TEXT_CONTRAST; step++)
		text = mix(colour, end, 0.02 * step);
	return text;
}

/* After the last of the table the colours repeat, darker in the second round,
 * lighter in the third, and so on; dashes and markers differ as well. */
unsigned palette_colour(unsigned place)
{
	unsigned round = place / (unsigned)COUNT(colours);
	unsigned colour = colours[place % COUNT(colours)];

	if (round == 0)
		return colour;
	round++;
	return mix(colour, round % 2 ? 0xffffff : 0x000000,
		   0.06 + 0.12 * (double)(round / 2));
}

/* gnuplot's shapes: circle, square, triangles, diamond, pentagon. */
static const unsigned markers[] = {7, 5, 9, 11, 13, 15};

unsigned palette_marker(unsigned place)
{
	return markers[place % COUNT(markers)];
}

const char *palette_marker_text(unsigned place)
{
	static const char *const texts[] = {"●", "■", "▲", "▼", "◆", "⬟"};

	return texts[place % COUNT(texts)];
}

/* Filled markers first, then hollow ones; eight dashes. A pair of the two
 * repeats after 24 places. */
void palette_line_types(FILE *out, unsigned count)
{
	static const char *const dashes[] = {
		"1", "2",      "3",	    "4",
		"5", "(14,4)", "(2,3,9,3)", "(9,3,2,3,2,3)"};

	for (unsigned i = 0; i < count; i++) {
		bool hollow = i / COUNT(markers) % 2;

		fprintf(out,
			"set linetype %u linecolor rgb \"#%06x\" dashtype %s "
			"pointtype %u pointsize %s linewidth 1.8\n",
			i + 1, palette_colour(i), dashes[i % COUNT(dashes)],
			palette_marker(i) - hollow,
			markers[i % COUNT(markers)] < 9 ? "0.6" : "0.7");
	}
}

/* Rule of one colour: as gnuplot writes it in texts, and in lines and areas. */
static void print_rule(FILE *out, unsigned colour, unsigned text, unsigned line,
		       const char *theme)
{
	unsigned red = colour >> 16, green = colour >> 8 & 0xff,
		 blue = colour & 0xff;

	fprintf(out, "%s figure [fill=\"rgb(%u,%u,%u)\"]{fill:#%06x}\n", theme,
		red, green, blue, text);
	if (line == colour)
		return;
	fprintf(out,
		"%s figure [color=\"rgb(%3u, %3u, %3u)\"]{color:#%06x}\n"
		"%s figure [stroke=\"rgb(%3u, %3u, %3u)\"]{stroke:#%06x}\n",
		theme, red, green, blue, line, theme, red, green, blue, line);
}

static void print_theme(FILE *out, unsigned count, const char *theme, bool dark)
{
	for (unsigned i = 0; i <= count; i++) {
		unsigned colour =
			i < count ? palette_colour(i) : PALETTE_BASELINE;
		unsigned text = dark ? legible(colour, 0xffffff, DARK_PAPER)
				     : legible(colour, 0x000000, LIGHT_PAPER);

		print_rule(out, colour, text, dark ? text : colour, theme);
		fprintf(out, "%s .c%u{color:#%06x}\n", theme, i, text);
	}
}

void palette_css(FILE *out, unsigned count)
{
	print_theme(out, count, ":root", false);
	fputs("@media (prefers-color-scheme: dark) {\n", out);
	print_theme(out, count, ":root:not([data-theme=\"light\"])", true);
	fputs("}\n", out);
	print_theme(out, count, ":root[data-theme=\"dark\"]", true);
}
