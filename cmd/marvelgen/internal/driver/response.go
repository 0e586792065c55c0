package driver

import (
	"os"
	"strings"
)

// Expand puts the words of response files (@FILE) in their place. As in gcc, a file
// that cannot be read is a word like any other.
func Expand(list []string) []string { return expand(list, 0) }

// deepest is how many response files may stand in one another: more is a cycle.
const deepest = 32

func expand(list []string, depth int) []string {
	var out []string
	for _, w := range list {
		if len(w) > 1 && w[0] == '@' && depth < deepest {
			if text, err := os.ReadFile(w[1:]); err == nil {
				out = append(out, expand(split(string(text)), depth+1)...)
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// split takes text apart as gcc does: at white space, which quotes and backslashes
// protect.
func split(text string) []string {
	var out []string
	var word strings.Builder
	quote, in := byte(0), false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			in = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, in = c, true
		case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}
