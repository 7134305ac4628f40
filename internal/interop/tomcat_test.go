//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

const tomcatHome = "/usr/share/tomcat10"

var tomcat = &software{
	name:    "tomcat",
	byHand:  true,
	missing: needs("java", tomcatHome+"/bin/catalina.sh"),
	version: func() string { return "tomcat " + packageVersion("tomcat10") },
	start:   startTomcat,
}

// startTomcat serves the documents by its default servlet, and what is below
// /d/ by one of ours.
func startTomcat(e *env) {
	for _, dir := range []string{"conf", "logs", "temp", "work", "root/WEB-INF"} {
		os.MkdirAll(filepath.Join(e.dir, dir), 0o755)
	}
	classes, err := servlet()
	if err != nil {
		e.Fatal(err)
	}
	e.tomcatConf(classes)
	e.log = func() string { return readText(e, filepath.Join(e.dir, "logs/access.log")) }
	path, _ := program("java")
	jars := strings.Join([]string{tomcatHome + "/bin/bootstrap.jar", tomcatHome + "/bin/tomcat-juli.jar"}, ":")
	e.run(sigTerm, []string{"INTEROP_KICK=" + e.kickURL()}, path, "-classpath", jars, "-Dcatalina.home="+tomcatHome, "-Dcatalina.base="+e.dir,
		"-Djava.io.tmpdir="+e.dir+"/temp", fmt.Sprintf("-Dinterop.tight=%t", e.tight), "org.apache.catalina.startup.Bootstrap", "start")
}

// servlet compiles testdata/Handlers.java once, with what Tomcat compiles JSPs
// with: a Java without a compiler of its own is enough.
var servlet = sync.OnceValues(func() (classes string, err error) {
	classes = filepath.Join(scratch, "servlet")
	out, err := exec.Command("java", "-classpath", "/usr/share/java/eclipse-jdt-core.jar", "org.eclipse.jdt.internal.compiler.batch.Main", "-17", "-proc:none", "-nowarn",
		"-classpath", tomcatHome+"/lib/servlet-api.jar:"+tomcatHome+"/lib/catalina.jar", "-d", classes, "testdata/Handlers.java").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return classes, err
})

// tomcatConf writes its configuration.
func (e *env) tomcatConf(classes string) {
	connector := func(addr, more string) string {
		if addr == "" {
			return ""
		}
		host, port, _ := net.SplitHostPort(addr)
		limit := ifTight(e, fmt.Sprintf(` maxKeepAliveRequests="%d" keepAliveTimeout="%d" maxHttpRequestHeaderSize="8192"`, tightRequests, tightIdle*1000))
		return fmt.Sprintf(`<Connector address="%s" port="%s" protocol="HTTP/1.1" continueResponseTiming="onRead" allowedTrailerHeaders="x-sum"%s%s`, host, port, limit, more)
	}
	open := " />\n"
	secure := fmt.Sprintf(` SSLEnabled="true"><SSLHostConfig protocols="TLSv1.2,TLSv1.3"><Certificate certificateFile="%s" certificateKeyFile="%s" type="EC"/></SSLHostConfig></Connector>`+"\n", e.cert.Cert, e.cert.Key)
	conf := `<Server port="-1"><Service name="Catalina">` + "\n" + connector(e.plain, open) + connector(e.secure, secure)
	if e.six != "" {
		conf += connector(e.six, open)
	}
	conf += fmt.Sprintf(`<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="%s/none">
<Context path="" docBase="%s"><Resources>
<PostResources className="org.apache.catalina.webresources.DirResourceSet" base="%s" webAppMount="/WEB-INF/classes"/>
</Resources></Context>
<Valve className="org.apache.catalina.valves.AccessLogValve" directory="%s/logs" prefix="access" suffix=".log" rotatable="false" pattern="%%s %%r" />
</Host></Engine></Service></Server>
`, e.dir, e.root, classes, e.dir)
	write(e, filepath.Join(e.dir, "conf/server.xml"), conf)
	write(e, filepath.Join(e.dir, "conf/web.xml"), `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="5.0">
<servlet><servlet-name>default</servlet-name><servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class><load-on-startup>1</load-on-startup></servlet>
<servlet><servlet-name>handlers</servlet-name><servlet-class>Handlers</servlet-class></servlet>
<servlet-mapping><servlet-name>handlers</servlet-name><url-pattern>/d/*</url-pattern></servlet-mapping>
<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
</web-app>
`)
}
