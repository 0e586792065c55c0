package formal

import "fmt"

// Products and quotients are the hard part of a proof, and easy where both sides
// have the very same one. So each is computed at the least width that its
// operands need, whatever the widths of the Verilog around it.

// operand is an input of a multiplier or divider without its extension.
type operand struct {
	bits     []place // least significant first
	unsigned bool    // it was extended by zeros, or need not be extended
}

// least finds an operand: bits is how the cell extends it.
func least(bits []place, signed bool) operand {
	n := len(bits)
	if !signed || bits[n-1].constant == "0" {
		for n > 1 && bits[n-1].constant == "0" {
			n--
		}
		return operand{bits[:n], true}
	}
	for n > 1 && bits[n-1] == bits[n-2] {
		n--
	}
	return operand{bits[:n], false}
}

// at is the operand as a two's complement or natural number of w bits.
func (o operand) at(u *unrolling, w int) string {
	out := append([]place(nil), o.bits...)
	for len(out) < w {
		if o.unsigned {
			out = append(out, place{bit: bit{constant: "0"}})
		} else {
			out = append(out, o.bits[len(o.bits)-1])
		}
	}
	return u.join(out[:w])
}

// signedWidth is the number of bits it needs in two's complement.
func (o operand) signedWidth() int {
	if o.unsigned {
		return len(o.bits) + 1
	}
	return len(o.bits)
}

// extended is a cell's input at the width at which the cell computes.
func (u *unrolling) extended(c *cell, port string, width, step int) operand {
	bits := c.in[port]
	signed := c.param(port+"_SIGNED") == 1
	out := make([]place, 0, width)
	for i := range width {
		switch {
		case i < len(bits):
			out = append(out, u.origin(bits[i], step))
		case signed:
			out = append(out, out[len(bits)-1])
		default:
			out = append(out, place{bit: bit{constant: "0"}})
		}
	}
	return least(out, len(bits) <= width && signed)
}

// multiply is a * b modulo 2^width. A product needs no more bits than its
// operands have together; computed at that width, it is extended by its sign.
func (u *unrolling) multiply(c *cell, width, step int) string {
	a, b := u.extended(c, "A", width, step), u.extended(c, "B", width, step)
	w := a.signedWidth() + b.signedWidth()
	if w > width {
		w = width
	}
	x, y := a.at(u, w), b.at(u, w)
	if y < x { // one order for both sides
		x, y = y, x
	}
	e := fmt.Sprintf("(bvmul %s %s)", x, y)
	u.products[e] = w
	if w < width {
		return fmt.Sprintf("((_ sign_extend %d) %s)", width-w, e)
	}
	return e
}

// divide is a / b or a %% b. With one bit more than the operands need, the
// quotient of the least number by -1 does not overflow. What a division by zero
// gives is undefined in Verilog, so it is anything here.
func (u *unrolling) divide(c *cell, sop, uop string, signed bool, width, step int) string {
	wide := max(len(c.in["A"]), len(c.in["B"]), width)
	a, b := u.extended(c, "A", wide, step), u.extended(c, "B", wide, step)
	w, op := max(len(a.bits), len(b.bits)), uop
	if signed && !(a.unsigned && b.unsigned) {
		w, op = max(a.signedWidth(), b.signedWidth())+1, sop
	}
	x, y := a.at(u, w), b.at(u, w)
	e := fmt.Sprintf("(%s %s %s)", op, x, y)
	switch {
	case w > width:
		e = fmt.Sprintf("((_ extract %d 0) %s)", width-1, e)
	case w < width && op == sop:
		e = fmt.Sprintf("((_ sign_extend %d) %s)", width-w, e)
	case w < width:
		e = zeroExtend(e, w, width)
	}
	anything := u.constant(fmt.Sprintf("|undefined.%d|", len(u.names)), bitVector(width))
	return fmt.Sprintf("(ite (= %s (_ bv0 %d)) %s %s)", y, w, anything, e)
}
