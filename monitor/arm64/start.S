/*
 * Entry of QEMU's CPU 0, of CPUs that PSCI switches on, and of exceptions; exit to the guest. Everything runs at EL2
 * with the MMU off: addresses are QEMU's. TCG has no caches, so nothing here maintains them.
 */
#include "monitor.h"

	.section .text.start, "ax"
	.globl	_start
_start:	adr	x0, boot_stack_end
	mov	sp, x0
	adr	x0, vectors
	msr	vbar_el2, x0
	b	start_cell

/* By PSCI CPU_ON: x0 is the CPU's struct. */
	.text
	.globl	secondary_start
secondary_start:
	add	x1, x0, #STACK_SIZE
	mov	sp, x1
	adr	x1, vectors
	msr	vbar_el2, x1
	b	run_cpu

/* x0: address, x1: the guest's x0. All other registers are zero, as after a reset. */
	.globl	enter_guest
enter_guest:
	msr	elr_el2, x0
	mov	x2, #0x3c5		/* EL1 with its own stack pointer, exceptions masked */
	msr	spsr_el2, x2
	mrs	x2, tpidr_el2
	add	x2, x2, #STACK_SIZE
	mov	sp, x2			/* the next exception finds the stack empty */
	mov	x0, x1
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9
	mov	x\n, xzr
	mov	x1\n, xzr
	mov	x2\n, xzr
	.endr
	.irp	n, 10, 20, 30
	mov	x\n, xzr
	.endr
	eret

/* x0 function, x1-x3 arguments, to QEMU's own PSCI. */
	.globl	smc
smc:	smc	#0
	ret

/* From the guest; struct registers on the stack. */
trap:	sub	sp, sp, #256
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x0, sp
	bl	handle_trap
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #256
	eret

/*
 * Sixteen entries of 128 bytes: four kinds of exception (synchronous, IRQ, FIQ, SError) from each of EL2 with SP_EL0,
 * EL2, a lower level in AArch64, a lower level in AArch32 (32-bit programs of the guest). Interrupts and SErrors of the
 * guest go straight to its EL1, see cpu.c.
 */
	.balign	2048
vectors:
	.rept	8
	b	handle_own_fault
	.balign	128
	.endr
	.rept	2
	b	trap
	.balign	128
	.rept	3
	b	handle_own_fault
	.balign	128
	.endr
	.endr

	.bss
	.balign	16
	.space	STACK_SIZE
boot_stack_end:
