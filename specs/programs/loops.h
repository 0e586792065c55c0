// Loops of assembly kernels, with whatever the design has for them.
#ifndef LOOPS_H
#define LOOPS_H

// LOOP_BEGIN(count, length) ... LOOP_END(p, q, i, j, otherwise) runs length
// instructions and the advance of the pointers p += i, q += j count times. In
// designs without hardware loops the instructions `otherwise` go back to 1b.
#ifdef MV_HAS_LPSETI
#define LOOP_BEGIN(count, length) "mv.lpseti 0, " #count ", 4 * (" #length " + 1)\n"
#define LOOP_END(p, q, i, j, otherwise) ADVANCE(p, q, i, j)
#else
#define LOOP_BEGIN(count, length) "1:\n"
#define LOOP_END(p, q, i, j, otherwise) ADVANCE(p, q, i, j) otherwise
#endif

#ifdef MV_HAS_ADD2I
#define ADVANCE(p, q, i, j) "mv.add2i " p ", " q ", " #i ", " #j "\n"
#else
#define ADVANCE(p, q, i, j) "addi " p ", " p ", " #i "\n addi " q ", " q ", " #j "\n"
#endif

#endif
