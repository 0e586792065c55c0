package spec

import (
	"math"
	"math/big"
	"strings"

	"marvelgen/gen/sem"
)

// value is what a meaning expression evaluates to while a spec is read: an
// integer expression, a real constant (only in table contents) or a list.
type value struct {
	node *sem.Node
	real float64
	list []value
	kind kind
}

type kind uint8

const (
	invalid kind = iota // an error was reported already
	integer
	real
	list
	element // the bare name of a state or table: only indexing makes it a value
)

func (k kind) String() string {
	return [...]string{"an invalid value", "an integer", "a real number", "a list", "a state or table (write its index)"}[k]
}

func intValue(n *sem.Node) value { return value{node: n, kind: integer} }

// realValue keeps whole numbers as exact integers, so that round() and floor()
// results and constants mix.
func realValue(b *sem.Builder, f float64) value {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return intValue(b.Int(int64(f)))
	}
	return value{real: f, kind: real}
}

// float is the value as a real constant.
func (v value) float() (float64, bool) {
	switch {
	case v.kind == real:
		return v.real, true
	case v.kind == integer && v.node.IsConst():
		f, _ := new(big.Float).SetInt(v.node.Value).Float64()
		return f, true
	}
	return 0, false
}

// parseInt reads a hexadecimal, binary or decimal text; underscores group digits.
func parseInt(s string) (*big.Int, bool) {
	if len(s) > 80 || s == "" || strings.HasPrefix(s, "_") {
		return nil, false
	}
	return new(big.Int).SetString(s, 0)
}
