// sshd.mjs: a real sshd on loopback for one test: its own port, host key, config and log below `top`; stopped with the
// test. null where there is none.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from './ports.mjs';
import { descendants, processesNaming } from './processes.mjs';

// Also one that only its parent does not know of yet.
const gone = (pid) => { try { return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return true; } };
const kill = (pid, how) => { try { process.kill(pid, how); } catch { /* it ended by itself */ } };

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
    process.on('exit', () => { this.sweep(); this.process?.kill('SIGKILL'); });
  }

  key(name) {
    for (const f of [`${this.top}/${name}`, `${this.top}/${name}.pub`]) fs.rmSync(f, { force: true });
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${this.top}/${name}`]);
  }

  fingerprint() {
    return spawnSync('ssh-keygen', ['-lf', `${this.top}/host.pub`], { encoding: 'utf8' }).stdout.split(' ')[1];
  }

  // A subsystem for start() that falls silent: how says after what. What it leaves behind is ended with the sshd.
  silent(how) {
    const server = '/usr/lib/openssh/sftp-server';
    const script = {
      answers: (n) => `${server} | dd bs=1 count=${n} status=none\nwhile read -r x; do :; done`, // n bytes of answers, and no more
      breaks: (n) => `${server} | dd bs=1 count=${n} status=none\nexec cat > /dev/null`, // the same, and then the end of them
      trickle: (n) => `${server} | { dd bs=1 count=${n} status=none; while sleep 0.2; do dd bs=1 count=1 status=none; done; }`, // n bytes, and then one now and then
      // n bytes of what is asked for; then its whole session stands still
      stops: (n) => `p=$$; until [ "$(cat /proc/$p/comm)" = sshd ]; do p=$(sed -n 's/^PPid:.//p' /proc/$p/status); done
{ dd bs=1 count=${n} status=none; kill -STOP $p; cat > /dev/null; } | ${server}`,
    };
    const [[what, n]] = Object.entries(how);
    fs.writeFileSync(`${this.top}/subsystem`, `#!/bin/sh\n${script[what](n)}\n`, { mode: 0o755 });
    return `${this.top}/subsystem`;
  }

  // Ends the sessions and what they have started, until there is none: the sshd is held meanwhile, so that it lets nobody in.
  // What outlived its session has the subsystem's name.
  sweep() {
    const sshd = this.process?.pid;
    if (sshd) kill(sshd, 'SIGSTOP');
    const left = () => [...(sshd ? descendants(sshd) : []), ...processesNaming(this.top)].filter((p) => p !== sshd && !gone(p));
    for (let pids = left(); pids.length > 0; pids = left()) for (const p of pids) kill(p, 'SIGKILL');
    if (sshd) kill(sshd, 'SIGCONT');
  }

  // fileMax: bytes that a file there may have, as with a quota.
  async start(fileMax, subsystem = 'internal-sftp') {
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
Subsystem sftp ${subsystem}
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
    this.sweep();
    return new Promise((done) => { this.process.on('exit', () => { this.process = null; done(); }); this.process.kill('SIGKILL'); });
  }
}
