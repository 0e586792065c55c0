// Package sem is the meaning of instructions: expressions over exact integers.
//
// Every Node stands for a mathematical integer and carries the range of values
// it can take, so a width is always known and no intermediate overflows. Bits
// are lost in two places only, both explicit: Bits and Signed views of a value,
// and the write of a value to a destination of given width.
//
// Nodes are hash-consed by a Builder: structurally equal expressions are one
// Node, and a Node's ID is larger than those of its arguments, so sorting by ID
// is a topological order. Package bv lowers Nodes to fixed-width vectors for
// hardware and for the simulator; Eval in this package is the golden evaluation
// and works on exact integers alone.
package sem
