package energy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Window is where a simulation of the netlist starts: the state of the RTL there.
type Window struct {
	Start uint64   // cycle, from the begin of the region of interest
	ffs   []uint64 // a bit for each flip-flop of the netlist
	words [][]uint64
	rdata []uint64 // what each private memory shows
}

// record is what the ports of the core hold in a cycle; core.cpp.tmpl writes it.
type record struct {
	Cycle, MTime                         uint64
	IRData, DRData, IAddr, DAddr, DWData uint32
	IEn, DEn, DWE, _                     uint8
}

// inputs and outputs are the ports that a record has. Others are inputs that stay as they are.
var inputs = map[string]func(*record) uint64{
	"imem_rdata_i": func(r *record) uint64 { return uint64(r.IRData) },
	"dmem_rdata_i": func(r *record) uint64 { return uint64(r.DRData) },
	"mtime_i":      func(r *record) uint64 { return r.MTime },
	"rst_ni":       func(*record) uint64 { return 1 },
}
var outputs = map[string]func(*record) uint64{
	"imem_en_o":    func(r *record) uint64 { return uint64(r.IEn) },
	"imem_addr_o":  func(r *record) uint64 { return uint64(r.IAddr) },
	"dmem_en_o":    func(r *record) uint64 { return uint64(r.DEn) },
	"dmem_we_o":    func(r *record) uint64 { return uint64(r.DWE) },
	"dmem_addr_o":  func(r *record) uint64 { return uint64(r.DAddr) },
	"dmem_wdata_o": func(r *record) uint64 { return uint64(r.DWData) },
}

// Recording is the windows of one run.
type Recording struct {
	Netlist *Netlist
	Windows map[uint64]*Window // by their first cycle
	records []record           // in the order of cycles
}

// ReadRecording reads what the test bench wrote: states of the RTL, as a waveform, and
// the ports. It is an error if the waveform lacks a flip-flop of the netlist.
func ReadRecording(n *Netlist, wave, ports io.Reader) (*Recording, error) {
	r := &Recording{Netlist: n, Windows: map[uint64]*Window{}}
	v, err := NewVCD(wave)
	if err != nil {
		return nil, err
	}
	at, err := locate(n, v)
	if err != nil {
		return nil, err
	}
	for {
		more, err := v.Next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		w := at.window(v)
		r.Windows[w.Start] = w
	}
	all, err := io.ReadAll(ports)
	if err != nil {
		return nil, err
	}
	r.records = make([]record, len(all)/binary.Size(record{}))
	return r, binary.Read(bytes.NewReader(all), binary.LittleEndian, r.records)
}

// probes say where the waveform has the netlist's state.
type probes struct {
	n     *Netlist
	ffs   []probe
	words [][]int32 // of each private memory
	rdata []int32
}

type probe struct {
	signal int32
	bit    int
}

// locate finds every flip-flop by a name of its output.
func locate(n *Netlist, v *VCD) (*probes, error) {
	scope := "TOP." + n.Name + "."
	at := make([]probe, n.Nets)
	for i := range at {
		at[i].signal = -1
	}
	for name, nets := range n.Names {
		if id, ok := v.Signal(scope + name); ok {
			for bit, net := range nets {
				at[net] = probe{id, bit}
			}
		}
	}
	p := &probes{n: n}
	var lost []string
	for _, f := range n.FFs {
		if at[f.Q].signal < 0 {
			lost = append(lost, n.nameOf(f.Q))
		}
		p.ffs = append(p.ffs, at[f.Q])
	}
	for _, r := range n.RAMs {
		var words []int32
		for i := range r.Words {
			id, ok := v.Signal(fmt.Sprintf("%s%s.words[%d]", scope, r.Name, i))
			if !ok {
				lost = append(lost, fmt.Sprintf("%s.words[%d]", r.Name, i))
			}
			words = append(words, id)
		}
		id, ok := v.Signal(scope + r.Name + ".rdata_o")
		if !ok {
			lost = append(lost, r.Name+".rdata_o")
		}
		p.words, p.rdata = append(p.words, words), append(p.rdata, id)
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("the RTL's waveform lacks %d bits of the netlist's state, such as %s: keep their names in synthesis", len(lost), strings.Join(lost[:min(3, len(lost))], ", "))
	}
	return p, nil
}

