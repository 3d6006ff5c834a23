package trial

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
)

// Fingerprint is a hash of the source that is tried: all of package anomaly and
// of the packages below it that judge, tests left out. Two states of the source
// with the same fingerprint give the same figures.
func Fingerprint(anomaly fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(anomaly, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "backtest" || path == "weekly" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(anomaly, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("hash the detector's source: %w", err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:12], nil
}
