/*
 * Stage 2: what the cell's addresses mean. Four levels of 4 KiB tables for addresses of 44 bits, 2 MiB blocks where the
 * cell and QEMU agree in the lower 21 bits.
 */
#include "monitor.h"

#define ENTRIES		512
#define VALID		0x1UL
#define TABLE		0x2UL		/* level 0-2: a table; level 3: a page */
#define BLOCK		0x0UL
#define ACCESSED	(1UL << 10)
#define SHARED		(3UL << 8)	/* inner shareable */
#define READ		(1UL << 6)
#define WRITE		(1UL << 7)
#define MEMORY		(0xfUL << 2)	/* write-back */
#define DEVICE		(0x1UL << 2)	/* nGnRE */
#define ADDRESS		0x0000fffffffff000UL

#define BLOCK_SIZE	0x200000UL

/* T0SZ 20 (44 bits), SL0 2 (walks begin at level 0), tables write-back and inner shareable, PS 4 (44 bits). */
#define VTCR		(1UL << 31 | 4 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 2 << 6 | 20)
#define VTTBR_VMID	(1UL << 48)

static u64 next_table = BOX_ARM64_TABLES;

static u64 *new_table(void)
{
	u64 *table = (u64 *)next_table;

	next_table += PAGE_SIZE;
	if (next_table > BOX_ARM64_ONES) {
		print("box: error: the cell's regions need more page tables than there is room for\n");
		power_off();
	}
	return memset(table, 0, PAGE_SIZE);
}

static inline u32 shift_of(u32 level)
{
	return 39 - 9 * level;
}

/* The entry for `virt` at `level`, with the tables above it; a block on the way becomes a table of the same meaning. */
static u64 *entry_at(u64 virt, u32 level)
{
	u64 *table = (u64 *)BOX_ARM64_TABLES;

	for (u32 at = 0; ; at++) {
		u64 *entry = &table[virt >> shift_of(at) & (ENTRIES - 1)];

		if (at == level)
			return entry;
		if (!(*entry & VALID)) {
			*entry = (u64)new_table() | TABLE | VALID;
		} else if (!(*entry & TABLE)) {
			u64 block = *entry;
			u64 *parts = new_table();

			/* Blocks are at level 2 only, so the parts are pages. */
			for (u32 n = 0; n < ENTRIES; n++)
				parts[n] = (block + n * (u64)PAGE_SIZE) | TABLE;
			*entry = (u64)parts | TABLE | VALID;
		}
		table = (u64 *)(*entry & ADDRESS);
	}
}

/* `span`: so far apart the same memory comes again; 0: it does not. */
static void map_range(u64 virt, u64 backing, u64 size, u64 attributes, u64 span)
{
	u64 start = virt, end = virt + size;

	while (virt < end) {
		u64 *block = entry_at(virt, 2);
		u64 at = backing + (span ? virt & (span - 1) : virt - start);

		if (span != PAGE_SIZE && !(*block & VALID) && !((virt | at) & (BLOCK_SIZE - 1)) &&
		    end - virt >= BLOCK_SIZE) {
			*block = at | attributes | BLOCK | VALID;
			virt += BLOCK_SIZE;
			continue;
		}
		*entry_at(virt, 3) = at | attributes | TABLE | VALID;
		virt += PAGE_SIZE;
	}
}

static void map_registers(u64 virt, u64 backing, u64 size)
{
	map_range(virt, backing, size, ACCESSED | READ | WRITE | DEVICE, 0);
}

/* Jailhouse's rights: READ and WRITE as they are; whatever can be read can be executed. */
static u64 attributes_of(const struct box_region *region)
{
	u64 attributes = ACCESSED;

	if (region->flags & BOX_MEM_READ)
		attributes |= READ;
	if (region->flags & BOX_MEM_WRITE)
		attributes |= WRITE;
	if (region->kind == BOX_DEVICE || region->kind == BOX_SCRATCH)
		return attributes | DEVICE;
	return attributes | MEMORY | SHARED;
}

/* An empty PCI bus: every register reads as ones. */
static void map_configuration_space(void)
{
	u64 size = (blob->mmconfig_end_bus + 1UL) << 20;

	memset((void *)BOX_ARM64_ONES, 0xff, PAGE_SIZE);
	map_range(blob->mmconfig_base, BOX_ARM64_ONES, size, ACCESSED | READ | MEMORY | SHARED, PAGE_SIZE);
}

void build_stage2(void)
{
	new_table();
	if (blob->flags & BOX_MMCONFIG)
		map_configuration_space();
	for (u32 n = 0; n < blob->num_regions; n++) {
		const struct box_region *region = &blob->regions[n];
		int repeats = region->kind == BOX_SCRATCH;

		if (region->kind == BOX_DISPATCHED)
			continue;
		map_range(region->virt, repeats ? BOX_ARM64_SCRATCH : region->backing, region->size,
			  attributes_of(region), repeats ? BLOCK_SIZE : 0);
	}
	map_gic(map_registers);
}

void enable_stage2(void)
{
	write_sysreg(vttbr_el2, VTTBR_VMID | BOX_ARM64_TABLES);
	write_sysreg(vtcr_el2, VTCR);
}
