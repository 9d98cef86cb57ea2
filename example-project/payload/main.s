# 64-bit entry: prints what the boot loader gave, one `key value ...` a line, then stops for good.
# Everything but the cmdline and the digest is printed in unpadded hex.

        .set    ZERO_PAGE_E820_ENTRIES, 0x1e8
        .set    ZERO_PAGE_RAMDISK_IMAGE, 0x218
        .set    ZERO_PAGE_RAMDISK_SIZE, 0x21c
        .set    ZERO_PAGE_CMD_LINE_PTR, 0x228
        .set    ZERO_PAGE_CMDLINE_SIZE, 0x238
        .set    ZERO_PAGE_SETUP_DATA, 0x250
        .set    ZERO_PAGE_E820_TABLE, 0x2d0

        .text
main:
        cli
        cld
        lea     stack_top(%rip), %rsp
        mov     %rsi, %r12              # the zero page, for good
        call    map_low_4g
        call    uart_init

        say     "payload start\r\n"
        say     "entry "
        lea     entry64(%rip), %rax
        call    put_hex_line
        say     "params "
        mov     %r12, %rax
        call    put_hex_line
        call    report_cmdline
        call    report_e820
        call    report_setup_data
        call    report_initrd
        say     "payload end\r\n"
1:      cli
        hlt
        jmp     1b

report_cmdline:
        say     "cmdline "
        mov     ZERO_PAGE_CMD_LINE_PTR(%r12), %esi
        mov     ZERO_PAGE_CMDLINE_SIZE(%r12), %ecx
        test    %esi, %esi
        jz      1f
        call    put_string_bounded
1:      jmp     put_line_end

report_e820:
        lea     ZERO_PAGE_E820_TABLE(%r12), %rbx
        movzbl  ZERO_PAGE_E820_ENTRIES(%r12), %ebp
1:      sub     $1, %ebp
        js      2f
        say     "e820 "
        mov     (%rbx), %rax
        call    put_hex
        call    put_blank
        mov     8(%rbx), %rax
        call    put_hex
        call    put_blank
        mov     16(%rbx), %eax
        call    put_hex_line
        add     $20, %rbx
        jmp     1b
2:      ret

report_initrd:
        mov     ZERO_PAGE_RAMDISK_IMAGE(%r12), %ebx
        mov     ZERO_PAGE_RAMDISK_SIZE(%r12), %ebp
        test    %ebp, %ebp
        jz      1f
        say     "initrd "
        mov     %rbx, %rax
        call    put_hex
        call    put_blank
        mov     %rbp, %rax
        call    put_hex_line
        say     "sha256 "
        mov     %rbx, %rsi
        mov     %rbp, %rdx
        call    sha256
        lea     sha256_state(%rip), %rbx
        mov     $8, %ebp
2:      mov     (%rbx), %eax
        call    put_word
        add     $4, %rbx
        dec     %ebp
        jnz     2b
        jmp     put_line_end
1:      say     "initrd none\r\n"
        ret

# The boot loader need not map more than this image; the initrd may lie anywhere below initrd_addr_max.
map_low_4g:
        lea     pml4(%rip), %rdi
        xor     %eax, %eax
        mov     $(6 * 512), %ecx
        rep stosq
        lea     page_directories + 3(%rip), %rax # 3: present, writable
        lea     pdpt(%rip), %rdi
        mov     $4, %ecx
1:      stosq
        add     $4096, %rax
        loop    1b
        mov     $0x83, %eax             # present, writable, 2 MiB
        lea     page_directories(%rip), %rdi
        mov     $2048, %ecx
2:      stosq
        add     $0x200000, %rax
        loop    2b
        lea     pdpt + 3(%rip), %rax
        lea     pml4(%rip), %rdi
        mov     %rax, (%rdi)
        mov     %rdi, %cr3
        ret

        .section .bss, "aw", @nobits
        .balign 4096
pml4:   .skip   4096
pdpt:   .skip   4096
page_directories:
        .skip   4 * 4096
        .skip   4096
stack_top:
