/* Accesses to addresses that nested.c did not map, or mapped to be read only. */
#include "box.h"

static bool is_ioapic(uint64_t address)
{
	return blob->flags & BOX_IOAPIC && (address & PAGE_MASK) == IOAPIC_PAGE;
}

/* The region of no whole pages that holds an access: Jailhouse does not map such, but looks at each access. */
static const struct box_region *dispatched_at(uint64_t address, unsigned int size)
{
	for (uint32_t i = 0; i < blob->num_regions; i++) {
		const struct box_region *region = &blob->regions[i];

		if (region->kind == BOX_DISPATCHED && address >= region->virt &&
		    address + size <= region->virt + region->size)
			return region;
	}
	return NULL;
}

static bool access_dispatched(const struct box_region *region, uint64_t address, struct access *access)
{
	/* By its physical address, as Jailhouse does. */
	uint64_t physical = address - region->virt + region->backing;
	bool allowed = region->flags & (access->write ? BOX_MEM_WRITE : BOX_MEM_READ) &&
		       region->flags & (uint64_t)BOX_MEM_IO_8 * access->size &&
		       (!(physical & (access->size - 1)) || region->flags & BOX_MEM_IO_UNALIGNED);

	if (!allowed) {
		print("FATAL: Invalid MMIO %s, address: %lx, size: %x\n", access->write ? "write" : "read", physical,
		      access->size);
		return false;
	}
	access->value = 0;
	return true;
}

static bool access_device(uint64_t address, struct access *access)
{
	const struct box_region *region = dispatched_at(address, access->size);

	if (is_ioapic(address))
		return access_ioapic(address & ~PAGE_MASK, access->write, &access->value);
	if (is_mmconfig(address) && access->write) {
		report_mmconfig_write(address, access->size);
		return false;
	}
	if (region)
		return access_dispatched(region, address, access);
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
