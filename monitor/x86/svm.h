/* Secure Virtual Machine, as of AMD64 Architecture Programmer's Manual volume 2, chapter 15 and appendices B and C. */
#ifndef SVM_H
#define SVM_H

#include <stdint.h>

#define MSR_EFER		0xc0000080
#define MSR_VM_HSAVE_PA		0xc0010117

#define EFER_SCE		(1ul << 0)
#define EFER_LMA		(1ul << 10)
#define EFER_SVME		(1ul << 12)

/* vmcb.intercept_exceptions */
#define INTERCEPT_UD		(1u << 6)
/* vmcb.intercept_3 and intercept_4: the words at 0xc and 0x10 */
#define INTERCEPT_NMI		(1u << 1)
#define INTERCEPT_CPUID		(1u << 18)
#define INTERCEPT_IO		(1u << 27)
#define INTERCEPT_MSR		(1u << 28)
#define INTERCEPT_SHUTDOWN	(1u << 31)
#define INTERCEPT_SVM		0x7fu	/* VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT */

#define EXIT_EXCEPTION_UD	0x46
#define EXIT_NMI		0x61
#define EXIT_CPUID		0x72
#define EXIT_IO			0x7b
#define EXIT_MSR		0x7c
#define EXIT_HYPERCALL		0x81
#define EXIT_NESTED_PAGE_FAULT	0x400
#define EXIT_INVALID		(~0ul)

/* vmcb.exit_info_1 of an I/O exit; the port is in bits 31..16, exit_info_2 is the next RIP */
#define IO_IN			(1u << 0)
#define IO_STRING		(1u << 2)
#define IO_REPEATED		(1u << 3)
#define IO_SIZE(info)		((unsigned int)(info) >> 4 & 7)

/* vmcb.exit_info_1 of a nested page fault; exit_info_2 is the address in the cell */
#define FAULT_PRESENT		(1u << 0)
#define FAULT_WRITE		(1u << 1)

/* vmcb.event_injection: exception 6 without an error code */
#define INJECT_UD		(6ul | 3ul << 8 | 1ul << 31)

struct segment {
	uint16_t selector;
	uint16_t attributes;
	uint32_t limit;
	uint64_t base;
} __attribute__((packed));

/* Attributes: descriptor bits 47..40 in bits 7..0, bits 55..52 in bits 11..8. */
#define SEGMENT_LONG		(1u << 9)
#define SEGMENT_32BIT		(1u << 10)

struct vmcb {
	/* 0x000: control area */
	uint32_t intercept_registers[2];
	uint32_t intercept_exceptions;
	uint32_t intercept_3;
	uint32_t intercept_4;
	uint8_t reserved_1[0x40 - 0x14];
	uint64_t io_permissions;
	uint64_t msr_permissions;
	uint64_t tsc_offset;
	uint32_t address_space;
	uint8_t flush_tlb;
	uint8_t reserved_2[3];
	uint64_t virtual_interrupt;
	uint64_t interrupt_shadow;
	uint64_t exit_code;
	uint64_t exit_info_1;
	uint64_t exit_info_2;
	uint64_t exit_interrupt_info;
	uint64_t nested_paging;
	uint8_t reserved_3[0xa8 - 0x98];
	uint64_t event_injection;
	uint64_t nested_cr3;
	uint8_t reserved_4[0x400 - 0xb8];

	/* 0x400: state save area */
	struct segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved_5[0x4cb - 0x4a0];
	uint8_t cpl;
	uint32_t reserved_6;
	uint64_t efer;
	uint8_t reserved_7[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved_8[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t reserved_9[0x5f8 - 0x5e0];
	uint64_t rax;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	uint8_t reserved_10[0x668 - 0x648];
	uint64_t pat;
	uint8_t reserved_11[0x1000 - 0x670];
} __attribute__((packed));

_Static_assert(__builtin_offsetof(struct vmcb, io_permissions) == 0x40, "");
_Static_assert(__builtin_offsetof(struct vmcb, exit_code) == 0x70, "");
_Static_assert(__builtin_offsetof(struct vmcb, nested_cr3) == 0xb0, "");
_Static_assert(__builtin_offsetof(struct vmcb, cpl) == 0x4cb, "");
_Static_assert(__builtin_offsetof(struct vmcb, efer) == 0x4d0, "");
_Static_assert(__builtin_offsetof(struct vmcb, rip) == 0x578, "");
_Static_assert(__builtin_offsetof(struct vmcb, rsp) == 0x5d8, "");
_Static_assert(__builtin_offsetof(struct vmcb, rax) == 0x5f8, "");
_Static_assert(__builtin_offsetof(struct vmcb, cr2) == 0x640, "");
_Static_assert(__builtin_offsetof(struct vmcb, pat) == 0x668, "");
_Static_assert(sizeof(struct vmcb) == 0x1000, "");

#endif
