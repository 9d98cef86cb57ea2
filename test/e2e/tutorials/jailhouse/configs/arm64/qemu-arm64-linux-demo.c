/* Two CPUs, 128 MiB of RAM and the PL011 of QEMU's virt machine. */
#include <jailhouse/types.h>
#include <jailhouse/cell-config.h>

#define RAM \
	(JAILHOUSE_MEM_READ | JAILHOUSE_MEM_WRITE | JAILHOUSE_MEM_EXECUTE | JAILHOUSE_MEM_DMA | JAILHOUSE_MEM_LOADABLE)

struct {
	struct jailhouse_cell_desc cell;
	__u64 cpus[1];
	struct jailhouse_memory memory[4];
	struct jailhouse_irqchip irqchips[1];
} __attribute__((packed)) config = {
	.cell = {
		.signature = JAILHOUSE_CELL_DESC_SIGNATURE,
		.architecture = JAILHOUSE_ARM64,
		.revision = JAILHOUSE_CONFIG_REVISION,
		.name = "qemu-arm64-linux-demo",
		.flags = JAILHOUSE_CELL_PASSIVE_COMMREG,
		.cpu_set_size = sizeof(config.cpus),
		.num_memory_regions = ARRAY_SIZE(config.memory),
		.num_irqchips = ARRAY_SIZE(config.irqchips),
	},
	.cpus = { 0xc },
	.memory = {
		{
			.phys_start = 0x9000000,
			.virt_start = 0x9000000,
			.size = 0x1000,
			.flags = JAILHOUSE_MEM_READ | JAILHOUSE_MEM_WRITE | JAILHOUSE_MEM_IO,
		},
		{ .phys_start = 0xafff0000, .virt_start = 0, .size = 0x10000, .flags = RAM },
		{ .phys_start = 0xb0000000, .virt_start = 0xb0000000, .size = 0x8000000, .flags = RAM },
		{
			.virt_start = 0x80000000,
			.size = 0x1000,
			.flags = JAILHOUSE_MEM_READ | JAILHOUSE_MEM_WRITE | JAILHOUSE_MEM_COMM_REGION,
		},
	},
	.irqchips = { { .address = 0x8000000, .pin_base = 32, .pin_bitmap = { 1 << 1 } } },
};
