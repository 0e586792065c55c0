package formal

import (
	"fmt"
	"strings"
)

// expression is the SMT-LIB term of a cell's output in a cycle, by the cell's
// definition in yosys' simulation library: operands are extended by their own
// signedness to the width at which the operation is computed.
func (u *unrolling) expression(c *cell, width, step int) string {
	a := func(w int) string { return u.extend(c.in["A"], w, c.param("A_SIGNED") == 1, step) }
	b := func(w int) string { return u.extend(c.in["B"], w, c.param("B_SIGNED") == 1, step) }
	both := max(len(c.in["A"]), len(c.in["B"]))
	signed := c.param("A_SIGNED") == 1 && c.param("B_SIGNED") == 1
	pick := func(s, us string) string {
		if signed {
			return s
		}
		return us
	}
	zero := func(w int) string { return "#b" + strings.Repeat("0", w) }
	truth := func(cond string) string { return zeroExtend(fmt.Sprintf("(ite %s #b1 #b0)", cond), 1, width) }
	nonzero := func(port string) string {
		bits := c.in[port]
		return fmt.Sprintf("(distinct %s %s)", u.word(bits, step), zero(len(bits)))
	}
	binary := func(op string) string { return fmt.Sprintf("(%s %s %s)", op, a(width), b(width)) }
	compare := func(op string) string { return truth(fmt.Sprintf("(%s %s %s)", op, a(both), b(both))) }
	// truncated is an operation at the widest width, cut to the output's.
	truncated := func(op string, w int, x, y string) string {
		e := fmt.Sprintf("(%s %s %s)", op, x, y)
		if w > width {
			e = fmt.Sprintf("((_ extract %d 0) %s)", width-1, e)
		}
		return e
	}
	wide := max(both, width)
	// The amount of a shift is unsigned.
	amount := u.extend(c.in["B"], wide, false, step)
	switch c.Type {
	case "$add":
		return binary("bvadd")
	case "$sub":
		return binary("bvsub")
	case "$mul":
		return u.multiply(c, width, step)
	case "$and":
		return binary("bvand")
	case "$or":
		return binary("bvor")
	case "$xor":
		return binary("bvxor")
	case "$xnor":
		return binary("bvxnor")
	case "$div":
		return u.divide(c, "bvsdiv", "bvudiv", signed, width, step)
	case "$mod":
		return u.divide(c, "bvsrem", "bvurem", signed, width, step)
	case "$not":
		return "(bvnot " + a(width) + ")"
	case "$neg":
		return "(bvneg " + a(width) + ")"
	case "$pos":
		return a(width)
	case "$eq", "$eqx":
		return compare("=")
	case "$ne", "$nex":
		return compare("distinct")
	case "$lt":
		return compare(pick("bvslt", "bvult"))
	case "$le":
		return compare(pick("bvsle", "bvule"))
	case "$gt":
		return compare(pick("bvsgt", "bvugt"))
	case "$ge":
		return compare(pick("bvsge", "bvuge"))
	case "$shl", "$sshl":
		return truncated("bvshl", wide, a(wide), amount)
	case "$shr":
		return truncated("bvlshr", wide, a(wide), amount)
	case "$sshr":
		if c.param("A_SIGNED") == 1 {
			return truncated("bvashr", wide, a(wide), amount)
		}
		return truncated("bvlshr", wide, a(wide), amount)
	case "$logic_not":
		return truth("(not " + nonzero("A") + ")")
	case "$logic_and":
		return truth(fmt.Sprintf("(and %s %s)", nonzero("A"), nonzero("B")))
	case "$logic_or":
		return truth(fmt.Sprintf("(or %s %s)", nonzero("A"), nonzero("B")))
	case "$reduce_or", "$reduce_bool":
		return truth(nonzero("A"))
	case "$reduce_and":
		return truth(fmt.Sprintf("(= %s #b%s)", u.word(c.in["A"], step), strings.Repeat("1", len(c.in["A"]))))
	case "$reduce_xor", "$reduce_xnor":
		e := u.word(c.in["A"][:1], step)
		for _, x := range c.in["A"][1:] {
			e = fmt.Sprintf("(bvxor %s %s)", e, u.word([]bit{x}, step))
		}
		if c.Type == "$reduce_xnor" {
			e = "(bvnot " + e + ")"
		}
		return zeroExtend(e, 1, width)
	case "$mux":
		return fmt.Sprintf("(ite (= %s #b1) %s %s)", u.word(c.in["S"], step), u.word(c.in["B"][:width], step), u.word(c.in["A"][:width], step))
	case "$pmux": // at most one bit of S is set
		certain := u.knownBits(c.in["S"], step)
		if i := strings.IndexByte(certain, '1'); i >= 0 {
			return u.word(c.in["B"][i*width:(i+1)*width], step)
		}
		e := u.word(c.in["A"], step)
		for i := range c.in["S"] {
			if certain[i] == '0' {
				continue
			}
			e = fmt.Sprintf("(ite (= %s #b1) %s %s)", u.word(c.in["S"][i:i+1], step), u.word(c.in["B"][i*width:(i+1)*width], step), e)
		}
		return e
	}
	if u.err == nil {
		u.err = fmt.Errorf("a cell of type %s is not understood", c.Type)
	}
	return ""
}

