/* SPDX-License-Identifier: MIT */
/* gnuplot files built into the program by embed.cmake; each ends with a NUL. */
#ifndef IPCMARK_REPORTS_CHARTS_EMBEDDED_SCRIPTS_H
#define IPCMARK_REPORTS_CHARTS_EMBEDDED_SCRIPTS_H

extern const char embedded_style_gp[];
extern const char embedded_lines_gp[];
extern const char embedded_best_map_gp[];
extern const char embedded_dot_plot_gp[];
extern const char embedded_percentile_plot_gp[];
extern const char embedded_load_gp[];
extern const char embedded_ascii_gp[];
extern const char embedded_fairness_gp[];
extern const char embedded_tail_latency_gp[];
extern const char embedded_calls_gp[];
extern const char embedded_time_series_gp[];
extern const char embedded_states_gp[];
extern const char embedded_samples_gp[];

#endif
