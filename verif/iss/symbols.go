package iss

import (
	"cmp"
	"fmt"
	"slices"
)

// Symbol is a name for an address; Size 0 means unknown.
type Symbol struct {
	Name       string
	Addr, Size uint32
	Func       bool
}

// Symbols finds names of addresses. A nil *Symbols knows none.
type Symbols struct {
	byAddr []Symbol // code symbols, sorted
	byName map[string]Symbol
}

// NewSymbols makes a table; of several names for one address functions come
// first, then the first listed.
func NewSymbols(list []Symbol) *Symbols {
	s := &Symbols{byName: make(map[string]Symbol, len(list))}
	for _, sym := range list {
		if _, ok := s.byName[sym.Name]; !ok {
			s.byName[sym.Name] = sym
		}
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Symbol) int {
		f := func(s Symbol) int { return int(1 - bit(s.Func)) }
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(f(a), f(b)))
	})
	s.byAddr = slices.CompactFunc(sorted, func(a, b Symbol) bool { return a.Addr == b.Addr })
	return s
}

// Lookup is the symbol of that name.
func (s *Symbols) Lookup(name string) (Symbol, bool) {
	if s == nil {
		return Symbol{}, false
	}
	sym, ok := s.byName[name]
	return sym, ok
}

// find is the last symbol at or before addr.
func (s *Symbols) find(addr uint32) (Symbol, bool) {
	if s == nil {
		return Symbol{}, false
	}
	i := s.before(addr)
	if i < 0 {
		return Symbol{}, false
	}
	return s.byAddr[i], true
}

// Name is "main" or "main+0x10", or "" if nothing lies before addr; it serves
// as an isa.Symbolizer.
func (s *Symbols) Name(addr uint32) string {
	sym, ok := s.find(addr)
	switch {
	case !ok || sym.Size > 0 && addr-sym.Addr >= sym.Size:
		return ""
	case addr == sym.Addr:
		return sym.Name
	}
	return fmt.Sprintf("%s+0x%x", sym.Name, addr-sym.Addr)
}

// function is the function that addr lies in, or the last label before it
// where no function begins earlier: start-up code often has only labels.
func (s *Symbols) function(addr uint32) (string, uint32) {
	if s == nil {
		return "(unknown)", RAMBase
	}
	for i := s.before(addr); i >= 0; i-- { // labels inside a function are not its start
		if s.byAddr[i].Func {
			return s.byAddr[i].Name, s.byAddr[i].Addr
		}
	}
	if sym, ok := s.find(addr); ok {
		return sym.Name, sym.Addr
	}
	return "(unknown)", RAMBase
}

// Function is the name of the function that addr lies in.
func (s *Symbols) Function(addr uint32) string {
	name, _ := s.function(addr)
	return name
}

// before is the index of the last symbol at or before addr, or -1.
func (s *Symbols) before(addr uint32) int {
	i, exact := slices.BinarySearchFunc(s.byAddr, addr, func(sym Symbol, a uint32) int { return cmp.Compare(sym.Addr, a) })
	if !exact {
		i--
	}
	return i
}
