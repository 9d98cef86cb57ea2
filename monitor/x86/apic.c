/*
 * Writes to the local APIC, as Jailhouse checks them: registers and bits that it reserves, modes that it refuses, and
 * interrupts to CPUs that are not the cell's. What passes goes to QEMU's own APIC. x2APIC mode is played on it.
 */
#include "box.h"

enum {
	REG_ID = 0x02, REG_TPR = 0x08, REG_EOI = 0x0b, REG_LDR = 0x0d, REG_DFR = 0x0e, REG_SVR = 0x0f,
	REG_LVT_CMCI = 0x2f, REG_ICR = 0x30, REG_ICR_HIGH = 0x31, REG_LVT_FIRST = 0x32, REG_LVT_LAST = 0x37,
	REG_TIMER_COUNT = 0x38, REG_TIMER_DIVIDE = 0x3e, REG_SELF_IPI = 0x3f,
	REG_EXTENDED_LVT_FIRST = 0x50, REG_EXTENDED_LVT_LAST = 0x53,
};

#define LVT_MASKED		(1u << 16)
#define DELIVERY_MODE(value)	((value) >> 8 & 7)
enum { FIXED = 0, LOWEST_PRIORITY = 1, NMI = 4, INIT = 5, SIPI = 6 };

#define ICR_VECTOR		0xffu
#define ICR_LOGICAL		(1u << 11)
#define ICR_ASSERT		(1u << 14)
#define ICR_SHORTHAND(value)	((value) >> 18 & 3)
#define ICR_SHORTHAND_MASK	(3u << 18)
enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS };

static bool in_x2apic_mode(void)
{
	return blob->flags & BOX_X2APIC;
}

static bool is_lvt(unsigned int reg)
{
	return reg == REG_LVT_CMCI || (reg >= REG_LVT_FIRST && reg <= REG_LVT_LAST) ||
	       (reg >= REG_EXTENDED_LVT_FIRST && reg <= REG_EXTENDED_LVT_LAST);
}

/* Bits of a register that must not be written. */
static uint32_t reserved_bits(unsigned int reg)
{
	switch (reg) {
	case REG_TPR:
		return 0xffffff00;
	case REG_EOI:
	case REG_TIMER_COUNT:
		return 0;
	case REG_LDR:
	case REG_DFR:
		return in_x2apic_mode() ? ~0u : 0;
	case REG_SVR:
		return 0xfffffc00;
	case REG_ICR:
		return 0xfff33000;
	case REG_ICR_HIGH:
		return in_x2apic_mode() ? ~0u : 0x00ffffff;
	case 0x32:			/* timer */
		return 0xfff8ef00;
	case REG_LVT_CMCI:
	case 0x33:			/* thermal */
	case 0x34:			/* performance counters */
		return 0xfffee800;
	case 0x35:			/* LINT0, LINT1 */
	case 0x36:
		return 0xfff0e800;
	case 0x37:			/* error */
		return 0xfffeef00;
	case REG_TIMER_DIVIDE:
		return 0xfffffff4;
	case REG_SELF_IPI:
		return in_x2apic_mode() ? 0xffffff00 : ~0u;
	case REG_EXTENDED_LVT_FIRST ... REG_EXTENDED_LVT_LAST:
		return 0xfffef800;
	default:
		return ~0u;
	}
}

/* The destination names CPU `id`: by its number, or by its bit in the flat or clustered logical form. */
static bool names_cpu(uint32_t id, uint32_t destination, bool logical)
{
	if (!logical)
		return destination == id;
	if (in_x2apic_mode())
		return destination >> 16 == id >> 4 && destination >> (id & 15) & 1;
	return id < 8 && destination >> id & 1;
}

static bool is_inside_cell(uint32_t destination, bool logical)
{
	uint32_t bits = in_x2apic_mode() ? destination & 0xffff : destination;

	if (!logical)
		return find_cpu(destination);
	for (uint32_t i = 0; i < blob->num_cpus; i++)
		if (names_cpu(cpus[i].id, destination, true))
			bits &= ~(1u << (in_x2apic_mode() ? cpus[i].id & 15 : cpus[i].id));
	return !bits;
}

static void send_to(struct cpu *target, uint32_t command)
{
	switch (DELIVERY_MODE(command)) {
	case NMI:
		print("Ignoring NMI IPI to CPU %d\n", target->id);
		break;
	case INIT:
		/* Without it the message only synchronises arbitration ids. */
		if (command & ICR_ASSERT)
			send_init(target);
		break;
	case SIPI:
		send_sipi(target, command & ICR_VECTOR);
		break;
	default:
		write_apic_register(REG_ICR_HIGH, target->id << 24);
		write_apic_register(REG_ICR, command & ~(ICR_LOGICAL | ICR_SHORTHAND_MASK));
	}
}

static void send_to_destination(struct cpu *sender, uint32_t command, uint32_t destination)
{
	bool logical = command & ICR_LOGICAL;

	if (!is_inside_cell(destination, logical)) {
		print("WARNING: CPU %d specified IPI destination outside cell boundaries, ICR.hi=%x\n", sender->id,
		      in_x2apic_mode() ? destination : destination << 24);
		return;
	}
	for (uint32_t i = 0; i < blob->num_cpus; i++) {
		if (!names_cpu(cpus[i].id, destination, logical))
			continue;
		send_to(&cpus[i], command);
		if (DELIVERY_MODE(command) == LOWEST_PRIORITY)
			return;
	}
}

