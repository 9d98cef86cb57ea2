/*
 * Stands in for Jailhouse's linux-loader.bin where a bundle brings none: the same work at the same addresses. All CPUs
 * of the cell start here at address 0 in real mode. The first one fills what the params image leaves open, from the
 * comm region, and enters the kernel; the others stop until Linux sends them INIT and SIPI.
 *
 * Memory: this file below 0x1000, the params image from there, page tables in 0x4000..0xa000.
 */

#define PARAMS			0x1000
#define TABLES			0x4000
#define COMM			0x100000

/* struct comm region, revision 2 */
#define COMM_SIGNATURE		(COMM + 0)
#define COMM_REVISION		(COMM + 6)
#define COMM_CELL_STATE		(COMM + 8)
#define COMM_MMCONFIG		(COMM + 56)
#define COMM_PM_TIMER		(COMM + 64)
#define COMM_NUM_CPUS		(COMM + 66)
#define COMM_TSC_KHZ		(COMM + 68)
#define COMM_APIC_KHZ		(COMM + 72)
#define STATE_FAILED_COMM_REV	4

/* zero page */
#define HDR_SETUP_DATA		0x250
#define HDR_KERNEL_ALIGNMENT	0x230
#define ENTRY_64		0x200

/* setup_data of type SETUP_JAILHOUSE */
#define SETUP_PM_TIMER		20
#define SETUP_NUM_CPUS		22
#define SETUP_MMCONFIG		24
#define SETUP_TSC_KHZ		32
#define SETUP_APIC_KHZ		36
#define SETUP_CPU_IDS		41
#define MAX_CPUS		255

#define CODE_32			0x08
#define BOOT_CS			0x10	/* these two as Linux's boot protocol wants them */
#define BOOT_DS			0x18

#define MSR_APIC_BASE		0x1b
#define APIC_BASE_X2APIC	0x400
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MTRR_ENABLE		0x800
#define MSR_X2APIC_ID		0x802
#define MSR_EFER		0xc0000080
#define APIC_ID			0xfee00020

	.text
	.code16
	.globl	start
start:
	cli
	cld
	lgdtl	%cs:gdt_pointer
	mov	$0x11, %eax		/* PE, ET */
	mov	%eax, %cr0
	ljmpl	$CODE_32, $protected

	.code32
protected:
	mov	$BOOT_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss

	/* Memory is uncached until the MTRRs are on. */
	mov	$MSR_MTRR_DEF_TYPE, %ecx
	rdmsr
	or	$MTRR_ENABLE, %eax
	wrmsr

	mov	$MSR_APIC_BASE, %ecx
	rdmsr
	test	$APIC_BASE_X2APIC, %eax
	jz	1f
	mov	$MSR_X2APIC_ID, %ecx
	rdmsr
	jmp	2f
1:	mov	APIC_ID, %eax
	shr	$24, %eax
2:	mov	$1, %edi
	lock xadd %edi, arrived
	cmp	$MAX_CPUS, %edi
	jae	stop
	mov	%al, cpu_ids(%edi)
	lock incl listed
	test	%edi, %edi
	jz	first
stop:	hlt
	jmp	stop

first:
	/* As Jailhouse's loader, with a compare: without a comm region, the cell ends here. */
	cmpw	$2, COMM_REVISION
	jne	mismatch
	cmpl	$0x4f43484a, COMM_SIGNATURE	/* "JHCO", "MM" */
	jne	mismatch
	cmpw	$0x4d4d, COMM_SIGNATURE + 4
	je	1f
mismatch:
	movl	$STATE_FAILED_COMM_REV, COMM_CELL_STATE
	jmp	stop

1:	movzwl	COMM_NUM_CPUS, %ecx
2:	pause
	cmp	%ecx, listed
	jb	2b

	mov	PARAMS + HDR_SETUP_DATA, %ebx
	mov	%cx, SETUP_NUM_CPUS(%ebx)
	mov	$cpu_ids, %esi
	lea	SETUP_CPU_IDS(%ebx), %edi
	rep movsb
	mov	COMM_PM_TIMER, %ax
	mov	%ax, SETUP_PM_TIMER(%ebx)
	mov	COMM_MMCONFIG, %eax
	mov	%eax, SETUP_MMCONFIG(%ebx)
	mov	COMM_MMCONFIG + 4, %eax
	mov	%eax, SETUP_MMCONFIG + 4(%ebx)
	mov	COMM_TSC_KHZ, %eax
	mov	%eax, SETUP_TSC_KHZ(%ebx)
	mov	COMM_APIC_KHZ, %eax
	mov	%eax, SETUP_APIC_KHZ(%ebx)

	/* One to one, 4 GiB in pages of 2 MiB: 0x7 present, writable, user; 0x80 large. */
	mov	$TABLES, %edi
	mov	$0x6000 / 4, %ecx
	xor	%eax, %eax
	rep stosl
	movl	$TABLES + 0x1007, TABLES
	mov	$TABLES + 0x2007, %eax
	mov	$TABLES + 0x1000, %edi
1:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	cmp	$TABLES + 0x1020, %edi
	jb	1b
	mov	$0x87, %eax
	mov	$TABLES + 0x2000, %edi
2:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	cmp	$TABLES + 0x6000, %edi
	jb	2b

	mov	$0x20, %eax		/* PAE */
	mov	%eax, %cr4
	mov	$TABLES, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$0x100, %eax		/* LME */
	wrmsr
	mov	$0x80000011, %eax	/* PG */
	mov	%eax, %cr0
	ljmp	$BOOT_CS, $in_64

	.code64
in_64:
	mov	$PARAMS, %esi
	/* The params image keeps the kernel's preferred address here. */
	mov	HDR_KERNEL_ALIGNMENT(%rsi), %eax
	add	$ENTRY_64, %rax
	jmp	*%rax

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* CODE_32 */
	.quad	0x00af9b000000ffff	/* BOOT_CS */
	.quad	0x00cf93000000ffff	/* BOOT_DS */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.balign	4
arrived: .long	0
listed:	.long	0
cpu_ids:
	.skip	MAX_CPUS
	.section .note.GNU-stack, "", @progbits
