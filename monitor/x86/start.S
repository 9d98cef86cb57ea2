/*
 * Each CPU's way to 64-bit mode, the monitor's exceptions, and the entry to the guest.
 *
 * The CPU that QEMU starts arrives from the ROM in 32-bit mode. The CPUs of the cell arrive by SIPI in real mode,
 * at ap_start, which main.c has copied to BOX_X86_AP_START.
 */
#include "../blob.h"

#define CODE_64		0x08
#define CODE_32		0x10
#define DATA		0x18

#define CR0		0x80010011	/* PG WP ET PE */
#define CR4		0x220		/* OSFXSR PAE */
#define EFER		0xc0000080
#define EFER_BITS	0x1900		/* SVME NXE LME */

#define APIC_ID		0xfee00020

/* struct cpu */
#define CPU_VMCB	0x80
#define CPU_STACK	0x1000
/* struct vmcb */
#define VMCB_RAX	0x5f8

	.section .text.start, "ax"
	.code32
	.globl	start
start:
	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl

	/* One to one, 512 GiB in pages of 1 GiB: present, writable, accessed, dirty, large. */
	movl	$directory + 0x23, top_table
	mov	$directory, %edi
	mov	$0xe3, %eax
	xor	%edx, %edx
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	mov	%edx, 4(%edi)
	add	$0x40000000, %eax
	adc	$0, %edx
	add	$8, %edi
	loop	1b
	lgdt	gdt_pointer

to_64:
	mov	$CR4, %eax
	mov	%eax, %cr4
	mov	$top_table, %eax
	mov	%eax, %cr3
	mov	$EFER, %ecx
	rdmsr
	or	$EFER_BITS, %eax
	wrmsr
	mov	$CR0, %eax
	mov	%eax, %cr0
	ljmp	$CODE_64, $in_64

	.code64
in_64:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$boot_stack_end, %esp
	cmpl	$0, ap_cpu
	jne	1f
	call	fill_exception_table
	lidt	idt_pointer
	call	main
1:	lidt	idt_pointer
	mov	ap_cpu, %rdi
	lea	CPU_STACK(%rdi), %rsp
	call	ap_main

/* Real mode, at a page of its own below 1 MiB. */
	.code16
	.globl	ap_start, ap_start_end
ap_start:
	cli
	cld
	lgdtl	%cs:ap_gdt_pointer - ap_start
	mov	$0x11, %eax
	mov	%eax, %cr0
	ljmpl	$CODE_32, $ap_32
ap_gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
ap_start_end:

	.code32
ap_32:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	jmp	to_64

/*
 * void enter_guest(struct cpu *cpu): until the next exit. VMRUN swaps RAX and RSP, the rest is swapped here. FS, GS,
 * TR and what else VMLOAD brings stay the guest's: the monitor uses none of them.
 */
	.code64
	.globl	enter_guest
enter_guest:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	CPU_VMCB(%rdi), %rax
	mov	0x08(%rdi), %rcx
	mov	0x10(%rdi), %rdx
	mov	0x18(%rdi), %rbx
	mov	0x28(%rdi), %rbp
	mov	0x30(%rdi), %rsi
	mov	0x40(%rdi), %r8
	mov	0x48(%rdi), %r9
	mov	0x50(%rdi), %r10
	mov	0x58(%rdi), %r11
	mov	0x60(%rdi), %r12
	mov	0x68(%rdi), %r13
	mov	0x70(%rdi), %r14
	mov	0x78(%rdi), %r15
	mov	0x38(%rdi), %rdi
	vmrun
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rcx, 0x08(%rdi)
	mov	%rdx, 0x10(%rdi)
	mov	%rbx, 0x18(%rdi)
	mov	%rbp, 0x28(%rdi)
	mov	%rsi, 0x30(%rdi)
	mov	%r8, 0x40(%rdi)
	mov	%r9, 0x48(%rdi)
	mov	%r10, 0x50(%rdi)
	mov	%r11, 0x58(%rdi)
	mov	%r12, 0x60(%rdi)
	mov	%r13, 0x68(%rdi)
	mov	%r14, 0x70(%rdi)
	mov	%r15, 0x78(%rdi)
	pop	0x38(%rdi)
	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/*
 * An NMI that is pending, or that comes between STGI and HLT, would leave HLT asleep for ever: the handler steps over
 * a HLT that it interrupts. After a HLT that slept, RIP is behind it.
 */
	.globl	wait_for_nmi, take_nmi
wait_for_nmi:
	stgi
nmi_window:
	hlt
	clgi
	ret
take_nmi:
	stgi
	clgi
	ret

nmi:
	cmpq	$nmi_window, (%rsp)
	jne	1f
	incq	(%rsp)
1:	iretq

	.text
/* Any other exception is the monitor's own fault. */
	.altmacro
	.macro	exception number
exception_\number:
	mov	$\number, %edi
	mov	(%rsp), %rsi
	mov	8(%rsp), %rdx
	mov	%cr2, %rcx
	and	$-16, %rsp
	call	stop_at_exception
	.endm
	.balign	64
exceptions:
	.set	number, 0
	.rept	32
	exception %number
	.balign	64
	.set	number, number + 1
	.endr

fill_exception_table:
	mov	$exceptions, %eax
	mov	$idt, %edi
	mov	$32, %ecx
1:	call	set_gate
	add	$64, %eax
	add	$16, %edi
	loop	1b
	mov	$nmi, %eax
	mov	$idt + 2 * 16, %edi
	/* falls through */
set_gate:
	mov	%ax, (%rdi)
	movw	$CODE_64, 2(%rdi)
	movw	$0x8e00, 4(%rdi)	/* present interrupt gate */
	mov	%eax, %edx
	shr	$16, %edx
	mov	%dx, 6(%rdi)
	movq	$0, 8(%rdi)
	ret

	.section .rodata
	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* CODE_64 */
	.quad	0x00cf9b000000ffff	/* CODE_32 */
	.quad	0x00cf93000000ffff	/* DATA */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt
idt_pointer:
	.word	idt_end - idt - 1
	.quad	idt

	.section .data
	.balign	8
	.globl	ap_cpu
ap_cpu:	.quad	0			/* struct cpu of the CPU that main.c starts now */

	.section .bss
	.balign	4096
top_table:
	.skip	4096
directory:
	.skip	4096
idt:	.skip	32 * 16
idt_end:
	.balign	16
	.skip	4096
boot_stack_end:
	.section .note.GNU-stack, "", @progbits
