// A program for a cell without Linux: prints a line on the hypervisor's console, and waits for good.
// It is loaded to guest address 0, where the cell's CPU starts at EL1, with caches and MMU off.

        .set    HYPERCALL, 0x4a48               // "JH"
        .set    DEBUG_CONSOLE_PUTC, 8           // x0: this, x1: the character

        .text
        .globl  _start
_start:
        adr     x19, line
1:      ldrb    w1, [x19], #1
        cbz     w1, 2f
        mov     x0, DEBUG_CONSOLE_PUTC
        hvc     HYPERCALL
        b       1b
2:      wfi
        b       2b

line:   .asciz  "hello from a cell without Linux\r\n"
