/* SPDX-License-Identifier: MIT */
/* Exit status of every ipcmark program. */
#ifndef IPCMARK_REPORTS_CLIUTIL_EXIT_CODE_H
#define IPCMARK_REPORTS_CLIUTIL_EXIT_CODE_H

enum exit_code {
	EXIT_PASS = 0,	       /**< ran, and what was asked holds */
	EXIT_VERDICT = 1,      /**< non-conformant, regression */
	EXIT_USAGE = 2,	       /**< bad option, filter that matches nothing */
	EXIT_INTERNAL = 3,     /**< something needed failed */
	EXIT_NO_VERDICT = 4,   /**< a verdict was required and there is none */
	EXIT_UNAVAILABLE = 77, /**< nothing can run on this host */
	EXIT_INTERRUPTED = 130 /**< Ctrl-C; what was done is kept */
};

#endif
