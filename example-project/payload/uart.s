# Polled output on the first UART. The put_* functions change rax, rcx, rdx, rsi and rdi only.

        .set    UART, 0x3f8

        .macro  say text
        .pushsection .rodata, "a"
.Ltext\@:
        .asciz  "\text"
        .popsection
        lea     .Ltext\@(%rip), %rsi
        call    put_string
        .endm

        .macro  set_uart register, value
        mov     $(UART + \register), %dx
        mov     $\value, %al
        out     %al, %dx
        .endm

        .text
uart_init:
        set_uart 1, 0                   # no interrupts
        set_uart 3, 0x80                # the divisor follows
        set_uart 0, 1                   # 115200 baud
        set_uart 1, 0
        set_uart 3, 3                   # 8n1
        set_uart 2, 1                   # FIFOs on; what is in them stays
        set_uart 4, 3                   # DTR, RTS
        ret

put_char:                               # al
        mov     %al, %cl
        mov     $(UART + 5), %dx
1:      in      %dx, %al
        test    $0x20, %al              # room for a byte
        jz      1b
        mov     $UART, %dx
        mov     %cl, %al
        out     %al, %dx
        ret

put_string:                             # rsi: up to its NUL
        mov     $-1, %ecx
put_string_bounded:                     # rsi: up to its NUL or ecx bytes
        mov     %rcx, %rdi
1:      sub     $1, %rdi
        js      2f
        lodsb
        test    %al, %al
        jz      2f
        call    put_char
        jmp     1b
2:      ret

put_blank:
        mov     $' ', %al
        jmp     put_char

put_hex_line:                           # rax
        call    put_hex
put_line_end:
        mov     $'\r', %al
        call    put_char
        mov     $'\n', %al
        jmp     put_char

put_hex:                                # rax: 0x and no leading zeros
        mov     %rax, %rdi
        mov     $'0', %al
        call    put_char
        mov     $'x', %al
        call    put_char
        mov     $1, %esi
        mov     %rdi, %rax
1:      shr     $4, %rax
        jz      put_digits
        inc     %esi
        jmp     1b

put_word:                               # eax: eight digits
        mov     %rax, %rdi
        mov     $8, %esi
put_digits:                             # rdi: its esi lowest digits
1:      dec     %esi
        js      3f
        lea     (, %rsi, 4), %ecx
        mov     %rdi, %rax
        shr     %cl, %rax
        and     $0xf, %al
        add     $'0', %al
        cmp     $'9', %al
        jbe     2f
        add     $('a' - '9' - 1), %al
2:      call    put_char
        jmp     1b
3:      ret
