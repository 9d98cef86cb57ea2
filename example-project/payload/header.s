# The setup part of a bzImage: names and offsets from the kernel's Documentation/x86/boot.rst, protocol 2.15.

        .section .setup, "a"
setup:
        .code16
real_mode:                              # only the 64-bit entry serves; stop here
        cli
        hlt
        jmp     real_mode

        .org    0x1f1
        .byte   setup_sectors           # setup_sects
        .word   0                       # root_flags
        .long   code_units               # syssize, in 16-byte units
        .word   0                       # ram_size
        .word   0xffff                  # vid_mode: normal
        .word   0                       # root_dev
        .word   0xaa55                  # boot_flag
        .byte   0xeb, header_end - 1f   # jump: its second byte gives the end of the header
1:      .ascii  "HdrS"                  # header
        .word   0x020f                  # version
        .long   0                       # realmode_swtch
        .word   0                       # start_sys_seg
        .word   version - setup - 0x200 # kernel_version
        .byte   0                       # type_of_loader
        .byte   1                       # loadflags: LOADED_HIGH
        .word   0                       # setup_move_size
        .long   pref_address            # code32_start
        .long   0, 0                    # ramdisk_image, ramdisk_size
        .long   0                       # bootsect_kludge
        .word   0                       # heap_end_ptr
        .byte   0, 0                    # ext_loader_ver, ext_loader_type
        .long   0                       # cmd_line_ptr
        .long   0x7fffffff              # initrd_addr_max
        .long   0x200000                # kernel_alignment
        .byte   0                       # relocatable_kernel
        .byte   21                      # min_alignment
        .word   1                       # xloadflags: XLF_KERNEL_64
        .long   2047                    # cmdline_size
        .long   0                       # hardware_subarch
        .quad   0                       # hardware_subarch_data
        .long   0x200                   # payload_offset: the code itself, not compressed
        .long   code_size - 0x200       # payload_length
        .quad   0                       # setup_data
        .quad   pref_address            # pref_address
        .long   init_size               # init_size
        .long   0                       # handover_offset
        .long   kernel_info - entry32  # kernel_info_offset
header_end:

version:
        .asciz  "payload-1 (prints its boot parameters) #1"

        .org    0x400

        .section .head, "ax"
        .code32
entry32:                                # as above
        cli
        hlt
        jmp     entry32

        .balign 16, 0
kernel_info:
        .ascii  "LToP"                  # header
        .long   16, 16                  # size, size_total
        .long   6                       # setup_type_max: SETUP_JAILHOUSE

        .org    0x200
        .code64
        .globl  entry64
entry64:
        jmp     main
