// mailbox.mjs: a real mail server on loopback with a certificate of an authority of its own, and the messages that
// it took, decoded. Needs Debian's python3-aiosmtpd and openssl.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.mjs';

const words = (s) => s.replace(/\?=\r?\n =\?UTF-8\?B\?/g, '').replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, b) => Buffer.from(b, 'base64').toString());
const printable = (s) => {
  const bytes = s.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replace(/\r\n/g, '\n');
};

// {from, to, tls, login, headers: {subject: …}, text}
export function decode(m) {
  const [head, ...body] = m.data.split('\r\n\r\n');
  const headers = {};
  for (const line of head.replace(/\?=\r\n =\?UTF-8\?B\?/g, '?= =?UTF-8?B?').replace(/\r\n /g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = words(line.slice(colon + 2).replace(/\?= =\?UTF-8\?B\?/g, (x) => '?=\n =?UTF-8?B?'));
  }
  return { ...m, headers, text: printable(body.join('\r\n\r\n')) };
}

// The authority and a certificate for 127.0.0.1 (or other names) in dir: {ca, cert, key}.
export function certificates(dir, name = 'mail', names = 'IP:127.0.0.1') {
  const at = (n) => join(dir, `${name}-${n}`);
  const openssl = (...a) => execFileSync('openssl', a, { stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
    '-subj', `/CN=${name} authority`, '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=mail', '-keyout', at('key.pem'), '-out', at('csr.pem'));
  writeFileSync(at('ext'), `subjectAltName=${names}\n`);
  openssl('x509', '-req', '-in', at('csr.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30',
    '-extfile', at('ext'), '-out', at('cert.pem'));
  return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem') };
}

export class Mailbox {
  static async start(port, certs, mode, address = '127.0.0.1') {
    const b = new Mailbox();
    b.messages = [];
    b.held = []; // where a message is kept on its way
    let rest = '';
    b.process = spawn('/usr/bin/python3', [new URL('smtpd.py', import.meta.url).pathname, String(port), certs.cert, certs.key, mode, address],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    b.errors = '';
    b.process.stderr.on('data', (d) => { b.errors += d; });
    await new Promise((done, fail) => {
      b.process.on('exit', (code) => fail(new Error(`smtpd ended with ${code}: ${b.errors}`)));
      b.process.stdout.on('data', (d) => {
        rest += d;
        const lines = rest.split('\n');
        rest = lines.pop();
        for (const l of lines) {
          if (l === 'ready') done();
          else if (JSON.parse(l).held) b.held.push(JSON.parse(l).held);
          else b.messages.push(decode(JSON.parse(l)));
        }
        b.wake?.();
      });
    });
    return b;
  }

  // Waits until n messages are there.
  async wait(n, ms = 15000) {
    await new Promise((done, fail) => {
      const limit = setTimeout(() => fail(new Error(`${this.messages.length} of ${n} messages; ${this.errors}`)), ms);
      this.wake = () => { if (this.messages.length >= n) { clearTimeout(limit); this.wake = null; done(); } };
      this.wake();
    });
    return this.messages[n - 1];
  }

  stop() { this.process.removeAllListeners('exit'); this.process.kill('SIGKILL'); }
}
