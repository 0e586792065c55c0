package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows/gcc"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/samples"
	"marvelgen/specs"
	"marvelgen/verif/iss"
	"marvelgen/verif/report"
)

// specNetwork is a network of the spec, imported once for all designs.
type specNetwork struct {
	*isa.Network
	model  *network.Model
	inputs [][]golden.Value
	judge  func(context.Context) ([]*network.Reference, error) // of every sample, computed once
}

// networkResult is a network on one design.
type networkResult struct {
	*specNetwork
	elf string
	run report.Network
}

// specNetworks imports the spec's networks and reads their inputs.
func specNetworks(ctx context.Context, s *isa.Spec, dir string) ([]*specNetwork, error) {
	var out []*specNetwork
	for _, n := range s.Networks {
		one, err := newSpecNetwork(ctx, n, dir, s.Verify.Seed)
		if err != nil {
			return nil, &UsageError{fmt.Sprintf("%s: network %q: %v", n.Pos, n.Name, err)}
		}
		out = append(out, one)
	}
	return out, nil
}

func newSpecNetwork(ctx context.Context, n *isa.Network, dir string, seed uint64) (*specNetwork, error) {
	file, done, err := besideOrShipped(dir, n.Model)
	if err != nil {
		return nil, err
	}
	defer done()
	g, float, err := network.Import(ctx, file, network.Calibration{Seed: seed})
	if err != nil {
		return nil, err
	}
	g.File, g.Name = n.Model, n.Name
	one := &specNetwork{Network: n}
	if one.model, err = network.New(g); err != nil {
		return nil, err
	}
	if n.Input == "" {
		if one.inputs, err = network.RandomInputs(g, float, n.Samples, seed); err != nil {
			return nil, err
		}
	} else {
		if len(g.Inputs) != 1 {
			return nil, fmt.Errorf("it has %d inputs; a file can be given for one", len(g.Inputs))
		}
		file, done, err := besideOrShipped(dir, n.Input)
		if err != nil {
			return nil, err
		}
		defer done()
		s, err := samples.Read(file, g.Inputs[0], samples.Options{})
		if err != nil {
			return nil, err
		}
		if len(s.Values) < n.Samples {
			return nil, fmt.Errorf("%s has %d samples, %d are asked for", n.Input, len(s.Values), n.Samples)
		}
		for _, v := range s.Values[:n.Samples] {
			one.inputs = append(one.inputs, []golden.Value{v})
		}
	}
	var once sync.Mutex
	var refs []*network.Reference
	one.judge = func(ctx context.Context) ([]*network.Reference, error) {
		once.Lock()
		defer once.Unlock()
		for _, in := range one.inputs[len(refs):] {
			r, err := one.model.Judge(ctx, in...)
			if err != nil {
				return nil, err
			}
			refs = append(refs, r)
		}
		return refs, nil
	}
	return one, nil
}

// besideOrShipped is the path of a file beside the spec, or of a copy of the shipped
// one, which done removes.
func besideOrShipped(dir, name string) (path string, done func(), err error) {
	if strings.Contains(name, ":") { // one that we build
		return name, func() {}, nil
	}
	path = filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, func() {}, nil
	}
	data, err := specs.FS.ReadFile(name)
	if err != nil {
		return "", nil, fmt.Errorf("%s is neither beside the spec nor shipped", name)
	}
	tmp, err := os.MkdirTemp("", "marvelgen-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(tmp, filepath.Base(name))
	return path, func() { os.RemoveAll(tmp) }, os.WriteFile(path, data, 0o644)
}

// networkTasks compiles and runs the networks on one design.
func (b *build) networkTasks(m *isa.Machine, r *designResult, model []*task) []*task {
	var out []*task
	for _, n := range b.networks {
		nr := &networkResult{specNetwork: n, run: report.Network{Name: n.Name, Model: n.Model, On: network.OnISS, Compiler: n.Compiler + " " + n.Opt,
			Samples: n.Samples, MACs: n.model.MACs(), ArenaBytes: n.model.C.Memory.Arena}}
		if n.RTL {
			nr.run.On = network.OnRTL
		}
		r.networks = append(r.networks, nr)
		compile := &task{design: m.Design.Name, name: "compile network " + n.Name, run: func(ctx context.Context) (entry, error) { return b.compileNetwork(ctx, m, r, nr) }}
		out = append(out, compile)
		if len(model) > 0 {
			run := &task{design: m.Design.Name, name: "network " + n.Name, needs: append([]*task{compile}, model...)}
			run.run = func(ctx context.Context) (entry, error) { return b.runNetwork(ctx, m, r, nr, run) }
			out = append(out, run)
		}
	}
	return out
}

