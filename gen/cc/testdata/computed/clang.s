# Requantisation by channel, by a constant shift and without one, clang -Os
	.text
	.section	.text.per_channel,"ax",@progbits
	.globl	per_channel                     # -- Begin function per_channel
	.p2align	2
	.type	per_channel,@function
per_channel:                            # @per_channel
# %bb.0:
	blez	a2, .LBB0_7
# %bb.1:
	add	a2, a1, a2
	lui	a3, %hi(sh)
	addi	a3, a3, %lo(sh)
	lui	a4, %hi(mul)
	addi	a4, a4, %lo(mul)
	lui	a5, 262144
	li	a6, -1
.LBB0_2:                                # =>This Inner Loop Header: Depth=1
	lb	a7, 0(a3)
	lw	t0, 0(a0)
	lw	t1, 0(a4)
	neg	t2, a7
	srai	t3, a7, 31
	and	t2, t3, t2
	sgtz	t3, a7
	neg	t3, t3
	and	a7, t3, a7
	sll	a7, t0, a7
	mulh	t0, a7, t1
	mul	a7, a7, t1
	add	t1, a7, a5
	sltu	a7, t1, a7
	add	a7, t0, a7
	slli	a7, a7, 1
	srli	t0, t1, 31
	or	t0, t0, a7
	sll	t1, a6, t2
	not	t1, t1
	sra	t2, t0, t2
	and	t0, t0, t1
	srli	t1, t1, 1
	srli	a7, a7, 31
	add	a7, a7, t1
	sltu	a7, a7, t0
	add	a7, t2, a7
	li	t0, 132
	blt	a7, t0, .LBB0_4
# %bb.3:                                #   in Loop: Header=BB0_2 Depth=1
	li	a7, 132
.LBB0_4:                                #   in Loop: Header=BB0_2 Depth=1
	li	t0, -123
	blt	t0, a7, .LBB0_6
# %bb.5:                                #   in Loop: Header=BB0_2 Depth=1
	li	a7, -123
.LBB0_6:                                #   in Loop: Header=BB0_2 Depth=1
	addi	a7, a7, -5
	sb	a7, 0(a1)
	addi	a1, a1, 1
	addi	a0, a0, 4
	addi	a3, a3, 1
	addi	a4, a4, 4
	bne	a1, a2, .LBB0_2
.LBB0_7:
	ret
.Lfunc_end0:
	.size	per_channel, .Lfunc_end0-per_channel
                                        # -- End function
	.section	.text.per_tensor,"ax",@progbits
	.globl	per_tensor                      # -- Begin function per_tensor
	.p2align	2
	.type	per_tensor,@function
per_tensor:                             # @per_tensor
# %bb.0:
	blez	a2, .LBB1_7
# %bb.1:
	add	a2, a1, a2
	lui	a3, 423614
	addi	a3, a3, 481
	lui	a4, 262144
.LBB1_2:                                # =>This Inner Loop Header: Depth=1
	lw	a5, 0(a0)
	mulh	a6, a5, a3
	mul	a5, a5, a3
	add	a7, a5, a4
	sltu	a5, a7, a5
	add	a5, a6, a5
	slli	a5, a5, 1
	srli	a6, a7, 31
	or	a6, a6, a5
	srai	a7, a5, 7
	andi	a6, a6, 127
	srli	a5, a5, 31
	addi	a5, a5, 63
	sltu	a5, a5, a6
	add	a5, a7, a5
	li	a6, 132
	blt	a5, a6, .LBB1_4
# %bb.3:                                #   in Loop: Header=BB1_2 Depth=1
	li	a5, 132
.LBB1_4:                                #   in Loop: Header=BB1_2 Depth=1
	li	a6, -123
	blt	a6, a5, .LBB1_6
# %bb.5:                                #   in Loop: Header=BB1_2 Depth=1
	li	a5, -123
.LBB1_6:                                #   in Loop: Header=BB1_2 Depth=1
	addi	a5, a5, -5
	sb	a5, 0(a1)
	addi	a1, a1, 1
	addi	a0, a0, 4
	bne	a1, a2, .LBB1_2
.LBB1_7:
	ret
.Lfunc_end1:
	.size	per_tensor, .Lfunc_end1-per_tensor
                                        # -- End function
	.section	.text.no_shift,"ax",@progbits
	.globl	no_shift                        # -- Begin function no_shift
	.p2align	2
	.type	no_shift,@function
no_shift:                               # @no_shift
# %bb.0:
	blez	a2, .LBB2_7
# %bb.1:
	add	a2, a1, a2
	lui	a3, 423614
	addi	a3, a3, 481
	lui	a4, 262144
.LBB2_2:                                # =>This Inner Loop Header: Depth=1
	lw	a5, 0(a0)
	mulh	a6, a5, a3
	mul	a5, a5, a3
	add	a7, a5, a4
	sltu	a5, a7, a5
	add	a5, a6, a5
	slli	a5, a5, 1
	srli	a6, a7, 31
	or	a5, a6, a5
	li	a6, 127
	blt	a5, a6, .LBB2_4
# %bb.3:                                #   in Loop: Header=BB2_2 Depth=1
	li	a5, 127
.LBB2_4:                                #   in Loop: Header=BB2_2 Depth=1
	li	a6, -128
	blt	a6, a5, .LBB2_6
# %bb.5:                                #   in Loop: Header=BB2_2 Depth=1
	li	a5, -128
.LBB2_6:                                #   in Loop: Header=BB2_2 Depth=1
	sb	a5, 0(a1)
	addi	a1, a1, 1
	addi	a0, a0, 4
	bne	a1, a2, .LBB2_2
.LBB2_7:
	ret
.Lfunc_end2:
	.size	no_shift, .Lfunc_end2-no_shift
                                        # -- End function
	.section	".note.GNU-stack","",@progbits
