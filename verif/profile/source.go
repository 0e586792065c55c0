package profile

import (
	"bytes"
	"os"
)

// maxSource bounds a source file: a program may name any.
const maxSource = 16 << 20

// Sources reads the C files that line tables name, each once.
type Sources struct {
	files map[string][]string // nil: it cannot be read
}

// Line is the text of a line of a file; not ok if there is none to be had.
func (s *Sources) Line(path string, line int) (text string, ok bool) {
	list, known := s.files[path]
	if !known {
		list = readSource(path)
		if s.files == nil {
			s.files = map[string][]string{}
		}
		s.files[path] = list
	}
	if line < 1 || line > len(list) {
		return "", false
	}
	return list[line-1], true
}

// readSource is a file's lines, without what would move a terminal's cursor.
func readSource(path string) []string {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > maxSource {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var out []string
	for _, l := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		out = append(out, string(bytes.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, l)))
	}
	return out
}
