/*
 * Nested page tables: what the cell's regions give it, the page of its APIC, an empty PCI bus, and nothing else.
 * They are complete before the first CPU starts and never change.
 */
#include "box.h"

#define PRESENT		(1ul << 0)
#define WRITABLE	(1ul << 1)
#define USER		(1ul << 2)	/* the guest's accesses count as a user's: APM volume 2, 15.25.5 */
#define LARGE		(1ul << 7)
#define NO_EXECUTE	(1ul << 63)

#define ADDRESS_MASK	0x000ffffffffff000ul
#define LARGE_SIZE	0x200000ul

static uint64_t *root;
static uint64_t next_table = BOX_X86_TABLES;

static uint64_t *new_table(void)
{
	uint64_t *table = (uint64_t *)next_table;

	if (next_table >= BOX_X86_SCRATCH)
		stop_box("the cell's regions need more page tables than there is room for");
	next_table += PAGE_SIZE;
	for (unsigned int i = 0; i < 512; i++)
		table[i] = 0;
	return table;
}

/* The table below an entry; makes it, or cuts up the large page that is there. */
static uint64_t *descend(uint64_t *entry)
{
	uint64_t old = *entry;

	if (!(old & PRESENT) || old & LARGE) {
		uint64_t *table = new_table();

		for (unsigned int i = 0; old & LARGE && i < 512; i++)
			table[i] = (old & ~LARGE) + i * PAGE_SIZE;
		*entry = (uint64_t)table | PRESENT | WRITABLE | USER;
	}
	return (uint64_t *)(*entry & ADDRESS_MASK);
}

static uint64_t *directory_entry(uint64_t address)
{
	uint64_t *table = descend(&root[address >> 39 & 511]);

	table = descend(&table[address >> 30 & 511]);
	return &table[address >> 21 & 511];
}

/* Later regions win over earlier ones, as in Jailhouse. Not present is a mapping, too. */
static void map(uint64_t address, uint64_t host, uint64_t size, uint64_t access)
{
	while (size) {
		uint64_t *entry = directory_entry(address);
		uint64_t step = PAGE_SIZE;

		if (!((address | host) & (LARGE_SIZE - 1)) && size >= LARGE_SIZE) {
			*entry = host | access | LARGE;
			step = LARGE_SIZE;
		} else {
			descend(entry)[address >> 12 & 511] = host | access;
		}
		address += step;
		host += step;
		size -= step;
	}
}

static uint64_t access_of(uint64_t flags)
{
	uint64_t access = USER;

	if (flags & BOX_MEM_READ)
		access |= PRESENT;
	if (flags & BOX_MEM_WRITE)
		access |= WRITABLE;
	if (!(flags & BOX_MEM_EXECUTE))
		access |= NO_EXECUTE;
	return access;
}

static void map_region(const struct box_region *region)
{
	uint64_t access = access_of(region->flags);

	if (region->kind == BOX_DISPATCHED)
		return;
	if (region->kind != BOX_SCRATCH) {
		map(region->virt, region->backing, region->size, access);
		return;
	}
	/* Large pages where there are whole ones: io regions can have many GiB. */
	for (uint64_t offset = 0, step; offset < region->size; offset += step) {
		uint64_t address = region->virt + offset;
		uint64_t in_page = address & (LARGE_SIZE - 1);

		step = LARGE_SIZE - in_page;
		if (step > region->size - offset)
			step = region->size - offset;
		map(address, BOX_X86_SCRATCH + in_page, step, access);
	}
}

/* Reads give ones without an exit, as from a bus without devices; writes exit. */
static void map_empty_bus(void)
{
	uint64_t end = blob->mmconfig_base + ((blob->mmconfig_end_bus + 1ul) << 20);

	for (uint64_t address = blob->mmconfig_base; address < end; address += PAGE_SIZE)
		map(address, BOX_X86_ONES, PAGE_SIZE, PRESENT | USER | NO_EXECUTE);
}

uint64_t build_nested_tables(void)
{
	root = new_table();
	for (uint32_t i = 0; i < blob->num_regions; i++)
		map_region(&blob->regions[i]);
	if (blob->flags & BOX_MMCONFIG)
		map_empty_bus();
	/* Reads go to the APIC itself, writes exit. In x2APIC mode there is no such page. */
	if (!(blob->flags & BOX_X2APIC))
		map(APIC_PAGE, APIC_PAGE, PAGE_SIZE, PRESENT | USER | NO_EXECUTE);
	return (uint64_t)root;
}

bool cell_to_host(uint64_t address, uint64_t *host)
{
	const uint64_t *table = root;
	uint64_t entry;

	for (unsigned int shift = 39;; shift -= 9) {
		entry = table[address >> shift & 511];
		if (!(entry & PRESENT))
			return false;
		if (shift == 12 || (shift == 21 && entry & LARGE)) {
			uint64_t offset_mask = (1ul << shift) - 1;

			*host = (entry & ADDRESS_MASK & ~offset_mask) | (address & offset_mask);
			return true;
		}
		table = (const uint64_t *)(entry & ADDRESS_MASK);
	}
}
