// A boot ROM at the cell's reset address that stands in for Jailhouse and its loader, on QEMU's virt machine with EL2.
// It starts the cell's first CPU, takes the loader's argument string to pieces, and enters the kernel as the loader
// does: at EL1 with the MMU off, x0 the device tree. PSCI calls (SMC) go through it, so that every CPU enters at EL1.

        .set    CPU_ON, 0xc4000003
        .set    CPU_OFF, 0x84000002
        .set    EC_SMC64, 0x17

        .text
reset:  b       first
        .balign 8
cpu:    .quad   0                       // patched: MPIDR of the cell's first CPU
mailboxes:
        .quad   0                       // patched: RAM outside the cell, 16 bytes for each CPU
        .quad   0                       // patched: address of the argument string
        .set    string, . - 8

// QEMU starts CPU 0 only; the cell may have others.
first:  mrs     x0, mpidr_el1
        and     x0, x0, #0xffffff
        ldr     x1, cpu
        cmp     x0, x1
        b.eq    load
        ldr     x0, =CPU_ON
        adr     x2, load
        smc     #0
        ldr     x0, =CPU_OFF
        smc     #0

load:   ldr     x1, string
        adr     x2, word_dtb
        bl      argument
        mov     x20, x0
        ldr     x1, string
        adr     x2, word_kernel
        bl      argument
        mov     x21, x0
        mov     x0, x20

// x0 goes to the kernel at x21
enter:  mov     x1, #0x80080000         // EL1 is AArch64 (RW), SMC is trapped (TSC)
        msr     hcr_el2, x1
        mov     x1, #3
        msr     cnthctl_el2, x1         // EL1 has the timers
        msr     cntvoff_el2, xzr
        mov     x1, #0xf
        msr     s3_4_c12_c9_5, x1       // ICC_SRE_EL2: EL1 has the GIC's system registers
        mov     x1, #0x33ff
        msr     cptr_el2, x1            // no traps of the FPU
        mrs     x1, mpidr_el1
        msr     vmpidr_el2, x1
        mrs     x1, midr_el1
        msr     vpidr_el2, x1
        mov     x1, #0x0800
        movk    x1, #0x30d0, lsl #16
        msr     sctlr_el1, x1           // MMU and caches off
        adr     x1, vectors
        msr     vbar_el2, x1
        mov     x1, #0x3c5              // EL1h, interrupts masked
        msr     spsr_el2, x1
        msr     elr_el2, x21
        mov     x1, xzr
        mov     x2, xzr
        mov     x3, xzr
        eret

// x1 text, x2 words such as "dtb=0x": the hex number behind them in x0. Without them, it stops here.
argument:
        mov     x3, x1
        mov     x4, x2
1:      ldrb    w6, [x4], #1
        cbz     w6, 2f
        ldrb    w5, [x3], #1
        cmp     w5, w6
        b.eq    1b
        ldrb    w5, [x1], #1
        cbnz    w5, argument
stop:   wfe
        b       stop
2:      mov     x0, xzr
3:      ldrb    w5, [x3], #1
        sub     w6, w5, #'0'
        cmp     w6, #10
        b.lo    4f
        sub     w6, w5, #'a' - 10
        cmp     w6, #10
        b.lo    5f
        cmp     w6, #16
        b.hs    5f
4:      add     x0, x6, x0, lsl #4
        b       3b
5:      ret

word_dtb:
        .asciz  "dtb=0x"
word_kernel:
        .asciz  "kernel=0x"
        .balign 8

// From EL1, by SMC: a CPU is switched on through `secondary`, everything else goes to QEMU as it is.
call:   mrs     x4, esr_el2
        lsr     x4, x4, #26
        cmp     x4, #EC_SMC64
        b.ne    stop
        mrs     x4, elr_el2
        add     x4, x4, #4
        msr     elr_el2, x4
        ldr     x4, =CPU_ON
        cmp     x0, x4
        b.ne    1f
        ldr     x4, mailboxes
        and     x5, x1, #0xff
        add     x4, x4, x5, lsl #4
        stp     x2, x3, [x4]
        adr     x2, secondary
        mov     x3, x4
1:      smc     #0
        eret

secondary:
        ldp     x21, x0, [x0]
        b       enter

        .ltorg
        .balign 2048
vectors:
        .org    vectors + 0x400         // from EL1, synchronous
        b       call
