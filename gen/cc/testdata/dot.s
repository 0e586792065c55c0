# As clang prints a loop around one product.
	.text
	.globl	dot
	.type	dot,@function
dot:                                    # @dot
	li	a3, 0
	blez	a2, .LBB0_3
# %bb.1:
	add	a2, a1, a2
.LBB0_2:                                # =>This Inner Loop Header: Depth=1
	lb	a4, 0(a0)
	lb	a5, 0(a1)
	mul	a4, a5, a4
	add	a3, a4, a3
	addi	a1, a1, 1
	addi	a0, a0, 1
	bne	a1, a2, .LBB0_2
.LBB0_3:
	mv	a0, a3
	ret
.Lfunc_end0:
	.size	dot, .Lfunc_end0-dot
