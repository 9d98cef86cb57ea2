/* Exceptions that the guest takes to EL2: what Jailhouse would do, or its last words. */
#include "monitor.h"

#define EC(esr)			((u32)((esr) >> 26 & 0x3f))
#define IL(esr)			((u32)((esr) >> 25 & 1))
#define ISS(esr)		((u32)(esr) & 0x1ffffff)
#define ISS_WRITE		(1 << 6)	/* data aborts; if ISS_VALID, size and register are known */
#define ISS_VALID		(1 << 24)
#define ISS_REGISTER(iss)	((iss) >> 16 & 31)
#define ISS_SIZE(iss)		(1 << ((iss) >> 22 & 3))

#define HVC_JAILHOUSE		0x4a48
#define HYPERCALL_PUTC		8
#define EPERM			1
#define ENOSYS			38

/* Where the guest's access went, in the cell's addresses. */
static u64 fault_address(void)
{
	return (read_sysreg(hpfar_el2) >> 4) << 12 | (read_sysreg(far_el2) & (PAGE_SIZE - 1));
}

/* The region of no whole pages that holds an access: Jailhouse does not map such, but looks at each access. */
static const struct box_region *dispatched_at(u64 address, u32 size)
{
	for (u32 n = 0; n < blob->num_regions; n++) {
		const struct box_region *region = &blob->regions[n];

		if (region->kind == BOX_DISPATCHED && address >= region->virt &&
		    address + size <= region->virt + region->size)
			return region;
	}
	return NULL;
}

static int may_access(const struct box_region *region, u64 address, u32 size, u32 is_write)
{
	return region->flags & (is_write ? BOX_MEM_WRITE : BOX_MEM_READ) &&
	       region->flags & (u64)BOX_MEM_IO_8 * size &&
	       (!(address & (size - 1)) || region->flags & BOX_MEM_IO_UNALIGNED);
}

static void dump(const struct registers *regs)
{
	u64 esr = read_sysreg(esr_el2);
	u64 spsr = read_sysreg(spsr_el2);
	u32 level = spsr >> 2 & 3;
	u64 sp = level && (spsr & 1) ? read_sysreg(sp_el1) : read_sysreg(sp_el0);

	print("\nCell state before exception:\n");
	print(" pc: %016lx   lr: %016lx spsr: %08lx     EL%d\n", read_sysreg(elr_el2), regs->x[30], spsr, level);
	print(" sp: %016lx  esr: %02x %01x %07x\n", sp, EC(esr), IL(esr), ISS(esr));
	for (u32 n = 0; n < 30; n += 3)
		print("%sx%d: %016lx   %sx%d: %016lx   %sx%d: %016lx\n", n < 10 ? " " : "", n, regs->x[n],
		      n + 1 < 10 ? " " : "", n + 1, regs->x[n + 1], n + 2 < 10 ? " " : "", n + 2, regs->x[n + 2]);
	print("\n");
}

/* One CPU parked is enough for a verdict: the box ends. */
static _Noreturn void park(const char *why, const struct registers *regs)
{
	print("\nFATAL: %s (exception class 0x%02x)\n", why, EC(read_sysreg(esr_el2)));
	dump(regs);
	print("Parking CPU %d (Cell: \"%.32s\")\n", this_cpu()->config->id, (const char *)blob->name);
	power_off();
}

static _Noreturn void unhandled(const struct registers *regs)
{
	park("unhandled trap", regs);
}

static _Noreturn void forbidden(const struct registers *regs)
{
	park("forbidden access", regs);
}

static void skip_instruction(void)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
}

static u64 hypercall(u64 code, u64 argument)
{
	if (code == HYPERCALL_PUTC && blob->comm_flags & BOX_COMM_PUTC) {
		put_char(argument);
		return 0;
	}
	if (code < 5 || code == HYPERCALL_PUTC)
		return -EPERM;		/* the root cell's */
	return code < 8 ? 0 : -ENOSYS;	/* questions */
}

static void data_abort(struct registers *regs, u32 iss)
{
	u64 address = fault_address();
	u32 size = ISS_SIZE(iss), is_write = iss & ISS_WRITE;
	const struct box_region *region = iss & ISS_VALID ? dispatched_at(address, size) : NULL;

	if (!region) {
		print("Unhandled data %s at 0x%lx(%d)\n", is_write ? "write" : "read", address, size);
		unhandled(regs);
	}
	address += region->backing - region->virt;
	if (!may_access(region, address, size, is_write)) {
		print("FATAL: Invalid MMIO %s, address: %lx, size: %x\n", is_write ? "write" : "read", address, size);
		forbidden(regs);
	}
	if (!is_write && ISS_REGISTER(iss) < 31)
		regs->x[ISS_REGISTER(iss)] = 0;
	skip_instruction();
}

void handle_trap(struct registers *regs)
{
	u64 esr = read_sysreg(esr_el2);
	u32 iss = ISS(esr);

	switch (EC(esr)) {
	case EC_HVC64:
		if ((iss & 0xffff) != HVC_JAILHOUSE)
			forbidden(regs);
		regs->x[0] = hypercall(regs->x[0], regs->x[1]);
		return;
	case EC_SMC64:
		if (!handle_smc(regs))
			unhandled(regs);
		skip_instruction();
		return;
	case EC_INSTRUCTION_ABORT:
		print("FATAL: instruction abort at 0x%lx\n", fault_address());
		forbidden(regs);
	case EC_DATA_ABORT:
		data_abort(regs, iss);
		return;
	default:
		unhandled(regs);
	}
}

_Noreturn void handle_own_fault(void)
{
	print("box: error: the monitor failed at 0x%lx (esr 0x%lx, far 0x%lx)\n", read_sysreg(elr_el2),
	      read_sysreg(esr_el2), read_sysreg(far_el2));
	power_off();
}
