# Loops: a constant number of times, with nothing left to count; two of them, one in
# the other; a step of four to an address; an early exit; too few times; in a
# function that interrupts others.
	.text
	.type	constant, @function
constant:
	li	a5, 9
.L1:
	slli	a0, a0, 1
	xor	a0, a0, a1
	addi	a5, a5, -1
	bnez	a5, .L1
	ret
	.size	constant, .-constant
	.type	nested, @function
nested:
	li	a4, 8
.L2:
	li	a5, 8
.L3:
	andi	a2, a0, 1
	srli	a0, a0, 1
	addi	a5, a5, -1
	beqz	a2, .L4
	xor	a0, a0, a1
.L4:
	bnez	a5, .L3
	xor	a0, a0, a4
	addi	a4, a4, -1
	bnez	a4, .L2
	ret
	.size	nested, .-nested
	.type	words, @function
words:
	slli	a1, a1, 2
	add	a1, a0, a1
.L5:
	lw	a2, 0(a0)
	beqz	a2, .L6
	addi	a0, a0, 4
	bne	a0, a1, .L5
.L6:
	ret
	.size	words, .-words
	.type	few, @function
few:
	li	a5, 2
.L7:
	xor	a0, a0, a1
	addi	a5, a5, -1
	bnez	a5, .L7
	ret
	.size	few, .-few
	.type	handler, @function
handler:
	li	a5, 9
.L8:
	slli	a0, a0, 1
	addi	a5, a5, -1
	bnez	a5, .L8
	mret
	.size	handler, .-handler

# Beginning and end of the inner loop move on together: its count is 16.
	.type	together, @function
together:
	mv	t0, a0
	addi	t1, a0, 16
	addi	a6, a0, 1600
	li	a3, 0
.L20:
	mv	a4, t0
.L21:
	lb	a5, 0(a4)
	addi	a4, a4, 1
	add	a3, a3, a5
	bne	a4, t1, .L21
	sw	a3, 0(a1)
	addi	a1, a1, 4
	addi	t0, t0, 16
	addi	t1, t1, 16
	bne	t0, a6, .L20
	mv	a0, a3
	ret
	.size	together, .-together

# These do not: the end goes further each time.
	.type	further, @function
further:
	mv	t0, a0
	addi	t1, a0, 16
	addi	a6, a0, 1600
	li	a3, 0
.L22:
	mv	a4, t0
.L23:
	lb	a5, 0(a4)
	addi	a4, a4, 1
	add	a3, a3, a5
	bne	a4, t1, .L23
	sw	a3, 0(a1)
	addi	a1, a1, 4
	addi	t0, t0, 16
	addi	t1, t1, 17
	bne	t0, a6, .L22
	mv	a0, a3
	ret
	.size	further, .-further

# On both ways the end is 4 behind the beginning.
	.type	joined, @function
joined:
	li	a3, 0
	beq	a1, zero, .L30
	addi	t0, a0, 4
	addi	t1, a0, 8
	j	.L31
.L30:
	addi	t0, a0, 12
	addi	t1, a0, 16
.L31:
	mv	a4, t0
.L32:
	lb	a5, 0(a4)
	addi	a4, a4, 1
	add	a3, a3, a5
	bne	a4, t1, .L32
	mv	a0, a3
	ret
	.size	joined, .-joined
