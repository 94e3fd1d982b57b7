/* SPDX-License-Identifier: MIT */
/*
 * Shared objects for test_load.c: one that is a back-end, and several that are
 * refused. PLUGIN_KIND chooses; tests/CMakeLists.txt builds one of each. None
 * moves anything: conformance/consumer has a back-end that does.
 */
#include <ipcmark/ipcmark.h>

enum plugin_kind { GOOD, LACKS, OTHER_ABI, TAKEN, BAD_NAME, TWIN };

static enum ipcm_status open_queue(void *port,
				   const struct ipcm_channel_request *requested,
				   struct ipcm_channel_limits *ret_granted)
{
	(void)port;
	(void)requested;
	*ret_granted = (struct ipcm_channel_limits){
		.frame_bytes = 128,
		.receive_bytes = 128,
		.channel_frames = 1,
	};
	return IPCM_OK;
}

static void close_port(void *port)
{
	(void)port;
}

static enum ipcm_status send_frame(void *port, const void *frame, size_t bytes)
{
	(void)port;
	(void)frame;
	(void)bytes;
	return IPCM_FULL;
}

static enum ipcm_status receive_frame(void *port, void *buffer, size_t bytes,
				      size_t *ret_bytes)
{
	(void)port;
	(void)buffer;
	(void)bytes;
	(void)ret_bytes;
	return IPCM_EMPTY;
}

/* Calls into the program that loaded it: all of the library must be there,
 * also what the program itself does not use. */
static enum ipcm_status probe(char *why, size_t why_bytes)
{
	struct ipcm_limits limits;
	enum ipcm_status status =
		ipcm_backend_limits(ipcm_backend_find("pipe"), &limits);

	(void)why;
	(void)why_bytes;
	(void)ipcm_status_text(status);
	return status;
}

/* PLUGIN_KIND is compared with itself in the build of its kind. */
/* NOLINTBEGIN(misc-redundant-expression) */
static const struct ipcm_port_ops port = {
	.state_size = 8,
	.unit = IPCM_UNIT_NONE,
	.open_queue = open_queue,
	.close = close_port,
	.send = PLUGIN_KIND == LACKS ? 0 : send_frame,
	.receive = receive_frame,
};

static const struct ipcm_queue_ops queue = {.port = &port};

#if defined(PLUGIN_HIDES)
#define PLUGIN_SYMBOL another_symbol
#else
#define PLUGIN_SYMBOL ipcm_backend_plugin
#endif

IPCM_API extern const struct ipcm_backend PLUGIN_SYMBOL;

const struct ipcm_backend PLUGIN_SYMBOL = {
	.abi = PLUGIN_KIND == OTHER_ABI ? 77 : IPCM_BACKEND_ABI,
	.name = PLUGIN_KIND == TAKEN	  ? "pipe"
		: PLUGIN_KIND == BAD_NAME ? "a/b"
					  : "plugged",
	.summary = "for test_load",
	.probe = probe,
	.queue = &queue,
	.not_offered = "a test needs no more",
};
/* NOLINTEND(misc-redundant-expression) */
