// Package tflite reads TensorFlow Lite models: quantised networks as the
// TensorFlow Lite converter writes them, int8 inside, with int8, uint8 or float32
// at the edges. What it reads of the format is in schema.fbs; package schema is
// generated from that.
package tflite

//go:generate flatc --go --gen-object-api -o . schema.fbs
//go:generate gofmt -w schema

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// Limits of what is read. Networks are far below; hostile files are not.
const (
	maxRank     = 8
	maxElements = 1 << 28 // of one tensor
	maxErrors   = 20
	// expand is by how much the graph may exceed the file: a byte of the file is
	// copied once in an honest model, and zero points become int32 beside scales.
	expand = 16
)

// reader holds a verified model while its first subgraph becomes a graph.
type reader struct {
	file    string
	model   *schema.Model
	sub     *schema.SubGraph
	tensors []*nn.Tensor // by index; nil until something uses one
	names   nn.Names
	graph   *nn.Graph
	budget  int64 // bytes that may still be copied
}

// Import reads a model. The file's name stands in errors, and without folder and
// extension names the graph. All operators that are missing are reported, one
// *nn.Error each, joined; of other problems the first of each operator. The graph
// has passed its Check. Import keeps no part of data.
func Import(file string, data []byte) (*nn.Graph, error) {
	if err := verify(data); err != nil {
		return nil, &nn.Error{File: file, Problem: err.Error()}
	}
	r := &reader{file: file, model: schema.GetRootAsModel(data, 0), names: nn.Names{}, budget: 1<<16 + expand*int64(len(data))}
	g, err := r.read()
	if err != nil {
		return nil, err
	}
	return g, nil
}

func (r *reader) read() (*nn.Graph, error) {
	if v := r.model.Version(); v != 3 {
		return nil, r.errorf("the format's version is %d; only 3 is supported", v)
	}
	r.sub = new(schema.SubGraph)
	if r.model.SubgraphsLength() == 0 || !r.model.Subgraphs(r.sub, 0) {
		return nil, r.errorf("the model has no graph")
	}
	base := filepath.Base(r.file)
	r.graph = &nn.Graph{File: r.file, Name: nn.Ident(strings.TrimSuffix(base, filepath.Ext(base)))}
	if r.graph.Name == "" {
		r.graph.Name = "model"
	}
	r.tensors = make([]*nn.Tensor, r.sub.TensorsLength())
	needed, err := r.needed()
	if err != nil {
		return nil, err
	}
	if r.graph.Inputs, err = r.edge("input", r.sub.InputsLength(), r.sub.Inputs); err != nil {
		return nil, err
	}
	var errs []error
	for _, o := range needed {
		if err := o.convert(); err != nil {
			if errs = append(errs, err); len(errs) == maxErrors {
				break
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if r.graph.Outputs, err = r.edge("output", r.sub.OutputsLength(), r.sub.Outputs); err != nil {
		return nil, err
	}
	if err := r.graph.Check(); err != nil {
		return nil, err
	}
	return r.graph, nil
}

// edge reads the network's inputs or outputs.
func (r *reader) edge(what string, n int, index func(int) int32) ([]*nn.Tensor, error) {
	if n == 0 {
		return nil, r.errorf("the network has no %s", what)
	}
	var out []*nn.Tensor
	for i := range n {
		t, err := r.tensor(int(index(i)))
		if err != nil {
			return nil, &nn.Error{File: r.file, Tensor: fmt.Sprintf("%d, the network's %s %d", index(i), what, i), Problem: err.Error()}
		}
		if err := r.charge(8); err != nil {
			return nil, r.errorf("%v", err)
		}
		out = append(out, t)
	}
	return out, nil
}

// needed are the operators that the network's outputs depend on, in the file's
// order. Others, such as those that compute the shape for a reshape whose output
// has a fixed one, are never looked at.
func (r *reader) needed() ([]*op, error) {
	wanted := make([]bool, len(r.tensors))
	want := func(i int32) error {
		if i < 0 || int(i) >= len(wanted) {
			return fmt.Errorf("tensor %d does not exist; the model has %d", i, len(wanted))
		}
		wanted[i] = true
		return nil
	}
	for i := range r.sub.OutputsLength() {
		if err := want(r.sub.Outputs(i)); err != nil {
			return nil, r.errorf("output %d: %v", i, err)
		}
	}
	var out []*op
	for i := r.sub.OperatorsLength() - 1; i >= 0; i-- {
		o, err := r.op(i)
		if err != nil {
			return nil, err
		}
		use := false
		for _, t := range o.out {
			if t >= 0 && t < len(wanted) && wanted[t] {
				use = true
			}
		}
		if !use {
			continue
		}
		for k, t := range o.in {
			if t == -1 || o.kind.shapeOnly && k > 0 {
				continue
			}
			if err := want(int32(t)); err != nil {
				return nil, o.errorf("input %d: %v", k, err)
			}
		}
		out = append(out, o)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, nil
}

// charge books bytes of the graph.
func (r *reader) charge(n int64) error {
	if r.budget -= n; r.budget < 0 {
		return fmt.Errorf("damaged: the model unfolds to more than %d times its size", expand)
	}
	return nil
}

func (r *reader) errorf(format string, args ...any) error {
	return &nn.Error{File: r.file, Problem: fmt.Sprintf(format, args...)}
}
