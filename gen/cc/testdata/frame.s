# A function that calls another: what fusedmac has fixed is saved on a larger frame,
# and what the caller has put on the stack lies further away.
	.text
	.type	framed, @function
framed:
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	sw	ra, 12(sp)
	sw	s0, 8(sp)
	.cfi_offset 1, -4
	.cfi_offset 8, -8
	mv	s0, a0
	call	other
	lw	a3, 16(sp)
	li	a2, 0
.L1:
	lb	a4, 0(s0)
	lb	a5, 0(a3)
	mul	a4, a4, a5
	add	a2, a2, a4
	addi	s0, s0, 1
	addi	a3, a3, 1
	bne	a3, a1, .L1
	mv	a0, a2
	lw	ra, 12(sp)
	lw	s0, 8(sp)
	addi	sp, sp, 16
	ret
	.cfi_endproc
	.size	framed, .-framed
