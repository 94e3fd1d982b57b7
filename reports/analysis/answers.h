/* SPDX-License-Identifier: MIT */
/*
 * A ranking in words: who leads, who cannot be told apart from it, who is
 * behind and by how much. One rule for sentences and tables; each figure named
 * is that of the back-end it stands with.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_ANSWERS_H
#define IPCMARK_REPORTS_ANALYSIS_ANSWERS_H

#include "analysis.h"

/** A figure with its unit: "14.3 million messages/s", "5.17 µs". bandwidth: the
 *  payload of a rate of messages instead. A mean of blocks says that it is one.
 */
const char *answer_figure(const struct model *model, const struct cell *cell,
			  const struct metric *metric, bool bandwidth);

/** ", 1.4 times its bare mechanism" or "". */
const char *answer_bare(const struct model *model, const struct cell *cell,
			const struct metric *metric);

/** "pipe (1.99 million messages/s) and sysv_msg (...)": the places from first
 *  to last, last excluded. */
const char *answer_list(const struct model *model,
			const struct ranking *ranking, size_t first,
			size_t last, bool bandwidth);

/** "pipe (2.00 million messages/s: short samples)"; "" if none is left out. */
const char *answer_left_out(const struct model *model,
			    const struct ranking *ranking, bool bandwidth);

/** The whole sentence: "SUBJECT: shm_ring leads with ...; ...". */
const char *answer_sentence(const struct model *model, const char *subject,
			    const struct ranking *ranking, bool bandwidth);

/**
 * How often the leader stays first if the repetitions of each row are drawn
 * again, with replacement: the exact probability, no simulation. Of an even
 * number of draws either of the two middle ones is the median.
 * @return NAN if the samples of a row are not in the file
 */
double answer_stability(const struct ranking *ranking);

#endif
