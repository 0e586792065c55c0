// What the harness reports: console, region of interest, memory dump, a trap in the trace, exit code.
#include "test.h"
begin
  li a0, IO
  li a1, 'H'
  sb a1, 0(a0)
  li a1, 'i'
  sb a1, 0(a0)
  li a1, '\n'
  sb a1, 0(a0)
  li a1, 1
  sw a1, 8(a0)
  nop
  nop
  beqz x0, 1f               // one bubble
1:
  nop
  sw x0, 8(a0)
  la t0, 1f
  csrw mtvec, t0
  ebreak
.balign 4
1:
  lui a2, 0x80001
  li a3, 0x12345678
  sw a3, 0(a2)
  li a1, 42
  sw a1, 4(a0)
fail:
