package cc

import (
	"context"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
)

// TestKey: what was done to a function is kept for another round only if all that it depends
// on is the same.
func TestKey(t *testing.T) {
	const text = "\t.text\n\t.type\tf, @function\nf:\n\tli\ta2,9\n.L1:\n\taddi\ta2,a2,-1\n\tadd\ta0,a0,a1\n\tbne\ta2,zero,.L1\n\tret\n\t.size\tf, .-f\n"
	r := seededRewriter(t)
	r.ctx = context.Background()
	keyOf := func(text string, change func(fn *function)) string {
		r.file = asm.Read("f.s", []byte(text))
		fn := r.functions(r.file)[0]
		change(fn)
		return r.key(fn)
	}
	same := func(*function) {}
	key := keyOf(text, same)
	if key != keyOf(text+"\t.text\n", same) {
		t.Error("what stands elsewhere changes the key")
	}
	for name, other := range map[string]string{
		"another instruction": keyOf(strings.Replace(text, "li\ta2,9", "li\ta2,8", 1), same),
		"another place":       keyOf("\n"+text, same),
		"an open label":       keyOf(text+"\t.data\n\t.word\t.L1\n", same),
		"a limit":             keyOf(text, func(fn *function) { fn.limit = sparing }),
		"an interrupt":        keyOf(text, func(fn *function) { fn.quiet = interrupting }),
		"no second result":    keyOf(text, func(fn *function) { fn.blocks[2].last().reads &^= bit(secondResult) }),
		"few rounds":          keyOf(text, func(*function) { r.few[".L1"] = true }),
	} {
		if other == key {
			t.Errorf("%s does not change the key", name)
		}
	}
}

// TestKept: a function that has been changed becomes the same again, wherever it stands.
func TestKept(t *testing.T) {
	const text = "\t.text\n\t.type\tf, @function\nf:\n\tli\ta2,9\n.L1:\n\tmul\ta3,a4,a1\n\taddi\ta2,a2,-1\n\tadd\ta0,a0,a3\n\tbne\ta2,zero,.L1\n\tret\n\t.size\tf, .-f\n"
	r := seededRewriter(t)
	r.ctx = context.Background()
	rewritten := func(shift int) (string, []Remark) {
		r.file = asm.Read("f.s", []byte(text))
		for i := range r.file.Lines {
			r.file.Lines[i].No = i + 1
		}
		r.file.Lines = append(make([]asm.Line, shift), r.file.Lines...)
		r.edits, r.remarks = map[int][]string{}, nil
		r.rewriteAll(r.functions(r.file))
		r.edit(r.file)
		return strings.TrimSpace(string(r.file.Text())), r.remarks
	}
	first, remarks := rewritten(0)
	kept := len(r.kept)
	again, others := rewritten(5)
	if first != again || len(remarks) == 0 || len(others) != len(remarks) || others[0] != remarks[0] {
		t.Errorf("became\n%s\n%v\nand then\n%s\n%v", first, remarks, again, others)
	}
	if kept != 1 || !strings.Contains(first, ".insn") {
		t.Errorf("%d functions are kept of\n%s", kept, first)
	}
}
