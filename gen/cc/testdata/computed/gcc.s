# Requantisation by channel, by a constant shift and without one, gcc -O2
	.option nopic
	.text
	.section	.text.per_channel,"ax",@progbits
	.align	2
	.globl	per_channel
	.type	per_channel, @function
per_channel:
	ble	a2,zero,.L13
	addi	sp,sp,-16
	slli	a2,a2,2
	lui	a7,%hi(mul)
	lui	a6,%hi(sh)
	sw	s0,12(sp)
	sw	s1,8(sp)
	sw	s2,4(sp)
	addi	a7,a7,%lo(mul)
	addi	a6,a6,%lo(sh)
	add	t1,a0,a2
	li	t5,1073741824
	li	t4,1
	li	t3,-128
	li	t6,127
	j	.L6
.L8:
	mv	t0,a5
.L4:
	srli	a5,a5,31
	add	a5,a5,s2
	slt	a5,a5,s1
	add	a5,a5,t0
	addi	a5,a5,-5
	addi	a0,a0,4
	li	a4,-128
	blt	a5,t3,.L5
	li	a4,127
	bgt	a5,t6,.L5
	slli	a4,a5,24
	srai	a4,a4,24
.L5:
	sb	a4,0(a1)
	addi	a7,a7,4
	addi	a6,a6,1
	addi	a1,a1,1
	beq	a0,t1,.L17
.L6:
	lb	a3,0(a6)
	lw	a4,0(a0)
	lw	s0,0(a7)
	not	a5,a3
	srai	a5,a5,31
	and	a5,a3,a5
	sll	a4,a4,a5
	mul	a5,a4,s0
	neg	t0,a3
	sll	a2,t4,t0
	addi	t2,a2,-1
	li	s2,0
	li	s1,0
	mulh	a4,a4,s0
	add	a2,a5,t5
	sltu	a5,a2,a5
	srli	a2,a2,31
	add	a5,a5,a4
	slli	a5,a5,1
	or	a5,a5,a2
	bge	a3,zero,.L8
	and	s1,t2,a5
	srai	s2,t2,1
	sra	t0,a5,t0
	j	.L4
.L17:
	lw	s0,12(sp)
	lw	s1,8(sp)
	lw	s2,4(sp)
	addi	sp,sp,16
	jr	ra
.L13:
	ret
	.size	per_channel, .-per_channel
	.section	.text.per_tensor,"ax",@progbits
	.align	2
	.globl	per_tensor
	.type	per_tensor, @function
per_tensor:
	ble	a2,zero,.L18
	slli	a2,a2,2
	li	a6,1735122944
	add	a7,a0,a2
	addi	a6,a6,481
	li	t3,1073741824
	li	t1,-128
	li	t4,127
.L21:
	lw	a5,0(a0)
	li	a2,-128
	addi	a0,a0,4
	mul	a4,a5,a6
	mulh	a3,a5,a6
	add	a5,a4,t3
	sltu	a4,a5,a4
	srli	a5,a5,31
	add	a4,a4,a3
	slli	a4,a4,1
	or	a5,a4,a5
	srli	a4,a5,31
	andi	a3,a5,127
	addi	a4,a4,63
	slt	a4,a4,a3
	srai	a5,a5,7
	add	a5,a4,a5
	addi	a5,a5,-5
	blt	a5,t1,.L20
	li	a2,127
	bgt	a5,t4,.L20
	slli	a2,a5,24
	srai	a2,a2,24
.L20:
	sb	a2,0(a1)
	addi	a1,a1,1
	bne	a7,a0,.L21
.L18:
	ret
	.size	per_tensor, .-per_tensor
	.section	.text.no_shift,"ax",@progbits
	.align	2
	.globl	no_shift
	.type	no_shift, @function
no_shift:
	ble	a2,zero,.L25
	slli	a2,a2,2
	li	a6,1735122944
	add	a7,a0,a2
	addi	a6,a6,481
	li	t3,1073741824
	li	t1,-128
	li	t4,127
.L28:
	lw	a4,0(a0)
	li	a2,-128
	addi	a0,a0,4
	mul	a5,a4,a6
	mulh	a3,a4,a6
	add	a4,a5,t3
	sltu	a5,a4,a5
	srli	a4,a4,31
	add	a5,a5,a3
	slli	a5,a5,1
	or	a4,a5,a4
	blt	a4,t1,.L27
	li	a2,127
	bgt	a4,t4,.L27
	slli	a2,a4,24
	srai	a2,a2,24
.L27:
	sb	a2,0(a1)
	addi	a1,a1,1
	bne	a7,a0,.L28
.L25:
	ret
	.size	no_shift, .-no_shift
