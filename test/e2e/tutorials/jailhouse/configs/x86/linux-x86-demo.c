/* Two CPUs, 75 MiB of RAM and the first UART of a PC. */
#include <jailhouse/types.h>
#include <jailhouse/cell-config.h>

#define RAM \
	(JAILHOUSE_MEM_READ | JAILHOUSE_MEM_WRITE | JAILHOUSE_MEM_EXECUTE | JAILHOUSE_MEM_DMA | JAILHOUSE_MEM_LOADABLE)

struct {
	struct jailhouse_cell_desc cell;
	__u64 cpus[1];
	struct jailhouse_memory memory[3];
	struct jailhouse_irqchip irqchips[1];
	struct jailhouse_pio ports[1];
} __attribute__((packed)) config = {
	.cell = {
		.signature = JAILHOUSE_CELL_DESC_SIGNATURE,
		.architecture = JAILHOUSE_X86,
		.revision = JAILHOUSE_CONFIG_REVISION,
		.name = "linux-x86-demo",
		.flags = JAILHOUSE_CELL_PASSIVE_COMMREG,
		.cpu_set_size = sizeof(config.cpus),
		.num_memory_regions = ARRAY_SIZE(config.memory),
		.num_irqchips = ARRAY_SIZE(config.irqchips),
		.num_pio_regions = ARRAY_SIZE(config.ports),
	},
	.cpus = { 0xc },
	.memory = {
		{ .phys_start = 0x3a600000, .virt_start = 0, .size = 0x100000, .flags = RAM },
		{
			.virt_start = 0x100000,
			.size = 0x1000,
			.flags = JAILHOUSE_MEM_READ | JAILHOUSE_MEM_WRITE | JAILHOUSE_MEM_COMM_REGION,
		},
		{ .phys_start = 0x3a800000, .virt_start = 0x200000, .size = 0x4a00000, .flags = RAM },
	},
	.irqchips = { { .address = 0xfec00000, .id = 0xff00, .pin_bitmap = { 1 << 4 } } },
	.ports = { { .base = 0x3f8, .length = 8 } },
};
