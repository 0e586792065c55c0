package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"marvelgen/verif/bound"
)

// FuzzReport reads anything as a report, finishes it and writes it again: every
// report that can be read can be written, as text too, and means the same.
func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"schema": "marvelgen-report/1", "base_area": {"lut": 10}, "designs": [{"name": "v0", "area": {"lut": 12},
		"programs": [{"name": "p", "variant": "c", "portable": true, "cycles": 100, "macs": 4, "passed": true, "lockstep": true}],
		"vectors": {"add": 3}, "steps": [{"name": "lint", "status": "failed", "error": "x"}]}], "tools": {"yosys": "0.23"}}`))
	f.Add([]byte(`{"base_area": {"lut": 0, "ff": 0}, "designs": [{"area": {"lut": 1}}]}`))
	f.Add([]byte(`{"designs": [{}, {"programs": [{"macs": 1, "passed": true}]}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		bound.Check(t, 5*time.Second, uint64(4<<20+2000*len(data)), func() {
			var r Report
			if json.Unmarshal(data, &r) != nil {
				return
			}
			r.Finish()
			text, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			_, _ = r.Markdown(), r.DesignTable().Render()
			var again Report
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if b, err := again.JSON(); err != nil || !bytes.Equal(b, text) {
				t.Fatalf("written again: %v\n%s\n%s", err, text, b)
			}
		})
	})
}
