# Start-up of the simulator's test programs: main's result is the exit code.
    .section .text.init, "ax"
    .globl _start
_start:
    la   sp, stack_top
    la   t0, trap
    csrw mtvec, t0
    call main
    li   t0, 0x10000004
    sw   a0, 0(t0)
1:  j    1b
    .balign 4
trap:
    csrr a0, mcause
    addi a0, a0, 100
    li   t0, 0x10000004
    sw   a0, 0(t0)
1:  j    1b
