package profile

import (
	"encoding/binary"
	"slices"
	"testing"

	"marvelgen/verif/iss"
)

func TestNotes(t *testing.T) {
	notes, err := parseNotes(binary.LittleEndian, []byte("\x20\x00\x00\x00late\x00\x10\x00\x00\x00odd\x00\x14\x00\x00\x00odd\x00\x18\x00\x00\x00never\x00"))
	if err != nil {
		t.Fatal(err)
	}
	l := &Lines{notes: notes}
	got := l.Notes([]iss.BlockCounts{{Start: 0x1c, End: 0x24, Counts: iss.Counts{Executions: 1}}, {Start: 0x0c, End: 0x18, Counts: iss.Counts{Executions: 2}}, {Start: 0x18, End: 0x1c}})
	if want := []string{"odd", "late"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (*Lines)(nil).Notes(nil); got != nil {
		t.Error(got)
	}
	for _, bad := range []string{"\x20\x00\x00", "\x20\x00\x00\x00", "\x20\x00\x00\x00text", "\x20\x00\x00\x00text\x00\x10"} {
		if n, err := parseNotes(binary.LittleEndian, []byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, n)
		}
	}
}
