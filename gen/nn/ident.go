package nn

import (
	"regexp"
	"strconv"
	"strings"
)

// maxIdent is the longest identifier that Ident returns: C99 tells no more than
// the first 63 characters of names apart.
const maxIdent = 40

// Ident makes a C identifier of a name: runs of other characters become one
// underscore. It returns "" if nothing is left.
func Ident(name string) string {
	var b strings.Builder
	gap := false
	for _, c := range []byte(name) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !ok {
			gap = b.Len() > 0
			continue
		}
		if b.Len() == 0 && c <= '9' {
			b.WriteString("n")
		}
		if gap {
			b.WriteByte('_')
			gap = false
		}
		b.WriteByte(c)
		if b.Len() >= maxIdent {
			break
		}
	}
	return b.String()
}

var identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)

// isIdent reports whether a name is an identifier that Ident and Names make.
func isIdent(name string) bool { return identifier.MatchString(name) }

// Names hands out identifiers, each once. It holds the next number of each.
type Names map[string]int

// Unique returns want, or want_2 and so on where it has been given away.
func (n Names) Unique(want string) string {
	name := want
	for n[name] > 0 {
		n[want]++
		name = want + "_" + strconv.Itoa(n[want])
	}
	n[name] = 1
	return name
}

// Printable makes a name of a model file fit for messages and comments: one line of
// at most 160 printable characters.
func Printable(name string) string {
	const most = 160
	if len(name) > most {
		name = name[:most]
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, name)
}
