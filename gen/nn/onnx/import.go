// Package onnx reads ONNX models, operator sets 8 to 21: networks in float32, which
// become graphs in float32, and quantised ones, with QuantizeLinear and
// DequantizeLinear around their operators (QDQ) or with operators on integers
// (QLinearConv and its like), which become graphs in int8. What it reads of the
// format is in onnx.proto; package schema is generated from that.
//
// The way through: decode unpacks the file; rewrite expresses operators on integers
// by QDQ; every operator becomes nodes of the graph, or is computed where its inputs
// are constants; then subgraphs makes one node of layer normalisation and of GELU,
// attention moves the scales of scores into the softmax, simplify folds batch
// normalisation and fuses activation functions, and integer turns what stands between
// DequantizeLinear and QuantizeLinear into int8.
package onnx

//go:generate sh -c "protoc --plugin=protoc-gen-go=$DOLLAR(go tool -n protoc-gen-go) --go_out=schema --go_opt=paths=source_relative onnx.proto"

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// Limits of what is read. Networks are far below; hostile files are not.
const (
	minOpset, maxOpset = 8, 21
	maxErrors          = 20
	// maxExpanded is how many elements of four bytes may be made for constants
	// altogether, beyond twice the file: a ConstantOfShape writes any number down
	// in a few bytes.
	maxExpanded = 1 << 28
)

// reader holds an unpacked model while it becomes a graph.
type reader struct {
	file        string
	opset       int
	graph       *nn.Graph
	values      map[string]*value
	packed      map[string]*schema.Tensor // constants that no operator has asked for yet
	uses        map[string]int            // how many operators still ask for a name
	readBy      map[string][]*schema.Node // operators that ask for a name
	made        map[string]bool           // names of inputs, and of outputs of all operators
	moved       map[string]*nn.Tensor
	weights     map[string]*nn.Tensor
	hard        map[*nn.Tensor]*nn.Tensor // hard sigmoids, quantised or not, to their arguments
	dequantised map[*nn.Tensor]*nn.Tensor // results of Dequantize to their arguments
	source      string                    // the operator at hand
	hint        string                    // what to call its nodes
	raw         map[*nn.Quant]*nn.Quant   // scales of uint8 inputs shifted to int8, to those of the inputs themselves
	budget      int                       // elements of constants that may still be made
}

// Import reads a model. The file's name stands in errors, and without folder and
// extension names the graph. All operators that are missing are reported, one
// *nn.Error each, joined; of other problems the first of each operator. The graph
// has passed its Check. A first dimension of inputs that the file leaves open is 1.
// Import keeps no part of data.
//
// Activations are NHWC inside. Inputs and outputs that the file has as NCHW are
// NHWC too, and say so (nn.Tensor.NCHW).
func Import(file string, data []byte) (*nn.Graph, error) {
	m, err := decode(data)
	if err != nil {
		return nil, &nn.Error{File: file, Problem: err.Error()}
	}
	r := &reader{file: file, values: map[string]*value{}, packed: map[string]*schema.Tensor{}, uses: map[string]int{}, readBy: map[string][]*schema.Node{}, made: map[string]bool{},
		moved: map[string]*nn.Tensor{}, weights: map[string]*nn.Tensor{}, hard: map[*nn.Tensor]*nn.Tensor{}, dequantised: map[*nn.Tensor]*nn.Tensor{}, raw: map[*nn.Quant]*nn.Quant{}, budget: maxExpanded + 2*len(data)}
	if err := r.read(m); err != nil {
		return nil, err
	}
	return r.graph, nil
}

