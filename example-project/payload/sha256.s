# SHA-256 (FIPS 180-4).

        .macro  xor_rotated value, first, second, third # eax = the xor of three rotations
        mov     \value, %eax
        ror     $\first, %eax
        mov     \value, %ecx
        ror     $\second, %ecx
        xor     %ecx, %eax
        mov     \value, %ecx
        ror     $\third, %ecx
        xor     %ecx, %eax
        .endm

        .macro  round a, b, c, d, e, f, g, h, index
        add     4 * \index(%rsi), \h   # message schedule
        add     4 * \index(%rdi), \h   # constant
        xor_rotated \e, 6, 11, 25
        add     %eax, \h
        mov     \f, %eax                # choice
        xor     \g, %eax
        and     \e, %eax
        xor     \g, %eax
        add     %eax, \h
        add     \h, \d
        xor_rotated \a, 2, 13, 22
        add     %eax, \h
        mov     \a, %eax                # majority
        or      \b, %eax
        and     \c, %eax
        mov     \a, %ecx
        and     \b, %ecx
        or      %ecx, %eax
        add     %eax, \h
        .endm

        .text
sha256:                                 # rsi: data, rdx: length in bytes; the digest is in sha256_state, in words
        push    %rbx
        push    %rbp
        mov     %rsi, %rbx
        mov     %rdx, %rbp
        push    %rdx
        lea     initial_state(%rip), %rsi
        lea     sha256_state(%rip), %rdi
        mov     $8, %ecx
        rep movsl
1:      cmp     $64, %rbp
        jb      2f
        mov     %rbx, %rsi
        call    add_block
        add     $64, %rbx
        sub     $64, %rbp
        jmp     1b

2:      mov     %rbx, %rsi              # the rest, a one bit, zeros, the length in bits
        lea     last_blocks(%rip), %rdi
        mov     %ebp, %ecx
        rep movsb
        mov     $0x80, %al
        stosb
        xor     %eax, %eax
        mov     $127, %ecx
        sub     %ebp, %ecx
        rep stosb
        pop     %rax
        shl     $3, %rax
        bswap   %rax
        lea     last_blocks(%rip), %rsi
        cmp     $55, %ebp
        ja      3f
        mov     %rax, 56(%rsi)
        jmp     4f
3:      mov     %rax, 120(%rsi)
        call    add_block
        lea     last_blocks + 64(%rip), %rsi
4:      call    add_block
        pop     %rbp
        pop     %rbx
        ret

add_block:                              # rsi: 64 bytes; keeps rbx, rbp, r12 to r15
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        lea     schedule(%rip), %rdi
        mov     $16, %edx
1:      lodsl
        bswap   %eax
        stosl
        dec     %edx
        jnz     1b
        mov     $48, %edx
2:      xor_rotated -60(%rdi), 7, 18, 3
        mov     -60(%rdi), %ecx         # the third is a shift: take back the bits that came round
        shl     $29, %ecx
        xor     %ecx, %eax
        mov     %eax, %ebx
        xor_rotated -8(%rdi), 17, 19, 10
        mov     -8(%rdi), %ecx
        shl     $22, %ecx
        xor     %ecx, %eax
        add     %ebx, %eax
        add     -64(%rdi), %eax
        add     -28(%rdi), %eax
        stosl
        dec     %edx
        jnz     2b

        lea     sha256_state(%rip), %rbp
        mov     (%rbp), %r8d
        mov     4(%rbp), %r9d
        mov     8(%rbp), %r10d
        mov     12(%rbp), %r11d
        mov     16(%rbp), %r12d
        mov     20(%rbp), %r13d
        mov     24(%rbp), %r14d
        mov     28(%rbp), %r15d
        lea     schedule(%rip), %rsi
        lea     constants(%rip), %rdi
        mov     $8, %edx
3:      round   %r8d, %r9d, %r10d, %r11d, %r12d, %r13d, %r14d, %r15d, 0
        round   %r15d, %r8d, %r9d, %r10d, %r11d, %r12d, %r13d, %r14d, 1
        round   %r14d, %r15d, %r8d, %r9d, %r10d, %r11d, %r12d, %r13d, 2
        round   %r13d, %r14d, %r15d, %r8d, %r9d, %r10d, %r11d, %r12d, 3
        round   %r12d, %r13d, %r14d, %r15d, %r8d, %r9d, %r10d, %r11d, 4
        round   %r11d, %r12d, %r13d, %r14d, %r15d, %r8d, %r9d, %r10d, 5
        round   %r10d, %r11d, %r12d, %r13d, %r14d, %r15d, %r8d, %r9d, 6
        round   %r9d, %r10d, %r11d, %r12d, %r13d, %r14d, %r15d, %r8d, 7
        add     $32, %rsi
        add     $32, %rdi
        dec     %edx
        jnz     3b
        add     %r8d, (%rbp)
        add     %r9d, 4(%rbp)
        add     %r10d, 8(%rbp)
        add     %r11d, 12(%rbp)
        add     %r12d, 16(%rbp)
        add     %r13d, 20(%rbp)
        add     %r14d, 24(%rbp)
        add     %r15d, 28(%rbp)
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret

        .section .rodata, "a"
        .balign 4
initial_state:
        .long   0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a
        .long   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
constants:
        .long   0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5
        .long   0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
        .long   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3
        .long   0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
        .long   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc
        .long   0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
        .long   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7
        .long   0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
        .long   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13
        .long   0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
        .long   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3
        .long   0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
        .long   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5
        .long   0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
        .long   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208
        .long   0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2

        .section .bss, "aw", @nobits
        .balign 8
sha256_state:
        .skip   32
schedule:
        .skip   256
last_blocks:
        .skip   128
