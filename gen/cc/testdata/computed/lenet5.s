# The first fully connected layer of LeNet-5 with a zero point of -5, plain C, gcc -O2
	.text
	.section	.text.fc1_layer,"ax",@progbits
	.align	2
	.type	fc1_layer, @function
fc1_layer:
	addi	sp,sp,-16
	lui	a7,%hi(fc1_bias)
	sw	s2,4(sp)
	addi	a7,a7,%lo(fc1_bias)
	lui	t4,%hi(fc1_multiplier+4)
	lui	t3,%hi(fc1_shift)
	lui	t1,%hi(fc1_weights)
	li	s2,1735122944
	sw	s0,12(sp)
	sw	s1,8(sp)
	addi	t4,t4,%lo(fc1_multiplier+4)
	addi	t3,t3,%lo(fc1_shift)
	addi	t1,t1,%lo(fc1_weights)
	addi	t0,a7,480
	addi	s2,s2,481
	addi	a6,a0,400
	li	t6,1073741824
	li	s0,1
	li	t5,-128
	li	t2,127
.L7:
	lw	a2,0(a7)
	mv	a5,a0
	mv	a3,t1
.L2:
	lb	a4,0(a5)
	lb	s1,0(a3)
	addi	a5,a5,1
	addi	a3,a3,1
	mul	a4,a4,s1
	add	a2,a2,a4
	bne	a6,a5,.L2
	lb	a4,0(t3)
	not	a5,a4
	srai	a5,a5,31
	and	a5,a4,a5
	sll	a2,a2,a5
	mul	a5,a2,s2
	mulh	a2,a2,s2
	add	a3,a5,t6
	sltu	a5,a3,a5
	srli	a3,a3,31
	add	a5,a5,a2
	slli	a5,a5,1
	or	a5,a5,a3
	blt	a4,zero,.L14
	mv	a4,a5
	li	a3,0
	li	a2,0
.L4:
	srli	a5,a5,31
	add	a5,a5,a3
	slt	a5,a5,a2
	add	a5,a5,a4
	addi	a5,a5,-5
	li	a4,-128
	blt	a5,t5,.L5
	li	a4,127
	bgt	a5,t2,.L5
	slli	a4,a5,24
	srai	a4,a4,24
.L5:
	sb	a4,0(a1)
	addi	a7,a7,4
	addi	a1,a1,1
	addi	t3,t3,1
	addi	t1,t1,400
	beq	t0,a7,.L1
	lw	s2,0(t4)
	addi	t4,t4,4
	j	.L7
.L14:
	neg	a4,a4
	sll	a3,s0,a4
	addi	a3,a3,-1
	and	a2,a3,a5
	sra	a4,a5,a4
	srai	a3,a3,1
	j	.L4
.L1:
	lw	s0,12(sp)
	lw	s1,8(sp)
	lw	s2,4(sp)
	addi	sp,sp,16
	jr	ra
	.size	fc1_layer, .-fc1_layer
