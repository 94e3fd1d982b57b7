/* SPDX-License-Identifier: MIT */
/*
 * Several machines side by side: the differences between them, and the figures
 * of each. Back-ends are ranked within a machine only.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_COMPARE_HOSTS_H
#define IPCMARK_REPORTS_ANALYSIS_COMPARE_HOSTS_H

#include "analysis.h"
#include "reports/model/hosts.h"

/** Facts on which the machines differ, a column for each machine; NULL if none.
 */
struct table *hosts_differences(const struct hosts *hosts);
/** The headline of each machine, its letter in front. */
void hosts_summaries(const struct hosts *hosts, struct sentences *ret);
/** Caveats of each machine, its letter in front. */
void hosts_caveats(const struct hosts *hosts, struct sentences *ret);
/** Which back-end for which need, a column for each machine. */
struct table *hosts_recommendation(const struct hosts *hosts);
/** Result of the check, a line for each back-end, a column for each
 *  machine. */
struct table *hosts_conformance(const struct hosts *hosts);
/** The figures of a role at the main sizes; NULL if none. */
struct table *hosts_figures(const struct hosts *hosts, enum role role);

#endif
