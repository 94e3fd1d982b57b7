/* SPDX-License-Identifier: MIT */
/*
 * The rules without a clause; see not_checked.h. Empty is how it should be.
 */
#include "not_checked.h"

const struct not_checked not_checked[] = {
	{NULL, LEVEL_CORE, NULL},
};
