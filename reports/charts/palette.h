/* SPDX-License-Identifier: MIT */
/*
 * Colours, dashes and markers of back-ends, for any number of them. A back-end
 * is known by its place in the order of the registry, so that it looks the
 * same in every chart. gnuplot's line types and the style sheet of the page
 * are printed from the same table.
 */
#ifndef IPCMARK_REPORTS_CHARTS_PALETTE_H
#define IPCMARK_REPORTS_CHARTS_PALETTE_H

#include <stdio.h>

/** The grey of baselines, competitors and everything else that is not ranked.
 *  No back-end has it. */
#define PALETTE_BASELINE 0x7a838cu

/** Colour of the line at a place from 0, as 0xRRGGBB: distinct for each of the
 *  first hundred places, legible on white and on dark paper. */
unsigned palette_colour(unsigned place);

/** gnuplot's number of a filled marker; the hollow one of the same shape is
 *  one below it. */
unsigned palette_marker(unsigned place);
/** The same marker as a letter for a key. */
const char *palette_marker_text(unsigned place);

/** "set linetype 1 ..." for the places below count. */
void palette_line_types(FILE *out, unsigned count);

/** Rules of a style sheet that recolour SVG pictures for light and dark paper:
 *  text is darker (or lighter) than its line, so that it can be read. */
void palette_css(FILE *out, unsigned count);

#endif
