package formal

import "strings"

// known is what is certain of a value in a cycle, bit by bit from the least
// significant: '0', '1' or 'x'. It follows constants through decoders and
// multiplexers only, so that a question about one instruction does not carry the
// data paths of all others; everything else is the solver's business.
//
//	and  0 1 x    or   0 1 x    xor  0 1 x
//	0    0 0 0    0    0 1 x    0    0 1 x
//	1    0 1 x    1    1 1 1    1    1 0 x
//	x    0 x x    x    x 1 x    x    x x x
func (u *unrolling) known(k, step int) string {
	key := [2]int{k, step}
	if s, ok := u.certain[key]; ok {
		return s
	}
	v := u.m.values[k]
	s := strings.Repeat("x", v.width)
	switch {
	case v.input != "":
		if f := u.fixed[v.input]; f != nil {
			if fs := f(step); fs != "" {
				s = fs
			}
		}
	case v.cell.Type != "$dff":
		if c := u.knownCell(v.cell, v.width, step); c != "" {
			s = c
		}
	case step > 0:
		s = u.knownBits(v.cell.in["D"], step-1)
	}
	u.certain[key] = s
	return s
}

// knownBits is what is certain of a signal.
func (u *unrolling) knownBits(bits []bit, step int) string {
	out := make([]byte, len(bits))
	for i, b := range bits {
		out[i] = 'x'
		switch {
		case b.constant == "0" || b.constant == "1":
			out[i] = b.constant[0]
		case b.constant == "":
			out[i] = u.known(b.value, step)[b.index]
		}
	}
	return string(out)
}

// knownCell is what is certain of a cell's output, "" if that is nothing.
func (u *unrolling) knownCell(c *cell, width, step int) string {
	in := func(port string) string { return u.knownBits(c.in[port], step) }
	ext := func(port string, w int) string { // as the cell extends it
		s := in(port)
		for len(s) < w {
			if c.param(port+"_SIGNED") == 1 {
				s += s[len(s)-1:]
			} else {
				s += "0"
			}
		}
		return s[:w]
	}
	flag := func(b byte) string { return string(b) + strings.Repeat("0", width-1) }
	any := func(s string) byte { // some bit is 1
		switch {
		case strings.Contains(s, "1"):
			return '1'
		case strings.Contains(s, "x"):
			return 'x'
		}
		return '0'
	}
	bitwise := func(f func(a, b byte) byte) string {
		a, b := ext("A", width), ext("B", width)
		out := make([]byte, width)
		for i := range out {
			out[i] = f(a[i], b[i])
		}
		return string(out)
	}
	switch c.Type {
	case "$and":
		return bitwise(and3)
	case "$or":
		return bitwise(func(a, b byte) byte { return not3(and3(not3(a), not3(b))) })
	case "$xor":
		return bitwise(xor3)
	case "$not":
		out := []byte(ext("A", width))
		for i := range out {
			out[i] = not3(out[i])
		}
		return string(out)
	case "$eq", "$ne":
		w := max(len(c.in["A"]), len(c.in["B"]))
		a, b := ext("A", w), ext("B", w)
		r := byte('1')
		for i := range w {
			r = and3(r, not3(xor3(a[i], b[i])))
		}
		if c.Type == "$ne" {
			r = not3(r)
		}
		return flag(r)
	case "$logic_not":
		return flag(not3(any(in("A"))))
	case "$logic_and":
		return flag(and3(any(in("A")), any(in("B"))))
	case "$logic_or":
		return flag(any(in("A") + in("B")))
	case "$reduce_or", "$reduce_bool":
		return flag(any(in("A")))
	case "$reduce_and":
		r := byte('1')
		for _, b := range []byte(in("A")) {
			r = and3(r, b)
		}
		return flag(r)
	case "$mux":
		switch in("S") {
		case "0":
			return in("A")
		case "1":
			return in("B")
		}
	case "$pmux":
		s := in("S")
		if i := strings.IndexByte(s, '1'); i >= 0 {
			return u.knownBits(c.in["B"][i*width:(i+1)*width], step)
		}
		if !strings.Contains(s, "x") {
			return in("A")
		}
	}
	return ""
}

func not3(a byte) byte {
	switch a {
	case '0':
		return '1'
	case '1':
		return '0'
	}
	return 'x'
}

func and3(a, b byte) byte {
	switch {
	case a == '0' || b == '0':
		return '0'
	case a == '1' && b == '1':
		return '1'
	}
	return 'x'
}

func xor3(a, b byte) byte {
	switch {
	case a == 'x' || b == 'x':
		return 'x'
	case a == b:
		return '0'
	}
	return '1'
}
