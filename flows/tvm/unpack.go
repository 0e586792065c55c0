package tvm

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// maxArchive bounds what is taken out of an archive.
const maxArchive = 1 << 30

// unpack puts the files of an archive that find looks for into dir, whatever folders
// they have been in.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var plain io.Reader = in
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		if plain, err = gzip.NewReader(in); err != nil {
			return err
		}
	}
	left := int64(maxArchive)
	for r, n := tar.NewReader(io.LimitReader(plain, 2*maxArchive)), 0; ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("no archive in TVM's model library format (.tar): %w", err)
		}
		if n > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		name := path.Base(h.Name)
		if h.Typeflag != tar.TypeReg || !headerName.MatchString(name) && !sourceName.MatchString(name) && name != "metadata.json" {
			continue
		}
		if left -= h.Size; h.Size < 0 || left < 0 {
			return fmt.Errorf("more than %d bytes", maxArchive)
		}
		out, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("%s is there twice", name)
		}
		_, err = io.Copy(out, r)
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
}
