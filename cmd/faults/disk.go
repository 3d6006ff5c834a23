package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// disk is a small file system of its own, with ballast to fill it.
type disk struct{ dir string }

// diskBytes is its size, and roomBytes what the ballast leaves.
const (
	diskBytes = 64 << 20
	roomBytes = 64 << 10
)

// mountDisk makes dir a small disk, which takes the right to mount.
func mountDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskBytes))
	if errors.Is(err, syscall.EPERM) {
		return nil, errors.New("a small disk cannot be mounted here: full-disk must be run by root (or with CAP_SYS_ADMIN)")
	}
	if err != nil {
		return nil, fmt.Errorf("mount a small disk: %w", err)
	}
	return &disk{dir}, nil
}

func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill leaves little room.
func (d *disk) fill() error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &s); err != nil {
		return err
	}
	free := int64(s.Bavail)*s.Bsize - roomBytes
	err := os.WriteFile(d.ballast(), make([]byte, max(free, 0)), 0o600)
	if errors.Is(err, syscall.ENOSPC) { // others write here too: it is full
		return nil
	}
	return err
}

// free makes room again.
func (d *disk) free() { _ = os.Remove(d.ballast()) }

// unmount ends it, with all that it held.
func (d *disk) unmount() { _ = syscall.Unmount(d.dir, syscall.MNT_DETACH) }
