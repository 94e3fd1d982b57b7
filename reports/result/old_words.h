/* SPDX-License-Identifier: MIT */
/*
 * Names that changed with version 2 of the result format. Files of version 1
 * and command lines that use the old names are accepted for one version.
 */
#ifndef IPCMARK_REPORTS_RESULT_OLD_WORDS_H
#define IPCMARK_REPORTS_RESULT_OLD_WORDS_H

struct renamed {
	const char *old, *now;
};

/** Each list ends with {NULL, NULL}. */
extern const struct renamed renamed_scenarios[];
extern const struct renamed renamed_ifaces[];

/** The name of today, or the name itself if it did not change. */
const char *renamed_find(const struct renamed *list, const char *name);

#endif
