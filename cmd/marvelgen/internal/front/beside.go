package front

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"marvelgen/flows/nextpnr"
	"marvelgen/verif/energy"
)

// Files that may lie beside the results, with what else was measured.
const (
	EnergyFile = "energy.json" // marvelgen energy
	ClockFile  = "pnr.json"    // marvelgen pnr
)

// ReadBeside reads what else was measured, from files in the folder of the results.
// What is not there is left out; what is there, but of another spec, is an error.
func (f *Front) ReadBeside(dir string) error {
	f.Energy, f.Clock = &energy.Report{}, &nextpnr.Comparison{}
	ok, err := f.beside(filepath.Join(dir, EnergyFile), energy.Schema, f.Energy)
	if !ok {
		f.Energy = nil
	}
	if err != nil {
		return err
	}
	ok, err = f.beside(filepath.Join(dir, ClockFile), nextpnr.Schema, f.Clock)
	if !ok {
		f.Clock = nil
	}
	return err
}

func (f *Front) beside(file, schema string, into any) (bool, error) {
	st, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !st.Mode().IsRegular() || st.Size() > maxFile {
		return false, fmt.Errorf("%s is no file of at most %d bytes", file, maxFile)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var head struct {
		Schema string `json:"schema"`
		SHA256 string `json:"spec_sha256"`
	}
	if json.Unmarshal(b, &head) != nil || head.Schema != schema || json.Unmarshal(b, into) != nil {
		return false, fmt.Errorf("%s holds no results of schema %s", file, schema)
	}
	if head.SHA256 != f.SHA256 {
		return false, fmt.Errorf("%s is of another version of the spec: measure again, or remove it", file)
	}
	return true, nil
}

// energyTable is what an inference takes.
func (f *Front) energyTable() Table {
	e := f.Energy
	t := Table{Title: "Energy of an inference", Head: []string{"network", e.Base + ", µJ", e.Design + ", µJ", "times less", "as assumed, from", "to", "gates alone"}}
	for _, n := range e.Networks {
		name := n.Name
		if !n.Measured {
			name += " *"
		}
		t.Rows = append(t.Rows, []string{name, fmt.Sprintf("%.2f", n.Base.Total), fmt.Sprintf("%.2f", n.Ext.Total), times(n.Ratio.Total), times(n.Ratio.Low), times(n.Ratio.High), times(n.Ratio.Logic)})
	}
	t.Note = "An estimate of dynamic energy, memories included: " + e.Method + ". From and to: clocks not gated, glitches counted, memories that take half or twice as much. * by operators, from the other networks."
	return t
}

// clockTable is clock rates, and what they make of speed-ups.
func (f *Front) clockTable() Table {
	c := f.Clock
	t := Table{Title: "Clock rate", Head: []string{"", "MHz", "MHz, extended", "ratio", "speed-up in time, geometric mean"}}
	for _, r := range c.Rates {
		in := "–"
		for _, d := range f.Designs {
			if d.Name == r.Ext.Design && d.Geomean > 0 {
				in = times(d.Geomean * r.Ratio)
			}
		}
		t.Rows = append(t.Rows, []string{r.Kind, fmt.Sprintf("%.1f", r.Base.Median), fmt.Sprintf("%.1f", r.Ext.Median), fmt.Sprintf("%.2f", r.Ratio), in})
		t.Note = fmt.Sprintf("%s against %s, the median of %d placements each: %s, by %s.", r.Ext.Design, r.Base.Design, len(r.Ext.Seeds), c.Device, c.Flow)
	}
	return t
}
