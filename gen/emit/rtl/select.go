package rtl

import (
	"fmt"
	"math/bits"

	"marvelgen/gen/isa"
)

// selector is the fewest instruction bits that tell one instruction of a design
// from the design's others. It is enough once the decoder has accepted the word
// in stage D; for a single instruction it is empty.
type selector struct{ Mask, Match uint32 }

// selectors finds a selector for each instruction. Greedy: the bit that rules
// out most of the remaining others comes first.
func selectors(list []*isa.Placed) map[string]selector {
	out := map[string]selector{}
	for _, p := range list {
		e := &p.Encoding
		others := map[*isa.Placed]bool{}
		for _, o := range list {
			if o != p {
				others[o] = true
			}
		}
		var s selector
		for len(others) > 0 {
			best, gain := uint32(0), 0
			for i := range 32 {
				bit := uint32(1) << i
				n := 0
				for o := range others {
					if e.Mask&o.Encoding.Mask&bit != 0 && (e.Match^o.Encoding.Match)&bit != 0 {
						n++
					}
				}
				if n > gain {
					best, gain = bit, n
				}
			}
			if gain == 0 { // cannot happen once CheckEncodings has passed
				s = selector{e.Mask, e.Match}
				break
			}
			s.Mask |= best
			s.Match |= e.Match & best
			for o := range others {
				if e.Mask&o.Encoding.Mask&best != 0 && (e.Match^o.Encoding.Match)&best != 0 {
					delete(others, o)
				}
			}
		}
		out[p.Name] = s
	}
	return out
}

// expr tests the selector on the instruction word named w.
func (s selector) expr(w string) string {
	switch n := bits.OnesCount32(s.Mask); {
	case n == 0:
		return "1'b1"
	case n == 1:
		i := bits.TrailingZeros32(s.Mask)
		if s.Match != 0 {
			return fmt.Sprintf("%s[%d]", w, i)
		}
		return fmt.Sprintf("~%s[%d]", w, i)
	}
	out, val := "", ""
	for i := 31; i >= 0; i-- {
		if s.Mask>>i&1 == 1 {
			out += fmt.Sprintf(", %s[%d]", w, i)
			val += fmt.Sprint(s.Match >> i & 1)
		}
	}
	return fmt.Sprintf("{%s} == %d'b%s", out[2:], len(val), val)
}

// fieldExpr joins the pieces of a field of the instruction word w, unscaled.
func fieldExpr(f *isa.Field, w string) string {
	var out string
	for _, p := range f.Pieces {
		part := fmt.Sprintf("%s[%d:%d]", w, p.Hi, p.Lo)
		if p.Hi == p.Lo {
			part = fmt.Sprintf("%s[%d]", w, p.Hi)
		}
		out += ", " + part
	}
	if len(f.Pieces) == 1 && f.Shift == 0 {
		return out[2:]
	}
	if f.Shift > 0 {
		out += fmt.Sprintf(", %d'd0", f.Shift)
	}
	return "{" + out[2:] + "}"
}
