/* Accesses to addresses that nested.c did not map, or mapped to be read only. */
#include "box.h"

static bool is_ioapic(uint64_t address)
{
	return blob->flags & BOX_IOAPIC && (address & PAGE_MASK) == IOAPIC_PAGE;
}

static bool access_device(uint64_t address, struct access *access)
{
	uint32_t value = access->value;

	if (is_ioapic(address)) {
		if (!access_ioapic(address & ~PAGE_MASK, access->write, &value))
			return false;
		access->value = value;
		return true;
	}
	if (is_mmconfig(address) && access->write) {
		report_mmconfig_write(address, access->size);
		return false;
	}
	print("FATAL: Invalid MMIO/RAM %s, addr: 0x%016lx size: %d\n", access->write ? "write" : "read", address,
	      access->size);
	return false;
}

void exit_nested_page_fault(struct cpu *cpu)
{
	uint64_t address = cpu->vmcb->exit_info_2;
	bool write = cpu->vmcb->exit_info_1 & FAULT_WRITE;
	struct access access;

	if ((address & PAGE_MASK) == APIC_PAGE) {
		exit_apic_page(cpu, address, write);
		return;
	}
	if (!decode_access(cpu, write, &access)) {
		print("FATAL: Invalid MMIO/RAM %s, addr: 0x%016lx size: 0\n", write ? "write" : "read", address);
		park(cpu);
	}
	if (!access_device(address, &access))
		park(cpu);
	if (!write)
		finish_read(cpu, &access);
	skip_instruction(cpu, access.length);
}
