/*
 * The comm region: what the hypervisor tells the cell. Layout of Jailhouse's comm revisions 1 and 2, the same for both
 * on x86: config revisions 10 to 14.
 */
#include "box.h"

struct comm_region {
	char signature[6];
	uint16_t revision;
	uint32_t cell_state;
	uint32_t message_to_cell;
	uint32_t reply_from_cell;
	uint32_t flags;
	uint8_t console[BOX_CONSOLE];
	uint64_t mmconfig_base;
	uint16_t pm_timer;
	uint16_t num_cpus;
	uint32_t tsc_khz;
	uint32_t apic_khz;
} __attribute__((packed));

_Static_assert(offsetof(struct comm_region, console) == 24, "");
_Static_assert(offsetof(struct comm_region, mmconfig_base) == 56, "");
_Static_assert(offsetof(struct comm_region, apic_khz) == 72, "");

/* QEMU's APIC timer counts nanoseconds. */
#define APIC_KHZ	1000000

void build_comm_region(uint32_t tsc_khz)
{
	struct comm_region *comm = (struct comm_region *)BOX_X86_COMM;

	*comm = (struct comm_region){
		.signature = { 'J', 'H', 'C', 'O', 'M', 'M' },
		.revision = blob->comm_revision,
		.flags = blob->comm_flags,
		.mmconfig_base = blob->mmconfig_base,
		.pm_timer = blob->pm_timer,
		.num_cpus = blob->num_cpus,
		.tsc_khz = tsc_khz,
		.apic_khz = APIC_KHZ,
	};
	for (unsigned int i = 0; i < BOX_CONSOLE; i++)
		comm->console[i] = blob->console[i];
}
