package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file is words of a header and data.
func file(data string, words ...uint32) []byte {
	var b []byte
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return append(b, data...)
}

func writeSet(t *testing.T, dir, set string, images, labels []byte) {
	t.Helper()
	for name, data := range map[string][]byte{"-images-idx3-ubyte.gz": images, "-labels-idx1-ubyte.gz": labels} {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(data)
		w.Close()
		if err := os.WriteFile(filepath.Join(dir, set+name), z.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadSet(t *testing.T) {
	image := strings.Repeat("\x01", side*side)
	good, labels := file(image+image, 0x803, 2, side, side), file("\x03\x09", 0x801, 2)
	for name, c := range map[string]struct {
		images, labels []byte
		want           string // "" for none
	}{
		"good":          {good, labels, ""},
		"short header":  {good[:9], labels, "images-idx3-ubyte.gz: the header is cut short"},
		"short image":   {good[:len(good)-1], labels, "image 1 of 2"},
		"short labels":  {good, labels[:9], "2 labels"},
		"magic":         {file("", 0x801, 1, side, side), labels, "word 0 of the header is 2049"},
		"size":          {file(image, 0x803, 1, side, 27), labels, "word 3"},
		"huge":          {file(image, 0x803, 1<<31, side, side), labels, "at most"},
		"other count":   {good, file("\x03", 0x801, 1), "1 labels for 2 images"},
		"unknown digit": {good, file("\x03\x0a", 0x801, 2), "label 1 is 10"},
	} {
		dir := t.TempDir()
		writeSet(t, dir, "train", c.images, c.labels)
		digits, err := readSet(dir, "train")
		if c.want == "" {
			if err != nil || len(digits) != 2 || digits[1].label != 9 || digits[0].pixels[5] != 1 {
				t.Errorf("%s: %d digits, %v", name, len(digits), err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", name, err, c.want)
		}
	}
	if _, err := readSet(t.TempDir(), "train"); err == nil {
		t.Error("an empty folder was read")
	}
}

func FuzzReadImages(f *testing.F) {
	f.Add(file(strings.Repeat("\x01", side*side), 0x803, 1, side, side), file("\x03", 0x801, 1))
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		digits, err := readImages(bytes.NewReader(images), nil)
		if err == nil && len(digits)*side*side > len(images) {
			t.Errorf("%d digits from %d bytes", len(digits), len(images))
		}
		_, _ = readLabels(bytes.NewReader(labels), digits)
	})
}
