// A mockhere of one's own: started, waited for, ended.
package stubs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const startTime = 30 * time.Second

var serverURL string

func executable() string {
	if name := os.Getenv("MOCKHERE"); name != "" {
		return name
	}
	return filepath.Join("..", "..", "..", "build", "dev", "mockhere")
}

func waitUntilReady(ready string) (string, error) {
	for end := time.Now().Add(startTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if line, err := os.ReadFile(ready); err == nil {
			return strings.TrimSpace(string(line)), nil
		}
	}
	return "", fmt.Errorf("mockhere is not ready after %v", startTime)
}

// One server for all tests; it ends with this process at the latest.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "mockhere-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)
		ready := filepath.Join(folder, "ready")
		server := exec.Command(executable(), "serve", "--port", "0", "--ready-file", ready, "--exit-with-stdin")
		server.Stderr = os.Stderr
		stdin, err := server.StdinPipe()
		if err != nil {
			panic(err)
		}
		if err := server.Start(); err != nil {
			panic(err)
		}
		defer server.Wait()
		defer stdin.Close()
		if serverURL, err = waitUntilReady(ready); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}
