package main

import (
	"io"
	"os"
	"path/filepath"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
)

// results are what a measurement prints and keeps.
type results interface {
	JSON() ([]byte, error)
	Print(w io.Writer)
}

// deliver prints results, as JSON or for reading, and writes them to a file if one is named.
func deliver(r results, file string, asJSON bool) error {
	j, err := r.JSON()
	if err != nil {
		return err
	}
	if !asJSON {
		r.Print(os.Stdout)
	} else if _, err := os.Stdout.Write(j); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	return writeIn(file, j)
}

// onlyModels refuses names that are not those of networks.
func onlyModels(names []string) error {
	for _, n := range names {
		if !network.IsModel(n) {
			return &build.UsageError{Message: n + ": " + network.Kinds}
		}
	}
	return nil
}

// writeIn writes a file and makes the folder that it is in.
func writeIn(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return writeWhole(file, func(w io.Writer) error { _, err := w.Write(data); return err })
}
