/* Which I/O ports and model-specific registers the guest uses without an exit. */
#include "box.h"

/* 64 Ki ports and 3 bytes behind them, a set bit exits; APM volume 2, 15.10.1. */
uint8_t io_permissions[3 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
/* Two bits a register: read, write; 15.11. */
uint8_t msr_permissions[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

enum { READ = 1, WRITE = 2 };

bool owns_port(uint32_t port)
{
	return port < 0x10000 && !(blob->ports[port / 8] >> port % 8 & 1);
}

static void allow_port(uint32_t port)
{
	io_permissions[port / 8] &= ~(1 << port % 8);
}

static void build_io_permissions(void)
{
	for (unsigned int i = 0; i < sizeof(io_permissions); i++)
		io_permissions[i] = 0xff;
	for (uint32_t port = 0; port < 0x10000; port++)
		if (owns_port(port) && !is_trapped_port(port))
			allow_port(port);
	if (is_pm_timer_in_place())
		for (uint32_t i = 0; i < 4; i++)
			allow_port(blob->pm_timer + i);
}

static void trap_msrs(uint32_t first, uint32_t last, uint8_t access)
{
	for (uint32_t msr = first; msr <= last; msr++) {
		uint32_t bit = (msr & 0x1fff) * 2 + (msr >= 0xc0000000 ? 0x800 * 8 : 0);

		msr_permissions[bit / 8] |= access << bit % 8;
	}
}

static void build_msr_permissions(void)
{
	trap_msrs(0x1b, 0x1b, WRITE);
	trap_msrs(0x200, 0x276, WRITE);
	trap_msrs(0x277, 0x277, READ | WRITE);
	trap_msrs(0x2ff, 0x2ff, WRITE);
	trap_msrs(MSR_EFER, MSR_EFER, WRITE);
	/* QEMU's TCG has had no x2APIC: every register of it is played on the xAPIC. */
	if (blob->flags & BOX_X2APIC) {
		trap_msrs(0x1b, 0x1b, READ);
		trap_msrs(0x800, 0x83f, READ | WRITE);
	}
}

void build_permissions(void)
{
	build_io_permissions();
	build_msr_permissions();
}
