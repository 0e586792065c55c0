package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// output is the folder of a spec while it is being made: a staging folder beside
// the real one, which takes its place in one step when it is whole.
type output struct {
	dir     string // where it will be
	staging string
	lock    *os.File
}

// newOutput prepares the staging folder for dir and removes what killed builds
// have left. Two builds of one spec into one folder exclude each other.
func newOutput(root, name string) (*output, error) {
	o := &output{dir: filepath.Join(root, name)}
	if !replaceable(o.dir) {
		return nil, &UsageError{o.dir + " exists and was not made by marvelgen: a build would replace it. Choose another folder with -o"}
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(root, "."+name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, errors.New("another build of this spec is writing to " + o.dir)
	}
	o.lock = lock
	old, _ := filepath.Glob(filepath.Join(root, "."+name+".tmp-*"))
	for _, d := range old {
		_ = os.RemoveAll(d)
	}
	if o.staging, err = os.MkdirTemp(root, "."+name+".tmp-"); err != nil {
		lock.Close()
		return nil, err
	}
	return o, os.Chmod(o.staging, 0o755)
}

// replaceable reports whether a build may take the place of dir: there is
// nothing, nothing in it, or the output of an earlier build.
func replaceable(dir string) bool {
	if _, err := os.Lstat(dir); err != nil {
		return true // nothing to lose
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	made, _ := filepath.Glob(filepath.Join(dir, "*", "manifest.json"))
	return len(list) == 0 || len(made) > 0
}

// commit exchanges the staging folder with the real one and removes the former
// output. The exchange is one system call: there is no moment without output.
func (o *output) commit() error {
	defer o.lock.Close()
	err := os.Rename(o.staging, o.dir)
	if err == nil {
		return nil
	}
	err = unix.Renameat2(unix.AT_FDCWD, o.staging, unix.AT_FDCWD, o.dir, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // a file system that cannot
		old := o.staging + "-old"
		if err = os.Rename(o.dir, old); err == nil {
			err = os.Rename(o.staging, o.dir)
			o.staging = old
		}
	}
	if err != nil {
		return &os.PathError{Op: "replace", Path: o.dir, Err: err}
	}
	return os.RemoveAll(o.staging)
}

// abandon removes the staging folder; the former output stays.
func (o *output) abandon() {
	_ = os.RemoveAll(o.staging)
	o.lock.Close()
}

func (o *output) path(elem ...string) string {
	return filepath.Join(append([]string{o.staging}, elem...)...)
}

// carry links the folders of designs that this build leaves alone.
func (o *output) carry(skip map[string]bool, designs []*isa.Design) error {
	for _, d := range designs {
		from := filepath.Join(o.dir, d.Name)
		if skip[d.Name] {
			continue
		}
		if _, err := os.Stat(from); err != nil {
			continue
		}
		if err := linkTree(from, o.path(d.Name)); err != nil {
			return err
		}
	}
	return nil
}

// linkTree copies a tree by hard links.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(path, filepath.Join(to, rel))
	})
}

// write puts files under a folder of the staging area.
func (o *output) write(folder string, files []emit.File) error {
	return network.WriteFiles(o.path(folder), files)
}

// Manifest lists what a design's folder holds, with hashes.
type Manifest struct {
	Schema string            `json:"schema"`
	Tool   string            `json:"tool"`
	Spec   string            `json:"spec"`
	SHA256 string            `json:"spec_sha256"`
	Design string            `json:"design"`
	Files  map[string]string `json:"files"` // path to sha256
}

// manifest describes the emitted files of a design.
func manifest(m *isa.Machine, version string, files []emit.File) (emit.File, error) {
	out := Manifest{Schema: "marvelgen-manifest/1", Tool: version, Spec: m.Spec.Name, SHA256: m.Spec.SHA256, Design: m.Design.Name, Files: map[string]string{}}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	for _, f := range files {
		h := sha256.Sum256(f.Data)
		out.Files[f.Path] = hex.EncodeToString(h[:])
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return emit.File{Path: "manifest.json", Data: append(b, '\n')}, err
}

// sub selects the files whose path begins with prefix, as a map for keys.
func sub(files []emit.File, prefix string) map[string][]byte {
	out := map[string][]byte{}
	for _, f := range files {
		if strings.HasPrefix(f.Path, prefix) {
			out[f.Path] = f.Data
		}
	}
	return out
}

// verilog is the contents of some of a design's Verilog files, by their names.
func verilog(files []emit.File, names []string) map[string][]byte {
	out := map[string][]byte{}
	for path, data := range sub(files, "rtl/") {
		if name := strings.TrimPrefix(path, "rtl/"); slices.Contains(names, name) {
			out[name] = data
		}
	}
	return out
}

// writeAll puts such files into a folder.
func writeAll(dir string, files map[string][]byte) error {
	var list []emit.File
	for path, data := range files {
		list = append(list, emit.File{Path: path, Data: data})
	}
	return network.WriteFiles(dir, list)
}
