/* QEMU's q35, brought to where firmware and Jailhouse's root cell would leave a machine for the cell. */
#include "box.h"

/* ICH9's LPC bridge, 00:1f.0 */
#define LPC_PMBASE		0x8000f840
#define LPC_ACPI_CONTROL	0x8000f844
#define ACPI_ENABLE		0x80

#define PM_TIMER_OFFSET		8	/* from PMBASE */
#define PM_TIMER_HZ		3579545
#define PM_TIMER_MASK		0xffffff
/* While the cell's PM timer is elsewhere, and for the measurement. */
#define DEFAULT_PMBASE		0x600

static uint16_t pm_timer;

static void write_pci(uint32_t address, uint32_t value)
{
	out32(PCI_ADDRESS_PORT, address);
	out32(PCI_DATA_PORT, value);
}

/* PMBASE has no bits 6..0: pio.c plays a timer that it cannot reach. */
bool is_pm_timer_in_place(void)
{
	return blob->pm_timer && !((blob->pm_timer - PM_TIMER_OFFSET) & 0x7f);
}

static void place_pm_timer(void)
{
	uint16_t base = is_pm_timer_in_place() ? blob->pm_timer - PM_TIMER_OFFSET : DEFAULT_PMBASE;

	pm_timer = base + PM_TIMER_OFFSET;
	write_pci(LPC_PMBASE, base | 1);
	write_pci(LPC_ACPI_CONTROL, ACPI_ENABLE);
	/* Disabled: pci.c keeps the guest's address to itself. */
	out32(PCI_ADDRESS_PORT, 0);
}

static void mask_8259s(void)
{
	out8(0x21, 0xff);
	out8(0xa1, 0xff);
}

uint32_t read_pm_timer(void)
{
	return in32(pm_timer);
}

void set_up_chipset(void)
{
	place_pm_timer();
	mask_8259s();
}

/*
 * MTRRs and PAT of this CPU as firmware sets them: without them Linux takes PAT to be broken. Memory is write-back,
 * the hole of the VGA and of option ROMs is write-protected.
 */
void set_up_memory_types(void)
{
	static const struct {
		uint32_t msr;
		uint64_t types;
	} fixed[] = {
		{ 0x250, 0x0606060606060606 },	/* 0 */
		{ 0x258, 0x0606060606060606 },	/* 0x80000 */
		{ 0x259, 0x0505050505050505 },	/* 0xa0000 */
		{ 0x268, 0x0606060606060606 },	/* 0xc0000 */
		{ 0x269, 0x0505050505050505 },	/* 0xc8000 */
		{ 0x26a, 0x0505050505050505 },
		{ 0x26b, 0x0505050505050505 },
		{ 0x26c, 0x0505050505050505 },
		{ 0x26d, 0x0505050505050505 },
		{ 0x26e, 0x0505050505050505 },
		{ 0x26f, 0x0505050505050505 },
	};

	for (unsigned int i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		write_msr(fixed[i].msr, fixed[i].types);
	write_msr(0x2ff, 0xc06);		/* on, fixed ranges on, else write-back */
	write_msr(0x277, 0x0007040600070406);
}

struct moment {
	uint64_t tsc;
	uint32_t timer;
};

/* Both clocks at one moment. QEMU may be preempted in between: the tightest of a few readings counts. */
static struct moment read_clocks(void)
{
	uint64_t tightest = ~0ul;
	struct moment best = { 0, 0 };

	for (unsigned int i = 0; i < 20; i++) {
		uint64_t before = read_tsc();
		uint32_t timer = read_pm_timer() & PM_TIMER_MASK;
		uint64_t gap = read_tsc() - before;

		if (gap < tightest) {
			tightest = gap;
			best = (struct moment){ before + gap / 2, timer };
		}
	}
	return best;
}

/* QEMU's TSC is the host's: a frequency from the target's system config would make the guest's time run wrong. */
uint32_t measure_tsc_khz(void)
{
	struct moment from = read_clocks(), to;
	uint32_t ticks;

	do {
		to = read_clocks();
		ticks = (to.timer - from.timer) & PM_TIMER_MASK;
	} while (ticks < PM_TIMER_HZ / 100);
	return (to.tsc - from.tsc) * PM_TIMER_HZ / ticks / 1000;
}
