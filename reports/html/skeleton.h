/* SPDX-License-Identifier: MIT */
/* The skeleton of a page, page.html, with its slots filled. A slot is
 * {{name}}: title, css, meta, links, summary, sections, data, js. */
#ifndef IPCMARK_REPORTS_HTML_SKELETON_H
#define IPCMARK_REPORTS_HTML_SKELETON_H

#include <stdio.h>

struct skeleton_slot {
	const char *name;
	void (*write)(void *page);
};

/** Write the skeleton, and for each slot what its function writes; a slot
 *  without one stays empty. slots: ended by one without a name. */
void skeleton_write(const struct skeleton_slot *slots, void *page, FILE *out);

#endif
