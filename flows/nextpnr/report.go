package nextpnr

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Schema names the format of the file.
const Schema = "marvelgen-pnr/1"

// Comparison is the clock rates of the core alone and of a design.
type Comparison struct {
	Schema string  `json:"schema"`
	Tool   string  `json:"tool"`
	Spec   string  `json:"spec"`
	SHA256 string  `json:"spec_sha256"`
	Device string  `json:"device"`
	Flow   string  `json:"flow"`
	Rates  []Rates `json:"rates"`
}

// Rates compares two designs of one kind.
type Rates struct {
	Kind  string  `json:"kind"`
	Base  Rate    `json:"base"`
	Ext   Rate    `json:"extended"`
	Ratio float64 `json:"ratio"` // of the medians
}

// Rate is one design, placed with several seeds.
type Rate struct {
	Design string      `json:"design"`
	Median float64     `json:"median_mhz"`
	Seeds  []Placement `json:"seeds"`
}

// JSON is the file.
func (r *Comparison) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Print writes clock rates, and the worst path of the seed in the middle.
func (r *Comparison) Print(w io.Writer) {
	fmt.Fprintf(w, "Clock rates after place and route: %s, by %s\n", r.Device, r.Flow)
	for _, c := range r.Rates {
		fmt.Fprintf(w, "\n%s: %.2f times the rate\n", c.Kind, c.Ratio)
		for _, d := range []Rate{c.Base, c.Ext} {
			var all []string
			for _, p := range d.Seeds {
				all = append(all, fmt.Sprintf("%.1f", p.MHz))
			}
			fmt.Fprintf(w, "  %-10s %5.1f MHz, the median of %s\n", d.Design, d.Median, strings.Join(all, ", "))
			for _, p := range d.Seeds {
				if p.MHz <= d.Median {
					fmt.Fprintf(w, "             critical: %.1f ns, %.1f of them wires: %s\n", p.NS, p.Wires, strings.Join(p.Path, " > "))
					break
				}
			}
		}
	}
}
