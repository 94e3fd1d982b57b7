/* SPDX-License-Identifier: MIT */
#include "port_connect.h"

/* Second channels may be smaller: what a user may have was used up. */
static void merge(struct ipcm_channel_limits *limits,
		  const struct ipcm_channel_limits *back)
{
	if (back->frame_bytes < limits->frame_bytes)
		limits->frame_bytes = back->frame_bytes;
	if (back->receive_bytes > limits->receive_bytes)
		limits->receive_bytes = back->receive_bytes;
}

enum ipcm_status port_connect(void *first, void *second, bool duplex,
			      const struct ipcm_channel_request *requested,
			      struct ipcm_channel_limits *ret_granted,
			      port_connect_one *connect,
			      void (*close)(void *port))
{
	struct ipcm_channel_limits granted, back;
	enum ipcm_status status = connect(second, first, requested, &granted);

	if (!status && duplex) {
		status = connect(first, second, requested, &back);
		if (!status)
			merge(&granted, &back);
	}
	if (status) {
		close(first);
		close(second);
		return status;
	}
	*ret_granted = granted;
	return IPCM_OK;
}
