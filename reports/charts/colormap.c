/* SPDX-License-Identifier: MIT */
/* Colours of a map's cells. */
#include "colormap.h"

#include <math.h>
#include <stddef.h>

struct shade {
	double ratio;
	unsigned colour;
};

/* From the best to far behind; between two the colours are mixed. */
static const struct shade shades[] = {
	{1, 0x0b6b62}, {1.5, 0x2f8f84}, {3, 0x7fbdb0},
	{8, 0xc9dfd2}, {30, 0xecdcc0},	{120, 0xe0b58a},
};
#define SHADES (sizeof(shades) / sizeof(shades[0]))

static unsigned mix(unsigned a, unsigned b, double share)
{
	unsigned colour = 0;

	for (unsigned shift = 0; shift <= 16; shift += 8) {
		double from = a >> shift & 0xff, to = b >> shift & 0xff;

		colour |= (unsigned)(from + (to - from) * share + 0.5) << shift;
	}
	return colour;
}

unsigned colormap_of(double ratio)
{
	size_t i = 1;

	if (ratio <= 1)
		return shades[0].colour;
	while (i < SHADES && ratio > shades[i].ratio)
		i++;
	if (i == SHADES)
		return shades[SHADES - 1].colour;
	return mix(shades[i - 1].colour, shades[i].colour,
		   log(ratio / shades[i - 1].ratio) /
			   log(shades[i].ratio / shades[i - 1].ratio));
}

unsigned colormap_text(double ratio)
{
	return ratio < 1.9 ? 0xfdfdfd : COLORMAP_DARK_TEXT;
}
