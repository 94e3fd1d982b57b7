/* SPDX-License-Identifier: MIT */
/* Colours of a map's cells: by how many times worse than the best a figure
 * is. The text on them is legible on light and on dark
 * paper. */
#ifndef IPCMARK_REPORTS_CHARTS_COLORMAP_H
#define IPCMARK_REPORTS_CHARTS_COLORMAP_H

#define COLORMAP_NO_FIGURE 0xb8bec4u
#define COLORMAP_DARK_TEXT 0x14181cu

/** Of a cell; 1 is the best. 0xRRGGBB. */
unsigned colormap_of(double ratio);
/** Of the text in such a cell. */
unsigned colormap_text(double ratio);

#endif
