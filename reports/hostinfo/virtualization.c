/* SPDX-License-Identifier: MIT */
/*
 * Virtual machine, container, control group: what may take the CPU away from
 * a process.
 */
#include "hostinfo_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *hypervisor(void)
{
	char line[16384];
	FILE *file = fopen("/proc/cpuinfo", "re");
	bool found = false;

	if (!file)
		return NULL;
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "flags", 5) &&
			strstr(line, " hypervisor");
	fclose(file);
	return json_boolean(found);
}

static const char *container_kind(void)
{
	char text[256];

	if (!access("/run/.containerenv", F_OK))
		return "podman";
	if (!access("/.dockerenv", F_OK))
		return "docker";
	if (read_text("/run/systemd/container", text, sizeof(text)))
		return "systemd-nspawn or another that systemd knows";
	return "none seen";
}

/* A file of this process's control group; version 2 only. */
static bool cgroup_text(const char *file, char *ret_text, size_t bytes)
{
	char membership[TEXT_BYTES], group[TEXT_BYTES - 64];
	char path[TEXT_BYTES];

	if (!read_text("/proc/self/cgroup", membership, sizeof(membership)))
		return false;
	if (!text_field(membership, "0:", group, sizeof(group)))
		return false;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", group, file);
	if (read_text(path, ret_text, bytes))
		return true;
	/* In a container the group's own directory is mounted at the top. */
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", file);
	return read_text(path, ret_text, bytes);
}

double cgroup_cpus(void)
{
	char text[TEXT_BYTES];
	double quota, period;

	if (!cgroup_text("cpu.max", text, sizeof(text)))
		return -1;
	if (sscanf(text, "%lf %lf", &quota, &period) != 2 || period <= 0)
		return -1;
	return quota / period;
}

json_t *hostinfo_virtualization(void)
{
	json_t *virt = json_object();
	char text[TEXT_BYTES];
	double cpus = cgroup_cpus();
	bool weighted = cgroup_text("cpu.weight", text, sizeof(text));

	block_put(virt, "hypervisor", hypervisor(),
		  "/proc/cpuinfo is not readable");
	block_put(virt, "container", json_string(container_kind()), NULL);
	block_put(virt, "cgroup_cpus", cpus < 0 ? NULL : json_real(cpus),
		  "no limit, or no control group of version 2 to read it from");
	block_put(virt, "cgroup_weight",
		  weighted ? json_integer(atoll(text)) : NULL,
		  "no control group of version 2 to read it from");
	return virt;
}
