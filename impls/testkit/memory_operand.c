/* SPDX-License-Identifier: MIT */
/*
 * Just enough of the encoding of x86-64 (Intel SDM volume 2, chapter 2):
 * prefixes, the map of the opcode, ModRM, SIB and displacement.
 */
#include "memory_operand.h"

#ifdef __x86_64__

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAPPINGS_MOST 128
#define STACK_BYTES   (UINT64_C(1) << 20)

/* The shared mappings of a child, as /proc shows them. */
static struct {
	pid_t child;
	size_t count;
	struct {
		uintptr_t begin, end;
	} list[MAPPINGS_MOST];
} mappings;

static void mappings_read(pid_t child)
{
	char path[40], line[512];
	FILE *file;

	mappings.child = child;
	mappings.count = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)child);
	file = fopen(path, "re");
	while (file && mappings.count < MAPPINGS_MOST &&
	       fgets(line, sizeof(line), file)) {
		unsigned long begin, end;
		char rights[8];

		if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 ||
		    rights[3] != 's')
			continue;
		mappings.list[mappings.count].begin = begin;
		mappings.list[mappings.count].end = end;
		mappings.count++;
	}
	if (file)
		(void)fclose(file);
}

static bool is_shared(pid_t child, uintptr_t address)
{
	if (mappings.child != child)
		mappings_read(child);
	for (size_t i = 0; i < mappings.count; i++)
		if (address >= mappings.list[i].begin &&
		    address < mappings.list[i].end)
			return true;
	return false;
}

/* An instruction that is being read. */
struct instruction {
	const uint8_t *at;
	uint8_t rex;
	bool other_segment;
};

static uintptr_t register_value(const struct user_regs_struct *r,
				unsigned number)
{
	const unsigned long long values[16] = {
		r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi,
		r->r8,	r->r9,	r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};

	return (uintptr_t)values[number & 15];
}

