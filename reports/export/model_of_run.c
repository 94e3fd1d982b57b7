/* SPDX-License-Identifier: MIT */
/* The model of a run that just ended, for the formats that it is asked for. */
#include "reports/bundle/load.h"
#include "reports/model/model.h"
#include "export.h"

struct model *export_model(json_t *document)
{
	return model_create(load_bundle(document));
}
