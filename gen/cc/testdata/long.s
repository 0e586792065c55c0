# More times round than an immediate or a counter holds: the hardware counts as many
# as it can, and the branch stays for the rest.
	.text
	.type	long, @function
long:
	mv	a5, a1
	li	a4, 9216
	add	a4, a1, a4
	li	a3, 0
.L1:
	lb	a2, 0(a5)
	addi	a5, a5, 1
	add	a3, a3, a2
	bne	a5, a4, .L1
	mv	a0, a3
	ret
	.size	long, .-long

# Two times are too few.
	.type	short, @function
short:
	addi	a4, a1, 2
	li	a3, 0
.L2:
	lb	a2, 0(a1)
	addi	a1, a1, 1
	add	a3, a3, a2
	bne	a1, a4, .L2
	mv	a0, a3
	ret
	.size	short, .-short
