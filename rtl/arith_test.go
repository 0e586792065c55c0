package rtl_test

import (
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// operations gives the meaning of every register-register instruction of RV32IM, independent of the rest of the project.
var operations = []struct {
	name string
	eval func(a, b uint32) uint32
}{
	{"add", func(a, b uint32) uint32 { return a + b }},
	{"sub", func(a, b uint32) uint32 { return a - b }},
	{"sll", func(a, b uint32) uint32 { return a << (b & 31) }},
	{"slt", func(a, b uint32) uint32 { return truth(int32(a) < int32(b)) }},
	{"sltu", func(a, b uint32) uint32 { return truth(a < b) }},
	{"xor", func(a, b uint32) uint32 { return a ^ b }},
	{"srl", func(a, b uint32) uint32 { return a >> (b & 31) }},
	{"sra", func(a, b uint32) uint32 { return uint32(int32(a) >> (b & 31)) }},
	{"or", func(a, b uint32) uint32 { return a | b }},
	{"and", func(a, b uint32) uint32 { return a & b }},
	{"mul", func(a, b uint32) uint32 { return a * b }},
	{"mulh", func(a, b uint32) uint32 { return uint32(int64(int32(a)) * int64(int32(b)) >> 32) }},
	{"mulhsu", func(a, b uint32) uint32 { return uint32(int64(int32(a)) * int64(b) >> 32) }},
	{"mulhu", func(a, b uint32) uint32 { hi, _ := bits.Mul32(a, b); return hi }},
	{"div", func(a, b uint32) uint32 {
		switch {
		case b == 0:
			return ^uint32(0)
		case a == 1<<31 && b == ^uint32(0):
			return a
		}
		return uint32(int32(a) / int32(b))
	}},
	{"divu", func(a, b uint32) uint32 {
		if b == 0 {
			return ^uint32(0)
		}
		return a / b
	}},
	{"rem", func(a, b uint32) uint32 {
		switch {
		case b == 0:
			return a
		case a == 1<<31 && b == ^uint32(0):
			return 0
		}
		return uint32(int32(a) % int32(b))
	}},
	{"remu", func(a, b uint32) uint32 {
		if b == 0 {
			return a
		}
		return a % b
	}},
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// immediates lists the instructions with a 12-bit immediate and the operation they share; shift amounts are cut to 5 bits.
var immediates = map[string]string{
	"addi": "add", "slti": "slt", "sltiu": "sltu", "xori": "xor", "ori": "or", "andi": "and",
	"slli": "sll", "srli": "srl", "srai": "sra",
}

// corners are the operands that every pair is made of.
var corners = []uint32{0, 1, 2, 3, 7, 31, 32, 0x55555555, 0x7fffffff, 0x80000000, 0x80000001, 0xaaaaaaab, 0xdeadbeef, 0xfffffffe, 0xffffffff}

// writeArith generates the program that compares every operation on every pair of the operands with a table in memory.
func writeArith(t *testing.T, dir string, corners []uint32) string {
	t.Helper()
	var code, table strings.Builder
	for _, op := range operations {
		fmt.Fprintf(&code, "  la s0, operands\n1:\n  lw a0, 0(s0)\n  lw a1, 4(s0)\n  %s a2, a0, a1\n  lw a3, 0(s1)\n", op.name)
		fmt.Fprintf(&code, "  addi s1, s1, 4\n  bne a2, a3, fail\n  addi s0, s0, 8\n  bne s0, s2, 1b\n  addi gp, gp, 1\n")
		for _, a := range corners {
			for _, b := range corners {
				fmt.Fprintf(&table, "  .word %#x\n", op.eval(a, b))
			}
		}
		for name, same := range immediates {
			if same != op.name {
				continue
			}
			for _, imm := range []int32{0, 1, 7, 8, 16, 31, -1, -2048, 2047, 0x555} {
				if strings.HasPrefix(name, "s") && !strings.HasPrefix(name, "slt") {
					imm &= 31
				}
				for _, a := range corners {
					fmt.Fprintf(&code, "  li a0, %#x\n  %s a1, a0, %d\n  li a2, %#x\n  bne a1, a2, fail\n", a, name, imm, op.eval(a, uint32(imm)))
				}
			}
			code.WriteString("  addi gp, gp, 1\n")
		}
		// The branches of a long program do not reach its end.
		code.WriteString("  j 2f\nfail:\n  j failed\n2:\n")
	}
	text := code.String()
	parts := strings.Split(text, "fail:\n")
	var local strings.Builder
	for i, part := range parts {
		part = strings.ReplaceAll(part, ", fail\n", fmt.Sprintf(", fail%d\n", i))
		local.WriteString(part)
		if i < len(parts)-1 {
			fmt.Fprintf(&local, "fail%d:\n", i)
		}
	}
	var operands strings.Builder
	for _, a := range corners {
		for _, b := range corners {
			fmt.Fprintf(&operands, "  .word %#x, %#x\n", a, b)
		}
	}
	source := "#include \"test.h\"\nbegin\n  la s1, table\n  la s2, operands_end\n" + local.String() +
		"  finish\nfailed:\n  j fail\n.balign 4\noperands:\n" + operands.String() + "operands_end:\ntable:\n" + table.String()
	file := filepath.Join(dir, "arith.S")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
