// Package asm reads the assembly text that gcc and clang print for RISC-V.
//
// A File keeps every line as it is: what a pass does not understand or want to
// change goes out byte for byte. Lines hold a label, a directive or an
// instruction; operands are text, with numbers and registers taken apart by
// their readers.
package asm

import (
	"strings"
)

// Kind says what a line is.
type Kind uint8

// Kinds of lines.
const (
	Blank     Kind = iota // nothing, or a comment alone
	Label                 // Name
	Directive             // Name (with its dot) and Args
	Instr                 // Name is the mnemonic
	Marker                // #APP or #NO_APP: hand-written assembly begins or ends
)

// Line is one line, or a part of one: "f: addi a0, a0, 1" is two Lines.
type Line struct {
	Kind Kind
	Name string
	Args []string // operands or a directive's arguments, split at commas
	Text string   // as read, without the newline
	No   int      // line number, from 1
}

// Arg is argument i, or "".
func (l *Line) Arg(i int) string {
	if i < len(l.Args) {
		return l.Args[i]
	}
	return ""
}

// File is the text of one assembly file.
type File struct {
	Name  string
	Lines []Line
}

// HasLabel reports whether a label stands in the file.
func (f *File) HasLabel(name string) bool {
	for i := range f.Lines {
		if l := &f.Lines[i]; l.Kind == Label && l.Name == name {
			return true
		}
	}
	return false
}

// Read takes text apart. Nothing is an error: a line that cannot be made sense
// of is an instruction of an unknown name, which passes leave alone.
func Read(name string, text []byte) *File {
	f := &File{Name: name}
	lines := strings.Split(string(text), "\n")
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	f.Lines = make([]Line, 0, len(lines))
	for i, s := range lines {
		f.read(strings.TrimSuffix(s, "\r"), i+1)
	}
	return f
}

// read appends what one line of text holds.
func (f *File) read(text string, no int) {
	switch trimmed := strings.TrimSpace(text); trimmed {
	case "#APP", "#NO_APP":
		f.Lines = append(f.Lines, Line{Kind: Marker, Name: trimmed[1:], Text: text, No: no})
		return
	}
	code := stripComment(text)
	for {
		name, rest, ok := cutLabel(code)
		if !ok {
			break
		}
		line := Line{Kind: Label, Name: name, Text: text, No: no}
		if strings.TrimSpace(rest) != "" {
			line.Text = name + ":"
			text = rest
		} else {
			text = ""
		}
		f.Lines = append(f.Lines, line)
		if code = rest; text == "" {
			return
		}
	}
	statements := splitStatements(code)
	for i, s := range statements {
		line := Line{Text: text, No: no}
		if len(statements) > 1 {
			line.Text = "\t" + strings.TrimSpace(s)
		}
		line.Name, line.Args = cutName(s)
		switch {
		case line.Name == "":
			if i > 0 {
				continue
			}
		case line.Name[0] == '.':
			line.Kind = Directive
		default:
			line.Kind = Instr
		}
		f.Lines = append(f.Lines, line)
	}
}

// stripComment cuts a comment: from # or // to the end of the line. Quoted text
// may hold either.
func stripComment(s string) string {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '#' || c == '/' && strings.HasPrefix(s[i:], "//")):
			return s[:i]
		}
	}
	return s
}

// cutLabel takes a label off the beginning of s.
func cutLabel(s string) (name, rest string, ok bool) {
	trimmed := strings.TrimLeft(s, " \t")
	n := 0
	for n < len(trimmed) && symbolByte(trimmed[n]) {
		n++
	}
	if n == 0 || n >= len(trimmed) || trimmed[n] != ':' {
		return "", s, false
	}
	return trimmed[:n], trimmed[n+1:], true
}

func symbolByte(c byte) bool {
	return c == '_' || c == '.' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// splitStatements splits at semicolons outside of quotes.
func splitStatements(s string) []string { return splitOutside(s, ';') }

// cutName splits a statement into its name and its arguments.
func cutName(s string) (string, []string) {
	s = strings.TrimSpace(s)
	end := strings.IndexAny(s, " \t")
	if end < 0 {
		return s, nil
	}
	rest := strings.TrimSpace(s[end:])
	if rest == "" {
		return s[:end], nil
	}
	args := splitOutside(rest, ',')
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	return s[:end], args
}

// splitOutside splits s at sep, but neither in quotes nor in parentheses.
func splitOutside(s string, sep byte) []string {
	var out []string
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth <= 0:
			out, from = append(out, s[from:i]), i+1
		}
	}
	return append(out, s[from:])
}

// Text is the file as text.
func (f *File) Text() []byte {
	var b strings.Builder
	for _, l := range f.Lines {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}
