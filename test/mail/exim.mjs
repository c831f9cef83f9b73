// exim.mjs: the mail server that Debian gives whoever asks for one (exim4), unchanged and with a file of settings of its
// own: mail reaches a mailbox by TLS from the start and by required STARTTLS. All else about mail: run.mjs.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificates } from '../lib/mailbox.mjs';
import { freePorts } from '../lib/ports.mjs';
import { Server } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';
import { finish, has, is, skip, test } from '../lib/tap.mjs';

const exim = '/usr/sbin/exim4';
if (!existsSync(exim) || process.getuid() !== 0) {
  skip('exim: mail reaches a mailbox', existsSync(exim) ? 'exim takes other settings from root alone' : 'exim4 is not installed');
  finish();
  process.exit();
}

const dir = mkdtempSync(join(tmpdir(), 'kontor-exim-'));
const certs = certificates(dir);
const [fromStart, startTls] = await freePorts(2);
const box = join(dir, 'box');
const { uid, gid } = { uid: spawnSync('id', ['-u', 'Debian-exim'], { encoding: 'utf8' }).stdout.trim(), gid: spawnSync('id', ['-g', 'Debian-exim'], { encoding: 'utf8' }).stdout.trim() };
for (const d of ['spool', 'log']) mkdirSync(join(dir, d));
writeFileSync(join(dir, 'exim.conf'), `
primary_hostname = mail.nordmole.example
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%slog
pid_file_path = ${dir}/spool/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${fromStart} : ${startTls}
tls_on_connect_ports = ${fromStart}
tls_advertise_hosts = *
tls_certificate = ${certs.cert}
tls_privatekey = ${certs.key}
acl_smtp_mail = encrypted
acl_smtp_rcpt = all
host_lookup =
rfc1413_hosts =
begin acl
encrypted:
  deny message = TLS first
       ! encrypted = *
  accept
all:
  accept
begin routers
everybody:
  driver = accept
  transport = into_the_box
begin transports
into_the_box:
  driver = appendfile
  file = ${box}
  user = Debian-exim
`);
spawnSync('chown', ['-R', `${uid}:${gid}`, dir]);
spawnSync('chown', ['root:root', join(dir, 'exim.conf')]);
chmodSync(dir, 0o755);
chmodSync(certs.ca, 0o644);
const daemon = spawn(exim, ['-C', join(dir, 'exim.conf'), '-bdf', '-q30m'], { stdio: 'ignore' });
const log = () => ['mainlog', 'paniclog'].map((f) => { try { return readFileSync(join(dir, 'log', f), 'utf8'); } catch { return ''; } }).join('');
async function until(what, ms = 20000) {
  for (const end = Date.now() + ms; ;) {
    const v = what();
    if (v || Date.now() > end) return v;
    await new Promise((r) => setTimeout(r, 50));
  }
}

try {
  for (const [name, port, more] of [['TLS from the start', fromStart, ''], ['required STARTTLS', startTls, 'smtp_starttls = 1\n']]) {
    await test(`exim: ${name}, the mail is in the box`, async () => {
      is(Boolean(await until(() => /daemon started|listening/.test(log()))), true, `exim is there: ${log()}`);
      rmSync(box, { force: true });
      const server = await Server.start({ conf: `smtp_host = 127.0.0.1\nsmtp_port = ${port}\nsmtp_ca = ${certs.ca}\nmail_from = kontor@nordmole.example\n${more}` });
      try {
        const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
        const { id } = server.addUser('administrator', 'administrator', password('administrator'), slug);
        const admin = await new World(server).enter('administrator', password('administrator'), true);
        const me = `/personen/${id}`;
        const r = await admin.submit(me, me, { email: 'jette@linden.example', first_name: 'Jette', last_name: 'Harms' });
        is(r.status, 303, r.text.slice(0, 300));
        is((await admin.submit('/einstellungen/verbindungen', '/einstellungen/postausgang/test')).status, 303, 'a test mail');
        const mail = await until(() => existsSync(box) && readFileSync(box, 'utf8'));
        is(Boolean(mail), true, log());
        has(mail, 'From: ');
        has(mail, 'jette@linden.example');
        is(/Received: .*\n?(.*\n)?.*with e?smtps/i.test(mail), true, mail.slice(0, 600));
      } finally {
        await server.stop();
      }
    });
  }
} finally {
  daemon.kill('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
}
finish();
