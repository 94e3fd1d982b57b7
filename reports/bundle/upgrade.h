/* SPDX-License-Identifier: MIT */
/* Result files of version 1 of the format, read as files of version 2. */
#ifndef IPCMARK_REPORTS_BUNDLE_UPGRADE_H
#define IPCMARK_REPORTS_BUNDLE_UPGRADE_H

#include <jansson.h>

/** Replace the keys and values that version 2 renamed. A document of another
 *  version is left alone. */
void upgrade_document(json_t *document);

#endif
