# The setup_data list: every node's address, type and length, and all fields of the two forms that Jailhouse's loaders hand over.

        .set    NODE_TYPE, 8
        .set    NODE_LEN, 12
        .set    NODE_DATA, 16
        .set    MAX_NODES, 32           # a list that bites its tail ends too
        .set    MAX_CPUS, 255

        .set    SETUP_JAILHOUSE, 6      # since Jailhouse 0.8
        .set    SETUP_JAILHOUSE_OLD, 0x53484c4a # 'JLHS'

        .macro  field name, load, offset
        say     "setup_data.\name "
        \load   NODE_DATA+\offset(%rbx), %eax
        call    put_hex_line
        .endm

        .text
report_setup_data:
        mov     ZERO_PAGE_SETUP_DATA(%r12), %rbx
        mov     $MAX_NODES, %ebp
1:      test    %rbx, %rbx
        jz      2f
        sub     $1, %ebp
        js      2f
        call    report_node
        mov     (%rbx), %rbx            # next
        jmp     1b
2:      ret

report_node:
        say     "setup_data "
        mov     %rbx, %rax
        call    put_hex
        call    put_blank
        mov     NODE_TYPE(%rbx), %eax
        call    put_hex
        call    put_blank
        mov     NODE_LEN(%rbx), %eax
        call    put_hex_line
        cmpl    $SETUP_JAILHOUSE, NODE_TYPE(%rbx)
        je      report_jailhouse
        cmpl    $SETUP_JAILHOUSE_OLD, NODE_TYPE(%rbx)
        je      report_jailhouse_old
        ret

report_jailhouse:
        cmpl    $280, NODE_LEN(%rbx)
        jb      1f
        field   version, movzwl, 0
        field   compatible_version, movzwl, 2
        field   pm_timer, movzwl, 4
        field   num_cpus, movzwl, 6
        field   pci_mmconfig_base, movl, 8 # the cell lies below 4 GiB, and so does this
        field   tsc_khz, movl, 16
        field   apic_khz, movl, 20
        field   standard_ioapic, movzbl, 24
        lea     NODE_DATA+25(%rbx), %r14
        movzwl  NODE_DATA+6(%rbx), %r13d
        call    report_cpu_ids
        cmpw    $2, NODE_DATA(%rbx)     # version
        jb      1f
        cmpl    $284, NODE_LEN(%rbx)
        jb      1f
        field   flags, movl, 280
1:      ret

report_jailhouse_old:
        cmpl    $259, NODE_LEN(%rbx)
        jb      1f
        field   pm_timer, movzwl, 0
        field   num_cpus, movzwl, 2
        lea     NODE_DATA+4(%rbx), %r14
        movzwl  NODE_DATA+2(%rbx), %r13d
        call    report_cpu_ids
1:      ret

report_cpu_ids:                         # r14: u8 ids, r13d: how many
        cmp     $MAX_CPUS, %r13d
        jbe     1f
        mov     $MAX_CPUS, %r13d
1:      sub     $1, %r13d
        js      2f
        say     "setup_data.cpu "
        movzbl  (%r14), %eax
        call    put_hex_line
        inc     %r14
        jmp     1b
2:      ret
