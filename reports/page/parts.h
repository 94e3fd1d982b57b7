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
extern const char part_style_gp[];
extern const char part_lines_gp[];
extern const char part_winner_gp[];
extern const char part_dots_gp[];
extern const char part_spectrum_gp[];
extern const char part_load_gp[];
extern const char part_ascii_gp[];
extern const char part_fairness_gp[];
extern const char part_tails_gp[];
extern const char part_calls_gp[];
extern const char part_course_gp[];
extern const char part_states_gp[];
extern const char part_samples_gp[];

#endif
