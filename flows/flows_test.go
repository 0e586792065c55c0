package flows

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Yosys 0.23 (git sha1 7ce5011c24b)":       "0.23",
		"Verilator 5.006 2023-01-22 rev (Debian)": "5.006",
		"Debian clang version 19.1.7 (3~deb12u1)": "19.1.7",
		"Icarus Verilog version 11.0 (stable) ()": "11.0",
		"GNU Make 4.3\nBuilt for x86_64-pc-linux": "4.3",
		"tool 7": "7",
		"none":   "",
	} {
		if got := ParseVersion(text); got != want {
			t.Errorf("ParseVersion(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"0.23", "0.23", 0}, {"0.9", "0.23", -1}, {"5.032", "5.006", 1}, {"19.1.7", "19", 1}, {"4", "4.0", 0}} {
		got := CompareVersions(c.a, c.b)
		if (got < 0) != (c.want < 0) || (got > 0) != (c.want > 0) {
			t.Errorf("CompareVersions(%s, %s) = %d, want sign of %d", c.a, c.b, got, c.want)
		}
	}
}

func TestMissingNamesPackages(t *testing.T) {
	table := []Tool{
		{Name: "there", Binary: "sh", Steps: []string{"a"}},
		{Name: "gone", Binary: "no-such-program", Package: "gone-pkg", Purpose: "tests", Steps: []string{"a"}},
		{Name: "file", File: "/no/such/file", Package: "file-pkg", Steps: []string{"b"}},
		{Name: "old", Binary: "echo", VersionArgs: []string{"1.2"}, Min: "1.3", Package: "old-pkg", Steps: []string{"c"}},
	}
	for _, c := range []struct {
		steps []string
		want  []string
	}{
		{[]string{"a"}, []string{"gone", "tests", "apt-get install gone-pkg"}},
		{[]string{"b", "a"}, []string{"apt-get install gone-pkg file-pkg"}},
		{[]string{"c"}, []string{"version 1.2 is older than 1.3", "old-pkg"}},
	} {
		err := missing(table, c.steps)
		var typed *MissingToolError
		if !errors.As(err, &typed) {
			t.Fatalf("steps %v: got %v, want a *MissingToolError", c.steps, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("steps %v: %q lacks %q", c.steps, err, w)
			}
		}
	}
	if err := missing(table, []string{"other"}); err != nil {
		t.Errorf("a step without tools reported %v", err)
	}
}

func TestTableIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, tool := range Tools() {
		if tool.Name == "" || tool.Purpose == "" || len(tool.Steps) == 0 || (tool.Binary == "") == (tool.File == "") {
			t.Errorf("incomplete row: %+v", tool)
		}
		if seen[tool.Name] {
			t.Errorf("two rows for %s", tool.Name)
		}
		seen[tool.Name] = true
	}
	if _, err := MustFind("typo"); err == nil {
		t.Error("an unknown tool name was found")
	}
}

func TestRunReportsFailure(t *testing.T) {
	out, err := Run(context.Background(), Cmd{Path: "sh", Args: []string{"-c", "echo to stdout; echo to stderr >&2; exit 7"}})
	var re *RunError
	if !errors.As(err, &re) || re.ExitCode() != 7 {
		t.Fatalf("got %v, want exit code 7", err)
	}
	for _, w := range []string{"to stdout", "to stderr", "sh -c 'echo to stdout"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error lacks %q:\n%v", w, err)
		}
	}
	if !strings.Contains(out, "to stderr") {
		t.Errorf("output lost: %q", out)
	}
}

func TestRunKillsTheWholeGroup(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for range patience {
			if data, _ := os.ReadFile(pidFile); strings.HasSuffix(string(data), "\n") {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	start := time.Now()
	_, err := Run(ctx, Cmd{Path: "sh", Args: []string{"-c", "sleep 3600 & echo $! > " + pidFile + "; wait"}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if d := time.Since(start); d > 30*time.Minute { // not after the hour that it sleeps
		t.Errorf("took %v to stop", d)
	}
	data, _ := os.ReadFile(pidFile)
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if running(pid) {
		t.Errorf("grandchild %d is still running", pid)
	}
}

// patience is how often, 10 ms apart, the tests look for what will come at once
// on an idle machine.
const patience = 12_000

// running tells a live process from a dead or not yet reaped one.
func running(pid int) bool {
	for range patience {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || syscall.Kill(pid, 0) != nil || strings.Contains(string(stat), ") Z ") {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// TestFindLeavesNothing: a tool that writes files when asked for its version does not
// write them where the user is.
func TestFindLeavesNothing(t *testing.T) {
	bin, here := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "litters"), []byte("#!/bin/sh\ntouch litter\necho litters 1.2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Chdir(here)
	found, err := Tool{Name: "litters", Binary: "litters", VersionArgs: []string{"--version"}}.Find()
	if err != nil || found.Version != "1.2" {
		t.Fatal(found, err)
	}
	if left, err := os.ReadDir(here); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}
