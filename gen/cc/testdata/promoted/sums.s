# Sums in memory, by gcc -O2: results of which several are made at once (with a frame added), rounds that are not
# known, backwards, words that may meet, and words among or beside what is loaded; those in two registers, where gcc
# takes turns with one.
	.text
	.align	2
	.globl	columns
	.type	columns, @function
columns:
	addi	sp,sp,-16
	li	a5,4096
	addi	a5,a5,-896
	li	t1,-4096
	mv	t4,a0
	mv	t3,a3
	mv	a0,a2
	add	a6,a1,a5
	li	a7,0
	addi	t1,t1,896
	li	t5,16
.L3:
	sw	zero,0(a0)
	mv	a2,t4
	add	a5,a6,t1
	li	a3,0
.L2:
	lh	a4,0(a2)
	lh	a1,0(a5)
	addi	a5,a5,32
	addi	a2,a2,2
	mul	a4,a4,a1
	add	a3,a3,a4
	sw	a3,0(a0)
	bne	a5,a6,.L2
	add	a4,t3,a7
	srai	a3,a3,9
	sb	a3,0(a4)
	addi	a7,a7,1
	addi	a0,a0,4
	addi	a6,a5,2
	bne	a7,t5,.L3
	addi	sp,sp,16
	ret
	.size	columns, .-columns
	.align	2
	.globl	into
	.type	into, @function
into:
	ble	a3,zero,.L7
	lw	a6,4(a2)
	lw	a4,36(a2)
	slli	a3,a3,1
	add	a7,a0,a3
.L9:
	lh	a5,0(a0)
	lh	a3,0(a1)
	addi	a0,a0,2
	addi	a1,a1,2
	mul	a5,a5,a3
	add	a6,a6,a5
	sw	a6,4(a2)
	lh	a5,-2(a0)
	xor	a4,a4,a5
	sw	a4,36(a2)
	bne	a7,a0,.L9
.L7:
	ret
	.size	into, .-into
	.align	2
	.globl	two
	.type	two, @function
two:
	lw	a3,0(a2)
	lw	a4,4(a2)
	addi	a0,a0,31
	addi	a5,a1,248
.L13:
	lb	a7,0(a0)
	mv	a6,a5
	addi	a0,a0,-1
	add	a3,a3,a7
	sw	a3,0(a2)
	lw	a7,0(a5)
	addi	a5,a5,-8
	add	a4,a4,a7
	sw	a4,4(a2)
	bne	a1,a6,.L13
	ret
	.size	two, .-two
	.align	2
	.globl	apart
	.type	apart, @function
apart:
	addi	a3,a0,160
.L16:
	lw	a4,0(a0)
	lw	a5,0(a1)
	addi	a0,a0,4
	add	a5,a5,a4
	sw	a5,0(a1)
	lw	a4,-4(a0)
	lw	a6,0(a2)
	xor	a6,a6,a4
	sw	a6,0(a2)
	bne	a0,a3,.L16
	ret
	.size	apart, .-apart
	.align	2
	.globl	beside
	.type	beside, @function
beside:
	lw	a3,0(a0)
	addi	a5,a0,4
	addi	a1,a0,84
.L19:
	lw	a2,0(a5)
	addi	a5,a5,4
	slli	a4,a2,1
	add	a4,a4,a2
	add	a3,a3,a4
	sw	a3,0(a0)
	bne	a1,a5,.L19
	ret
	.size	beside, .-beside
	.align	2
	.globl	among
	.type	among, @function
among:
	lw	a3,12(a0)
	mv	a5,a0
	addi	a1,a0,80
.L22:
	lw	a2,0(a5)
	addi	a5,a5,4
	slli	a4,a2,1
	add	a4,a4,a2
	add	a3,a3,a4
	sw	a3,12(a0)
	bne	a1,a5,.L22
	ret
	.size	among, .-among
	.ident	"GCC: (12.2.0-14+deb12u1+11+b2) 12.2.0"
