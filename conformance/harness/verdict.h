/* SPDX-License-Identifier: MIT */
/*
 * The verdicts that a clause can end with, and the size of the texts that it
 * reports. What the runner makes of them is in runner/cell.h.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_VERDICT_H
#define IPCMARK_CONFORMANCE_HARNESS_VERDICT_H

enum verdict {
	VERDICT_PASS,		    /**< P  holds */
	VERDICT_FAIL,		    /**< F  expected and observed differ */
	VERDICT_UNSUPPORTED,	    /**< U  declared so, and proved to refuse */
	VERDICT_UNDECLARED_SUPPORT, /**< D  declared unsupported, yet it does */
	VERDICT_LIMIT,		    /**< L  a limit of this host */
	VERDICT_CRASH,		    /**< C  a signal ended it */
	VERDICT_TIMEOUT,	    /**< T  it ran past its time limit */
	VERDICT_HARNESS_ERROR,	    /**< E  the harness itself failed */
	VERDICT_NOT_RUN,	    /**< N  not run */
	VERDICT_COUNT
};

/** Room for one of the texts of a cell: expected, observed, reason. */
enum { CELL_TEXT_BYTES = 1024 };

#endif
