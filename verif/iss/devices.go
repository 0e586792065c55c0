package iss

// Devices of the memory map, decoded as rtl/mv32_bus.v and rtl/mv32_timer.v do:
// reads elsewhere give 0 and writes elsewhere are lost.
type devices struct {
	cmp     uint64 // mtimecmp
	timeOff uint64 // mtime less the cycle
	changed uint64 // cycle of the last write to the timer
	was     bool   // mtime >= mtimecmp in that cycle

	external, software bool   // interrupt lines from outside
	seen               uint64 // cycle up to which external is known
	ack                uint64 // cycle in which an acknowledging store retires; 0: none

	exit       uint32 // exit code
	roiOn      bool
	roiStart   [2]uint64 // cycle and instructions at the start
	roi        [2]uint64 // sums of the finished regions
	consoleErr error
}

func newDevices() devices { return devices{cmp: ^uint64(0)} }

// mtime is the timer's value in the given cycle.
func (d *devices) mtime(cycle uint64) uint64 { return cycle + d.timeOff }

// timerIRQ is the timer's interrupt line in the given cycle; it follows the
// comparison one cycle later.
func (d *devices) timerIRQ(cycle uint64) bool {
	if cycle == 0 {
		return false
	}
	if cycle-1 <= d.changed && d.changed != 0 {
		return d.was
	}
	return d.mtime(cycle-1) >= d.cmp
}

// timerDue is a cycle before which the line stays down, as far as can be
// foreseen.
func (d *devices) timerDue(cycle uint64) uint64 {
	now := d.mtime(cycle)
	switch {
	case d.timerIRQ(cycle), now >= d.cmp:
		return cycle
	case cycle+(d.cmp-now) < cycle:
		return ^uint64(0)
	}
	return cycle + (d.cmp - now)
}

// externalAt brings the external interrupt line to its level in the given
// cycle: the source may raise it at the end of each cycle, and a store to the
// acknowledge register takes it down in the cycle in which it retires.
func (m *Machine) externalAt(cycle uint64) {
	d := &m.dev
	if m.cfg.Raise == nil { // long runs come here with all their cycles at once
		if d.seen < d.ack && d.ack <= cycle {
			d.external = false
		}
		d.seen = max(d.seen, cycle)
		return
	}
	for ; d.seen < cycle; d.seen++ {
		if m.cfg.Raise() {
			d.external = true
		}
		if d.seen+1 == d.ack {
			d.external = false
		}
	}
}

// busRead is the word at an aligned address in the given cycle; false if it
// lies behind the RAM.
func (m *Machine) busRead(addr uint32, cycle uint64) (uint32, bool) {
	if k := word(addr - RAMBase); k < uint32(len(m.ram.w)) {
		return m.ram.w[k], true
	}
	switch addr >> 28 {
	case 0x8:
		return 0, false
	case 0x0:
		v := m.dev.cmp
		if addr>>15&1 != 0 {
			v = m.dev.mtime(cycle)
		}
		return uint32(v >> (addr >> 2 & 1 * 32)), true
	}
	return 0, true
}

// busWrite stores to a device in the given cycle, before which instret
// instructions had retired; false if the address lies behind the RAM.
func (m *Machine) busWrite(addr, data uint32, mask uint8, cycle, instret uint64) bool {
	d := &m.dev
	all := mask == 15
	switch addr >> 28 {
	case 0x8:
		return false
	case 0x0:
		if all {
			d.writeTimer(addr, data, cycle)
		}
	case 0x1:
		switch reg := addr >> 2 & 3; {
		case reg == 0 && mask&1 != 0:
			m.print(byte(data))
		case reg == 1 && all:
			d.exit, m.done = data, true
		case reg == 2 && all:
			d.region(data&1 != 0, cycle, instret)
		case reg == 3 && all:
			d.ack = cycle + m.timing.Retire
		}
	}
	return true
}

func (d *devices) writeTimer(addr, data uint32, cycle uint64) {
	d.was = d.mtime(cycle) >= d.cmp
	d.changed = cycle
	high := addr>>2&1 != 0
	if addr>>15&1 == 0 {
		d.cmp = half64(d.cmp, data, high)
		return
	}
	// A load takes the place of counting, and shows in the next cycle.
	d.timeOff = half64(d.mtime(cycle), data, high) - (cycle + 1)
}

// half64 is v with one of its words replaced.
func half64(v uint64, data uint32, high bool) uint64 {
	if high {
		return v&(1<<32-1) | uint64(data)<<32
	}
	return v&^(1<<32-1) | uint64(data)
}

func (d *devices) region(on bool, cycle, instret uint64) {
	if d.roiOn {
		d.roi[0] += cycle - d.roiStart[0]
		d.roi[1] += instret - d.roiStart[1]
	}
	d.roiOn, d.roiStart = on, [2]uint64{cycle, instret}
}

func (m *Machine) print(c byte) {
	if m.cfg.Stdout == nil {
		return
	}
	if _, err := m.cfg.Stdout.Write([]byte{c}); err != nil && m.dev.consoleErr == nil {
		m.dev.consoleErr = err
	}
}

// RandomRaise is a Config.Raise that raises the line in one cycle of 128 on
// average: the testbench's own sequence for its option --irq SEED.
func RandomRaise(seed uint64) func() bool {
	state := seed*2 + 0x9E3779B97F4A7C15
	return func() bool { // xorshift64*
		state ^= state >> 12
		state ^= state << 25
		state ^= state >> 27
		return state*0x2545F4914F6CDD1D>>32&127 == 0
	}
}
