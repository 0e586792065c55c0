# block2_expand of MobileNetV2, rows whose length is an argument, and rows that lie further
# apart than distances reach; plain C, gcc -O2, the last with frame and bounds added.
	.text
	.align	2
	.type	block2_expand_layer, @function
block2_expand_layer:
	addi	sp,sp,-64
	li	a7,200704
	sw	s4,44(sp)
	sw	s5,40(sp)
	sw	s6,36(sp)
	sw	s7,32(sp)
	add	a7,a0,a7
	lui	t2,%hi(mobilenetv2_weights+1664)
	lui	s7,%hi(block2_expand_bias)
	lui	s6,%hi(block2_expand_multiplier+4)
	lui	s5,%hi(block2_expand_shift)
	lui	t0,%hi(block2_expand_bias+384)
	li	s4,1573539840
	li	a4,12288
	sw	s0,60(sp)
	sw	s1,56(sp)
	sw	s2,52(sp)
	sw	s3,48(sp)
	sw	s8,28(sp)
	sw	s9,24(sp)
	sw	s10,20(sp)
	sw	s11,16(sp)
	mv	a5,a1
	addi	t2,t2,%lo(mobilenetv2_weights+1664)
	addi	s7,s7,%lo(block2_expand_bias)
	addi	s6,s6,%lo(block2_expand_multiplier+4)
	addi	s5,s5,%lo(block2_expand_shift)
	addi	t0,t0,%lo(block2_expand_bias+384)
	addi	s4,s4,1224
	li	s1,1073741824
	li	s3,1
	li	s0,-128
	li	s2,127
	addi	s8,a4,-1536
	mv	a6,a7
.L55:
	addi	a7,a0,16
	mv	s9,a0
	add	a1,a5,s8
	mv	a4,a5
	mv	t1,a6
.L64:
	mv	t4,s7
	mv	a5,s6
	mv	s10,a4
	mv	t6,s5
	li	t5,0
	mv	a6,s4
	sw	a4,12(sp)
.L62:
	lw	t3,0(t4)
	add	a2,t2,t5
	mv	a4,s9
.L56:
	lb	a3,0(a4)
	lb	s11,0(a2)
	addi	a4,a4,1
	addi	a2,a2,1
	mul	a3,a3,s11
	add	t3,t3,a3
	bne	a7,a4,.L56
	lb	a3,0(t6)
	not	a4,a3
	srai	a4,a4,31
	and	a4,a3,a4
	sll	t3,t3,a4
	mul	a4,t3,a6
	mulh	t3,t3,a6
	add	a2,a4,s1
	sltu	a4,a2,a4
	srli	a2,a2,31
	add	a4,a4,t3
	slli	a4,a4,1
	or	a4,a4,a2
	blt	a3,zero,.L70
	mv	a3,a4
	li	a6,0
	li	a2,0
.L58:
	srli	a4,a4,31
	add	a4,a4,a6
	slt	a4,a4,a2
	add	a4,a4,a3
	addi	a4,a4,-128
	li	a3,-128
	blt	a4,s0,.L59
	li	a3,127
	bgt	a4,s2,.L59
	slli	a3,a4,24
	srai	a3,a3,24
.L59:
	sb	a3,0(s10)
	addi	t4,t4,4
	addi	s10,s10,1
	addi	t6,t6,1
	addi	t5,t5,16
	beq	t0,t4,.L71
	lw	a6,0(a5)
	addi	a5,a5,4
	j	.L62
.L70:
	neg	a3,a3
	sll	a6,s3,a3
	addi	a6,a6,-1
	and	a2,a6,a4
	sra	a3,a4,a3
	srai	a6,a6,1
	j	.L58
.L71:
	lw	a4,12(sp)
	addi	s9,s9,16
	addi	a7,a7,16
	addi	a4,a4,96
	bne	a4,a1,.L64
	addi	a0,a0,1792
	mv	a5,a4
	mv	a6,t1
	bne	t1,a0,.L55
	lw	s0,60(sp)
	lw	s1,56(sp)
	lw	s2,52(sp)
	lw	s3,48(sp)
	lw	s4,44(sp)
	lw	s5,40(sp)
	lw	s6,36(sp)
	lw	s7,32(sp)
	lw	s8,28(sp)
	lw	s9,24(sp)
	lw	s10,20(sp)
	lw	s11,16(sp)
	addi	sp,sp,64
	jr	ra
	.size	block2_expand_layer, .-block2_expand_layer
	.align	2
	.globl	some
	.type	some, @function
some:
	lui	t4,%hi(.LANCHOR0)
	addi	t4,t4,%lo(.LANCHOR0)
	li	t3,0
	add	t1,a0,a3
	li	t5,80
.L3:
	lw	a6,0(t4)
	mv	a5,a0
	add	a3,a1,t3
.L2:
	lb	a4,0(a5)
	lb	a7,0(a3)
	addi	a5,a5,1
	addi	a3,a3,1
	mul	a4,a4,a7
	add	a6,a6,a4
	bne	a5,t1,.L2
	srai	a6,a6,5
	sb	a6,0(a2)
	addi	t3,t3,10
	addi	t4,t4,4
	addi	a2,a2,1
	bne	t3,t5,.L3
	ret
	.size	some, .-some
	.align	2
	.globl	far
	.type	far, @function
far:
	addi	sp,sp,-16
	sw	s0,12(sp)
	sw	s1,8(sp)
	li	t3,4096
	mv	t6,a1
	mv	t4,a0
	addi	t3,t3,-1792
	li	t5,20480
	mv	t1,a2
	mv	a7,a3
	li	s0,127
	li	s1,-128
	li	a6,0
	add	a0,t4,t3
	addi	t5,t5,-2048
.L14:
	lw	a2,0(t1)
	mv	a5,t4
	add	a3,t6,a6
.L13:
	lb	a4,0(a5)
	lb	t2,0(a3)
	addi	a5,a5,1
	addi	a3,a3,1
	mul	a4,a4,t2
	add	a2,a2,a4
	bne	a5,a0,.L13
	srai	a2,a2,9
	ble	a2,s0,.L15
	mv	a2,s0
.L15:
	bge	a2,s1,.L16
	mv	a2,s1
.L16:
	sb	a2,0(a7)
	add	a6,a6,t3
	addi	t1,t1,4
	addi	a7,a7,1
	bne	a6,t5,.L14
	lw	s0,12(sp)
	lw	s1,8(sp)
	addi	sp,sp,16
	ret
	.size	far, .-far
	.section	.rodata
	.align	2
	.set	.LANCHOR0,. + 0
	.type	bias, @object
	.size	bias, 48
bias:
	.word	5
	.word	-3
	.word	100
	.word	7
	.word	0
	.word	-90
	.word	12
	.word	44
	.word	-5
	.word	6
	.word	7
	.word	8
	.ident	"GCC: (12.2.0-14+deb12u1+11+b2) 12.2.0"