static bool write_icr(struct cpu *cpu, uint32_t command, uint32_t destination)
{
	unsigned int mode = DELIVERY_MODE(command), shorthand = ICR_SHORTHAND(command);
	bool known = mode == FIXED || mode == LOWEST_PRIORITY || mode == NMI || mode == INIT || mode == SIPI;
	uint32_t high = read_apic_register(REG_ICR_HIGH);

	if (!known || (mode != FIXED && (shorthand == TO_SELF || shorthand == TO_ALL))) {
		print("FATAL: Unsupported/invalid APIC delivery mode, ICR.lo=%x\n", command);
		return false;
	}
	switch (shorthand) {
	case TO_DESTINATION:
		send_to_destination(cpu, command, destination);
		break;
	case TO_SELF:
		write_apic_register(REG_ICR, command);
		break;
	default:
		for (uint32_t i = 0; i < blob->num_cpus; i++)
			if (shorthand == TO_ALL || &cpus[i] != cpu)
				send_to(&cpus[i], command);
	}
	/* What the guest reads is what the guest wrote. */
	write_apic_register(REG_ICR_HIGH, high);
	return true;
}

bool write_apic(struct cpu *cpu, unsigned int reg, uint32_t value, uint32_t destination)
{
	unsigned int mode = DELIVERY_MODE(value);

	if (reg == REG_ID && !in_x2apic_mode())
		return true;
	if (value & reserved_bits(reg)) {
		print("FATAL: Trying to set reserved APIC bits (reg %02x, value %08x)\n", reg, value);
		return false;
	}
	if (is_lvt(reg) && !(value & LVT_MASKED) && mode != FIXED && mode != NMI) {
		print("FATAL: Setting invalid LVT delivery mode (reg %02x, value %08x)\n", reg, value);
		return false;
	}
	switch (reg) {
	case REG_LDR:
		/* No value suits a CPU from 8 on: flat logical mode has eight bits. */
		if (cpu->id >= 8 || value != 1u << (24 + cpu->id)) {
			print("FATAL: Unsupported change to LDR: %x\n", value);
			return false;
		}
		break;
	case REG_DFR:
		if (value != ~0u) {
			print("FATAL: Unsupported change to DFR: %x\n", value);
			return false;
		}
		break;
	case REG_ICR:
		return write_icr(cpu, value, destination);
	case REG_SELF_IPI:
		print("Unhandled x2APIC self IPI write\n");
		return true;
	}
	write_apic_register(reg, value);
	return true;
}

static bool access_page(struct cpu *cpu, unsigned int reg, bool write)
{
	struct access access;

	if (in_x2apic_mode()) {
		print("FATAL: xAPIC access in x2APIC mode\n");
		return false;
	}
	if (!decode_access(cpu, write, &access))
		return false;
	if (access.size != 4) {
		print("FATAL: Unsupported APIC access width %d\n", access.size);
		return false;
	}
	if (!write_apic(cpu, reg, access.value, read_apic_register(REG_ICR_HIGH) >> 24))
		return false;
	skip_instruction(cpu, access.length);
	return true;
}

void exit_apic_page(struct cpu *cpu, uint64_t address, bool write)
{
	unsigned int offset = address & ~PAGE_MASK;

	if (access_page(cpu, offset >> 4, write))
		return;
	print("FATAL: Unhandled APIC access, offset %d, is_write: %d\n", offset, write);
	park(cpu);
}

uint64_t read_x2apic(struct cpu *cpu, uint32_t msr)
{
	unsigned int reg = msr & 0x3f;

	switch (reg) {
	case REG_ID:
		return cpu->id;
	case REG_LDR:
		return (cpu->id >> 4) << 16 | 1u << (cpu->id & 15);
	case REG_ICR:
		return read_apic_register(reg) | (uint64_t)cpu->x2apic_destination << 32;
	default:
		return read_apic_register(reg);
	}
}

bool write_x2apic(struct cpu *cpu, uint32_t msr, uint64_t value)
{
	unsigned int reg = msr & 0x3f;

	if (reg == REG_ICR)
		cpu->x2apic_destination = value >> 32;
	if (write_apic(cpu, reg, value, value >> 32))
		return true;
	print("FATAL: Unhandled APIC access, offset %d, is_write: %d\n", reg << 4, true);
	return false;
}

/* As firmware leaves it: enabled, all local interrupts masked, none in service. */
void reset_apic(void)
{
	write_apic_register(REG_SVR, 0x1ff);
	for (unsigned int reg = REG_LVT_FIRST; reg <= REG_LVT_LAST; reg++)
		write_apic_register(reg, LVT_MASKED);
	for (unsigned int i = 0; i < 256; i++) {
		uint32_t in_service = 0;

		for (unsigned int word = 0; word < 8; word++)
			in_service |= read_apic_register(0x10 + word);
		if (!in_service)
			break;
		write_apic_register(REG_EOI, 0);
	}
	write_apic_register(REG_TPR, 0);
	write_apic_register(REG_SVR, 0xff);
}