func (r *reader) read(m *schema.Model) error {
	base := filepath.Base(r.file)
	r.graph = &nn.Graph{File: r.file, Name: nn.Ident(strings.TrimSuffix(base, filepath.Ext(base)))}
	if r.graph.Name == "" {
		r.graph.Name = "model"
	}
	g := m.Graph
	if err := r.version(m); err != nil {
		return err
	}
	if len(g.SparseInitializer) > 0 {
		return r.errorf("it has sparse constants: store its weights densely")
	}
	for _, t := range g.Initializer {
		if r.packed[t.Name] != nil {
			return &nn.Error{File: r.file, Tensor: label(t.Name), Problem: "two constants have this name"}
		}
		r.packed[t.Name] = t
	}
	g.Initializer = nil // unpack releases them one by one
	nodes, err := r.rewrite(g.Node)
	if err != nil {
		return err
	}
	ops, err := r.needed(nodes, g.Output)
	if err != nil {
		return err
	}
	if err := r.inputs(g.Input, ops); err != nil {
		return err
	}
	if err := r.convert(ops); err != nil {
		return err
	}
	if err := r.outputs(g.Output); err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	return r.graph.Check()
}

// version checks what the file says of itself.
func (r *reader) version(m *schema.Model) error {
	if m.Graph == nil || m.IrVersion < 3 {
		return r.errorf("damaged, or no ONNX model: it has no graph, or its format's version, %d, is below 3", m.IrVersion)
	}
	for _, o := range m.OpsetImport {
		if o.Domain == "" || o.Domain == "ai.onnx" {
			r.opset = int(o.Version)
		}
	}
	if r.opset < minOpset || r.opset > maxOpset {
		return r.errorf("operator set %d; %d to %d are supported", r.opset, minOpset, maxOpset)
	}
	return nil
}

// needed are the operators that the network's outputs depend on, in the file's
// order, and of those that are not supported an error each. Others are never
// looked at.
func (r *reader) needed(nodes []source, outputs []*schema.ValueInfo) ([]*op, error) {
	wanted := map[string]bool{}
	for _, o := range outputs {
		wanted[o.Name] = true
		r.uses[o.Name]++
	}
	var ops []*op
	var missing []error
	for i := len(nodes) - 1; i >= 0; i-- {
		n := nodes[i].node
		use := false
		for _, name := range n.Output {
			use = use || name != "" && wanted[name]
		}
		if !use {
			continue
		}
		for _, name := range n.Input {
			wanted[name] = true
			r.uses[name]++
			r.readBy[name] = append(r.readBy[name], n)
		}
		o := r.op(nodes[i])
		if o.kind.convert == nil {
			missing = append(missing, o.bad(first(n.Output), "operator %s is not supported%s", o.title(), o.kind.why))
		}
		ops = append(ops, o)
	}
	if len(missing) > 0 {
		reverse(missing)
		return nil, errors.Join(missing[:min(len(missing), maxErrors)]...)
	}
	reverse(ops)
	return ops, nil
}

func reverse[T any](v []T) {
	for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
		v[i], v[j] = v[j], v[i]
	}
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// convert turns operators into nodes. One whose input could not be made is passed
// over: its error would only repeat that one's.
func (r *reader) convert(ops []*op) error {
	var errs []error
	broken := map[string]bool{}
	for _, o := range ops {
		skip := false
		for _, name := range o.file.Input {
			skip = skip || broken[name]
		}
		var err error
		if !skip {
			err = o.run()
		}
		if skip || err != nil {
			for _, name := range o.file.Output {
				broken[name] = true
			}
		}
		if err != nil {
			if errs = append(errs, err); len(errs) == maxErrors {
				break
			}
		}
		for _, name := range o.file.Input {
			if r.uses[name]--; r.uses[name] == 0 { // constants lie in the graph by now
				delete(r.values, name)
			}
		}
	}
	return errors.Join(errs...)
}

// charge books elements of constants.
func (r *reader) charge(n int) error {
	if r.budget -= n; r.budget < 0 {
		return fmt.Errorf("the model's constants unfold to more than %d elements", maxExpanded)
	}
	return nil
}

func (r *reader) errorf(format string, args ...any) error {
	return &nn.Error{File: r.file, Problem: fmt.Sprintf(format, args...)}
}

// label is how errors call a tensor.
func label(name string) string { return fmt.Sprintf("%q", nn.Printable(name)) }
