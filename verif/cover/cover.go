// Package cover counts what the judges have exercised: instructions and the corners
// of their operands, hazards between them, control flow, the corners of hardware
// loops, and the states of units. The model is made from a machine and fed with
// retire records, so that it measures every judge alike.
package cover

import (
	"marvelgen/gen/isa"
	"marvelgen/verif/trace"
)

// Judge is who exercised something.
type Judge uint8

// The judges.
const (
	Vectors Judge = iota
	Programs
	Random
	Proofs
	judges
)

// String is the judge's name in reports.
func (j Judge) String() string { return [...]string{"vectors", "programs", "random", "proofs"}[j] }

// Model is what there is to cover on a machine, and what has been. It is not safe
// for concurrent use: make one for each stream of records and merge them.
type Model struct {
	machine *isa.Machine
	decoder *isa.Decoder
	groups  []*group
	byIns   map[*isa.Instruction]*row

	instructions, operands, hazards, control, loops, state *group

	classes map[string]int // of producers and loop ends
	names   []string       // of the classes
	hazard  hazardTable
	flow    flowItems
	loop    loopItems
	unit    unitItems

	at history
}

// group is a list of items and which judges hit each: bit j for judge j.
type group struct {
	name  string
	items []item
	hit   []uint8
}

type item struct{ name, why string }

// none is the number of no item.
const none = -1

// add appends an item and returns its number. why, if given, says why it may stay
// uncovered.
func (g *group) add(name, why string) int {
	g.items, g.hit = append(g.items, item{name, why}), append(g.hit, 0)
	return len(g.items) - 1
}

func (g *group) mark(n int, j Judge) {
	if n != none {
		g.hit[n] |= 1 << j
	}
}

// New is the model of a machine, with nothing covered.
func New(m *isa.Machine) *Model {
	c := &Model{machine: m, decoder: isa.NewDecoder(m.All()), byIns: map[*isa.Instruction]*row{}, classes: map[string]int{}}
	for _, g := range []struct {
		name string
		to   **group
	}{{"instructions", &c.instructions}, {"operands", &c.operands}, {"hazards", &c.hazards}, {"control flow", &c.control},
		{"hardware loops", &c.loops}, {"unit state", &c.state}} {
		*g.to = &group{name: g.name}
		c.groups = append(c.groups, *g.to)
	}
	placed := map[*isa.Instruction]*isa.Placed{}
	for _, p := range m.Exts {
		placed[p.Instruction] = p
	}
	for _, ins := range m.All() {
		c.byIns[ins] = c.newRow(ins, placed[ins])
	}
	c.newHazards()
	c.newFlow()
	c.newLoops()
	c.newUnits()
	c.Begin()
	return c
}

// history is what is remembered of a stream of records.
type history struct {
	last, before step // the two instructions retired before
	x            [32]uint32
	flow         flowState
	loops        [2]loopState
}

// step is what later instructions may depend on.
type step struct {
	row *row
	rec trace.Record
	ok  bool
}

// Begin tells the model that another program starts: registers, loops and units are
// as after reset. Record notices by itself where cycles begin anew.
func (c *Model) Begin() {
	c.at = history{}
	c.unit.reset()
}

// Record counts one retired instruction. Records of one program come in order.
func (c *Model) Record(j Judge, r *trace.Record) {
	if r.Cycle <= c.at.last.rec.Cycle && c.at.last.ok {
		c.Begin()
	}
	row := c.byIns[c.decoder.Decode(r.Insn)]
	now := step{row: row, rec: *r, ok: true}
	trapped := r.Flags&trace.Trap != 0
	if row != nil {
		if !trapped || row.traps {
			c.instructions.mark(row.item, j)
		}
		if !trapped {
			c.countOperands(j, row, r)
			c.countHazards(j, row, r)
		}
	}
	c.countFlow(j, &now)
	c.countLoops(j, &now)
	if row != nil && !trapped {
		c.countUnits(j, row, r)
		c.retire(r)
	}
	c.at.before, c.at.last = c.at.last, now
}

// retire keeps what the instruction wrote; the highest result wins.
func (c *Model) retire(r *trace.Record) {
	c.at.x[r.Rd], c.at.x[r.Rd2], c.at.x[r.Rd3] = r.RdWData, r.Rd2WData, r.Rd3WData
	if r.Rd != 0 && r.Rd == r.Rd2 {
		c.at.x[r.Rd] = r.Rd2WData
	}
	if r.Rd3 != 0 {
		c.at.x[r.Rd3] = r.Rd3WData
	}
	c.at.x[0] = 0
}

// Proven marks an instruction's row as covered by proof.
func (c *Model) Proven(instruction string) {
	for ins, row := range c.byIns {
		if ins.Name == instruction {
			c.instructions.mark(row.item, Proofs)
		}
	}
}

// Merge adds what another model of the same machine has covered.
func (c *Model) Merge(o *Model) {
	for i, g := range c.groups {
		for k := range g.hit {
			g.hit[k] |= o.groups[i].hit[k]
		}
	}
}