func (b *build) compileNetwork(ctx context.Context, m *isa.Machine, r *designResult, n *networkResult) (entry, error) {
	kernels, err := KernelsOf(m)
	if err != nil {
		return entry{}, err
	}
	key := newKey("network", toolVersion("clang"), toolVersion("riscv-gcc"), n.Compiler, n.Opt).kernels(kernels)
	for _, f := range n.model.C.Files {
		key.add(f.Path, string(f.Data))
	}
	swFiles := sub(r.files, "sw/")
	if len(kernels) == 0 { // portable C: the same for every design
		for _, name := range append([]string{m.Spec.Name}, m.Spec.Uses...) {
			delete(swFiles, "sw/riscv_"+name+".h")
		}
	}
	for name, src := range swFiles {
		swFiles[name] = withoutDesign(src)
	}
	e, err := b.cache.do(key.files(swFiles).sum("network"), func(dir string) error {
		if err := n.model.Write(dir, m); err != nil {
			return err
		}
		_, err := n.model.CompileCore(ctx, dir, network.CompileOptions{SW: b.out.path(m.Design.Name, "sw"), Kernels: kernels, Compiler: n.compiler(), Opt: n.Opt})
		return check(ctx, err)
	})
	if err != nil {
		return e, err
	}
	n.elf = filepath.Join(e.Dir, "network.elf")
	to := b.out.path(m.Design.Name, "sw", "networks", n.Name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		return e, err
	}
	if err := n.model.Write(to, m); err != nil {
		return e, err
	}
	if err := network.WriteKernels(to, kernels); err != nil {
		return e, err
	}
	return e, copyFile(n.elf, filepath.Join(to, "network.elf"))
}

func (n *specNetwork) compiler() string {
	if n.Compiler == "gcc" {
		return gcc.GCC
	}
	return gcc.Clang
}

// runNetwork runs every sample on the design and judges every layer.
func (b *build) runNetwork(ctx context.Context, m *isa.Machine, r *designResult, n *networkResult, t *task) (entry, error) {
	elf, err := os.ReadFile(n.elf)
	if err != nil {
		return entry{}, err
	}
	key := b.modelKey(r).add("network", selfHash(), b.loaded.Spec.SHA256, m.Design.Name, n.run.On, string(elf))
	for _, in := range n.inputs {
		key.add(string(network.Input(in)))
	}
	e, err := b.cache.do(key.sum("inference"), func(dir string) error {
		img, err := iss.ReadFile(n.elf)
		if err != nil {
			return err
		}
		refs, err := n.judge(ctx)
		if err != nil {
			return err
		}
		run := n.run
		run.Equal = true
		c := network.Core{Machine: m, Dir: dir, Limit: maxNetworkCycles}
		if n.RTL {
			c.Model = r.model
		}
		for i, in := range n.inputs {
			c.Progress = func(layer, of int) {
				b.Progress.Working(t.design, t.name, int64(i*of+layer), int64(len(n.inputs)*of))
			}
			s, err := n.model.RunCore(ctx, c, img, network.Input(in), refs[i])
			if err != nil {
				return check(ctx, err)
			}
			if d := s.Difference(); d != "" {
				return &CheckError{Err: fmt.Errorf("network %s on %s, sample %d: %s", n.Name, m.Design.Name, i+1, d)}
			}
			run.Cycles += s.Cycles
			run.Instructions += s.Instructions
			run.Records += s.Lockstep
			if i == 0 {
				for _, l := range n.model.ProfileOf(s, m, nil, 0).Layers {
					run.Layers = append(run.Layers, report.NetworkLayer{Name: l.Name, Operator: l.Operator, Kernel: l.Kernel, MACs: l.MACs, Cycles: l.Cycles})
				}
			}
		}
		run.Cycles /= uint64(len(n.inputs))
		run.Instructions /= uint64(len(n.inputs))
		if run.MACs > 0 {
			run.CyclesPerMAC = float64(run.Cycles) / float64(run.MACs)
		}
		_ = os.Remove(filepath.Join(dir, "image.bin"))
		j, err := json.Marshal(run)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "run.json"), j, 0o644)
	})
	if err != nil {
		return e, err
	}
	j, err := os.ReadFile(filepath.Join(e.Dir, "run.json"))
	if err == nil {
		err = json.Unmarshal(j, &n.run)
	}
	return e, err
}
