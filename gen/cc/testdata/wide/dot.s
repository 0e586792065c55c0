# Loops over bytes, as gcc -O2 prints them: whose rows are of 400 bytes, of 27, and of any
# number; one that counts down; and one whose sum nobody can take for a dot product.
	.text
	.align	2
	.globl	row400
	.type	row400, @function
row400:
	addi	a3,a0,400
	li	a2,0
.L2:
	lb	a4,0(a0)
	lb	a5,0(a1)
	addi	a0,a0,1
	addi	a1,a1,1
	mul	a4,a4,a5
	add	a2,a2,a4
	bne	a3,a0,.L2
	mv	a0,a2
	ret
	.size	row400, .-row400
	.globl	row27
	.type	row27, @function
row27:
	addi	a3,a0,27
	li	a2,0
.L5:
	lb	a4,0(a0)
	lb	a5,0(a1)
	addi	a0,a0,1
	addi	a1,a1,1
	mul	a4,a4,a5
	add	a2,a2,a4
	bne	a3,a0,.L5
	mv	a0,a2
	ret
	.size	row27, .-row27
	.globl	any
	.type	any, @function
any:
	ble	a2,zero,.L10
	add	a2,a0,a2
	li	a3,0
.L9:
	lb	a4,0(a0)
	lb	a5,0(a1)
	addi	a0,a0,1
	addi	a1,a1,1
	mul	a4,a4,a5
	add	a3,a3,a4
	bne	a0,a2,.L9
	mv	a0,a3
	ret
.L10:
	li	a0,0
	ret
	.size	any, .-any
	.globl	down
	.type	down, @function
down:
	li	a3,0
.L12:
	lb	a4,0(a0)
	lb	a5,0(a1)
	addi	a2,a2,-1
	addi	a1,a1,1
	mul	a4,a5,a4
	addi	a0,a0,1
	add	a3,a4,a3
	bne	a2,zero,.L12
	mv	a0,a3
	ret
	.size	down, .-down
	.globl	last
	.type	last, @function
last:
	addi	a3,a0,16
	li	a2,0
.L15:
	lbu	a4,0(a0)
	lb	a5,0(a1)
	addi	a0,a0,1
	addi	a1,a1,1
	mul	a4,a4,a5
	xor	a2,a2,a4
	bne	a3,a0,.L15
	mv	a0,a2
	ret
	.size	last, .-last
	.ident	"GCC: () 12.2.0"
