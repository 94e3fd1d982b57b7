/* SPDX-License-Identifier: MIT */
/* Files built into the program by embed.cmake; each ends with a NUL. */
#ifndef REPORTS_PARTS_H
#define REPORTS_PARTS_H

extern const char part_page_html[];
extern const char part_hosts_html[];
extern const char part_head_html[];
extern const char part_foot_html[];
extern const char part_page_css[];
extern const char part_page_js[];

#endif
