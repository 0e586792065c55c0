package cc

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"marvelgen/gen/cc/asm"
)

// golden compares a file that has been rewritten, behind its remarks, with a golden file;
// -update, which cc_test has, writes that.
func golden(t *testing.T, name string, f *asm.File, remarks []Remark) {
	t.Helper()
	var out bytes.Buffer
	for _, r := range remarks {
		out.WriteString(r.In(f.Name) + "\n")
	}
	out.WriteByte('\n')
	out.Write(f.Text())
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(name, out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(name); err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%v, differs from %s\n%s", err, name, out.Bytes())
	}
}
