package iss

import (
	"testing"

	"marvelgen/verif/trace"
)

// TestOnReach calls at every block and every function of a program: the calls are as many as the
// executions, by runs and by single steps, nothing else changes, and the differences of
// tallies add up to the whole.
func TestOnReach(t *testing.T) {
	elf := compileC(t, "conv.c")
	plain := load(t, Config{MaxCycles: 1e8}, elf)
	want, err := plain.Run()
	if err != nil {
		t.Fatal(err)
	}
	conv, ok := plain.Symbols().Lookup("conv")
	if !ok {
		t.Fatal("no conv")
	}
	profile := plain.Profile()
	stepped := load(t, Config{MaxCycles: 1e8}, elf) // its blocks are single instructions
	for r := (trace.Record{}); !stepped.Done(); {
		if err := stepped.Step(&r); err != nil {
			t.Fatal(err)
		}
	}
	executed := map[uint32]uint64{}
	for _, b := range stepped.Profile().Blocks {
		executed[b.Start] = b.Executions
	}
	for _, step := range []bool{false, true} {
		m := load(t, Config{MaxCycles: 1e8}, elf)
		calls, conved := map[uint32]uint64{}, 0
		var last Tally
		var sum Counts
		cut := func() {
			now := m.Tally()
			for _, b := range m.Between(last, now).Blocks {
				sum = sum.plus(b.Counts)
			}
			last = now
		}
		m.OnReach(conv.Addr, func() { conved++; cut() })
		watched := []uint32{conv.Addr + 8} // in the middle of a block
		for i, b := range profile.Blocks {
			if i%3 == 0 && b.Start != conv.Addr {
				watched = append(watched, b.Start)
			}
		}
		for _, pc := range watched {
			m.OnReach(pc, func() {
				if m.PC() != pc {
					t.Errorf("called at 0x%x for 0x%x", m.PC(), pc)
				}
				calls[pc]++
			})
		}
		if step {
			for r := (trace.Record{}); !m.Done(); {
				if err := m.Step(&r); err != nil {
					t.Fatal(err)
				}
			}
		} else if _, err := m.Run(); err != nil {
			t.Fatal(err)
		}
		if got := m.Result(); got != want {
			t.Errorf("step %v: the watched run ends as %+v, want %+v", step, got, want)
		}
		cut()
		if sum.Instructions != want.Instructions || sum.Cycles != m.cycle-m.timing.First {
			t.Errorf("step %v: the parts add up to %+v", step, sum)
		}
		if conved == 0 || calls[conv.Addr+8] != uint64(conved) {
			t.Errorf("step %v: %d calls at the function, %d behind its start", step, conved, calls[conv.Addr+8])
		}
		for _, pc := range watched {
			if calls[pc] != executed[pc] || calls[pc] == 0 {
				t.Errorf("step %v: 0x%x was reached %d times, executed %d times", step, pc, calls[pc], executed[pc])
			}
		}
		m.OnReach(conv.Addr, nil)
		if m.reach[conv.Addr] != nil {
			t.Error("still called")
		}
	}
}
