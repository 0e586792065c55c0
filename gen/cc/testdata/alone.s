# What has to be left alone: a product that is needed apart from its sum, one whose
# sum goes elsewhere while both are alive, hand-written assembly, an instruction that
# is not known, a loop with a call, one that is jumped into, a function that a table
# of addresses leads into.
	.text
	.type	apart, @function
apart:
	mul	a4, a1, a2
	add	a0, a0, a4
	sw	a4, 0(a3)
	ret
	.size	apart, .-apart
	.type	alive, @function
alive:
	mul	a4, a1, a2
	add	a5, a0, a4
	sub	a0, a5, a0
	ret
	.size	alive, .-alive
	.type	manual, @function
manual:
	mul	a4, a1, a2
#APP
	nop
#NO_APP
	add	a0, a0, a4
	ret
	.size	manual, .-manual
	.type	unknown, @function
unknown:
	mul	a4, a1, a2
	frobnicate	a4
	add	a0, a0, a4
	ret
	.size	unknown, .-unknown
	.type	calls, @function
calls:
	addi	sp, sp, -16
	sw	ra, 12(sp)
	sw	s0, 8(sp)
	li	s0, 9
.L1:
	addi	s0, s0, -1
	call	other
	bnez	s0, .L1
	lw	ra, 12(sp)
	lw	s0, 8(sp)
	addi	sp, sp, 16
	ret
	.size	calls, .-calls
	.type	middle, @function
middle:
	li	a5, 9
	beqz	a0, .L3
.L2:
	addi	a1, a1, 5
.L3:
	addi	a5, a5, -1
	bnez	a5, .L2
	ret
	.size	middle, .-middle
	.type	table, @function
table:
	li	a5, 9
.L4:
	add	a1, a1, a2
	addi	a5, a5, -1
	bnez	a5, .L4
	ret
	.size	table, .-table
	.section	.rodata
	.word	.L4
