package front

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/nextpnr"
	"marvelgen/verif/energy"
)

func TestBeside(t *testing.T) {
	f, err := Read(filepath.Join("testdata", "small.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := f.ReadBeside(dir); err != nil || f.Energy != nil || f.Clock != nil {
		t.Fatalf("an empty folder: %v", err)
	}
	design := f.Designs[0].Name
	e := &energy.Report{Schema: energy.Schema, SHA256: f.SHA256, Base: "base", Design: design, Method: "by guess",
		Networks: []energy.Network{{Name: "net", Base: energy.Run{Total: 123.4}, Ext: energy.Run{Total: 12.34}, Ratio: energy.Ratio{Total: 10}}}}
	c := &nextpnr.Comparison{Schema: nextpnr.Schema, SHA256: f.SHA256, Device: "a device",
		Rates: []nextpnr.Rates{{Kind: "core", Base: nextpnr.Rate{Median: 50}, Ext: nextpnr.Rate{Design: design, Median: 40}, Ratio: 0.8}}}
	put := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(EnergyFile, e)
	put(ClockFile, c)
	if err := f.ReadBeside(dir); err != nil {
		t.Fatal(err)
	}
	f.Designs[0].Geomean = 20
	page, err := f.Page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"123.40", "12.34", "by guess", "net *", "a device", times(16), "0.80"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	e.SHA256 = "other"
	put(EnergyFile, e)
	if err := f.ReadBeside(dir); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("energy of another spec: %v", err)
	}
	put(EnergyFile, c)
	if err := f.ReadBeside(dir); err == nil || !strings.Contains(err.Error(), energy.Schema) {
		t.Errorf("clock rates for energy: %v", err)
	}
}
