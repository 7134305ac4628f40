package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each bad input gives one clear line, exit code 2, and no file.
func TestBadInput(t *testing.T) {
	top := t.TempDir()
	t.Chdir(top)
	here := filepath.Join(top, "here") // where files would go
	if err := os.Mkdir(here, 0o700); err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(top, "file"), "no certificate")
	empty := write(t, filepath.Join(top, "empty"), "\n# nothing\n\n")
	list := func(name string, lines ...string) string {
		return write(t, filepath.Join(top, name), strings.Join(lines, "\n"))
	}
	const good = "http://localhost:1/x"
	long := "http://u:SECRET@h/" + strings.Repeat("x", 10<<20)
	for name, c := range map[string]struct {
		args []string
		want []string // value, rule, remedy
	}{
		"no command":        {[]string{}, []string{"expected one of"}},
		"unknown command":   {[]string{"put"}, []string{`"put" is no command: get, serve, demo; see dugong --help`}},
		"help for nothing":  {[]string{"help", "put"}, []string{`"put" is no command: get, serve, demo`}},
		"one too many":      {[]string{"serve", ".", "put"}, []string{"unexpected argument put"}},
		"unknown flag":      {[]string{"get", "--nonsense", good}, []string{"--nonsense"}},
		"no URL":            {[]string{"get"}, []string{"there is no URL; give one"}},
		"both":              {[]string{"get", "-i", list("l0", good), good}, []string{"not from both; leave one out"}},
		"-o for two":        {[]string{"get", "-o", "f", good, good + "2"}, []string{`-o "f"`, "one file is for one URL; give --dir"}},
		"-o and --dir":      {[]string{"get", "-o", "f", "--dir", "d", good}, []string{"can't be used together"}},
		"field with CRLF":   {[]string{"get", "-H", "X: a\r\nY: b", good}, []string{"dugong: -H: ", "CR at offset 1 in the value of X", "remove or encode it"}},
		"field with LF":     {[]string{"get", "-H", "X: a\nY: b", good}, []string{"LF at offset 1"}},
		"name with CR":      {[]string{"get", "-H", "X\rY: b", good}, []string{"CR at offset 1 in a field name", "use letters"}},
		"secret with LF":    {[]string{"get", "-H", "Authorization: SECRET\nX: y", good}, []string{"LF at offset 6"}},
		"no colon":          {[]string{"get", "-H", "Authorization SECRET", good}, []string{"-H", "write 'Name: value'"}},
		"Transfer-Enc.":     {[]string{"get", "-H", "Transfer-Encoding: chunked", good}, []string{"Transfer-Encoding"}},
		"target with CRLF":  {[]string{"get", "http://h/x HTTP/1.1\r\nX: y"}, []string{"percent-encode it"}},
		"target with LF":    {[]string{"get", "http://h/x\nX:y"}, []string{`x\nX:y`, "no line break", "remove it"}},
		"scheme":            {[]string{"get", "ftp://h/x"}, []string{`"ftp://h/x"`, "neither http nor https", "only these"}},
		"no scheme":         {[]string{"get", "h/x"}, []string{`"h/x"`, "begins with its scheme", "write http://"}},
		"port 0":            {[]string{"get", "http://h:0/x"}, []string{"h:0", "outside of 1 to 65535"}},
		"port 99999":        {[]string{"get", "http://h:99999/x"}, []string{"h:99999", "outside of 1 to 65535"}},
		"long URL":          {[]string{"get", long}, []string{"http://...@h/xxx", "longer than the 65536 octets", "shorten it"}},
		"long flag":         {[]string{"get", "--depth", strings.Repeat("9", 1<<16), good}, []string{"--depth"}},
		"userinfo":          {[]string{"get", "http://u:SECRET@h:99999/"}, []string{"http://...@h:99999/"}},
		"odd userinfo":      {[]string{"get", "http://u:SECRET/@h/"}, []string{"http://...@h/", "percent-encode"}},
		"user with colon":   {[]string{"get", "http://u%3A:SECRET@h/"}, []string{"RFC 7617", "use -H"}},
		"second URL":        {[]string{"get", good, "nonsense"}, []string{`"nonsense"`}},
		"directory as -o":   {[]string{"get", "-o", here, good}, []string{here, "it is a directory", "--dir"}},
		"device as -o":      {[]string{"get", "-o", os.DevNull, good}, []string{os.DevNull, "not a regular file", "name another"}},
		"-o below a file":   {[]string{"get", "-o", filepath.Join(file, "x"), good}, []string{file, "name a file in a folder that can be written"}},
		"-o in no folder":   {[]string{"get", "-o", filepath.Join(top, "no", "x"), good}, []string{"no file can be made in this directory"}},
		"--dir is a file":   {[]string{"get", "--dir", file, good}, []string{file, "no file can be made in this directory", "give one that exists and can be written"}},
		"--dir below file":  {[]string{"get", "--dir", filepath.Join(file, "x"), good}, []string{"no file can be made in this directory"}},
		"--dir of kernel":   {[]string{"get", "--dir", "/proc", good}, []string{"/proc", "no file can be made in this directory"}},
		"name is a folder":  {[]string{"get", "--dir", top, "http://h/here"}, []string{here, "it is a directory"}},
		"no name":           {[]string{"get", "--dir", here, "http://h/.."}, []string{"no name for a file; use -o"}},
		"same name":         {[]string{"get", "--dir", here, "http://h/x", "http://g/x"}, []string{`its file "x" is that of URL number 1 already`}},
		"report is a doc":   {[]string{"get", "--report", filepath.Join(here, "x"), "--dir", here, "http://h/x"}, []string{"--report", "the file of a document"}},
		"report is output":  {[]string{"get", "--report", "f", "-o", "./f", good}, []string{"--report", "the file of a document"}},
		"URL, no command":   {[]string{"http://user:SECRET@h/"}, []string{"://...@h/"}},
		"URL for a number":  {[]string{"get", "--depth", "http://user:SECRET@h/", good}, []string{"--depth"}},
		"report is a dir":   {[]string{"get", "--report", here, "-o", "f", good}, []string{"--report", "it is a directory"}},
		"list is missing":   {[]string{"get", "-i", filepath.Join(top, "none"), "--dir", here}, []string{"none", "name a file that can be read"}},
		"list is a folder":  {[]string{"get", "-i", here, "--dir", here}, []string{here, "name a file that can be read"}},
		"list is empty":     {[]string{"get", "-i", empty, "--dir", here}, []string{empty, "the list is empty", "write one URL a line"}},
		"pipe is empty":     {[]string{"get", "-i", "-", "--dir", here}, []string{"the list is empty"}},
		"line of a list":    {[]string{"get", "-i", list("l1", good, "", "ftp://u:SECRET@h"), "--dir", here}, []string{"line 3", "ftp://...@h"}},
		"CR in a list":      {[]string{"get", "-i", list("l2", good, "http://h/a\rb"), "--dir", here}, []string{"line 2", "no line break"}},
		"NUL in a list":     {[]string{"get", "-i", list("l3", "http://h/a\x00b"), "--dir", here}, []string{"line 1", "octet 0x00"}},
		"names in a list":   {[]string{"get", "-i", list("l4", good, good+"?", "http://g/x"), "--dir", here}, []string{"line 2", "that of line 1 already"}},
		"long line":         {[]string{"get", "-i", list("l5", good, long), "--dir", here}, []string{"line 2", "longer than"}},
		"method with CRLF":  {[]string{"get", "-X", "GET / HTTP/1.1\r\nX: y", good}, []string{`GET / HTTP/1.1\r\nX: y`, "give GET, HEAD or OPTIONS"}},
		"unsafe method":     {[]string{"get", "--method", "POST", good}, []string{`-X "POST": not a method that`, "give GET, HEAD or OPTIONS"}},
		"no method":         {[]string{"get", "-X", "get", good}, []string{"get", "give GET, HEAD or OPTIONS"}},
		"--connections":     {[]string{"get", "--connections", "0", good}, []string{"--connections 0", "from 1 to"}},
		"--depth":           {[]string{"get", "--depth=-1", good}, []string{"--depth -1", "from 1 to"}},
		"--retry":           {[]string{"get", "--retry=-1", good}, []string{"--retry -1", "from 0 to"}},
		"--timeout":         {[]string{"get", "--timeout", "0s", good}, []string{"--timeout 0s", "like 30s"}},
		"no number":         {[]string{"get", "--connections", "abc", good}, []string{`--connections: "abc": it is not a whole number; give one in digits, like 2`}},
		"half a number":     {[]string{"get", "--depth", "1.5", good}, []string{`--depth: "1.5": it is not a whole number; give one`}},
		"no number at all":  {[]string{"get", "--retry=", good}, []string{`--retry: "": the value is empty; give one, or leave the flag out`}},
		"large number":      {[]string{"get", "--retry", strings.Repeat("9", 20), good}, []string{`--retry: "99999999999999999999": the number has too many digits; give a smaller one`}},
		"number with k":     {[]string{"serve", "--size", "10k"}, []string{`--size: "10k": it is not a whole number; give one`}},
		"time, no unit":     {[]string{"get", "--timeout", "5", good}, []string{`--timeout: "5": it is not a time; give a number with its unit (ms, s, m or h), like 30s`}},
		"time of nothing":   {[]string{"serve", "--rtt", "soon"}, []string{`--rtt: "soon": it is not a time; give`}},
		"URL for a time":    {[]string{"get", "--timeout", "http://u:SECRET@h/"}, []string{`--timeout: "http://...@h/": it is not a time; give`}},
		"flag for a value":  {[]string{"get", "--timeout", "--quiet", good}, []string{`--timeout: the value is missing, since "--quiet" begins like a flag; to give it`}},
		"no value":          {[]string{"get", good, "-o"}, []string{"--output: the value is missing; give one"}},
		"empty -o":          {[]string{"get", "-o", "", good}, []string{`--output: "": the value is empty; give one, or leave the flag out`}},
		"empty URL":         {[]string{"get", ""}, []string{"the URL is empty; write http://host/path"}},
		"two Hosts":         {[]string{"get", "-H", "Host: a", "-H", "host: b", good}, []string{`-H "Host: b": a request has`, "one Host", "leave all but one out"}},
		"field of a body":   {[]string{"get", "-H", "content-length: 5", good}, []string{`-H "Content-Length": `, "a request with a body", "leave it out"}},
		"empty Host":        {[]string{"get", "-H", "Host:", good}, []string{`-H "Host": `, "is empty", "leave it out"}},
		"trust all, some":   {[]string{"get", "--insecure", "--cacert", file, good}, []string{"--cacert", file, "every certificate is accepted", "leave one of the two out"}},
		"HEAD into a file":  {[]string{"get", "-X", "HEAD", "-o", "f", good}, []string{"-X HEAD", `"f"`, "no body", "leave -o and --dir out"}},
		"-o - for two":      {[]string{"get", "-o", "-", good, good + "2"}, []string{"one file is for one URL"}},
		"serve --docs=-1":   {[]string{"serve", "--docs=-1"}, []string{"--docs -1", "from 0 to"}},
		"proxy's scheme":    {[]string{"get", "--proxy", "ftp://u:SECRET@proxy", good}, []string{"dugong: --proxy: ", "the scheme of a proxy", "write http://host:port"}},
		"proxy's port":      {[]string{"get", "--proxy", "http://u:SECRET@proxy:0", good}, []string{"outside of 1 to 65535"}},
		"no proxy":          {[]string{"get", "--proxy", "u:SECRET@proxy", good}, []string{"it is not the URL of a proxy; write"}},
		"proxy's path":      {[]string{"get", "--proxy", "http://u:SECRET@proxy:80/x", good}, []string{`"http://...@proxy:80/x"`, "nothing comes after the port", "write http://host:port"}},
		"cert-out, no port": {[]string{"serve", "--tls", "--cert-out", filepath.Join(here, "c"), "--addr", "h:99999"}, []string{"give --addr HOST:PORT"}},
		"no certificate":    {[]string{"get", "--cacert", file, good}, []string{file, "there is no certificate in it"}},
		"no cert. file":     {[]string{"get", "--cacert", filepath.Join(top, "none"), good}, []string{"--cacert", "name a file that can be read"}},
		"serve nothing":     {[]string{"serve", filepath.Join(top, "none")}, []string{"none", "not a directory that can be read"}},
		"serve nowhere":     {[]string{"serve", "--addr", "nonsense"}, []string{`"nonsense"`, "give --addr HOST:PORT"}},
		"serve --docs":      {[]string{"serve", "--docs=-2"}, []string{"--docs -2"}},
		"--docs -1":         {[]string{"serve", "--docs", "-1"}, []string{"--docs -1: the number of documents is from 0 to 10000000"}},
		"--rtt -1s":         {[]string{"serve", "--rtt", "-1s"}, []string{"--rtt -1s: the round-trip time is from 0s"}},
		"--depth -x":        {[]string{"get", "--depth", "-x", good}, []string{"--depth: the value is missing, since \"-x\" begins like a flag"}},
		"-o -5":             {[]string{"get", "-o", "-5", good}, []string{"the value is missing, since \"-5\" begins like a flag"}},
		"serve --size":      {[]string{"serve", "--size=-1"}, []string{"--size -1"}},
		"serve --rtt":       {[]string{"serve", "--rtt=-1s"}, []string{"--rtt -1s"}},
		"close-after":       {[]string{"serve", "--close-after=-1"}, []string{"--close-after -1"}},
		"cert-out alone":    {[]string{"serve", "--cert-out", "f"}, []string{"without --tls"}},
		"cert-out nowhere":  {[]string{"serve", "--tls", "--cert-out", filepath.Join(file, "x")}, []string{"--cert-out", "can be written"}},
		"demo --docs":       {[]string{"demo", "--docs", "0"}, []string{"--docs 0", "from 1"}},
		"demo --rtt":        {[]string{"demo", "--rtt", "2m"}, []string{"--rtt 2m0s", "like 50ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := fmt.Sprint(listing(t, top), listing(t, here))
			o := dugongCmd("", c.args...)
			o.want(t, exitUsage, c.want...)
			if strings.Count(o.err, "\n") != 1 || !strings.HasPrefix(o.err, "dugong: ") || len(o.err) > 800 || o.out != "" {
				t.Errorf("not one line: %.1000q, %.100q", o.err, o.out)
			}
			if strings.Contains(o.err, "SECRET") {
				t.Errorf("it tells a secret: %s", o.err)
			}
			if after := fmt.Sprint(listing(t, top), listing(t, here)); after != before {
				t.Errorf("files before %s, after %s", before, after)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	o := dugongCmd("", "--help")
	o.want(t, exitOK, "get", "serve", "demo", "130 interrupted")
	if o.err != "" {
		t.Error(o.err)
	}
	dugongCmd("", "get", "--help").want(t, exitOK, "--save-errors", "130 interrupted")
	if h := dugongCmd("", "help"); h != o {
		t.Errorf("help differs from --help: %+v", h)
	}
	dugongCmd("", "help", "get").want(t, exitOK, "--save-errors", "130 interrupted")
}

// Nothing that a server or a user sends reaches the terminal as a command.
func TestOneLine(t *testing.T) {
	if got := oneLine("a\x1b[2Jb\r\nc\u009bd\xff"); got != "a [2Jb  c d?" {
		t.Errorf("%q", got)
	}
	if got := oneLine(strings.Repeat("x", 10<<20)); len(got) != 605 {
		t.Errorf("%d octets", len(got))
	}
}
