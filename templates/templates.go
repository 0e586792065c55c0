// Package templates holds the text of everything marvelgen writes: one folder
// per emitter, one template per output file.
package templates

import "embed"

// FS holds <emitter>/<file>.tmpl.
//
//go:embed rtl/*.tmpl sw/*.tmpl tb/*.tmpl flow/*.tmpl doc/*.tmpl formal/*.tmpl rvfi/*.tmpl nn/*.tmpl
var FS embed.FS
