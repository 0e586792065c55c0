package energy

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"marvelgen/flows"
	"marvelgen/flows/verilator"
	"marvelgen/verif/iss"
)

//go:embed core.cpp.tmpl
var bench string

// Bench is the test bench, for keys of caches.
func Bench() string { return bench }

// arrays is how many elements a private memory in a waveform may have.
const arrays = 1 << 20

// BuildRTL makes a simulator of a core, top, that records windows, in a folder.
func BuildRTL(ctx context.Context, dir, top string, files []string) (exe string, err error) {
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(bench)).Execute(&b, struct{ Module string }{top}); err != nil {
		return "", err
	}
	main := filepath.Join(dir, "main.cpp")
	if err := os.WriteFile(main, b.Bytes(), 0o644); err != nil {
		return "", err
	}
	return verilator.Build(ctx, verilator.Options{Dir: filepath.Join(dir, "obj"), Top: top, Files: files, CPP: []string{main}, Trace: true, Arrays: arrays, Jobs: 1})
}

// Counts are of the whole region of interest.
type Counts struct {
	Cycles  uint64 `json:"cycles"`
	Fetches uint64 `json:"fetches"`
	Reads   uint64 `json:"reads"`
	Writes  uint64 `json:"writes"`
}

// Record runs a program on the RTL, in a folder, and records windows that begin at the
// given cycles.
func Record(ctx context.Context, dir, exe string, n *Netlist, img *iss.Image, ram int, limit uint64, strata []Stratum) (*Recording, Counts, error) {
	var c Counts
	name := func(s string) string { return filepath.Join(dir, s) }
	flat, err := flatten(img, ram)
	if err != nil {
		return nil, c, err
	}
	var starts []uint64
	length := 0
	for _, s := range strata {
		length = max(length, s.Length)
		for _, b := range s.Starts {
			starts = append(starts, b...)
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	list := strings.Trim(fmt.Sprint(starts), "[]")
	for file, data := range map[string][]byte{"image.bin": flat, "windows.txt": []byte(list)} {
		if err := os.WriteFile(name(file), data, 0o644); err != nil {
			return nil, c, err
		}
	}
	out, err := flows.Run(ctx, flows.Cmd{Path: exe, Args: []string{name("image.bin"), fmt.Sprint(ram), name("windows.txt"), fmt.Sprint(length), fmt.Sprint(limit), name("wave.vcd"), name("ports.bin")}})
	if err != nil {
		return nil, c, err
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		return nil, c, fmt.Errorf("the recording RTL prints %q: %w", out, err)
	}
	wave, err := os.Open(name("wave.vcd"))
	if err != nil {
		return nil, c, err
	}
	defer wave.Close()
	ports, err := os.Open(name("ports.bin"))
	if err != nil {
		return nil, c, err
	}
	defer ports.Close()
	r, err := ReadRecording(n, wave, ports)
	return r, c, err
}

// flatten is the image as the bytes from the start of the RAM.
func flatten(img *iss.Image, ram int) ([]byte, error) {
	var out []byte
	for _, s := range img.Segments {
		at := uint64(s.Addr - iss.RAMBase)
		if at+uint64(len(s.Data)) > uint64(ram) {
			return nil, fmt.Errorf("the program does not fit the RAM of %d bytes", ram)
		}
		if end := int(at) + len(s.Data); end > len(out) {
			out = append(out, make([]byte, end-len(out))...)
		}
		copy(out[at:], s.Data)
	}
	return out, nil
}

// Measure simulates the windows of a stratum, with and without glitches.
func (r *Recording) Measure(st Stratum, u Units) (Class, uint64, error) {
	c := Class{Operator: st.Class, Cycles: st.Cycles}
	weights := Weights(r.Netlist)
	var means [2][]Energy
	cycles := uint64(0)
	for _, starts := range st.Starts {
		for i, unit := range []float64{u.Settled, u.Glitch} {
			s := NewSim(r.Netlist)
			s.Glitch = i == 1
			if s.Glitch && len(means[1]) > 0 {
				continue // one batch is enough for what is no figure of its own
			}
			if err := r.Run(s, starts, st.Length); err != nil {
				return c, 0, err
			}
			means[i] = append(means[i], PerCycle(s, weights, unit))
			cycles += s.Cycles
		}
		r.accesses(starts, st.Length, &c)
	}
	c.PerCycle = Mean(means[0])
	c.Glitch = means[1][0].Logic + means[1][0].Clock
	n := float64(len(st.Starts) * len(st.Starts[0]) * st.Length)
	c.Fetches, c.Reads, c.Writes = c.Fetches/n, c.Reads/n, c.Writes/n
	return c, cycles, nil
}