// nameOf is a name of a net, for messages.
func (n *Netlist) nameOf(net int32) string {
	for _, name := range sorted(n.Names) {
		for i, b := range n.Names[name] {
			if b == net {
				return fmt.Sprintf("%s[%d]", name, i)
			}
		}
	}
	return fmt.Sprintf("net %d, which has no name", net)
}

func (p *probes) window(v *VCD) *Window {
	w := &Window{Start: v.Time - 1, ffs: make([]uint64, (len(p.ffs)+63)/64)}
	for i, f := range p.ffs {
		if v.Bit(f.signal, f.bit) {
			w.ffs[i/64] |= 1 << (i % 64)
		}
	}
	for i, words := range p.words {
		all := make([]uint64, len(words))
		for k, s := range words {
			all[k] = v.Number(s)
		}
		w.words, w.rdata = append(w.words, all), append(w.rdata, v.Number(p.rdata[i]))
	}
	return w
}

// Difference is a cycle in which netlist and RTL are not the same.
type Difference struct {
	Port      string
	Cycle     uint64
	Got, Want uint64
}

func (d *Difference) Error() string {
	return fmt.Sprintf("netlist and RTL differ: %s is %#x in the netlist and %#x in the RTL, in cycle %d of the region of interest", d.Port, d.Got, d.Want, d.Cycle)
}

// Run simulates windows that begin at the given cycles, at most Lanes, for so many
// cycles each, and adds to what the simulation has counted. Every output of the core
// is compared in every cycle; the first that is not the RTL's is a *Difference.
func (r *Recording) Run(s *Sim, starts []uint64, cycles int) error {
	n := r.Netlist
	lanes := make([][]record, len(starts))
	for lane, start := range starts {
		w := r.Windows[start]
		if lanes[lane] = r.ports(start, cycles); w == nil || lanes[lane] == nil {
			return fmt.Errorf("no %d cycles were recorded from cycle %d on", cycles, start)
		}
		for i, f := range n.FFs {
			s.SetLane(f.Q, lane, w.ffs[i/64]>>(i%64)&1 != 0)
		}
		for i, ram := range n.RAMs {
			for k, word := range w.words[i] {
				s.SetWord(i, lane, k, word)
			}
			for b, net := range ram.RData {
				s.SetLane(net, lane, w.rdata[i]>>b&1 != 0)
			}
		}
	}
	s.Mask = ^uint64(0) >> (Lanes - len(starts))
	drive := func(set func(int32, uint64), c int) {
		for _, p := range n.Inputs {
			of := inputs[p.Name]
			for b, net := range p.Bits {
				var w uint64
				if of != nil {
					for lane := range lanes {
						w |= of(&lanes[lane][c]) >> b & 1 << lane
					}
				}
				set(net, w)
			}
		}
	}
	drive(s.Set, 0)
	s.Settle()
	for c := range cycles {
		if c > 0 {
			s.Clock(func() { drive(s.In, c) })
		}
		for _, p := range n.Outputs {
			of := outputs[p.Name]
			if of == nil {
				continue
			}
			for lane := range lanes {
				rec := &lanes[lane][c]
				if got, want := s.Number(p.Bits, lane), of(rec); got != want {
					return &Difference{p.Name, rec.Cycle, got, want}
				}
			}
		}
	}
	return nil
}

// ports are the records of so many cycles, or nil.
func (r *Recording) ports(start uint64, cycles int) []record {
	first := sort.Search(len(r.records), func(i int) bool { return r.records[i].Cycle >= start })
	if first+cycles > len(r.records) || r.records[first+cycles-1].Cycle != start+uint64(cycles)-1 {
		return nil
	}
	return r.records[first : first+cycles]
}

// accesses adds what goes to the core's memory in windows.
func (r *Recording) accesses(starts []uint64, cycles int, c *Class) {
	for _, start := range starts {
		for _, p := range r.ports(start, cycles) {
			c.Fetches += float64(p.IEn)
			if p.DEn != 0 && p.DWE == 0 {
				c.Reads++
			} else if p.DEn != 0 {
				c.Writes++
			}
		}
	}
}
