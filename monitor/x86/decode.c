/*
 * The instruction behind an access that exits. Plain moves only, as in Jailhouse: a decoder that knew more would let
 * guests live that die there.
 */
#include "box.h"

#define CR0_PAGING		(1ul << 31)
#define CR4_PAE			(1ul << 5)
#define CR4_LA57		(1ul << 12)
#define ENTRY_PRESENT		(1ul << 0)
#define ENTRY_LARGE		(1ul << 7)
#define ADDRESS_MASK		0x000ffffffffff000ul

#define PREFIX_OPERAND_SIZE	0x66
#define PREFIX_ADDRESS_SIZE	0x67
#define REX			0x40
#define REX_W			0x8
#define REX_R			0x4
#define REX_X			0x2

static bool read_entry(uint64_t address, unsigned int size, uint64_t *entry)
{
	uint64_t host;

	if (!cell_to_host(address, &host))
		return false;
	*entry = size == 8 ? *(uint64_t *)host : *(uint32_t *)host;
	return true;
}

/* Through the guest's own page tables: of 5 or 4 levels, PAE's 3, or 2. */
static bool translate(const struct vmcb *vmcb, uint64_t linear, uint64_t *address)
{
	bool is_long = vmcb->efer & EFER_LMA, is_wide = is_long || vmcb->cr4 & CR4_PAE;
	unsigned int entry_size = is_wide ? 8 : 4, bits = is_wide ? 9 : 10;
	unsigned int shift = !is_wide ? 22 : !is_long ? 30 : vmcb->cr4 & CR4_LA57 ? 48 : 39;
	/* PAE's top table has 4 entries and needs no page of its own. */
	uint64_t table = vmcb->cr3 & (is_wide && !is_long ? 0xffffffe0 : ADDRESS_MASK);
	uint64_t entry;

	if (!(vmcb->cr0 & CR0_PAGING)) {
		*address = linear;
		return true;
	}
	for (;; shift -= bits) {
		uint64_t slot = linear >> shift & ((1u << bits) - 1);

		if (!read_entry(table + slot * entry_size, entry_size, &entry) || !(entry & ENTRY_PRESENT))
			return false;
		if (shift == 12 || (entry & ENTRY_LARGE && shift <= 30 && !(is_wide && !is_long && shift == 30))) {
			uint64_t mask = (1ul << shift) - 1;

			*address = (entry & ADDRESS_MASK & ~mask) | (linear & mask);
			return true;
		}
		table = entry & ADDRESS_MASK;
	}
}

bool fetch_code(const struct cpu *cpu, unsigned int offset, uint8_t *byte)
{
	const struct vmcb *vmcb = cpu->vmcb;
	uint64_t linear = vmcb->rip + offset, address, host;

	if (!(vmcb->cs.attributes & SEGMENT_LONG))
		linear = (uint32_t)(linear + vmcb->cs.base);
	if (!translate(vmcb, linear, &address) || !cell_to_host(address, &host))
		return false;
	*byte = *(const uint8_t *)host;
	return true;
}

/* An instruction while it is read. */
struct reader {
	const struct cpu *cpu;
	unsigned int length;
	bool failed;		/* to read it */
	uint8_t opcode[4];	/* what Jailhouse prints of one that it does not know */
	unsigned int opcode_length;
	uint8_t rex;
	bool operand_prefix, address_prefix;
	unsigned int reg;	/* of ModRM, with REX.R */
};

static uint8_t next(struct reader *reader)
{
	uint8_t byte = 0;

	if (reader->length >= 15 || !fetch_code(reader->cpu, reader->length, &byte))
		reader->failed = true;
	reader->length++;
	return byte;
}

static uint8_t next_opcode(struct reader *reader)
{
	return reader->opcode[reader->opcode_length++] = next(reader);
}

static bool in_64_bit_code(const struct reader *reader)
{
	return reader->cpu->vmcb->cs.attributes & SEGMENT_LONG;
}

static unsigned int operand_size(const struct reader *reader)
{
	bool wide = in_64_bit_code(reader) || reader->cpu->vmcb->cs.attributes & SEGMENT_32BIT;

	if (reader->rex & REX_W)
		return 8;
	return wide != reader->operand_prefix ? 4 : 2;
}

static unsigned int address_size(const struct reader *reader)
{
	if (in_64_bit_code(reader))
		return reader->address_prefix ? 4 : 8;
	return (bool)(reader->cpu->vmcb->cs.attributes & SEGMENT_32BIT) != reader->address_prefix ? 4 : 2;
}