static intptr_t displacement(const uint8_t *at, unsigned mod)
{
	int32_t wide;

	if (mod == 1)
		return (int8_t)*at;
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

/* The address in a SIB byte without its displacement. */
static uintptr_t scaled_address(const struct instruction *i,
				const struct user_regs_struct *registers,
				uint8_t sib, bool no_base)
{
	unsigned index = ((sib >> 3) & 7u) | (i->rex & 2u ? 8u : 0);
	unsigned base = (sib & 7u) | (i->rex & 1u ? 8u : 0);
	uintptr_t address = no_base ? 0 : register_value(registers, base);

	if (index != 4)
		address += register_value(registers, index) << (sib >> 6);
	return address;
}

/* Of the ModRM byte at i->at. @return false: a register, no memory */
static bool operand_address(const struct instruction *i,
			    const struct user_regs_struct *registers,
			    uintptr_t *ret_address)
{
	const uint8_t *at = i->at;
	uint8_t modrm = *at++;
	unsigned mod = modrm >> 6, rm = modrm & 7u;

	if (mod == 3)
		return false;
	if (rm == 4) {
		uint8_t sib = *at++;
		bool no_base = mod == 0 && (sib & 7u) == 5;

		*ret_address = scaled_address(i, registers, sib, no_base);
		if (no_base)
			mod = 2;
	} else if (mod == 0 && rm == 5) {
		/* relative to rip, that is the end of the instruction, or
		 * nearly so: a variable of the program */
		*ret_address = (uintptr_t)(registers->rip) +
			       (uintptr_t)displacement(at, 2);
		return true;
	} else {
		*ret_address =
			register_value(registers, rm | (i->rex & 1u ? 8u : 0));
	}
	if (mod)
		*ret_address += (uintptr_t)displacement(at, mod);
	return true;
}

/* The one-byte opcodes that have a ModRM byte and touch its memory. */
static bool has_operand(uint8_t opcode)
{
	if (opcode < 0x40)
		return (opcode & 7) < 4;
	return opcode == 0x63 || opcode == 0x69 || opcode == 0x6b ||
	       (opcode >= 0x80 && opcode <= 0x8f && opcode != 0x8d) ||
	       opcode == 0xc0 || opcode == 0xc1 || opcode == 0xc6 ||
	       opcode == 0xc7 || (opcode >= 0xd0 && opcode <= 0xd3) ||
	       (opcode >= 0xd8 && opcode <= 0xdf) || opcode == 0xf6 ||
	       opcode == 0xf7 || opcode == 0xfe || opcode == 0xff;
}

static void read_prefixes(struct instruction *i)
{
	for (;; i->at++) {
		switch (*i->at) {
		case 0x64:
		case 0x65:
			i->other_segment = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x66:
		case 0x67:
		case 0xf0:
		case 0xf2:
		case 0xf3:
			break;
		default:
			if ((*i->at & 0xf0) == 0x40)
				i->rex = *i->at++;
			return;
		}
	}
}

/* VEX and EVEX: their bits are inverted. @return false: it is neither */
static bool read_vector(struct instruction *i)
{
	uint8_t first = *i->at;

	if (first == 0xc5) {
		i->at += 3;
	} else if (first == 0xc4 || first == 0x62) {
		i->rex = (uint8_t)(((unsigned)~i->at[1] >> 5) & 7u);
		i->at += first == 0xc4 ? 4 : 5;
	} else {
		return false;
	}
	return true;
}

/* Leaves i->at at the ModRM byte. @return false: there is none that counts */
static bool find_operand(struct instruction *i)
{
	uint8_t opcode;

	if (read_vector(i))
		return true;
	opcode = *i->at++;
	if (opcode != 0x0f)
		return has_operand(opcode);
	opcode = *i->at++;
	if (opcode == 0x38 || opcode == 0x3a)
		i->at++;
	/* jumps, cpuid and the like; hints and prefetches touch nothing */
	return !(opcode >= 0x80 && opcode <= 0x8f) && opcode != 0x18 &&
	       !(opcode >= 0x1e && opcode <= 0x1f) && opcode != 0x0d &&
	       opcode != 0x31 && opcode != 0xa2 && opcode != 0x77 &&
	       !(opcode >= 0xc8 && opcode <= 0xcf);
}

static bool is_string_instruction(uint8_t opcode)
{
	return (opcode >= 0xa4 && opcode <= 0xa7) ||
	       (opcode >= 0xaa && opcode <= 0xaf);
}

bool memory_operand_is_syscall(const struct user_regs_struct *registers)
{
	/* the same program at the same address, so its bytes are here, too */
	const uint8_t *at = (const uint8_t *)registers->rip;

	return at[0] == 0x0f && at[1] == 0x05;
}

uintptr_t memory_operand_behind_loop(const struct user_regs_struct *registers)
{
	const uint8_t *at = (const uint8_t *)registers->rip;
	bool wide = (at[1] & 0xf0) == 0x40;

	if ((at[0] != 0xf3 && at[0] != 0xf2) ||
	    !is_string_instruction(at[wide ? 2 : 1]))
		return 0;
	return (uintptr_t)registers->rip + (wide ? 3 : 2);
}

/* Far from the stack: more than a call's own variables. */
static bool is_off_stack(const struct user_regs_struct *registers,
			 uintptr_t address)
{
	return address - (registers->rsp - STACK_BYTES) > 2 * STACK_BYTES;
}

static bool is_seen(pid_t child, const struct user_regs_struct *registers,
		    uintptr_t address, bool threads)
{
	return threads ? is_off_stack(registers, address)
		       : is_shared(child, address);
}

bool memory_operand_is_shared(pid_t child,
			      const struct user_regs_struct *registers,
			      bool threads)
{
	struct instruction i = {.at = (const uint8_t *)registers->rip};
	uintptr_t address = 0;

	read_prefixes(&i);
	if (memory_operand_is_syscall(registers)) {
		/* it may map something: look again afterwards */
		mappings.child = 0;
		return true;
	}
	if (is_string_instruction(i.at[0]))
		return is_seen(child, registers, registers->rsi, threads) ||
		       is_seen(child, registers, registers->rdi, threads);
	return find_operand(&i) && !i.other_segment &&
	       operand_address(&i, registers, &address) &&
	       is_seen(child, registers, address, threads);
}

#else
typedef int memory_operand_unused;
#endif
