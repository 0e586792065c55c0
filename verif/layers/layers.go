// Package layers judges a network layer by layer while the simulator runs it, and
// cuts its profile at the layers' borders. It sees function entries and memory, so
// the program is the one that a user ships: nothing is compiled in.
package layers

import (
	"bytes"
	"fmt"

	"marvelgen/verif/iss"
)

// Layer is one layer of the program.
type Layer struct {
	Name     string
	Function string // the symbol of its code; "" where there is nothing to do
	Outputs  []Tensor
}

// Tensor is a result of a layer in memory.
type Tensor struct {
	Name    string
	Symbol  string // of the array that it lies in
	Offset  int    // in bytes
	Element int    // bytes of one element
	Want    []byte // what the golden execution computes; nil: not judged
}

// Mismatch is the first element that differs.
type Mismatch struct {
	Layer, Tensor string
	Element       int    // the number of the first one, in row-major order
	Count         int    // how many elements of the tensor differ
	Got, Want     []byte // the first one's bytes
}

func (m *Mismatch) Error() string {
	if m.Want == nil {
		return fmt.Sprintf("layer %s: %q has more than its %d elements", m.Layer, m.Tensor, m.Element)
	}
	return fmt.Sprintf("layer %s: element %d of %q is %s, golden %s; %d elements of it differ",
		m.Layer, m.Element, m.Tensor, number(m.Got), number(m.Want), m.Count)
}

// number shows an element: int8, or the hexadecimal digits of a wider one.
func number(b []byte) string {
	switch len(b) {
	case 0:
		return "missing"
	case 1:
		return fmt.Sprint(int8(b[0]))
	}
	digits := "0x"
	for i := len(b) - 1; i >= 0; i-- { // memory is little-endian
		digits += fmt.Sprintf("%02x", b[i])
	}
	return digits
}

// Compare finds the first element of a tensor that is not as wanted, or nil.
func Compare(l *Layer, t *Tensor, got []byte) *Mismatch {
	if t.Want == nil || bytes.Equal(got, t.Want) {
		return nil
	}
	m := &Mismatch{Layer: l.Name, Tensor: t.Name, Element: -1}
	size := max(t.Element, 1)
	for i := 0; i*size < len(t.Want); i++ {
		want := t.Want[i*size:][:size]
		var have []byte
		if (i+1)*size <= len(got) {
			have = got[i*size:][:size]
		}
		if !bytes.Equal(have, want) {
			if m.Count++; m.Element < 0 {
				m.Element, m.Got, m.Want = i, have, want
			}
		}
	}
	if m.Element < 0 {
		m.Element, m.Count = len(t.Want)/size, 1 // there is more than there should be
	}
	return m
}

// Watch follows one run of a network.
type Watch struct {
	Layers   []Layer
	Mismatch *Mismatch      // the first one, nil so far
	Profiles []*iss.Profile // by layer; nil where there is nothing to do
	Progress func(layer int)

	sim     *iss.Machine
	current int // the layer that runs, or -1
	last    iss.Tally
	err     error
}

// Attach has the simulator, which has the program loaded, call at the network's
// entry, at each layer and at the symbol that is reached when it is over.
func (w *Watch) Attach(sim *iss.Machine, entry, over string) error {
	w.sim, w.current = sim, -1
	w.Profiles = make([]*iss.Profile, len(w.Layers))
	at := func(symbol string, f func()) error {
		s, ok := sim.Symbols().Lookup(symbol)
		if !ok || !s.Func {
			return fmt.Errorf("the program has no function %s", symbol)
		}
		sim.OnReach(s.Addr, f)
		return nil
	}
	if err := at(entry, func() { w.cut() }); err != nil {
		return err
	}
	for i, l := range w.Layers {
		if l.Function == "" {
			continue
		}
		if err := at(l.Function, func() { w.begin(i) }); err != nil {
			return err
		}
	}
	return at(over, func() { w.begin(-1) })
}

// Err is what kept the watch from judging, if anything did.
func (w *Watch) Err() error { return w.err }

// begin ends the layer that runs and starts another.
func (w *Watch) begin(i int) {
	if w.current >= 0 {
		p := w.cut()
		w.Profiles[w.current] = p
		w.judge(&w.Layers[w.current])
	}
	if w.current = i; w.Progress != nil && i >= 0 {
		w.Progress(i)
	}
}

// cut is the profile since the last cut; start-up ends with one.
func (w *Watch) cut() *iss.Profile {
	now := w.sim.Tally()
	p := w.sim.Between(w.last, now)
	w.last = now
	return &p
}

// judge reads a layer's results, before the next layer may write over them.
func (w *Watch) judge(l *Layer) {
	for i := range l.Outputs {
		t := &l.Outputs[i]
		if t.Want == nil || w.Mismatch != nil {
			continue
		}
		s, ok := w.sim.Symbols().Lookup(t.Symbol)
		got := make([]byte, len(t.Want))
		err := fmt.Errorf("the program has no array %s", t.Symbol)
		if ok {
			err = w.sim.ReadMem(s.Addr+uint32(t.Offset), got)
		}
		if err != nil {
			w.err = fmt.Errorf("layer %s, tensor %s: %w", l.Name, t.Name, err)
			return
		}
		w.Mismatch = Compare(l, t, got)
	}
}
