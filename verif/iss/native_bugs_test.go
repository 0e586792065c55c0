package iss

import (
	"testing"

	"marvelgen/verif/random/stream"
)

// seeded runs blocks and programs both ways until they differ, with a bug in the translator.
func seeded(t *testing.T) bool {
	if uopsDiffer(t, 400) != "" {
		return true
	}
	d := designs(t)[1]
	for seed := range uint64(4) {
		cfg := ForDesign(d)
		cfg.RAMSize, cfg.MaxInstructions = stream.RAM, 30000
		if judge(t, cfg, randomImage(t, d, seed, 1000), 20) != "" {
			return true
		}
	}
	return false
}

// TestTranslatorBugs wants every wrong entry of the translator's tables to be seen.
func TestTranslatorBugs(t *testing.T) {
	if seeded(t) {
		t.Fatal("a difference without a bug")
	}
	wrong := map[byte]byte{
		wI32Add: wI32Sub, wI32Sub: wI32Add, wI32Mul: wI32Add, wI32Shl: wI32ShrU, wI32ShrU: wI32ShrS, wI32ShrS: wI32ShrU,
		wI32LtS: wI32LtU, wI32GeS: wI32GeU, wI32LtU: wI32LtS, wI32GeU: wI32GeS, wI32Eq: wI32Ne, wI32Ne: wI32Eq,
		wI32And: wI32Or, wI32Or: wI32Xor, wI32Xor: wI32Or, wI32Extend8: wI32Extend16, wI32Extend16: wI32Extend8,
		wI64Add: wI64Sub, wI64Sub: wI64Add, wI64Mul: wI64Add, wI64And: wI64Or, wI64Or: wI64Xor, wI64Xor: wI64Or,
		wI64LtS: wI64LtU, wI64LtU: wI64LtS, wI64Eq: wI64Ne, wI64Ne: wI64Eq, wI64GeU: wI64LtU, wI64ExtendS: wI64ExtendU,
	}
	for code, o := range operations {
		for i, p := range []byte{o.narrow, o.wide} {
			if p == 0 {
				continue
			}
			bug := o
			if i == 0 {
				bug.narrow = wrong[p]
			} else {
				bug.wide = wrong[p]
			}
			operations[code] = bug
			if !seeded(t) {
				t.Errorf("uop %d: 0x%x in place of 0x%x went unnoticed", code, wrong[p], p)
			}
			operations[code] = o
		}
	}
	wrong = map[byte]byte{wI32Load8S: wI32Load8U, wI32Load8U: wI32Load8S, wI32Load16S: wI32Load16U, wI32Load16U: wI32Load16S,
		wI32Load: wI32Load16U, wI32Store8: wI32Store16, wI32Store16: wI32Store8, wI32Store: wI32Store16}
	for code, o := range transfers {
		transfers[code] = transfer{wrong[o.op], o.log}
		if !seeded(t) {
			t.Errorf("uop %d: 0x%x in place of 0x%x went unnoticed", code, wrong[o.op], o.op)
		}
		if o.log > 0 {
			transfers[code] = transfer{o.op, o.log - 1}
			if !seeded(t) {
				t.Errorf("uop %d: a wrong alignment went unnoticed", code)
			}
		}
		transfers[code] = o
	}
}

// TestRegionBugs wants wrong constants of whole blocks to be seen: what is changed
// here is changed while a block is translated, and put right again.
func TestRegionBugs(t *testing.T) {
	d := designs(t)[1]
	cfg := ForDesign(d)
	cfg.RAMSize, cfg.MaxCycles = 4096, 6000
	for name, bug := range map[string]func(b *block, by uint32){
		"none":                      func(*block, uint32) {},
		"cycles of falling through": func(b *block, by uint32) { b.fall += by },
		"cycles of a jump":          func(b *block, by uint32) { b.taken += by },
		"instructions":              func(b *block, by uint32) { b.n += by },
		"last instruction":          func(b *block, by uint32) { b.last += 4 * by },
		"target":                    func(b *block, by uint32) { b.target += 4 * by },
		"pc":                        func(b *block, by uint32) { b.pc += 4 * by },
	} {
		found := ""
		for program, image := range translations(t) {
			slowCfg := cfg
			slowCfg.Interpret = true
			slow := start(t, slowCfg, image)
			_, _ = slow.Run()
			fast := start(t, cfg, image)
			fast.native.price, fast.native.left = 0, 1<<62
			for !fast.done && fast.err == nil {
				if b := fast.blocks.get(fast.pc - RAMBase); b != nil && b.count > 0 && b.region == nil && !b.cold {
					bug(b, 1)
					err := fast.translate(b)
					bug(b, ^uint32(0))
					if err != nil {
						t.Fatal(err)
					}
				}
				fast.advance(fast.cycle)
			}
			if diff := difference(fast, slow); diff != "" {
				found = program + ": " + diff
				break
			}
		}
		if (found != "") != (name != "none") {
			t.Errorf("%s: %q", name, found)
		}
	}
}
