package rtl

import (
	"fmt"
	"strings"
	"testing"
)

// chosen evaluates a tree of choices for a number.
func chosen(t *testing.T, expr string, n int) string {
	t.Helper()
	if strings.HasPrefix(expr, "(") {
		expr = expr[1 : len(expr)-1]
	}
	head, rest, ok := strings.Cut(expr, " ? ")
	if !ok {
		return expr
	}
	var bit int
	if _, err := fmt.Sscanf(head, "q[%d]", &bit); err != nil {
		t.Fatalf("%q: %v", head, err)
	}
	depth, at := 0, -1
	for i, c := range rest {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ':':
			if depth == 0 {
				at = i
			}
		}
	}
	if n>>bit&1 == 1 {
		return chosen(t, rest[:at-1], n)
	}
	return chosen(t, rest[at+2:], n)
}

// TestCoded chooses each of two to nine wires by the number that its instructions set.
func TestCoded(t *testing.T) {
	for n := 2; n <= 9; n++ {
		var wires []string
		var when [][]string
		for i := range n {
			wires = append(wires, fmt.Sprintf("wire%d", i))
			when = append(when, []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)})
		}
		code, expr := coded("q", wires, when)
		for i, w := range wires {
			number := 0
			for b, set := range code.Bits {
				for _, name := range strings.Split(set, " | ") {
					if name == when[i][0] {
						number |= 1 << b
					}
				}
			}
			if number != i || chosen(t, expr, number) != w {
				t.Errorf("%d wires: %s is number %d, which chooses %s in %s", n, w, number, chosen(t, expr, number), expr)
			}
		}
	}
}
