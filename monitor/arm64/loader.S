/*
 * The stand-in for Jailhouse's linux-loader.bin: at the cell's reset address, at EL1 with the MMU off. It reads the
 * comm region's revision first, as Jailhouse's own does, so that a cell without that region ends with the same line.
 * Then it takes `kernel=` and `dtb=` from the argument string, and enters the kernel with the device tree in x0 and
 * zeros in x1 to x3. Without both words it stays here.
 */
	.set	COMM_REGION, 0x80000000	/* in every cell of arm and arm64 */
	.set	COMM_REVISION, 6
	.set	ARGUMENTS, 0x1000	/* from the reset address */

	.text
reset:	mov	x9, #COMM_REGION
	ldrh	w9, [x9, #COMM_REVISION]
	adr	x10, reset
	add	x10, x10, #ARGUMENTS
	adr	x11, kernel_word
	bl	number_behind
	mov	x12, x0
	adr	x11, dtb_word
	bl	number_behind
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x12

/* x10 text, x11 a word that ends in `=0x`: the number behind it in x0. */
number_behind:
	mov	x1, x10
begin:	mov	x2, x1
	mov	x3, x11
compare:
	ldrb	w4, [x3], #1
	cbz	w4, found
	ldrb	w5, [x2], #1
	cmp	w4, w5
	b.eq	compare
	ldrb	w5, [x1], #1
	cbnz	w5, begin
stop:	wfi
	b	stop

found:	mov	x0, xzr
digit:	ldrb	w4, [x2], #1
	sub	w5, w4, #'0'
	cmp	w5, #10
	b.lo	add
	orr	w4, w4, #0x20		/* lower case */
	sub	w5, w4, #'a'
	cmp	w5, #6
	b.hs	end
	add	w5, w5, #10
add:	add	x0, x5, x0, lsl #4
	b	digit
end:	ret

kernel_word:
	.asciz	"kernel=0x"
dtb_word:
	.asciz	"dtb=0x"
