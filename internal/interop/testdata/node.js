// Node's http with the documents of a folder below /f/ and what the tests want
// below /d/.
//
// usage: node node.js ROOT LOG CERT KEY tight|no PLAIN SECURE [IPV6]
'use strict';
const crypto = require('crypto'), fs = require('fs'), http = require('http'), https = require('https');
const [root, logFile, cert, key, tight, plain, secure, six] = process.argv.slice(2);
const log = fs.openSync(logFile, 'a');
const sum = (b) => crypto.createHash('sha256').update(b).digest('hex');
const documents = {};
for (const name of fs.readdirSync(root + '/f')) {
  documents['/f/' + name] = { body: fs.readFileSync(root + '/f/' + name), time: fs.statSync(root + '/f/' + name).mtime.toUTCString() };
}

function answer(req, res) {
  fs.writeSync(log, req.method + ' ' + req.url + '\n');
  const path = req.url.split('?')[0], doc = documents[path];
  const end = (status, body) => { res.statusCode = status; res.setHeader('Content-Length', Buffer.byteLength(body)); res.end(body); };
  if (path === '/d/refuse') return end(403, 'not wanted');
  if (path === '/d/up') {
    const parts = [];
    let n = 0;
    req.on('data', (p) => {
      if (tight === 'tight' && (n += p.length) > 1 << 20) {
        if (!res.headersSent) { res.setHeader('Connection', 'close'); end(413, 'too large'); }
        return;
      }
      parts.push(p);
    });
    return req.on('end', () => {
      if (res.headersSent) return;
      res.setHeader('X-Trailer', req.trailers['x-sum'] || '');
      end(200, sum(Buffer.concat(parts)));
    });
  }
  if (path === '/d/slow') {
    let left = 5;
    const timer = setInterval(() => { res.write('slowly\n'); if (--left === 0) { clearInterval(timer); res.end(); } }, 30);
    return;
  }
  if (path === '/d/kick') {
    return http.get(process.env.INTEROP_KICK, (up) => up.resume().on('end', () => end(200, 'kicked')));
  }
  if (path === '/d/hints') {
    for (let i = 0; i < 2; i++) res.writeEarlyHints({ link: '</style.css>; rel=preload' });
    return end(200, 'hinted');
  }
  if (path === '/d/trailers') {
    res.writeHead(200, { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' });
    res.write('trailed');
    res.addTrailers({ 'X-Sum': sum('trailed') });
    return res.end();
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') return end(405, '');
  if (!doc) return end(404, 'no such document');
  if (req.headers['if-modified-since'] === doc.time) { res.statusCode = 304; return res.end(); }
  res.setHeader('Last-Modified', doc.time);
  end(200, doc.body);
}

const options = { cert: fs.readFileSync(cert), key: fs.readFileSync(key), minVersion: 'TLSv1.2' };
if (tight === 'tight') { options.keepAliveTimeout = 1000; options.maxHeaderSize = 4096; }
for (const [addr, make] of [[plain, http], [secure, https], [six, http]]) {
  if (!addr) continue;
  const s = make.createServer(options, answer);
  if (tight === 'tight') s.maxRequestsPerSocket = 20;
  s.on('checkContinue', (req, res) => {
    if (!req.url.startsWith('/d/refuse')) res.writeContinue();
    answer(req, res);
  });
  const i = addr.lastIndexOf(':');
  s.listen(Number(addr.slice(i + 1)), addr.slice(0, i).replace(/[[\]]/g, ''));
}
process.on('SIGTERM', () => process.exit(0));
