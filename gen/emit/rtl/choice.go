package rtl

import (
	"fmt"
	"math/bits"
	"strings"
)

// minCoded is the number of units from which on a result is chosen by a number and
// not by one flag after the other: a LUT has room for four words and two bits.
const minCoded = 4

// Code is a register that holds the number of the unit whose result it is.
type Code struct {
	Name string
	Bits []string // what each is set to in X, the lowest first
}

// Width is the bits of the number.
func (c *Code) Width() int { return len(c.Bits) }

// coded chooses among wires by number; when says for each in which instructions.
func coded(name string, wires []string, when [][]string) (Code, string) {
	c := Code{Name: name}
	for b := range bits.Len(uint(len(wires) - 1)) {
		var set []string
		for i, w := range when {
			if i>>b&1 == 1 {
				set = append(set, w...)
			}
		}
		c.Bits = append(c.Bits, strings.Join(set, " | "))
	}
	return c, tree(name, wires, len(c.Bits)-1)
}

// tree is a binary tree of choices by the bits of a number, from bit b down.
func tree(name string, wires []string, b int) string {
	if len(wires) == 1 {
		return wires[0]
	}
	half := 1 << b
	if len(wires) <= half { // the bit is 0 for all of them
		return tree(name, wires, b-1)
	}
	arm := func(list []string) string {
		e := tree(name, list, b-1)
		if len(list) > 1 {
			e = "(" + e + ")"
		}
		return e
	}
	return fmt.Sprintf("%s[%d] ? %s : %s", name, b, arm(wires[half:]), arm(wires[:half]))
}
