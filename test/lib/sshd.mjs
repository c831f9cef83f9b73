// sshd.mjs: a real sshd on loopback for one test: its own port, host key, config and log below `top`; stopped with the
// test. null where there is none.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from './ports.mjs';

export class Sshd {
  static program = '/usr/sbin/sshd';
  static there() { return fs.existsSync(Sshd.program) && spawnSync('ssh-keygen', ['-?']).error === undefined; }

  constructor(top) {
    Object.assign(this, { top, user: os.userInfo().username, process: null });
    fs.mkdirSync(top, { mode: 0o700 });
    this.key('host');
    this.key('client');
    fs.copyFileSync(`${top}/client.pub`, `${top}/authorized`);
    fs.chmodSync(`${top}/authorized`, 0o600);
    process.on('exit', () => this.process?.kill('SIGKILL'));
  }

  key(name) {
    for (const f of [`${this.top}/${name}`, `${this.top}/${name}.pub`]) fs.rmSync(f, { force: true });
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${this.top}/${name}`]);
  }

  fingerprint() {
    return spawnSync('ssh-keygen', ['-lf', `${this.top}/host.pub`], { encoding: 'utf8' }).stdout.split(' ')[1];
  }

  // fileMax: bytes that a file there may have, as with a quota.
  async start(fileMax) {
    [this.port] = this.port ? [this.port] : await freePorts(1);
    fs.writeFileSync(`${this.top}/config`, `Port ${this.port}
ListenAddress 127.0.0.1
HostKey ${this.top}/host
AuthorizedKeysFile ${this.top}/authorized
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
`);
    if (process.getuid() === 0) fs.mkdirSync('/run/sshd', { recursive: true });
    const limit = fileMax === undefined ? '' : `trap '' XFSZ; ulimit -f ${Math.ceil(fileMax / 1024)}; `;
    const said = `${this.top}/log`;
    fs.writeFileSync(said, '');
    // Not into a pipe of ours: while this test waits for a program nobody would read it.
    this.process = spawn('bash', ['-c', `${limit}exec ${Sshd.program} -D -E ${said} -f ${this.top}/config`], { stdio: 'ignore' });
    let ended = false;
    this.process.on('exit', () => { ended = true; });
    while (!/listening on/.test(fs.readFileSync(said, 'utf8'))) {
      if (ended) throw new Error(`sshd ended: ${fs.readFileSync(said, 'utf8')}`);
      await new Promise((done) => setTimeout(done, 10));
    }
    this.process.removeAllListeners('exit');
  }

  stop() {
    return new Promise((done) => { this.process.on('exit', () => { this.process = null; done(); }); this.process.kill('SIGTERM'); });
  }
}
