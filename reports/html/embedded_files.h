/* SPDX-License-Identifier: MIT */
/* Files built into the program by embed.cmake; each ends with a NUL. */
#ifndef IPCMARK_REPORTS_HTML_EMBEDDED_FILES_H
#define IPCMARK_REPORTS_HTML_EMBEDDED_FILES_H

extern const char embedded_page_html[];
extern const char embedded_hosts_html[];
extern const char embedded_head_html[];
extern const char embedded_foot_html[];
extern const char embedded_page_css[];
extern const char embedded_page_js[];

#endif
