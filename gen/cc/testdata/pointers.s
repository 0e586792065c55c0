# Depthwise convolution as gcc -O2 compiles it: addresses are sums that are computed on
# each way round, three by three times.
	.text
	.type	window, @function
window:
	lw	a4, 0(a2)
	li	t2, 168
	li	t3, 432
	li	t5, 0
.L1:
	li	a6, 0
.L2:
	add	a5, a6, a3
	add	t0, a0, a6
	add	a5, a1, a5
	lb	a5, 0(a5)
	lb	t0, -16(t0)
	addi	a6, a6, 144
	mul	a5, a5, t0
	add	a4, a4, a5
	bne	a6, t3, .L2
	addi	t5, t5, 56
	add	a0, a0, a7
	addi	a1, a1, 432
	bne	t5, t2, .L1
	mv	a0, a4
	ret
	.size	window, .-window

# No pointers: one address changes by what is in a register, the other is stored to
# under a condition that a pointer does not help with.
	.type	scattered, @function
scattered:
.L3:
	add	a5, a0, a3
	lb	a4, 0(a5)
	add	a3, a3, a4
	addi	a1, a1, -1
	bne	a1, zero, .L3
	mv	a0, a3
	ret
	.size	scattered, .-scattered

# One pointer pays, two would take more to set up than they save in few times round.
	.type	one, @function
one:
	li	a5, 0
.L4:
	add	t0, a0, a1
	add	t0, t0, a2
	lb	t1, 4(t0)
	add	t2, a3, a2
	lb	t3, 4(t2)
	addi	a2, a2, 1
	mul	t1, t1, t3
	add	a5, a5, t1
	bne	a2, a6, .L4
	mv	a0, a5
	ret
	.size	one, .-one
