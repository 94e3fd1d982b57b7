/* SPDX-License-Identifier: MIT */
/*
 * Several machines side by side: what differs between them, and what each of
 * them says for itself. Back-ends are ranked within a machine only.
 */
#ifndef REPORTS_BESIDE_H
#define REPORTS_BESIDE_H

#include "analysis.h"
#include "reports/model/hosts.h"

/** Facts on which the machines differ, a column a machine; NULL if none. */
struct table *beside_differences(const struct hosts *hosts);
/** "A: For 64 B messages ..." a machine. */
void beside_answers(const struct hosts *hosts, struct sentences *ret);
/** Why not to believe the figures of a machine, its letter in front. */
void beside_trust(const struct hosts *hosts, struct sentences *ret);
/** Which back-end for which need, a column a machine. */
struct table *beside_advice(const struct hosts *hosts);
/** What conformance comes to, a line a back-end, a column a machine. */
struct table *beside_conformance(const struct hosts *hosts);
/** The figures of a role at the sizes people ask about; NULL if none. */
struct table *beside_figures(const struct hosts *hosts, enum role role);

#endif
