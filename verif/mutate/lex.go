package mutate

import (
	"regexp"
	"strings"
)

// token is a word of Verilog: an identifier, a number or an operator.
type token struct {
	text string
	at   int // offset in the source
}

func (t token) end() int { return t.at + len(t.text) }

// isWord reports whether the token is an identifier or a keyword.
func (t token) isWord() bool {
	c := t.text[0]
	return c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isNumber reports whether the token is a literal.
func (t token) isNumber() bool { return '0' <= t.text[0] && t.text[0] <= '9' }

// ends reports whether an operand can end with the token, so that an operator
// behind it is a binary one.
func (t token) ends() bool {
	return t.isWord() || t.isNumber() || t.text == ")" || t.text == "]" || t.text == "}"
}

// word matches one token at the start of the text, longest operators first.
var word = regexp.MustCompile(`^(?:[A-Za-z_$][A-Za-z0-9_$]*|[0-9][0-9_]*(?:'s?[bdhoBDHO][0-9a-fA-F_xzXZ?]+)?|'s?[bdhoBDHO][0-9a-fA-F_]+|` +
	`"(?:[^"\\]|\\.)*"|<<<|>>>|===|!==|<=|>=|==|!=|&&|\|\||<<|>>|\+:|-:|\(\*|\*\)|~\^|.)`)

// lex splits Verilog into tokens. Comments, directives and what stands between
// `ifdef and `endif is left out: in this tree that is the RVFI port, the witness
// of the judges, and checks, neither of them part of the core.
func lex(src string) []token {
	var out []token
	hidden := 0
	for i := 0; i < len(src); {
		switch rest := src[i:]; {
		case strings.ContainsAny(rest[:1], " \t\r\n"):
			i++
		case strings.HasPrefix(rest, "//"):
			i += lineEnd(rest)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return out
			}
			i += n + 4
		case rest[0] == '`':
			switch name := directive.FindString(rest); name {
			case "`ifdef", "`ifndef":
				hidden++
			case "`endif":
				hidden--
			}
			i += lineEnd(rest)
		default:
			text := word.FindString(rest)
			if text == "" {
				text = rest[:1]
			}
			if hidden == 0 {
				out = append(out, token{text, i})
			}
			i += len(text)
		}
	}
	return out
}

var directive = regexp.MustCompile("^`[a-z]+")

func lineEnd(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}
