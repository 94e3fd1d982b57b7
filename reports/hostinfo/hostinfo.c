/* SPDX-License-Identifier: MIT */
/*
 * The environment block of a result: everything about this host and process
 * that can change a time or a limit, and a fingerprint over the part that
 * must agree before two results may be compared. No host name, no user name,
 * no path of this machine: results are meant to be published.
 */
#include "hostinfo.h"
#include "hostinfo_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* A copy without what changes from minute to minute. */
static json_t *comparable(const json_t *env)
{
	static const char *const blocks[] = {"cpu", "kernel", "limits", "virt"};
	json_t *subset = json_object();

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		json_object_set_new(
			subset, blocks[i],
			json_deep_copy(json_object_get(env, blocks[i])));
	json_object_del(json_object_get(subset, "limits"), "shm.free_bytes");
	json_object_set_new(subset, "build", build_json());
	/* The code under test may differ: that is what is compared. */
	json_object_del(json_object_get(subset, "build"), "source");
	return subset;
}

static json_t *fingerprint(const json_t *env)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	json_t *subset = comparable(env);
	char *text = json_dumps(subset, JSON_SORT_KEYS | JSON_COMPACT);

	json_decref(subset);
	if (!text)
		return json_null();
	(void)crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	(void)sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	free(text);
	return json_string(hex);
}

json_t *hostinfo_json(void)
{
	json_t *env = json_object();

	json_object_set_new(env, "clock", hostinfo_clock());
	json_object_set_new(env, "cpu", hostinfo_cpu());
	json_object_set_new(env, "kernel", hostinfo_kernel());
	json_object_set_new(env, "limits", hostinfo_limits());
	json_object_set_new(env, "process", hostinfo_process());
	json_object_set_new(env, "virt", hostinfo_virtualization());
	json_object_set_new(env, "fingerprint", fingerprint(env));
	return env;
}
