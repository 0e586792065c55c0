package cc

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
)

// savingFunction saves so many registers in a frame of 64 bytes, goes round two loops of 100
// and 40 rounds, and calls nobody. Lines of it can be replaced.
func savingFunction(name string, count int, change map[string]string) string {
	var out []string
	line := func(format string, args ...any) {
		s := fmt.Sprintf(format, args...)
		if c, ok := change[s]; ok {
			s = c
		}
		if s != "" {
			out = append(out, "\t"+strings.ReplaceAll(s, ";", "\n\t"))
		}
	}
	out = append(out, fmt.Sprintf("\t.type\t%s, @function\n%[1]s:", name))
	line("addi sp,sp,-64")
	for k, reg := range savedRegs[:count] {
		line("sw %s,%d(sp)", isa.RegNames[reg], 60-4*k)
		if k == 3 {
			line("li s0,100")
		}
	}
	out = append(out, ".L1"+name+":")
	line("li s1,40")
	out = append(out, ".L2"+name+":")
	line("lb s2,0(a0)")
	line("add a0,a0,s2")
	line("addi s1,s1,-1")
	line("bne s1,zero,.L2%s", name)
	line("addi s0,s0,-1")
	line("bne s0,zero,.L1%s", name)
	for k, reg := range savedRegs[:count] {
		line("lw %s,%d(sp)", isa.RegNames[reg], 60-4*k)
	}
	line("addi sp,sp,64")
	line("ret")
	out = append(out, fmt.Sprintf("\t.size\t%s, .-%[1]s\n", name))
	return strings.Join(out, "\n")
}

// TestShares: routines save registers for functions that do that as they do, work for long,
// and leave t0, t1 and t2 alone there.
func TestShares(t *testing.T) {
	r := seededRewriter(t)
	r.options.StandardCalls, r.ctx = true, context.Background()
	shares := func(count int, change map[string]string) (list []*sharing, busy bool) {
		r.file = asm.Read("x.s", []byte(savingFunction("f", count, change)))
		fns := r.functions(r.file)
		return fns[0].shares(), r.busy(fns[0])
	}
	for count := 1; count <= 12; count++ {
		list, busy := shares(count, nil)
		if count < fewestSaved && len(list) == 0 {
			continue
		}
		if len(list) != 2 || list[0].top != 64 || list[0].count() != count || list[0].load || !list[1].load || !busy {
			t.Errorf("%d registers: %d, busy: %t", count, len(list), busy)
		}
	}
	for name, change := range map[string]map[string]string{
		"a register that is not saved":          {"sw s5,40(sp)": "", "lw s5,40(sp)": ""},
		"one that does not come back":           {"lw s5,40(sp)": ""},
		"one that lies elsewhere":               {"sw s11,16(sp)": "sw s11,8(sp)", "lw s11,16(sp)": "lw s11,8(sp)"},
		"two that have changed places":          {"sw s10,20(sp)": "sw s10,16(sp)", "sw s11,16(sp)": "sw s11,20(sp)"},
		"one that is written before it is kept": {"sw s1,56(sp)": "sw s1,56(sp);li s11,1"},
		"a stack pointer that moves":            {"sw s4,44(sp)": "sw s4,44(sp);addi sp,sp,-16"},
		"a store among the places":              {"sw s4,44(sp)": "sb zero,47(sp);sw s4,44(sp)"},
		"a store to who knows where":            {"sw s4,44(sp)": "sw s4,44(sp);sw zero,0(a1)"},
		"t0 with an argument":                   {"li s1,40": "mv s1,t0"},
		"t2 with an argument":                   {"li s1,40": "mv s1,t2"},
		"t1 that is read later":                 {"addi sp,sp,-64": "addi sp,sp,-64;li t1,4", "li s1,40": "mv s1,t1"},
		"t0 that is read at the end":            {"lw s0,60(sp)": "li t0,4;lw s0,60(sp)", "addi sp,sp,64": "mv a0,t0;addi sp,sp,64"},
		"a register that is read among loads":   {"lw s5,40(sp)": "mv a0,s6;lw s5,40(sp)"},
		"code that is not understood":           {"sw s4,44(sp)": "frob s4;sw s4,44(sp)"},
	} {
		if list, _ := shares(12, change); len(list) > 0 {
			t.Errorf("%s: %d places", name, len(list))
		}
	}
	for name, change := range map[string]map[string]string{
		"few rounds":                {"li s0,100": "li s0,3"},
		"rounds that nobody counts": {"li s0,100": "mv s0,a1", "li s1,40": "mv s1,a1"},
		"a way around the loops":    {"li s0,100": "li s0,100;beq a0,zero,.Lout", "lw s0,60(sp)": ".Lout:;lw s0,60(sp)"},
	} {
		if _, busy := shares(12, change); busy {
			t.Errorf("%s: busy", name)
		}
	}
}

// TestSharesBites feeds the check of routines with wrong ones.
func TestSharesBites(t *testing.T) {
	r := seededRewriter(t)
	r.options.StandardCalls, r.ctx = true, context.Background()
	for count := fewestSaved; count <= 12; count++ {
		r.file = asm.Read("x.s", []byte(savingFunction("f", count, nil)))
		for _, s := range r.functions(r.file)[0].shares() {
			right := r.callCode(s)
			if err := s.right(r, right); err != nil {
				t.Fatal(err)
			}
			other := func(k int, field string, v operand) []*insn {
				list := slices.Clone(right)
				list[k] = list[k].with(field, v)
				return list
			}
			field := "rs2"
			if s.load {
				field = "rd"
			}
			for name, wrong := range map[string][]*insn{
				"another place":         other(3, "imm", operand{imm: -4}),
				"another register":      other(5, field, operand{reg: 10}),
				"another top":           other(0, "imm", operand{imm: s.top + 4}),
				"a register less":       right[:len(right)-1],
				"another stack pointer": append(slices.Clone(right), r.addSP(16)),
			} {
				if s.right(r, wrong) == nil {
					t.Errorf("%d registers, load: %t: %s passes", count, s.load, name)
				}
			}
		}
	}
}

// TestRoutines: where code may grow by little, and several turns of a loop take more, routines
// save registers, once for all functions, under a name that the file does not have.
func TestRoutines(t *testing.T) {
	jam, err := os.ReadFile("testdata/jam.s")
	if err != nil {
		t.Fatal(err)
	}
	text := string(jam)
	for k := range 3 {
		text += savingFunction(fmt.Sprintf("save%d", k), 10+k, nil)
	}
	for _, c := range []struct {
		before, name string
		calls        int
		growth       Growth
	}{
		{"", "mv_saves", 8, 5}, {"mv_saves:\n", "mv_saves2", 8, 5}, {"\t.option norelax\n", "mv_saves", 0, 5}, {"", "mv_saves", 0, 100}, {"", "mv_saves", 0, AnyGrowth},
	} {
		f := asm.Read("x.s", []byte(c.before+text))
		if _, err := Rewrite(context.Background(), f, seededRewriter(t).machine, Options{StandardCalls: true, Growth: c.growth}); err != nil {
			t.Fatal(err)
		}
		out := string(f.Text())
		if n := strings.Count(out, "\tcall\tt0, "+c.name); n != c.calls || strings.Count(out, "\n"+c.name+".restore.s10:\n") != min(n, 1) {
			t.Errorf("growth %d behind %q: %d calls\n%s", c.growth, c.before, n, out)
		}
	}
}
