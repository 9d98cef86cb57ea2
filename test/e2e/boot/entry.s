# A boot ROM that stands in for Jailhouse's loader: from reset to 64-bit mode with memory mapped one to one,
# fills what the loader learns only at run time, and enters the kernel as the loader does.
# It writes nothing but the params image, and lies at the top of the 32-bit address space, far from any cell's RAM.
# Jailhouse up to 0.7 kept the params image at 0xf5000, which is ROM here: those releases cannot be started so.

        .set    ACCESSED, 0x20          # set beforehand: the processor must not want to write to ROM
        .set    DIRTY_2M, 0xc0

        .section .rom, "ax"
rom:
params: .quad   0                       # patched before each boot
entry:  .quad   0

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      # 0x08: 32-bit code
        .quad   0x00af9b000000ffff      # 0x10: 64-bit code, __BOOT_CS
        .quad   0x00cf93000000ffff      # 0x18: data, __BOOT_DS
gdt_end:
gdt_pointer:
        .word   gdt_end - gdt - 1
        .long   gdt

        .code16
from_reset:
        cli
        cld
        lgdtl   %cs:gdt_pointer - rom
        mov     $0x11, %eax             # protected mode
        mov     %eax, %cr0
        ljmpl   $0x08, $from_16

        .code32
from_16:
        mov     $0x18, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        mov     $0x20, %eax             # PAE
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx       # EFER
        rdmsr
        or      $0x100, %eax            # LME
        wrmsr
        mov     $0x80000011, %eax       # paging
        mov     %eax, %cr0
        ljmpl   $0x10, $from_32

        .code64
from_32:
        mov     params(%rip), %rsi
        mov     0x250(%rsi), %rdi       # zero page: setup_data
        cmpl    $6, 8(%rdi)             # type
        jne     1f
        movw    $0x608, 20(%rdi)        # pm_timer_address
        movw    $1, 22(%rdi)            # num_cpus
        movq    $0, 24(%rdi)            # pci_mmconfig_base
        movl    $0, 32(%rdi)            # tsc_khz, apic_khz: the kernel measures
        movl    $0, 36(%rdi)
        movb    $0, 41(%rdi)            # cpu_ids[0]
1:      jmp     *entry(%rip)

        .balign 4096
pml4:   .quad   pdpt + 3 + ACCESSED
        .balign 4096
pdpt:   .quad   directories + 3 + ACCESSED
        .quad   directories + 0x1000 + 3 + ACCESSED
        .quad   directories + 0x2000 + 3 + ACCESSED
        .quad   directories + 0x3000 + 3 + ACCESSED
        .balign 4096
directories:
        .set    address, 0
        .rept   2048
        .quad   address + 3 + ACCESSED + DIRTY_2M
        .set    address, address + 0x200000
        .endr

        .org    0xfff0
        .code16
        jmp     from_reset
        .org    0x10000
