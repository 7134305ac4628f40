//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

const tomcatHome = "/usr/share/tomcat10"

// noHandlers is why rows below /d/ are not run.
const noHandlers = "it serves files only here"

var tomcat = &software{
	name:    "tomcat",
	byHand:  true,
	missing: needs("java", tomcatHome+"/bin/catalina.sh"),
	version: func() string { return "tomcat " + packageVersion("tomcat10") },
	start:   startTomcat,
	lacks: map[string]string{
		"mixed": noHandlers, "upload": noHandlers, "upload-chunked": noHandlers, "upload-expect": noHandlers, "upload-chunked-expect": noHandlers,
		"refuse": noHandlers, "refuse-chunked": noHandlers, "refuse-expect": noHandlers, "refuse-chunked-expect": noHandlers,
		"hints": noHandlers, "trailers": noHandlers, "upload-trailers": noHandlers, "slow": noHandlers, "restart": noHandlers,
	},
}

// startTomcat serves the documents by its default servlet.
func startTomcat(e *env) {
	for _, dir := range []string{"conf", "logs", "temp", "work", "root/WEB-INF"} {
		os.MkdirAll(filepath.Join(e.dir, dir), 0o755)
	}
	connector := func(addr, more string) string {
		if addr == "" {
			return ""
		}
		host, port, _ := net.SplitHostPort(addr)
		limit := ifTight(e, fmt.Sprintf(` maxKeepAliveRequests="%d" keepAliveTimeout="%d" maxHttpRequestHeaderSize="8192"`, tightRequests, tightIdle*1000))
		return fmt.Sprintf(`<Connector address="%s" port="%s" protocol="HTTP/1.1"%s%s`, host, port, limit, more)
	}
	open := " />\n"
	secure := fmt.Sprintf(` SSLEnabled="true"><SSLHostConfig protocols="TLSv1.2,TLSv1.3"><Certificate certificateFile="%s" certificateKeyFile="%s" type="EC"/></SSLHostConfig></Connector>`+"\n", e.cert.Cert, e.cert.Key)
	conf := `<Server port="-1"><Service name="Catalina">` + "\n" + connector(e.plain, open) + connector(e.secure, secure)
	if e.six != "" {
		conf += connector(e.six, open)
	}
	conf += fmt.Sprintf(`<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="%s/none">
<Context path="" docBase="%s"/>
<Valve className="org.apache.catalina.valves.AccessLogValve" directory="%s/logs" prefix="access" suffix=".log" rotatable="false" pattern="%%s %%r" />
</Host></Engine></Service></Server>
`, e.dir, e.root, e.dir)
	write(e, filepath.Join(e.dir, "conf/server.xml"), conf)
	write(e, filepath.Join(e.dir, "conf/web.xml"), `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="5.0">
<servlet><servlet-name>default</servlet-name><servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class><load-on-startup>1</load-on-startup></servlet>
<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
</web-app>
`)
	e.log = func() string { return readText(e, filepath.Join(e.dir, "logs/access.log")) }
	path, _ := program("java")
	jars := strings.Join([]string{tomcatHome + "/bin/bootstrap.jar", tomcatHome + "/bin/tomcat-juli.jar"}, ":")
	e.run(sigTerm, nil, path, "-classpath", jars, "-Dcatalina.home="+tomcatHome, "-Dcatalina.base="+e.dir, "-Djava.io.tmpdir="+e.dir+"/temp",
		"org.apache.catalina.startup.Bootstrap", "start")
}
