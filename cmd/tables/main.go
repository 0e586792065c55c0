// Command tables writes a spec with design paper of specs/transformer.hcl for tables of
// other sizes, and a header beside it for each: what `make bench-tables` compares.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"text/template"

	"marvelgen/gen/spec"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tables FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}

// form is one size of the tables, and whether they interpolate; with the error bounds
// of its instructions.
type form struct {
	Variant                 int
	Entries                 int
	Linear                  bool
	Exp, Recip, Rsqrt, Gelu string
}

var forms = []form{
	{1, 32, false, "0.011", "0.0155", "0.0155", "0.03"},
	{2, 64, false, "0.0055", "0.0078", "0.0078", "0.0152"},
	{3, 128, false, "0.0028", "0.0039", "0.0039", "0.0079"},
	{4, 32, true, "0.00011", "0.00037", "0.00048", "0.0019"},
	{5, 64, true, "0.00007", "0.00013", "0.00017", "0.00071"},
	{6, 128, true, "0.00005", "0.000053", "0.000062", "0.00051"},
}

func (f form) Name() string {
	if f.Linear {
		return fmt.Sprintf("%dl", f.Entries)
	}
	return fmt.Sprint(f.Entries)
}

func (f form) Words() string {
	if f.Linear {
		return fmt.Sprintf("%d entries and lines between them", f.Entries)
	}
	return fmt.Sprintf("the nearest of %d entries", f.Entries)
}

func (f form) Half() int    { return f.Entries / 2 }
func (f form) Quarter() int { return f.Entries / 4 }
func (f form) Last() int    { return f.Entries - 1 }

// Below is the bit that lies as far below another as an entry's number has bits.
func (f form) Below(bit int) int { return bit - bits.Len(uint(f.Entries-1)) }

// place is where in a piece an entry is taken: X is an expression in its number k.
type place struct {
	form
	X string
}

// At is where an entry itself is taken: where its piece begins, or in its middle if it
// stands for the whole.
func (f form) At() place {
	if f.Linear {
		return place{f, "k"}
	}
	return place{f, "k + 0.5"}
}

// Next is where an entry's piece ends.
func (f form) Next() place { return place{f, "k + 1"} }

// Capped reports whether the first entry of a falling function has to fit its width.
func (p place) Capped() bool { return p.X == "k" }

//go:embed *.tmpl
var templates embed.FS

// run writes tables.hcl and the headers.
func run(folder string) error {
	t, err := template.ParseFS(templates, "*.tmpl")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	write := func(name, of string, data any, finish func([]byte) []byte) error {
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, of, data); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, name), finish(b.Bytes()), 0o666)
	}
	if err := write("tables.hcl", "tables.hcl.tmpl", forms, spec.Format); err != nil {
		return err
	}
	for _, f := range forms {
		if err := write("t"+f.Name()+".h", "names.h.tmpl", f, func(b []byte) []byte { return b }); err != nil {
			return err
		}
	}
	return nil
}
