package nn

import (
	"fmt"
	"strings"
)

// Error is a problem of a network, located. Empty fields are left out.
type Error struct {
	File    string
	Node    string // the operator: its number, kind and name
	Tensor  string
	Problem string
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Node != "" {
		b.WriteString("operator " + e.Node + ": ")
	}
	if e.Tensor != "" {
		fmt.Fprintf(&b, "tensor %s: ", e.Tensor)
	}
	return b.String() + e.Problem
}
