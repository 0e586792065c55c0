package main

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const side = 28 // of an image

// digit is one image, white on black by rows, and what it shows.
type digit struct {
	pixels [side * side]uint8
	label  uint8
}

// real is the pixels from 0 to 1.
func (d *digit) real() []float32 {
	out := make([]float32, len(d.pixels))
	for i, v := range d.pixels {
		out[i] = float32(v) / 255
	}
	return out
}

// maxDigits bounds what a file may announce.
const maxDigits = 1 << 20

// readSet reads the images and labels of a set: train or t10k.
func readSet(folder, set string) ([]digit, error) {
	var digits []digit
	for _, f := range []struct {
		name string
		read func(r io.Reader, digits []digit) ([]digit, error)
	}{{set + "-images-idx3-ubyte.gz", readImages}, {set + "-labels-idx1-ubyte.gz", readLabels}} {
		name := filepath.Join(folder, f.name)
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		z, err := gzip.NewReader(bufio.NewReader(file))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if digits, err = f.read(bufio.NewReader(z), digits); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return digits, nil
}

// header reads big-endian words and compares those that are known; the second is
// the number of elements, which it returns.
func header(r io.Reader, want ...uint32) (int, error) {
	words := make([]uint32, len(want))
	if err := binary.Read(r, binary.BigEndian, words); err != nil {
		return 0, fmt.Errorf("the header is cut short: %w", err)
	}
	for i, w := range want {
		if i != 1 && words[i] != w {
			return 0, fmt.Errorf("word %d of the header is %d; %d expected", i, words[i], w)
		}
	}
	if words[1] > maxDigits {
		return 0, fmt.Errorf("%d elements; %d at most are read", words[1], maxDigits)
	}
	return int(words[1]), nil
}

// readImages appends digits without labels.
func readImages(r io.Reader, digits []digit) ([]digit, error) {
	n, err := header(r, 0x803, 0, side, side)
	if err != nil {
		return nil, err
	}
	for i := range n {
		var d digit
		if _, err := io.ReadFull(r, d.pixels[:]); err != nil {
			return nil, fmt.Errorf("image %d of %d: %w", i, n, err)
		}
		digits = append(digits, d)
	}
	return digits, nil
}

// readLabels fills the labels in.
func readLabels(r io.Reader, digits []digit) ([]digit, error) {
	n, err := header(r, 0x801, 0)
	if err != nil {
		return nil, err
	}
	if n != len(digits) {
		return nil, fmt.Errorf("%d labels for %d images", n, len(digits))
	}
	labels := make([]byte, n)
	if _, err := io.ReadFull(r, labels); err != nil {
		return nil, fmt.Errorf("%d labels: %w", n, err)
	}
	for i, l := range labels {
		if l >= classes {
			return nil, fmt.Errorf("label %d is %d", i, l)
		}
		digits[i].label = l
	}
	return digits, nil
}
