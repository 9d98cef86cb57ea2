/*
 * What QEMU has for firmware: 64 KiB at the top of 4 GiB, the reset vector in its last 16 bytes. Goes to 32-bit
 * protected mode, copies the monitor to its place in RAM, and enters it.
 */
#include "../blob.h"

	.section .rom, "ax"
	.code16
rom:
from_reset:
	cli
	cld
	lgdtl	%cs:gdt_pointer - rom
	mov	$0x11, %eax		/* PE, ET */
	mov	%eax, %cr0
	ljmpl	$0x08, $protected

	.code32
protected:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$monitor, %esi
	mov	$BOX_X86_MONITOR, %edi
	mov	$(monitor_end - monitor + 3) / 4, %ecx
	rep movsl
	mov	$BOX_X86_MONITOR, %eax
	jmp	*%eax

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* 0x08: 32-bit code */
	.quad	0x00cf93000000ffff	/* 0x10: data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.balign	16
monitor:
	.incbin	"monitor.bin"
monitor_end:

	.org	0xfff0
	.code16
	jmp	from_reset
	.org	0x10000
