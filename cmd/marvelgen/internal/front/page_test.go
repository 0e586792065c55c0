package front

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// TestGoldenPage compares the page of three designs, and what is printed, word for word.
func TestGoldenPage(t *testing.T) {
	f, err := Read(filepath.Join("testdata", "small.json"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.Page()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	f.Print(&text)
	for name, got := range map[string][]byte{"small.html": page, "small.txt": text.Bytes()} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs; -update rewrites it", file)
		}
	}
}

// foreigners finds what a page must not hold: scripts and things from elsewhere.
var foreigners = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=|\bon[a-z]+=`)

// TestPageNeedsNothing holds names of an attacker and of a file against the page.
func TestPageNeedsNothing(t *testing.T) {
	evil := `<script src="http://x/"></script>`
	f := family(func(f *Front, d *Design) {
		f.Spec, d.Name, f.Networks[0].Name, f.Missing = evil, evil, evil, []string{evil}
		d.Runs[0].Network = evil
	})
	page, err := f.Page()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(page, []byte("&lt;script src=")); n < 5 {
		t.Errorf("the names stand there %d times", n)
	}
	plain, err := family(nil).Page()
	if err != nil {
		t.Fatal(err)
	}
	escaped := regexp.MustCompile(`&lt;script.*?&lt;/script&gt;`)
	for _, p := range [][]byte{plain, escaped.ReplaceAll(page, nil)} {
		if x := foreigners.Find(p); x != nil {
			t.Errorf("the page has %q", x)
		}
	}
	if foreigners.FindString(evil) == "" {
		t.Error("a script is not found")
	}
}

// TestSVG draws families that are hard to draw; each picture is well-formed XML and
// has no number that is none.
func TestSVG(t *testing.T) {
	for name, change := range map[string]func(f *Front, d *Design){
		"usual":      nil,
		"smaller":    func(_ *Front, d *Design) { d.Area.LUT = 500 },
		"large":      func(_ *Front, d *Design) { d.Area.LUT = 100_000 },
		"slower":     func(_ *Front, d *Design) { d.Runs[0].Cycles = 1 << 40 },
		"fast":       func(_ *Front, d *Design) { d.Runs[0].Cycles = 1 },
		"all failed": func(f *Front, _ *Design) { f.BaseArea.LUT++; f.Networks[0].Base.Difference = "layer 1" },
		"no network": func(f *Front, _ *Design) { f.Networks = nil },
	} {
		svg, err := family(change).SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: a number is none", name)
		}
		d := xml.NewDecoder(bytes.NewReader(svg))
		for err == nil {
			_, err = d.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSpread puts names anywhere; none may touch the next, as far as there is room.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9).Draw(t, "n")
		var centres, widths []vg.Length
		x := vg.Length(20)
		for range n {
			x += vg.Length(rapid.Float64Range(0, 40).Draw(t, "gap"))
			centres, widths = append(centres, x), append(widths, vg.Length(rapid.Float64Range(10, 45).Draw(t, "width")))
		}
		spread(centres, widths, 480)
		for i := 1; i < n; i++ {
			if gap := centres[i] - centres[i-1] - (widths[i]+widths[i-1])/2; gap < -1 {
				t.Errorf("names %d and %d overlap by %.1f: %v %v", i-1, i, -gap, centres, widths)
			}
		}
		if n > 0 && centres[n-1] > 480 {
			t.Errorf("the last name is at %v", centres[n-1])
		}
	})
}

func TestFrontOf(t *testing.T) {
	got := frontOf(plotter.XYs{{X: 30, Y: 10}, {X: 10, Y: 5}, {X: 20, Y: 4}, {X: 10, Y: 6}, {X: 40, Y: 10}})
	if len(got) != 2 || got[0] != (plotter.XY{X: 10, Y: 6}) || got[1] != (plotter.XY{X: 30, Y: 10}) {
		t.Error(got)
	}
}

func TestTicks(t *testing.T) {
	var labels []string
	for _, k := range logTicks(0.9, 60) {
		if k.Label != "" {
			labels = append(labels, k.Label)
		}
	}
	if got := strings.Join(labels, " "); got != "1x 2x 5x 10x 20x 50x" {
		t.Error(got)
	}
	for _, high := range []float64{10, 60, 9000} {
		if n := len(percentTicks(0, high)); n < 2 || n > 12 {
			t.Errorf("%d ticks up to %g", n, high)
		}
	}
}
