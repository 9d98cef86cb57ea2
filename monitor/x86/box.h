/*
 * The x86 monitor: runs one cell under SVM, with what its config grants and no more.
 * What each file is for:
 *
 *   rom.S          from the reset vector to the monitor in RAM
 *   start.S        to 64-bit mode, on each CPU; exceptions of the monitor; entry to the guest
 *   main.c         set-up, in order
 *   machine.c      QEMU's q35 as the cell is to find it: PM timer, 8259s, MTRRs, TSC frequency
 *   nested.c       nested page tables, from the cell's regions
 *   permissions.c  I/O and MSR permission maps
 *   comm.c         the comm region
 *   guest.c        a CPU of the cell: its state at reset, and the loop of its exits
 *   smp.c          INIT and SIPI between the CPUs of the cell
 *   cpuid.c msr.c pio.c mmio.c hypercall.c   one kind of exit each
 *   decode.c       the instruction behind an access to memory that is not mapped
 *   apic.c ioapic.c pci.c                    what an access to these may do
 *   print.c        the channel to the harness, and the end of a cell
 */
#ifndef BOX_H
#define BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../blob.h"
#include "svm.h"

#define PAGE_SIZE	0x1000ul
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#define APIC_PAGE	0xfee00000ul
#define IOAPIC_PAGE	0xfec00000ul

#define PCI_ADDRESS_PORT	0xcf8
#define PCI_DATA_PORT		0xcfc

/* The 16 general registers by their numbers in instructions. RAX and RSP of the guest live in its VMCB. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* A CPU of the cell. start.S knows the offsets of registers and vmcb, and the size. */
struct cpu {
	uint64_t registers[16];
	struct vmcb *vmcb;

	uint32_t id;		/* in the cell, and of its APIC */
	uint64_t monitor_cr4;	/* while the monitor runs */
	uint64_t pat;		/* as the guest wrote it; works only while MTRRs are on */
	uint32_t x2apic_destination;	/* upper half of its last ICR, in x2APIC mode */

	/* EFER.SCE as the guest set it, and whether `syscall` in user space has been seen: guest.c */
	bool syscall_wanted, syscall_seen;

	/* Sent by other CPUs, under smp.c's lock; the NMI that follows makes this CPU look. */
	bool init;
	bool sipi;
	uint8_t sipi_vector;
	bool waits_for_sipi;

	struct vmcb vmcb_page __attribute__((aligned(PAGE_SIZE)));
	uint8_t host_save[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
} __attribute__((aligned(PAGE_SIZE)));

static const struct box_blob *const blob = (const struct box_blob *)BOX_X86_BLOB;

/* main.c */
extern struct cpu cpus[BOX_CPUS];
struct cpu *find_cpu(uint32_t id);
void *memset(void *to, int value, size_t size);
void *memcpy(void *to, const void *from, size_t size);

/* machine.c */
void set_up_chipset(void);
void set_up_memory_types(void);
uint32_t measure_tsc_khz(void);
uint32_t read_pm_timer(void);
bool is_pm_timer_in_place(void);

/* nested.c */
uint64_t build_nested_tables(void);
/* Where a page of the cell lies in QEMU's memory; false if the cell may not read it. */
bool cell_to_host(uint64_t address, uint64_t *host);

/* permissions.c */
extern uint8_t io_permissions[3 * PAGE_SIZE], msr_permissions[2 * PAGE_SIZE];
void build_permissions(void);
bool owns_port(uint32_t port);

/* comm.c */
void build_comm_region(uint32_t tsc_khz);

/* guest.c */
void run_guest(struct cpu *cpu) __attribute__((noreturn));
void reset_guest(struct cpu *cpu, uint64_t start);
uint64_t get_register(const struct cpu *cpu, unsigned int number);
void set_register(struct cpu *cpu, unsigned int number, uint64_t value);
static inline void skip_instruction(struct cpu *cpu, unsigned int length)
{
	cpu->vmcb->rip += length;
}

/* smp.c */
void send_init(struct cpu *target);
void send_sipi(struct cpu *target, uint8_t vector);
void take_events(struct cpu *cpu);
void wait_for_sipi(struct cpu *cpu);

/* pio.c: whether the port exits although the cell owns it. */
bool is_trapped_port(uint32_t port);

/* One kind of exit each. */
void exit_cpuid(struct cpu *cpu);
void exit_msr(struct cpu *cpu);
void exit_io(struct cpu *cpu);
void exit_nested_page_fault(struct cpu *cpu);
void exit_hypercall(struct cpu *cpu);

/* decode.c */
struct access {
	bool write;
	unsigned int size;		/* of the access in bytes */
	unsigned int length;		/* of the instruction */
	uint64_t value;			/* that a write stores, or a read got */
	unsigned int target;		/* register that a read fills */
	unsigned int target_size;	/* in bytes */
	bool high_byte;			/* of the target: AH, CH, DH, BH */
};
/* Prints why, and gives false, if Jailhouse would not understand the instruction at RIP either. */
bool decode_access(const struct cpu *cpu, bool write, struct access *access);
void finish_read(struct cpu *cpu, const struct access *access);
/* One byte of the guest's code, counted from RIP. */
bool fetch_code(const struct cpu *cpu, unsigned int offset, uint8_t *byte);

/* apic.c: false after a line that says why Jailhouse refuses it. */
bool write_apic(struct cpu *cpu, unsigned int reg, uint32_t value, uint32_t destination);
void exit_apic_page(struct cpu *cpu, uint64_t address, bool write);
uint64_t read_x2apic(struct cpu *cpu, uint32_t msr);
bool write_x2apic(struct cpu *cpu, uint32_t msr, uint64_t value);
void reset_apic(void);

/* ioapic.c and pci.c: false after a line that says why Jailhouse refuses it. */
bool access_ioapic(unsigned int offset, bool write, uint64_t *value);
bool access_pci_ports(uint32_t port, bool write, unsigned int size, uint64_t *value);
bool is_mmconfig(uint64_t address);
void report_mmconfig_write(uint64_t address, unsigned int size);

/* print.c */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_character(char character);
/* The register dump, the line that parks the CPU, and QEMU's end. */
void park(const struct cpu *cpu) __attribute__((noreturn));
/* Not the cell's fault. */
void stop_box(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* start.S */
void enter_guest(struct cpu *cpu);
extern const uint8_t ap_start[], ap_start_end[];
/* Waits with interrupts off until an NMI comes, also if it came since the caller looked; takes a pending one first. */
void wait_for_nmi(void);
/* Takes the NMI that made the guest exit. */
void take_nmi(void);

/* A lock that is held for a few instructions. */
static inline void lock(int *word)
{
	while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
}

static inline void unlock(int *word)
{
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;
	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t in32(uint16_t port)
{
	uint32_t value;
	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint64_t read_msr(uint32_t msr)
{
	uint32_t low, high;
	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (uint64_t)high << 32;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t read_tsc(void)
{
	uint32_t low, high;
	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (uint64_t)high << 32;
}

static inline uint32_t read_apic_register(unsigned int reg)
{
	return *(volatile uint32_t *)(APIC_PAGE + reg * 16);
}

static inline void write_apic_register(unsigned int reg, uint32_t value)
{
	*(volatile uint32_t *)(APIC_PAGE + reg * 16) = value;
}

#endif