// extend is a signal at a width: extended by sign or zeros, or cut.
func (u *unrolling) extend(bits []bit, width int, signed bool, step int) string {
	if len(bits) >= width {
		return u.word(bits[:width], step)
	}
	more := make([]bit, 0, width)
	more = append(more, bits...)
	fill := bit{constant: "0"}
	if signed {
		fill = bits[len(bits)-1]
	}
	for len(more) < width {
		more = append(more, fill)
	}
	return u.word(more, step)
}

func zeroExtend(e string, from, to int) string {
	if to <= from {
		return e
	}
	return fmt.Sprintf("((_ zero_extend %d) %s)", to-from, e)
}

// place is one bit of a value in a cycle, or a constant.
type place struct {
	bit
	step int
}

// origin follows a bit to where it is made: through multiplexers whose choice is
// certain, and through registers into the cycle before.
func (u *unrolling) origin(b bit, step int) place {
	for b.constant == "" {
		if to, ok := u.cuts[place{b, step}]; ok {
			return to
		}
		if c := u.known(b.value, step)[b.index]; c != 'x' {
			return place{bit{constant: string(c)}, 0}
		}
		c := u.m.values[b.value].cell
		if c == nil {
			break
		}
		from := ""
		switch {
		case c.Type == "$mux":
			from = map[string]string{"0": "A", "1": "B"}[u.knownBits(c.in["S"], step)]
		case c.Type == "$dff" && step > 0:
			from = "D"
			step--
		}
		if from == "" {
			break
		}
		b = c.in[from][b.index]
	}
	if b.constant != "" {
		step = 0
	}
	return place{b, step}
}

// word is a signal: slices of values and constants, as few as possible. A run
// of one repeated sign bit becomes a sign extension, which it was in the source.
func (u *unrolling) word(bits []bit, step int) string {
	places := make([]place, len(bits))
	for i, b := range bits {
		places[i] = u.origin(b, step)
	}
	return u.join(places)
}

func (u *unrolling) join(bits []place) string {
	if n := len(bits); n > 1 {
		top := bits[n-1]
		run := 1
		for run < n && bits[n-1-run] == top {
			run++
		}
		if top.constant == "" && run > 1 {
			if run == n {
				return fmt.Sprintf("((_ repeat %d) %s)", n, u.join(bits[:1]))
			}
			return fmt.Sprintf("((_ sign_extend %d) %s)", run-1, u.join(bits[:n-run+1]))
		}
	}
	var parts []string // most significant first
	for i := 0; i < len(bits); {
		j := i + 1
		var part string
		if c := bits[i].constant; c != "" {
			undefined := func(s string) bool { return s == "x" || s == "z" }
			for j < len(bits) && bits[j].constant != "" && undefined(bits[j].constant) == undefined(c) {
				j++
			}
			part = u.constants(bits[i:j])
		} else {
			for j < len(bits) && bits[j].constant == "" && bits[j].step == bits[i].step && bits[j].value == bits[i].value && bits[j].index == bits[i].index+j-i {
				j++
			}
			part = u.slice(bits[i].value, bits[i].step, bits[j-1].index, bits[i].index)
		}
		parts = append([]string{part}, parts...)
		i = j
	}
	e := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- { // of two at a time, as the standard has it
		e = "(concat " + parts[i] + " " + e + ")"
	}
	return e
}

// modular are the operations whose low bits depend on low bits of their operands only.
var modular = map[string]bool{"$add": true, "$sub": true, "$mul": true, "$and": true, "$or": true, "$xor": true, "$not": true, "$neg": true, "$pos": true, "$mux": true}

// slice is bits hi..lo of a value. Where only low bits are wanted only they are
// computed, so that a wide exact sum and a narrow one in hardware become alike.
func (u *unrolling) slice(k, step, hi, lo int) string {
	v := u.m.values[k]
	if lo == 0 && hi == v.width-1 {
		return u.term(k, step)
	}
	if v.cell != nil && modular[v.cell.Type] && hi < v.width-1 {
		low := u.define(fmt.Sprintf("|%d@%d.%d|", k, step, hi+1), hi+1, func() string { return u.expression(v.cell, hi+1, step) })
		if lo == 0 {
			return low
		}
		return fmt.Sprintf("((_ extract %d %d) %s)", hi, lo, low)
	}
	return fmt.Sprintf("((_ extract %d %d) %s)", hi, lo, u.term(k, step))
}

// constants is a run of constant bits; an undefined one may be anything.
func (u *unrolling) constants(bits []place) string {
	if bits[0].constant == "x" || bits[0].constant == "z" {
		return u.constant(fmt.Sprintf("|undefined.%d|", len(u.names)), bitVector(len(bits)))
	}
	s := ""
	for _, b := range bits {
		s = b.constant + s
	}
	return "#b" + s
}

func bitVector(w int) string { return fmt.Sprintf("(_ BitVec %d)", w) }
