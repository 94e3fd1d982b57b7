/* SPDX-License-Identifier: MIT */
/*
 * Several machines side by side: what differs between them, and what each of
 * them says for itself. Back-ends are ranked within a machine only.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_COMPARE_HOSTS_H
#define IPCMARK_REPORTS_ANALYSIS_COMPARE_HOSTS_H

#include "analysis.h"
#include "reports/model/hosts.h"

/** Facts on which the machines differ, a column a machine; NULL if none. */
struct table *hosts_differences(const struct hosts *hosts);
/** "A: For 64 B messages ..." a machine. */
void hosts_summaries(const struct hosts *hosts, struct sentences *ret);
/** Why not to believe the figures of a machine, its letter in front. */
void hosts_caveats(const struct hosts *hosts, struct sentences *ret);
/** Which back-end for which need, a column a machine. */
struct table *hosts_recommendation(const struct hosts *hosts);
/** What conformance comes to, a line a back-end, a column a machine. */
struct table *hosts_conformance(const struct hosts *hosts);
/** The figures of a role at the sizes people ask about; NULL if none. */
struct table *hosts_figures(const struct hosts *hosts, enum role role);

#endif
