package front

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html.tmpl
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pageData is what the page is made of.
type pageData struct {
	*Front
	Picture template.HTML
	Tables  []Table
}

// Page is the results as one HTML file that needs nothing else.
func (f *Front) Page() ([]byte, error) {
	svg, err := f.SVG()
	if err != nil {
		return nil, err
	}
	if i := bytes.Index(svg, []byte("<svg")); i > 0 { // HTML has no XML declaration
		svg = svg[i:]
	}
	var b bytes.Buffer
	// Every text in the picture is escaped by who drew it.
	err = page.Execute(&b, pageData{f, template.HTML(svg), f.Tables()})
	return b.Bytes(), err
}
