package profile

import (
	"bytes"
	"os"
)

// maxSource bounds a source file: a program may name any.
const maxSource = 16 << 20

// sources are the C files that a line table names, each read once.
type sources map[string][]string // nil: it cannot be read

// line is the text of a line of a file.
func (s *sources) line(path string, line int) (text string, ok bool) {
	s.read(path, path)
	list := (*s)[path]
	if line < 1 || line > len(list) {
		return "", false
	}
	return list[line-1], true
}

// read takes in the file at path, by another name.
func (s *sources) read(name, path string) {
	if _, known := (*s)[name]; known {
		return
	}
	if *s == nil {
		*s = sources{}
	}
	(*s)[name] = readSource(path)
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
