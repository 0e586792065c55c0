package iss

import (
	"context"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// native is what of a program has been translated to machine code, by way of
// WebAssembly. What runs hot is found by sampling: after every so many cycles of
// interpreted blocks, the block that comes next is translated, with those around
// it. So the blocks' own speed is not touched, and a short program pays nothing.
type native struct {
	on     bool
	period uint64 // cycles of blocks between samples
	left   uint64 // until the next one
	price  uint64 // cycles that have to have run for each uop translated
	spent  uint64 // such cycles

	wasm     wazero.Runtime // nil until something is hot
	counters []uint64
	used     int
	regions  []*region
	stack    [2]uint64
}

// region is translated code: blocks, entered at the first.
type region struct {
	need   uint64 // cycles that have to be left
	blocks []*block
	counts []uint64 // of each block: fallen through, jumped
	run    api.Function
	module api.Module
	code   wazero.CompiledModule
}

const (
	counterWords = 1 << 13

	samplePeriod = 1 << 15
	uopPrice     = 3000 // about what translating one takes, in the time of cycles of blocks
	usualUops    = 4    // that a cycle of blocks has
)

func newNative(m *Machine) native {
	n := native{on: supported() && !m.cfg.Interpret && m.cfg.Raise == nil, period: samplePeriod, price: uopPrice}
	n.left = n.period
	n.counters = m.ram.take(counterWords)
	return n
}

// supported reports whether wazero has a compiler for this machine; its own
// interpreter would be slower than ours.
func supported() bool {
	switch runtime.GOOS {
	case "linux", "darwin", "windows", "freebsd", "netbsd":
		return runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"
	}
	return false
}

// until is the cycle of the next sample, or end.
func (n *native) until(cycle, end uint64) uint64 {
	if n.on {
		return min(end, cycle+n.left)
	}
	return end
}

// sample notes that blocks ran for some cycles, and translates what comes next
// when it is time.
func (m *Machine) sample(cycles uint64) {
	n := &m.native
	if !n.on || m.done || m.err != nil {
		return
	}
	if n.left > cycles {
		n.left -= cycles
		return
	}
	n.left = n.period
	b := m.blocks.get(m.pc - RAMBase)
	if b == nil || b.region != nil || b.cold || b.reach != nil {
		return
	}
	n.settle()
	if err := m.translate(b); err != nil {
		n.on = false // the interpreter does it
	}
}

// translate makes a region that begins with b.
func (m *Machine) translate(b *block) error {
	n := &m.native
	if !m.translatable(b) {
		b.cold = true
		return nil
	}
	nodes := m.region(b)
	uops, cycles := uint64(0), uint64(0)
	for _, node := range nodes {
		uops += uint64(len(node.uops))
		cycles += uint64(node.fall)
	}
	// Where instructions are made of many uops, a cycle of blocks takes so much longer.
	cost := n.price * min(uops, usualUops*cycles)
	if due := n.spent + cost; due > m.cycle { // it has not run for as long as this would take
		n.left = max(n.period, due-m.cycle)
		return nil
	}
	n.spent += cost
	b.cold = true
	counts := n.counters[n.used:]
	if len(counts) < 2*len(nodes) || nodes[0].need > slice {
		return nil
	}
	r := &region{need: nodes[0].need, counts: counts[:2*len(nodes)]}
	for _, node := range nodes {
		r.blocks = append(r.blocks, node.block)
	}
	t := newTranslator(m, nodes, m.ram.offset(&counts[0]))
	if err := m.load(r, functionModule(len(m.ram.all)/wasmPage, t.types, t.code)); err != nil {
		return err
	}
	n.used += len(r.counts)
	n.regions = append(n.regions, r)
	b.region, b.longest = r, stopHere
	return nil
}

// load compiles the code of a region. That wazero panics, where the processor is too
// old or memory may not be executable, is an error like others.
func (m *Machine) load(r *region, module []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	n, ctx := &m.native, context.Background()
	if n.wasm == nil {
		if n.wasm, err = m.openWasm(ctx); err != nil {
			return err
		}
	}
	if r.code, err = n.wasm.CompileModule(ctx, module); err != nil {
		return err
	}
	if r.module, err = n.wasm.InstantiateModule(ctx, r.code, wazero.NewModuleConfig().WithName("")); err != nil {
		return err
	}
	r.run = r.module.ExportedFunction("f")
	return nil
}

// openWasm makes the engine, with the machine's memory as its own.
func (m *Machine) openWasm(ctx context.Context) (wazero.Runtime, error) {
	w := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithDebugInfoEnabled(false))
	code, err := w.CompileModule(ctx, memoryModule(len(m.ram.all)/wasmPage))
	if err != nil {
		return nil, err
	}
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return (*sharedMemory)(m.ram) }))
	_, err = w.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName("m"))
	return w, err
}

// sharedMemory is the machine's memory as one that does not grow.
type sharedMemory ram

func (s *sharedMemory) Reallocate(size uint64) []byte { return s.all[:size:size] }
func (s *sharedMemory) Free()                         {}

// enter runs translated code. Its argument is the cycles until the deadline, in
// the upper half of the word; it returns what is left of them, with the retired
// instructions in the lower half, and where it has ended.
func (m *Machine) enter(r *region) {
	left := min(m.deadline-m.cycle, 1<<31)
	s := &m.native.stack
	s[0] = left << 32
	if err := r.run.CallWithStack(context.Background(), s[:]); err != nil {
		m.err = fmt.Errorf("0x%08x: translated code: %w", m.pc, err)
		return
	}
	m.cycle += left - s[0]>>32
	m.instret += uint64(uint32(s[0]))
	if s[1]>>32 == 0 {
		m.pc = uint32(s[1])
		return
	}
	m.execFrom(r.blocks[s[1]>>16&0xffff], int(s[1]&0xffff))
}

// leaveAt is the result of translated code that leaves a block at one of its uops.
func leaveAt(block, uop int) uint64 { return 1<<32 | uint64(block)<<16 | uint64(uop) }

// settle brings the counts of translated code to the blocks.
func (n *native) settle() {
	for _, r := range n.regions {
		for i, b := range r.blocks {
			fallen, jumped := r.counts[2*i], r.counts[2*i+1]
			b.count += fallen + jumped
			b.jumps += jumped
		}
		clear(r.counts)
	}
}

// drop forgets all translated code.
func (n *native) drop() {
	n.settle()
	ctx := context.Background()
	for _, r := range n.regions {
		_ = r.module.Close(ctx)
		_ = r.code.Close(ctx)
	}
	n.regions, n.used = nil, 0
}
