// mail_office.mjs: an agency with a mail server, a mailbox that takes its mail, and a clock that tests move.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, totp } from './client.mjs';
import { Mailbox, certificates } from './mailbox.mjs';
import { freePort } from './ports.mjs';
import { Server } from './server.mjs';

const begin = '2026-11-24T08:00:00Z';

export class MailOffice {
  static async start() {
    const o = new MailOffice();
    o.dir = mkdtempSync(join(tmpdir(), 'kontor-links-'));
    chmodSync(o.dir, 0o755);
    const certs = certificates(o.dir);
    for (const f of Object.values(certs)) chmodSync(f, 0o644);
    const port = await freePort();
    o.box = await Mailbox.start(port, certs, 'tls');
    o.socket = join(o.dir, 'plain');
    o.server = await Server.start({ now: begin, conf: `
smtp_host = 127.0.0.1
smtp_port = ${port}
smtp_ca = ${certs.ca}
mail_from = kontor@nordmole.example
plain_socket = ${o.socket}
` });
    o.base = Date.parse(begin);
    o.at = Date.now();
    o.host = `https://agentur.localhost:${o.server.port}`;
    o.marks = 0;
    return o;
  }

  async stop() {
    this.box.stop();
    await this.server.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  now() { return this.base + Date.now() - this.at; }
  wait(seconds) {
    this.base = Math.ceil(this.now() / 1000) * 1000 + seconds * 1000;
    this.at = Date.now();
    this.server.cli(['clock', 'set', new Date(this.base).toISOString(), '--json'], { raw: true });
  }

  // host 'agentur.localhost': the one that links lead to.
  browser(host) { return new Client(this.server, host); }
  // A browser somewhere else in the world, as the proxy in front says.
  from(address) { return new ProxyClient(this, address); }
  signIn(login, password, c = this.browser()) { return c.submit('/anmelden', '/anmelden', { login, password }); }

  async enrol(c) {
    const r = await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {});
    const page = r.headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(page)).text)[1];
    const done = await c.submit(page, page, { code: totp(secret, this.now()) });
    if (done.status !== 303) throw new Error(`code refused: ${done.status}`);
    return secret;
  }

  code(c, secret) {
    this.wait(31);
    return c.submit('/anmelden/code', '/anmelden/code', { code: totp(secret, this.now()) });
  }

  // The messages to this address whose subject says so, as soon as there are n.
  async mails(to, subject, n) {
    const those = () => this.box.messages.filter((m) => m.to.join() === to && m.headers.subject.includes(subject));
    const end = Date.now() + 30000;
    while (those().length < n) {
      if (Date.now() > end) throw new Error(`${those().length} of ${n} to ${to}: ${this.box.messages.map((m) => `${m.to} ${m.headers.subject}`).join('; ')}`);
      await new Promise((r) => setTimeout(r, 20));
    }
    return those();
  }

  // Mail is sent in order, wishes become mail before anything is sent: what was to come before the second came, or never will.
  async settled() {
    for (let i = 0; i < 2; i++) {
      const to = `mark${++this.marks}@linden.example`;
      this.server.cli(['user', 'invite', '--workspace', 'agentur', '--group', 'time_recorder_1', '--name', 'Marke', '--email', to, '--mail', '--json']);
      await this.mails(to, 'Zugang', 1);
    }
  }

  // The path of the link in a message; undefined when it leads elsewhere.
  linkOf(m) {
    const at = m.text.indexOf(`${this.host}/`);
    return at < 0 ? undefined : m.text.slice(at + this.host.length).split(/\s/)[0];
  }
}

class ProxyClient extends Client {
  constructor(office, address) {
    super(office.server, 'agentur.localhost');
    this.socketPath = office.socket;
    this.address = address;
  }

  once(method, path, { body, headers = {} }) {
    const cookie = [...this.jar].map(([k, v]) => `${k}=${v}`).join('; ');
    return new Promise((done, fail) => {
      const rq = request({ socketPath: this.socketPath, method, path, headers: {
        host: `${this.host}:${this.server.port}`, 'x-forwarded-for': this.address, 'x-forwarded-proto': 'https',
        ...(cookie ? { cookie } : {}), ...headers } }, (rs) => {
        const parts = [];
        rs.on('data', (d) => parts.push(d));
        rs.on('end', () => {
          this.keep(rs);
          done({ status: rs.statusCode, headers: rs.headers, text: Buffer.concat(parts).toString('utf8') });
        });
        rs.on('error', fail);
      });
      rq.on('error', fail);
      rq.end(body);
    });
  }
}
