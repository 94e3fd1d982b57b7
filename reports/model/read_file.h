/* SPDX-License-Identifier: MIT */
/* A whole file into memory. */
#ifndef REPORTS_SLURP_H
#define REPORTS_SLURP_H

/** A whole file with a NUL behind it; NULL and errno if that fails. The
 *  caller frees. */
char *slurp(const char *path);

#endif
