package iss

import (
	"strings"
	"testing"

	"marvelgen/verif/trace"
)

// TestFollow steps a simulator along made-up records of an RTL with wait states.
func TestFollow(t *testing.T) {
	image := assemble(t, base(t),
		"auipc t0, 0", "addi t0, t0, 28", "csrrw zero, mtvec, t0", // handler at +28
		"addi t1, zero, -1", "csrrw zero, mie, t1", "csrrsi zero, mstatus, 8",
		"csrrs a0, mcycle, zero",
		"csrrs a1, mcause, zero", "csrrs a2, mcause, zero", "lui a3, 0x200c", "lw a4, -8(a3)", "ecall")
	at := func(n uint32) trace.Record { return trace.Record{PC: RAMBase + 4*n} }
	follow := func(m *Machine, rtl trace.Record) (r trace.Record, err error) {
		err = m.Follow(&rtl, &r)
		return r, err
	}
	to := func(n uint32) *Machine { // executed up to instruction n
		m := start(t, Config{Instructions: base(t)}, image)
		for m.PC() != RAMBase+4*n {
			if _, err := follow(m, at(0)); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	irq := at(7)
	irq.Flags = trace.Intr

	if _, err := follow(to(5), irq); err == nil || !strings.Contains(err.Error(), "none is enabled") {
		t.Errorf("an interrupt that the program does not allow: %v", err)
	}
	m := to(6)
	counter := at(6)
	counter.Rd, counter.RdWData = 10, 12345
	if r, err := follow(m, counter); err != nil || r.RdWData != 12345 || m.Reg(10) != 12345 {
		t.Errorf("a counter: %+v %v", r, err)
	}
	// Every cause that is enabled is as good, and stays.
	irq.Rd, irq.RdWData = 11, 0x8000000b
	if r, err := follow(m, irq); err != nil || r.RdWData != 0x8000000b || r.Flags != trace.Intr || m.csr.mepc != RAMBase+28 {
		t.Errorf("the cause: %+v %v", r, err)
	}
	again := at(8)
	again.Rd, again.RdWData = 12, 0x80000007
	if r, err := follow(m, again); err != nil || r.RdWData != 0x8000000b {
		t.Errorf("the cause once more: %+v %v", r, err)
	}
	m = to(6)
	irq.RdWData = 0x80000009
	if r, err := follow(m, irq); err != nil || r.RdWData == irq.RdWData {
		t.Errorf("a cause that does not exist: %+v %v", r, err)
	}
	// The timer's value is the RTL's, and only that of a timer.
	m = to(10)
	if addr, size, store, ok := m.NextAccess(); addr != 0x0200bff8 || size != 4 || store || !ok {
		t.Errorf("next access %x %d %t %t", addr, size, store, ok)
	}
	timer := at(10)
	timer.Rd, timer.RdWData, timer.MemRData = 14, 777, 777
	if r, err := follow(m, timer); err != nil || r.RdWData != 777 || r.MemRData != 777 {
		t.Errorf("the timer: %+v %v", r, err)
	}
	m.Patch(m.PC(), 0x00500793) // addi a5, zero, 5
	if r, err := follow(m, at(11)); err != nil || r.RdWData != 5 {
		t.Errorf("patched: %+v %v", r, err)
	}
	if v, ok := m.CSR(0x305); !ok || v != RAMBase+28 {
		t.Errorf("mtvec %x %t", v, ok)
	}
}