/* The address is known from the exit: ModRM only has to be stepped over. */
static void skip_operand(struct reader *reader)
{
	uint8_t modrm = next_opcode(reader);
	unsigned int mode = modrm >> 6, base = modrm & 7, displacement = 0;

	reader->reg = (modrm >> 3 & 7) | (reader->rex & REX_R ? 8 : 0);
	if (address_size(reader) == 2) {
		displacement = mode == 1 ? 1 : mode == 2 || (mode == 0 && base == 6) ? 2 : 0;
	} else {
		if (base == 4)
			base = next_opcode(reader) & 7;
		displacement = mode == 1 ? 1 : mode == 2 || (mode == 0 && base == 5) ? 4 : 0;
	}
	while (displacement--)
		next(reader);
}

/* Without REX, the byte registers 4 to 7 are AH, CH, DH, BH. */
static bool is_high_byte(const struct reader *reader)
{
	return !reader->rex && reader->reg >= 4;
}

static uint64_t stored_register(const struct reader *reader, unsigned int size)
{
	if (size == 1 && is_high_byte(reader))
		return get_register(reader->cpu, reader->reg - 4) >> 8;
	return get_register(reader->cpu, reader->reg);
}

static uint64_t next_immediate(struct reader *reader, unsigned int size)
{
	unsigned int length = size == 8 ? 4 : size;
	uint64_t value = 0;

	for (unsigned int i = 0; i < length; i++)
		value |= (uint64_t)next(reader) << i * 8;
	return size == 8 ? (uint64_t)(int32_t)value : value;
}

static void skip_prefixes(struct reader *reader)
{
	for (;;) {
		uint8_t byte = next_opcode(reader);

		if (byte == PREFIX_OPERAND_SIZE)
			reader->operand_prefix = true;
		else if (byte == PREFIX_ADDRESS_SIZE)
			reader->address_prefix = true;
		else if (in_64_bit_code(reader) && (byte & 0xf0) == REX && !(byte & REX_X))
			reader->rex = byte;
		else
			return;
		reader->opcode_length = 0;
		reader->opcode[0] = 0;
	}
}

static bool decode(struct reader *reader, struct access *access)
{
	unsigned int size = operand_size(reader);

	access->target_size = size;
	switch (reader->opcode[0]) {
	case 0x0f:
		switch (next_opcode(reader)) {
		case 0xb6:			/* movzx r, m8 */
			access->size = 1;
			break;
		case 0xb7:			/* movzx r, m16 */
			access->size = 2;
			break;
		default:
			return false;
		}
		skip_operand(reader);
		break;
	case 0x8a:				/* mov r8, m8 */
		access->size = access->target_size = 1;
		skip_operand(reader);
		access->high_byte = is_high_byte(reader);
		break;
	case 0x8b:				/* mov r, m */
		access->size = size;
		skip_operand(reader);
		break;
	case 0xa1:				/* mov rax, moffs */
		access->size = size;
		for (unsigned int i = address_size(reader); i; i--)
			next(reader);
		break;
	case 0x88:				/* mov m8, r8 */
	case 0x89:				/* mov m, r */
		access->write = true;
		access->size = reader->opcode[0] == 0x88 ? 1 : size;
		skip_operand(reader);
		access->value = stored_register(reader, access->size);
		break;
	case 0xa3:				/* mov moffs, rax */
		access->write = true;
		access->size = size;
		for (unsigned int i = address_size(reader); i; i--)
			next(reader);
		access->value = stored_register(reader, size);
		break;
	case 0xc7:				/* mov m, imm */
		access->write = true;
		access->size = size;
		skip_operand(reader);
		access->value = next_immediate(reader, size);
		break;
	default:
		return false;
	}
	access->target = access->high_byte ? reader->reg - 4 : reader->reg;
	access->length = reader->length;
	if (access->size < 8)
		access->value &= (1ul << access->size * 8) - 1;
	return true;
}

bool decode_access(const struct cpu *cpu, bool write, struct access *access)
{
	struct reader reader = { .cpu = cpu };
	bool known;

	*access = (struct access){ 0 };
	skip_prefixes(&reader);
	known = decode(&reader, access);
	if (reader.failed) {
		print("FATAL: unable to get MMIO instruction\n");
		return false;
	}
	if (!known) {
		print("FATAL: unsupported instruction (0x%02x 0x%02x 0x%02x 0x%02x)\n", reader.opcode[0],
		      reader.opcode[1], reader.opcode[2], reader.opcode[3]);
		return false;
	}
	if (access->write != write) {
		print("FATAL: inconsistent access, expected %s instruction\n", write ? "write" : "read");
		return false;
	}
	return true;
}

void finish_read(struct cpu *cpu, const struct access *access)
{
	uint64_t old = get_register(cpu, access->target), value = access->value;
	unsigned int shift = access->high_byte ? 8 : 0;

	if (access->size < 8)
		value &= (1ul << access->size * 8) - 1;
	/* 32 bits clear the upper half, less leave the rest alone. */
	if (access->target_size < 4) {
		uint64_t mask = ((1ul << access->target_size * 8) - 1) << shift;

		value = (old & ~mask) | value << shift;
	}
	set_register(cpu, access->target, value);
}
