package fetch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
)

// A File is a Sink that writes a file. The body goes into a file beside it
// whose name ends with .part; when it is complete that one is renamed. So
// under the final name there is never a part of a document.
type File struct {
	Path string
	// Errors says that the bodies of all answers are wanted, not only of 2xx.
	Errors bool

	part    *os.File
	written atomic.Bool
}

// Begin opens the .part file.
func (f *File) Begin(h Head) (io.Writer, error) {
	if !f.Errors && (h.Status < 200 || h.Status > 299) {
		return nil, nil
	}
	part, err := openPart(f.Path)
	if err != nil {
		return nil, err
	}
	f.part = part
	return part, nil
}

// openPart makes a new file: another run, or what is left of one, is not
// touched.
func openPart(path string) (*os.File, error) {
	for range 100 {
		name := fmt.Sprintf("%s.%08x.part", path, rand.Uint32())
		part, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return part, err
		}
	}
	return nil, &fs.PathError{Op: "create", Path: path + ".*.part", Err: fs.ErrExist}
}

// Commit gives the file its name.
func (f *File) Commit() error {
	part := f.part
	f.part = nil
	err := part.Close()
	if err == nil {
		err = os.Rename(part.Name(), f.Path)
	}
	if err != nil {
		os.Remove(part.Name())
		return err
	}
	f.written.Store(true)
	return nil
}

// Abort removes the .part file.
func (f *File) Abort() {
	if f.part == nil {
		return
	}
	f.part.Close()
	os.Remove(f.part.Name())
	f.part = nil
}

// Written says that the document is in its place.
func (f *File) Written() bool { return f.written.Load() }

// CheckFile says why a document cannot be written to this path, or nil. Since
// a rename would replace whatever has the name, it must be a file or nothing.
func CheckFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &BadInput{Excerpt(path), cause(err) + "; name a file in a folder that can be written"}
	case info.IsDir():
		return &BadInput{Excerpt(path), "it is a directory; name a file, or give the directory with --dir"}
	case !info.Mode().IsRegular():
		return &BadInput{Excerpt(path), "it is not a regular file (" + info.Mode().Type().String() + "), and would be replaced by one; name another file"}
	}
	return nil
}

// CheckDir says why no file can be written in this folder, or nil. It tries,
// since neither permission bits nor the user tell, and leaves nothing behind.
func CheckDir(dir string) error {
	part, err := openPart(filepath.Join(dir, "dugong"))
	if err != nil {
		return &BadInput{Excerpt(dir), "no file can be made in this directory: " + cause(err) + "; give one that exists and can be written"}
	}
	part.Close()
	return os.Remove(part.Name())
}

// cause leaves out the path, which the message names already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
