/* SPDX-License-Identifier: MIT */
/* gnuplot files built into the program by embed.cmake; each ends with a NUL. */
#ifndef IPCMARK_CHARTS_EMBEDDED_SCRIPTS_H
#define IPCMARK_CHARTS_EMBEDDED_SCRIPTS_H

extern const char part_style_gp[];
extern const char part_lines_gp[];
extern const char part_best_map_gp[];
extern const char part_dot_plot_gp[];
extern const char part_percentile_plot_gp[];
extern const char part_load_gp[];
extern const char part_ascii_gp[];
extern const char part_fairness_gp[];
extern const char part_tail_latency_gp[];
extern const char part_calls_gp[];
extern const char part_time_series_gp[];
extern const char part_states_gp[];
extern const char part_samples_gp[];

#endif
