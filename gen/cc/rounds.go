package cc

import (
	"slices"
	"strings"
)

// roundsOf is the code of the rounds of a wide loop, and what lives behind it.
type roundsOf struct {
	code string
	live regs
}

// selectedRounds is the code of a wide loop with instructions selected, and the remarks
// about that; nil if it is not understood. Layers of a network are loops of the same
// code, so it is remembered.
func (r *rewriter) selectedRounds(w *wide, live regs) ([]*insn, []Remark) {
	texts := w.body()
	key := roundsOf{strings.Join(texts[:len(texts)-1], "\n"), live} // the branch has a label of its own
	known, ok := r.wides[key]
	if !ok {
		body := r.read(w.b.last().line, texts)
		if slices.ContainsFunc(body, func(in *insn) bool { return in.m == nil }) {
			return nil, nil
		}
		known.code, known.remarks = r.trial(w, body, live)
		r.wides[key] = known
		return known.code, known.remarks
	}
	branch := r.read(w.b.last().line, texts[len(texts)-1:])
	remarks := slices.Clone(known.remarks)
	for i := range remarks {
		remarks[i].Line, remarks[i].Function = r.file.Lines[w.b.last().line].No, w.fn.name
	}
	return slices.Concat(known.code[:len(known.code)-1], branch), remarks
}

// selectedCode is code in which instructions have been selected.
type selectedCode struct {
	code    []*insn
	remarks []Remark
}
