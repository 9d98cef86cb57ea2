/*
 * The contract between the harness (src/boot/) and the two monitors: one block of fixed size that says what the
 * cell is, where everything lies in QEMU's memory, and how a monitor speaks. Little-endian, packed, no pointers.
 * src/boot/blob.ts writes it; test/boot/blob.test.ts compares every offset with this file.
 *
 * Files that monitor/build.sh makes and the harness starts:
 *   x86/monitor.rom    64 KiB, for -bios; brings the monitor to its place itself
 *   x86/loader.bin     stand-in for linux-loader.bin, for the cell's address 0
 *   arm64/monitor.bin  at BOX_ARM64_MONITOR; QEMU's CPU 0 starts there (EL2, MMU off)
 *   arm64/loader.bin   stand-in for linux-loader.bin, at the cell's reset address
 *
 * Output. x86: debug port BOX_X86_DEBUG_PORT; arm64: the console of `-device virtio-serial-device,bus=virtio-mmio-bus.0,max_ports=1
 * -device virtconsole,chardev=...`. The lines of Jailhouse are printed as Jailhouse prints them. The monitor's own
 * begin with "box: ":
 *   box: ready                                  the cell starts now
 *   box: user space on CPU %d, system call %d   x86: the first one
 *   box: error: ...                             the box itself cannot go on: not a verdict on the cell
 * A fatal line is followed by the register dump; then QEMU ends (x86: isa-debug-exit at BOX_X86_EXIT_PORT; arm64: PSCI
 * SYSTEM_OFF, exit code 0).
 */
#ifndef BOX_BLOB_H
#define BOX_BLOB_H

#define BOX_MAGIC		0x58424c4c45434a58	/* "XJCELLBX" */
/* Count up with every change of this file that a monitor can see. */
#define BOX_VERSION		1

/* Room for records and strings. */
#define BOX_CPUS		64
#define BOX_REGIONS		128
#define BOX_NAME		32
#define BOX_CONSOLE		32
#define BOX_PORT_BYTES		8192
#define BOX_PIN_WORDS		4

/* box_blob.architecture, as in Jailhouse's configs */
#define BOX_X86			0
#define BOX_ARM64		2

/* box_blob.flags */
#define BOX_X2APIC		0x1	/* x86: the cell's CPUs are in x2APIC mode */
#define BOX_IOAPIC		0x2	/* x86: the cell has the IOAPIC at 0xfec00000, with the pins of ioapic_pins */
#define BOX_MMCONFIG		0x4	/* configuration space at mmconfig_base: an empty bus, all ones, read-only */

/*
 * box_region.kind. Regions are page-aligned, of whole pages (but for BOX_DISPATCHED), and do not overlap. Access follows
 * box_region.flags: Jailhouse maps what is not readable nor writable as nothing at all, and lets execute be.
 */
#define BOX_RAM			1	/* memory at backing, cached */
#define BOX_COMM		2	/* the comm region: one page at backing, filled by the monitor */
#define BOX_DEVICE		3	/* registers of a device of QEMU at backing (arm64: its PL011) */
#define BOX_SCRATCH		4	/* a device that QEMU lacks: scratch memory, the same every 2 MiB; reads as zero */
#define BOX_DISPATCHED		5	/* no whole pages: each access is checked, and reads as zero */

/* box_region.flags: JAILHOUSE_MEM_* as in the config */
#define BOX_MEM_READ		0x1
#define BOX_MEM_WRITE		0x2
#define BOX_MEM_EXECUTE		0x4
#define BOX_MEM_DMA		0x8
#define BOX_MEM_IO		0x10
#define BOX_MEM_COMM_REGION	0x20
#define BOX_MEM_LOADABLE	0x40
#define BOX_MEM_IO_UNALIGNED	0x8000
#define BOX_MEM_IO_8		0x10000	/* the next bits: 16, 32, 64 */

/* box_blob.comm_flags */
#define BOX_COMM_PUTC		0x1	/* hypercall 8 may write to the hypervisor's console */
#define BOX_COMM_PUTC_ACTIVE	0x2

