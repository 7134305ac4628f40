//go:build interop

package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// getDriver runs the command `dugong get`, built for this run.
type getDriver struct{}

func (getDriver) name() string { return "get" }

func (getDriver) unfit(c *call) string {
	if c.method != "GET" && c.method != "HEAD" && c.method != "OPTIONS" || c.body != nil {
		return "dugong get sends safe methods without a body only"
	}
	for _, f := range c.header {
		if len(f.Value) > 100<<10 {
			return "the system takes no argument as long as that"
		}
	}
	return ""
}

// command builds cmd/dugong once; TestMain removes it.
var command = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "dugong")
	out, err := exec.Command("go", "build", "-o", path, "github.com/dugong-http/dugong/cmd/dugong").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// run sends calls of the same method and header by one command.
func (getDriver) run(g target, depth int, calls []*call) []*answer {
	answers := make([]*answer, len(calls))
	groups := map[string][]int{}
	var order []string
	for i, c := range calls {
		answers[i] = &answer{}
		key := fmt.Sprint(c.method, c.header)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	for _, key := range order {
		if err := get(g, depth, groups[key], calls, answers, lines(g, groups[key], calls)); err != nil {
			for _, i := range groups[key] {
				answers[i].attempts, answers[i].err = 1, err
			}
		}
	}
	return answers
}

// report has what is needed of the command's report.
type report struct{ URLs []reportURL }

type reportURL struct {
	File, SHA256, Error, Verdict string
	Status, Attempts             int
	Bytes                        int64
}

// lines are what the command reads.
func lines(g target, group []int, calls []*call) io.Reader {
	var list strings.Builder
	for _, i := range group {
		fmt.Fprintln(&list, g.url(calls[i]))
	}
	return strings.NewReader(list.String())
}

func get(g target, depth int, group []int, calls []*call, answers []*answer, in io.Reader) error {
	bin, err := command()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(scratch, "get")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "report")
	cmd := exec.Command(bin, getArgs(g, depth, dir, file, calls[group[0]])...)
	cmd.Stdin = in
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 2 || exit.ExitCode() == 130) {
		return fmt.Errorf("%w: %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil || len(r.URLs) != len(group) {
		return fmt.Errorf("the report: %v, %d URLs of %d", err, len(r.URLs), len(group))
	}
	for k, i := range group {
		answers[i].reported(&r.URLs[k])
	}
	return nil
}

func getArgs(g target, depth int, dir, report string, first *call) []string {
	args := []string{"get", "-q", "-i", "-", "--dir", dir, "--save-errors", "--report", report,
		"--connections", "1", "--depth", strconv.Itoa(depth), "--timeout", inactive.String(), "-X", first.method}
	for _, f := range first.header {
		args = append(args, "-H", f.Name+": "+f.Value)
	}
	if g.tls != nil {
		args = append(args, "--cacert", g.ca)
	}
	if g.proxy != nil {
		args = append(args, "--proxy", g.proxy.String())
	}
	return args
}

// reported takes what the report says. Of a request that was sent again it has
// the last verdict only, so the others count as maybe processed.
func (a *answer) reported(u *reportURL) {
	a.attempts, a.n, a.sum = u.Attempts, u.Bytes, u.SHA256
	if u.Verdict != "answered" {
		if u.Verdict == "not processed" && u.Attempts > 0 {
			a.unsent = 1
		}
		a.err = fmt.Errorf("%s: %s", u.Verdict, u.Error)
		return
	}
	a.status = u.Status
	if u.File == "" {
		return
	}
	p, err := os.ReadFile(u.File)
	if a.body = p; err != nil || sum(p) != u.SHA256 {
		a.err = fmt.Errorf("the file is not what the report says: %v", err)
	}
}
