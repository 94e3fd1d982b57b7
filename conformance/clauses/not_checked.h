/* SPDX-License-Identifier: MIT */
/*
 * Rules of the catalogue that have no clause, and why. A rule is either a
 * clause or stands here; catalogue_test.sh makes sure of it.
 */
#ifndef IPCMARK_CONFORMANCE_CLAUSES_NOT_CHECKED_H
#define IPCMARK_CONFORMANCE_CLAUSES_NOT_CHECKED_H

#include "conformance/harness/clause.h"

struct not_checked {
	const char *id;
	enum clause_level level;
	/** A sentence. */
	const char *reason;
};

/** Ended by an entry without id. */
extern const struct not_checked not_checked[];

#endif
