/* The comm region, as of config revisions 12 to 14. */
#include "monitor.h"

struct comm_region {
	char signature[6];
	u16 revision;
	u32 cell_state;
	u32 message_to_cell;
	u32 reply_from_cell;
	u32 flags;
	u8 console[BOX_CONSOLE];
	u64 pci_mmconfig_base;
	u8 gic_version;
	u64 gicd_base;
	u64 gicc_base;
	u64 gicr_base;
	u32 vpci_irq_base;
} __attribute__((packed));

void fill_comm_region(void)
{
	struct comm_region *comm = memset((void *)BOX_ARM64_COMM, 0, PAGE_SIZE);

	memcpy(comm->signature, "JHCOMM", sizeof(comm->signature));
	comm->revision = blob->comm_revision;
	comm->flags = blob->comm_flags;
	memcpy(comm->console, blob->console, sizeof(comm->console));
	comm->pci_mmconfig_base = blob->mmconfig_base;
	comm->gic_version = blob->gic_version;
	comm->gicd_base = blob->gicd_base;
	comm->gicc_base = blob->gicc_base;
	comm->gicr_base = blob->gicr_base;
}
