// server.mjs: a real installation for tests: init, serve on a free port, stop. Nothing is mocked; the
// clock is the server's own test clock (kontor clock set).
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from './ports.mjs';

export const root = resolve(new URL('../..', import.meta.url).pathname);
export const build = resolve(root, process.env.KONTOR_BUILD || 'build');
const kontor = join(build, 'kontor');
// Whoever starts a server may have left something open that is not its own.
export const foreign = new URL(import.meta.url).pathname;

export class Server {
  // opts: {demo: 'S'|'P', json: init says what it made as JSON, now: RFC 3339, baseDomain; conf: more lines of kontor.conf;
  //        hashMs: how long a password hash may take, else the least; dir: of a server that was halted, serves it again}
  static async start(opts = {}) {
    const s = new Server();
    s.dir = opts.dir ?? mkdtempSync(join(tmpdir(), 'kontor-test-'));
    s.env = { ...process.env, ...(opts.now ? { KONTOR_NOW: opts.now } : {}) };
    const init = ['init', '-d', join(s.dir, 'k'), '--base-domain', opts.baseDomain || 'localhost', '--hash-ms', String(opts.hashMs ?? 0), '--escrow', 'none'];
    if (opts.demo) init.push('--demo', opts.demo);
    if (opts.json) init.push('--json');
    if (!opts.dir) s.initOutput = s.cli(init, { raw: true, noDir: true }).stdout;
    if (opts.conf) appendFileSync(join(s.dir, 'k', 'kontor.conf'), opts.conf);
    [s.port, s.operatorPort] = await freePorts(2); // as late as may be: others look for ports too
    s.process = spawn(kontor, ['serve', '-d', join(s.dir, 'k'), '--listen', `127.0.0.1:${s.port}`,
      '--operator-listen', `127.0.0.1:${s.operatorPort}`], { env: s.env, stdio: ['ignore', 'pipe', 'pipe', openSync(foreign, 'r')] });
    s.output = '';
    s.process.stdout.on('data', (d) => { s.output += d; s.wake?.(); });
    s.process.stderr.on('data', (d) => { s.output += d; s.wake?.(); });
    s.ended = new Promise((done) => s.process.on('exit', (code) => { s.exitCode = code; s.wake?.(); done(code); }));
    await s.waitFor(() => /^Kontor .*https:/m.test(s.output), 30000);
    s.ca = readFileSync(join(s.dir, 'k', 'tls', 'ca.pem'));
    return s;
  }

  get url() { return `https://localhost:${this.port}`; }

  waitFor(test, ms) {
    return new Promise((done, fail) => {
      const limit = setTimeout(() => fail(new Error(`not within ${ms} ms; output:\n${this.output}`)), ms);
      this.wake = () => {
        if (test()) { clearTimeout(limit); this.wake = null; done(); }
        else if (this.exitCode !== undefined) { clearTimeout(limit); fail(new Error(`server ended with ${this.exitCode}:\n${this.output}`)); }
      };
      this.wake();
    });
  }

  // One command of the command line. Throws unless it succeeds or opts.any is set.
  cli(args, opts = {}) {
    const all = opts.noDir ? args : [...args, '-d', join(this.dir, 'k')];
    const r = spawnSync(kontor, all, { env: this.env, input: opts.input || '', encoding: 'utf8', timeout: opts.timeout ?? 120000, maxBuffer: 64 << 20 });
    if (r.status !== 0 && !opts.any) throw new Error(`kontor ${all.join(' ')}: ${r.status}\n${r.stdout}${r.stderr}`);
    return opts.raw || opts.any ? r : JSON.parse(r.stdout || 'null');
  }

  addUser(login, group, password, workspace = 'default') {
    return this.cli(['user', 'add', '--workspace', workspace, '--login', login, '--group', group, '--password-stdin', '--json'],
      { input: password + '\n' });
  }

  // Ends the server and leaves its files.
  async halt() {
    if (this.exitCode === undefined) {
      this.process.kill('SIGTERM');
      const limit = setTimeout(() => this.process.kill('SIGKILL'), 10000);
      await this.ended;
      clearTimeout(limit);
    }
  }

  async stop() {
    await this.halt();
    if (existsSync(this.dir) && !process.env.KONTOR_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }
}
