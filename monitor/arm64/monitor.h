/* The arm64 monitor: EL2 of QEMU's virt machine under one cell. */
#ifndef BOX_ARM64_MONITOR_H
#define BOX_ARM64_MONITOR_H

#define PAGE_SIZE		0x1000
#define STACK_SIZE		0x1000

/* QEMU's virt machine (its memory map is part of its interface). */
#define QEMU_GICD		0x08000000
#define QEMU_GICC		0x08010000
#define QEMU_GICR		0x080a0000
#define QEMU_VIRTIO_CONSOLE	0x0a000000	/* virtio-mmio-bus.0 */

/* Exception classes: ESR_EL2 bits 31-26. */
#define EC_HVC64		0x16
#define EC_SMC64		0x17
#define EC_INSTRUCTION_ABORT	0x20
#define EC_DATA_ABORT		0x24

/* PSCI calls that the monitor makes itself. */
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON		0xc4000003

#ifndef __ASSEMBLER__
#include <stdarg.h>
#include <stddef.h>
#include "../blob.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define blob	((const struct box_blob *)BOX_ARM64_BLOB)

/* A CPU of the cell; TPIDR_EL2 of the CPU that plays it points here. */
struct cpu {
	u8 stack[STACK_SIZE];	/* start.S: sp begins at its end */
	const struct box_cpu *config;
	u64 entry;		/* where it starts next, */
	u64 context;		/* and with which x0 */
} __attribute__((aligned(16)));

/* What start.S saves of the guest. */
struct registers {
	u64 x[31];
	u64 unused;		/* the stack pointer keeps to multiples of 16 */
};

#define read_sysreg(name) ({ \
	u64 value_; \
	asm volatile("mrs %0, " #name : "=r" (value_)); \
	value_; \
})
#define write_sysreg(name, value) \
	asm volatile("msr " #name ", %0" : : "r" ((u64)(value)))

/* start.S */
void secondary_start(void);
_Noreturn void enter_guest(u64 entry, u64 x0);
u64 smc(u64 function, u64 a, u64 b, u64 c);

/* cpu.c */
extern struct cpu cpus[BOX_CPUS];
static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el2);
}
/* QEMU's own name of a CPU: 16 (GICv3) or 8 (GICv2) CPUs a cluster. */
u64 qemu_affinity(const struct cpu *cpu);
_Noreturn void start_cell(void);
_Noreturn void run_cpu(struct cpu *cpu);

/* stage2.c */
void build_stage2(void);
void enable_stage2(void);

/* gic.c */
void map_gic(void (*map)(u64 virt, u64 backing, u64 size));
void enable_gic(void);

/* comm.c */
void fill_comm_region(void);

/* traps.c */
void handle_trap(struct registers *regs);
_Noreturn void handle_own_fault(void);

/* psci.c */
int handle_smc(struct registers *regs);
_Noreturn void power_off(void);

/* console.c */
void open_console(void);
void close_console(void);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void put_char(char c);

/* What the compiler may call for. */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
#endif

#endif