/* Places in QEMU's memory on x86 (q35); the cell's memory begins at BOX_X86_CELL. */
#define BOX_X86_AP_START	0x8000
#define BOX_X86_MONITOR		0x100000
#define BOX_X86_BLOB		0x200000
#define BOX_X86_COMM		0x280000
#define BOX_X86_ONES		0x290000	/* a page of 0xff, filled by the monitor */
#define BOX_X86_TABLES		0x300000	/* up to BOX_X86_SCRATCH */
#define BOX_X86_SCRATCH		0x600000	/* 2 MiB, a large page */
#define BOX_X86_CELL		0x800000

/* Ports of QEMU's isa-debugcon and isa-debug-exit: below 0x100, where no cell's PM timer can push its block over them. */
#define BOX_X86_DEBUG_PORT	0xe9
#define BOX_X86_EXIT_PORT	0xf4

/* Places in QEMU's memory on arm64 (virt); the cell's memory begins at BOX_ARM64_CELL. */
#define BOX_ARM64_MONITOR	0x40200000
#define BOX_ARM64_BLOB		0x40280000
#define BOX_ARM64_COMM		0x40300000
#define BOX_ARM64_TABLES	0x40400000	/* up to BOX_ARM64_ONES */
#define BOX_ARM64_ONES		0x40600000	/* a page of 0xff, filled by the monitor */
#define BOX_ARM64_SCRATCH	0x40800000	/* 2 MiB, a block */
#define BOX_ARM64_CELL		0x41000000
#define BOX_ARM64_PL011		0x9000000

#ifndef __ASSEMBLER__
#include <stdint.h>

struct box_cpu {
	uint32_t id;		/* number of the CPU in the cell config; on x86 also its APIC ID */
	uint32_t qemu;		/* index of QEMU's CPU that plays it */
	uint64_t mpidr;		/* arm64: affinity that the guest sees, Aff3 at bit 32; x86: 0 */
} __attribute__((packed));

struct box_region {
	uint64_t virt;		/* address in the cell */
	uint64_t backing;	/* address in QEMU; 0 for BOX_SCRATCH; phys_start for BOX_DISPATCHED */
	uint64_t size;
	uint64_t flags;		/* BOX_MEM_* */
	uint32_t kind;		/* BOX_RAM ... */
	uint32_t reserved;
} __attribute__((packed));

struct box_blob {
	uint64_t magic;
	uint32_t version;
	uint32_t size;			/* of this struct */
	uint32_t architecture;
	uint32_t flags;
	uint8_t name[BOX_NAME];		/* of the cell, for the line that parks its CPUs */
	uint64_t reset_address;		/* as in the config: where the first CPU starts */
	uint64_t entry_x0;		/* arm64: x0 of the first CPU; 0 with a loader */

	uint32_t num_cpus;
	uint32_t num_regions;
	struct box_cpu cpus[BOX_CPUS];	/* the first one starts */
	struct box_region regions[BOX_REGIONS];

	/* Comm region, as of config revisions 12 to 14 (comm revision 2). */
	uint16_t comm_revision;
	uint16_t pm_timer;		/* x86: I/O port, else 0 */
	uint32_t comm_flags;
	uint8_t console[BOX_CONSOLE];	/* struct jailhouse_console of the cell */

	/* PCI: the monitor shows an empty bus. */
	uint64_t mmconfig_base;
	uint32_t mmconfig_end_bus;

	/* arm64: interrupt controller as the system config says. */
	uint32_t gic_version;		/* 2 or 3 */
	uint64_t gicd_base;
	uint64_t gicc_base;
	uint64_t gich_base;
	uint64_t gicv_base;
	uint64_t gicr_base;

	/* x86 */
	uint32_t ioapic_pins[BOX_PIN_WORDS];	/* bit n: the cell owns pin n */
	uint8_t ports[BOX_PORT_BYTES];		/* a set bit denies; the PM timer is not in it */
} __attribute__((packed));
#endif

#endif
