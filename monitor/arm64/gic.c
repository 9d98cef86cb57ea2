/*
 * The interrupt controller: QEMU's own, at the addresses of the system config. Addresses that the device tree has and
 * the system config has not stay unmapped, so that a wrong tree ends as it does under Jailhouse.
 */
#include "monitor.h"

#define GICD_V2_SIZE	0x1000
#define GICC_SIZE	0x2000
#define GICD_V3_SIZE	0x10000
#define GICR_SIZE	0x20000		/* a redistributor: 64 KiB of its own, 64 KiB for SGIs and PPIs */

/* System registers at EL1 and EL2: SRE, DFB, DIB, and Enable for EL1. */
#define ICC_SRE		0xf

static u32 qemu_of(u32 id)
{
	for (u32 n = 0; n < blob->num_cpus; n++)
		if (blob->cpus[n].id == id)
			return blob->cpus[n].qemu;
	return id;
}

void map_gic(void (*map)(u64 virt, u64 backing, u64 size))
{
	u32 last = 0;

	if (blob->gic_version == 2) {
		map(blob->gicd_base, QEMU_GICD, GICD_V2_SIZE);
		map(blob->gicc_base, QEMU_GICC, GICC_SIZE);
		return;
	}
	map(blob->gicd_base, QEMU_GICD, GICD_V3_SIZE);
	/*
	 * Redistributors follow each other in the order of the machine's CPUs. The guest walks them up to the one that
	 * is marked as the last, which is that of the cell's last CPU; those between belong to CPUs that stay off.
	 */
	for (u32 n = 0; n < blob->num_cpus; n++)
		if (blob->cpus[n].id > last)
			last = blob->cpus[n].id;
	for (u32 id = 0; id <= last; id++)
		map(blob->gicr_base + id * (u64)GICR_SIZE, QEMU_GICR + qemu_of(id) * (u64)GICR_SIZE, GICR_SIZE);
}

void enable_gic(void)
{
	if (blob->gic_version == 3)
		write_sysreg(s3_4_c12_c9_5, ICC_SRE);	/* ICC_SRE_EL2 */
}
