// place.mjs: the programs in a folder of their own, for tests that use no browser: what is asked of them there, what they
// answer, and a server whose clock the test sets. All of it goes at the end.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from './ports.mjs';

export const parse = (s) => { try { return JSON.parse(s); } catch { return null; } };

export class Place {
  // limit: ms that one program may take.
  constructor(build, name, limit = 60000) {
    Object.assign(this, { build: path.resolve(build), limit, top: fs.mkdtempSync(path.join(os.tmpdir(), `kontor-${name}-`)), server: null });
    this.dir = path.join(this.top, 'k'); // the installation
    process.on('exit', () => {
      if (this.server && this.server.exitCode === null) this.server.kill('SIGKILL');
      fs.rmSync(this.top, { recursive: true, force: true });
    });
  }

  // this.now: ms, where the clock of a command begins that is a server for itself.
  env(dir = this.dir) {
    return { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', KONTOR_DIR: dir, ...(this.now ? { KONTOR_NOW: new Date(this.now).toISOString().replace(/\.\d+/, '') } : {}) };
  }

  // json: the answer; fault: the refusal.
  result(status, out, err) { return { status, out, err, json: parse(out), fault: parse(err)?.error }; }

  run(program, args, { dir, input } = {}) {
    const r = spawnSync(path.join(this.build, program), args,
      { encoding: 'utf8', timeout: this.limit, env: this.env(dir), cwd: this.top, input });
    return this.result(r.status, r.stdout, r.stderr);
  }

  // The same beside others; input is for those who ask for a password.
  start(args, input = '') {
    return new Promise((done) => {
      const p = spawn(path.join(this.build, 'kontor'), args, { env: this.env(), cwd: this.top });
      let out = '', err = '';
      p.stdin.on('error', () => {}); // it ended without asking
      p.stdin.end(input);
      p.stdout.on('data', (d) => { out += d; });
      p.stderr.on('data', (d) => { err += d; });
      p.on('close', (status) => done(this.result(status, out, err)));
    });
  }

  // now: RFC 3339, where its clock begins; errors: where it complains.
  async serve(now, errors = 'ignore') {
    this.ports ??= await freePorts(2);
    const [port, operatorPort] = this.ports;
    this.server = spawn(path.join(this.build, 'kontor'), ['serve', '--listen', `127.0.0.1:${port}`, '--operator-listen', `127.0.0.1:${operatorPort}`],
      { env: { ...this.env(), ...(now ? { KONTOR_NOW: now } : {}) }, stdio: ['ignore', 'pipe', errors] });
    let said = '';
    await new Promise((done, fail) => {
      this.server.stdout.on('data', (d) => { said += d; if (/https:/.test(said)) done(); });
      this.server.on('exit', () => fail(new Error(`the server ended: ${said}`)));
    });
    this.server.removeAllListeners('exit');
  }

  halt(how = 'SIGTERM') {
    return new Promise((done) => { this.server.on('exit', done); this.server.kill(how); });
  }
}
