// doctor_test.mjs: `kontor doctor` on an installation whose settings and files are made unsafe one by one: each gets its
// finding, a sentence that says how to mend it, and loses it when it is mended. TAP on stdout. Argument: build folder.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const kontor = path.resolve(process.argv[2], 'kontor');
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-doctor-'));
const dir = path.join(top, 'above', 'dir');
const conf = path.join(dir, 'kontor.conf');
process.on('exit', () => fs.rmSync(top, { recursive: true, force: true }));
let n = 0, failed = 0;
function ok(good, what, detail) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${what}`);
  if (!good && detail !== undefined) console.log('# ' + JSON.stringify(detail).slice(0, 1500));
}
function run(args, env = {}) {
  const r = spawnSync(kontor, args, { encoding: 'utf8', timeout: 60000, env: { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', KONTOR_DIR: dir, ...env } });
  return { ...r, json: (() => { try { return JSON.parse(r.stdout); } catch { return null; } })() };
}
const doctor = (env) => run(['doctor', '--quick', '--json'], env).json?.findings ?? [];
const find = (list, id, status) => list.find((f) => f.id === id && (!status || f.status === status));

fs.mkdirSync(path.join(top, 'above'));
fs.chmodSync(path.join(top, 'above'), 0o755);
ok(run(['init', '--base-domain', 'kontor.example', '--hash-ms', '0', '--escrow', 'none']).status === 0, 'an installation');
const written = fs.readFileSync(conf, 'utf8');
const escrow = spawnSync(path.join(path.dirname(kontor), 'kontor-archive'), ['key', path.join(top, 'escrow.key')], { encoding: 'utf8' }).stdout.trim();
const secret = path.join(dir, 'smtp.password');

// --- as it is made: what is said of it, and of the machine
const first = doctor();
const says = (id, status, words) => {
  const f = find(first, id);
  ok(f?.status === status && (!words || words.test(f.text)), `at first: ${id} is ${status}`, f ?? first.map((x) => x.id));
};
says('base_domain', 'good', /kontor\.example/);
says('mail', 'warn', /smtp_host/);
says('security_contact', 'warn', /kontor\.conf/);
says('backup', 'bad', /no backup/);
says('backup.escrow', 'bad', /kontor-archive key/);
says('backup.targets', 'bad', /another disk/);
says('tls.authority', 'warn', /ca\.pem/);
says('tls.certificate', 'good', /21 days/);
says('files.mode', 'good');
says('key.at_rest', 'bad');
says('key.escrow', 'warn');
for (const id of ['swap', 'clock', 'disk', 'limits', 'hash.cost', 'kernel.core', 'operator.listen', 'isolation.level', 'key.generation', 'server']) {
  ok(find(first, id)?.text.length > 10, `at first: something is said of ${id}`, first.map((f) => f.id));
}
const build = run(['doctor', '--quick', '--json']).json;
ok(Boolean(find(first, 'build')) === build?.testBuild, 'a test build is called one');
for (const id of ['plain_socket', 'log_days', 'demo', 'mail.workspaces', 'mail.password', 'mail.authority', 'files.conf', 'files.above', 'hsts_preload', 'isolation.accepted']) {
  ok(!find(first, id), `at first: nothing of ${id}`, find(first, id));
}

// --- settings: [lines of kontor.conf, id, status, words]; before and after are called around it
const settings = [
  ['base_domain = localhost\nhsts_preload = 1', 'base_domain', 'warn', /localhost.*kontor\.conf/],
  ['base_domain = localhost\nhsts_preload = 1', 'hsts_preload', 'warn', /hsts_preload = 0/],
  ['operator_listen = 0.0.0.0:18444', 'operator.listen', 'warn', /VPN/],
  ['accept_isolation = C', 'isolation.accepted', 'warn', /C/],
  ['log_days = 60', 'log_days', 'warn', /Seven/],
  ['security_contact = mailto:s@kontor.example', 'security_contact', 'good', /mailto/],
  ['smtp_host = mail.kontor.example\nmail_from = k@kontor.example', 'mail', 'good', /mail\.kontor\.example/],
  [`smtp_password_file = ${secret}`, 'mail.password', 'bad', /cannot be read \(ENOENT\)/],
  [`smtp_password_file = ${secret}`, 'mail.password', 'bad', /644.*chmod 600/, () => fs.writeFileSync(secret, 'geheim\n', { mode: 0o644 }), () => fs.chmodSync(secret, 0o600)],
  [`smtp_password_file = ${secret}`, 'mail.password', undefined],
  ['smtp_host = mail.kontor.example\nmail_from = k@kontor.example\nsmtp_port = 587', 'mail.port', 'warn', /587.*is 0.*587 with 1/],
  ['smtp_host = mail.kontor.example\nmail_from = k@kontor.example\nsmtp_starttls = 1', 'mail.port', 'warn', /465.*is 1/],
  ['smtp_host = mail.kontor.example\nmail_from = k@kontor.example\nsmtp_port = 587\nsmtp_starttls = 1', 'mail.port', undefined],
  ['smtp_host = mail.kontor.example\nmail_from = k@kontor.example\nsmtp_user = kontor', 'mail.login', 'warn', /smtp_password_file/],
  [`backup_escrow = ${escrow}`, 'backup.escrow', undefined],
  [`backup_target1 = folder:${top}`, 'backup.targets', 'bad', /another disk/],
  ...(fs.statSync('/dev/shm').dev !== fs.statSync(top).dev ? [['backup_target2 = folder:/dev/shm', 'backup.targets', undefined]] : []),
  [`smtp_ca = ${top}/none.pem`, 'mail.authority', 'bad', /ENOENT/],
  ['workspace_mail = 1', 'mail.workspaces', 'warn', /public addresses/],
  ['workers_max = 20000', 'limits', undefined],
  [`plain_socket = ${top}/plain`, 'plain_socket', 'bad', /chmod o-rwx/, () => { fs.writeFileSync(`${top}/plain`, ''); fs.chmodSync(`${top}/plain`, 0o666); }],
];
for (const [lines, id, status, words, before, after] of settings) {
  before?.();
  const keys = lines.split('\n').map((l) => l.split(' ')[0]);
  fs.writeFileSync(conf, written.split('\n').filter((l) => !keys.includes(l.split(' ')[0])).join('\n') + `\n${lines}\n`);
  const f = find(doctor(), id);
  if (id === 'limits') ok(['good', 'warn'].includes(f?.status), `${lines}: the machine's limits are compared`, f);
  else ok(f?.status === status && (!words || words.test(f.text)), `${lines.replace(/\n/g, ', ').replaceAll(top, 'TOP')}: ${id} ${status ?? 'is silent'}`, f);
  after?.();
}
fs.writeFileSync(conf, written);

// --- files: [path, mode, id, words], each mended afterwards
const folders = ['keys', 'tls/private', 'system', 'run', 'spool', 'log', 'workspaces', 'backup', 'copies'].map((name) => [path.join(dir, name), 0o777, 'files.mode', new RegExp(name)]);
for (const [file, mode, id, words] of [...folders, [conf, 0o666, 'files.conf', /chmod go-w/], [path.join(top, 'above'), 0o777, 'files.above', /chmod o-w/],
  [path.join(dir, 'keys/master.key'), 0o444, 'key.mode', /444/]]) {
  const was = fs.statSync(file).mode & 0o7777;
  fs.chmodSync(file, mode);
  const f = doctor().find((x) => x.id === id && x.status === 'bad' && words.test(x.text));
  fs.chmodSync(file, was);
  ok(f, `${file.replace(top, '')} ${mode.toString(8)}: ${id} is bad`);
}
fs.writeFileSync(path.join(dir, 'demo.txt'), 'mara geheim\n');
ok(find(doctor(), 'demo', 'warn'), 'the password of a demo in the open is named');
fs.rmSync(path.join(dir, 'demo.txt'));

// --- backups and their copies
{
  const was = fs.readFileSync(conf, 'utf8');
  fs.appendFileSync(conf, `backup_escrow = ${escrow}\n`);
  const slugs = ['system', ...run(['workspace', 'list', '--json']).json.map((w) => w.slug)];
  const ran = slugs.map((w) => run(['backup', 'run', '--workspace', w, '--json']));
  ok(ran.every((r) => r.status === 0), 'each workspace is backed up', ran);
  const good = doctor();
  ok(find(good, 'backup', 'good') && !good.some((f) => f.id === 'backup.copies'), 'doctor sees it', good.filter((f) => f.id.startsWith('backup')));
  if (build?.testBuild) {
    const later = (days) => doctor({ KONTOR_NOW: new Date(Date.now() + days * 86400000).toISOString().replace(/\.\d+/, '') }).filter((f) => f.id === 'backup.undrilled');
    ok(later(7.9).length === 0 && later(9).length === slugs.length && later(9).every((f) => f.status === 'warn' && / 9 days/.test(f.text)), 'eight days without a drill are said of each, seven of none', later(9));
  } else console.log(`ok ${++n} - a week without a drill # SKIP the clock of a release cannot be moved`);
  fs.renameSync(path.join(dir, 'copies/1'), path.join(dir, 'copies/away'));
  run(['backup', 'verify', ran[0].json.id, '--workspace', 'system']);
  const away = doctor();
  ok(find(away, 'backup.target', 'bad')?.text.includes('copies/1') && find(away, 'backup.copies', 'bad')?.text.includes('target1'), 'a target that is gone is named, and the copies that it lacks', away.filter((f) => f.id.startsWith('backup')));
  fs.renameSync(path.join(dir, 'copies/away'), path.join(dir, 'copies/1'));
  fs.renameSync(path.join(dir, 'copies'), path.join(dir, 'away')); // nothing to repair it from
  const archive = path.join(dir, 'backup/0', `${ran[0].json.id}.kontor`);
  const bytes = fs.readFileSync(archive);
  fs.writeFileSync(archive, bytes.subarray(0, 500));
  run(['backup', 'verify', ran[0].json.id, '--workspace', 'system']);
  ok(find(doctor(), 'backup.damaged', 'bad'), 'a damaged one is counted');
  fs.renameSync(path.join(dir, 'away'), path.join(dir, 'copies'));
  run(['backup', 'verify', ran[0].json.id, '--workspace', 'system']);
  ok(find(doctor(), 'backup', 'good') && !find(doctor(), 'backup.copies', 'bad') && fs.readFileSync(archive).equals(bytes), 'and all is well again');
  ok(find(doctor(), 'backup.repaired', 'warn')?.text.includes('7 days'), 'that it was made anew is said for a week');
  fs.writeFileSync(conf, was.replace(/^backup_target2 = .*$/m, ''));
  ok(find(doctor(), 'backup.few', 'bad'), 'one target is too few');
  fs.writeFileSync(conf, was);
}

// --- where the master key lies (key.at_rest): each place with its colour, in a mount namespace of the test's own
{
  const key = path.join(dir, 'keys/master.key');
  const spare = path.join(top, 'spare.key');
  fs.copyFileSync(key, spare);
  const tmpfs = (at) => `mount -t tmpfs -o mode=755 t ${at}`;
  const medium = path.join(top, 'medium');
  fs.mkdirSync(medium);
  const places = [ // [mode, colour, where, what makes the place, what the sentence says]
    ['inside', 'bad', '', 'true', /each copy/],
    ['same-disk', 'bad', path.join(top, 'beside.key'), 'true', /same disk/],
    ['other-disk', 'warn', path.join(medium, 'over/master.key'), `${tmpfs(medium)} && cd ${medium} && mkdir low up work over && mount -t overlay -o lowerdir=low,upperdir=up,workdir=work o over`, /another disk/],
    ['memory', 'good', path.join(medium, 'master.key'), tmpfs(medium), /memory/],
    ['credential-host', 'bad', '/run/credentials/kontor.service/master.key', `${tmpfs('/run')} && ${tmpfs('/sys/class')} && mkdir -p /run/credentials/kontor.service`, /no TPM/],
    ['credential', 'good', '/run/credentials/kontor.service/master.key', `${tmpfs('/run')} && ${tmpfs('/sys/class')} && mkdir -p /sys/class/tpm/tpm0 /run/credentials/kontor.service`, /from the service manager.*tpm2/],
  ];
  const private_ = (script, ...args) => spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...args],
    { encoding: 'utf8', timeout: 60000, env: { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', KONTOR_DIR: dir } });
  for (const [mode, colour, where, make, words] of places) {
    if (private_(make).status !== 0) { console.log(`ok ${++n} - the key in mode ${mode} # SKIP such a place cannot be made here`); continue; }
    fs.writeFileSync(conf, where ? `${written}master_key = ${where}\n` : written);
    const put = where ? `install -m 0400 ${spare} ${where} && chown --reference=${key} ${where} && mv ${key} ${key}.away` : 'true';
    const ask = (...args) => {
      const r = private_(`set -e; ${make}; ${put}; trap 'test ! -e ${key}.away || mv ${key}.away ${key}' EXIT; cd /; "$@"`, kontor, ...args);
      try { return JSON.parse(r.stdout); } catch { return { said: r }; }
    };
    const f = find(ask('doctor', '--quick', '--json').findings ?? [], 'key.at_rest');
    ok(f?.status === colour && words.test(f.text), `the key in mode ${mode} is ${colour}`, f);
    const show = ask('key', 'show', '--json');
    ok(show.mode === mode && show.generation === 1, `and key show calls it ${mode}`, show);
  }
  fs.rmSync(path.join(top, 'beside.key'), { force: true });
  fs.writeFileSync(conf, written);
}

// --- certificates, as time goes by
if (spawnSync('openssl', ['version']).status === 0) {
  const pem = path.join(dir, 'tls', 'kontor.example.pem');
  spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '40', '-subj', '/CN=kontor.example', '-keyout', '/dev/null', '-out', pem]);
  ok(!find(doctor(), 'tls.authority') && find(doctor(), 'tls.certificate', 'good'), 'a certificate of another authority, 40 days');
  if (build?.testBuild) {
    const later = (days) => doctor({ KONTOR_NOW: new Date(Date.now() + days * 86400000).toISOString().replace(/\.\d+/, '') });
    ok(/holds until 20/.test(find(later(30), 'tls.certificate', 'warn')?.text), 'ten days before its end: renew', find(later(30), 'tls.certificate'));
    ok(/ended on 20/.test(find(later(41), 'tls.certificate', 'bad')?.text), 'a day after it: ended');
  } else console.log(`ok ${++n} - certificates in time # SKIP the clock of a release cannot be moved`);
  fs.writeFileSync(pem, 'no certificate\n');
  ok(find(doctor(), 'tls.certificate', 'warn'), 'one that is none');
} else console.log(`ok ${++n} - certificates # SKIP openssl is not installed`);

// --- read aloud: whatever is not good says how it is mended, in both languages; and each setting has its sentence
const src = new URL('../../', import.meta.url).pathname;
const files = fs.readdirSync(path.join(src, 'src/cli')).filter((f) => /^(findings_\w+|doctor|key_where)\.c$/.test(f));
const code = files.map((f) => fs.readFileSync(path.join(src, 'src/cli', f), 'utf8')).join('\n');
const bad = new Set([...code.matchAll(/FINDING\(([^;]*?)\);/g)].filter((m) => /FINDING_(BAD|WARN)/.test(m[1])).flatMap((m) => m[1].match(/T_doctor_\w+/g) ?? []));
for (const t of ['missing', 'inside', 'same_disk', 'credential_host', 'other_disk', 'mode', 'unlocked']) bad.add(`T_doctor_key_${t}`);
bad.add('T_doctor_others'); // as bad as those before it
const good = new Set(['T_doctor_disk', 'T_doctor_level']); // the other choice of a line that may be either
ok(bad.size > 50, `${bad.size} sentences that are not good`);
for (const [lang, word] of [['de', 'Abhilfe'], ['en', 'Remedy']]) {
  const texts = new Map([...fs.readFileSync(path.join(src, `po/${lang}.po`), 'utf8').matchAll(/msgid "(doctor\..*)"\nmsgstr "(.*)"/g)].map((m) => [`T_${m[1].replace(/\./g, '_')}`, m[2]]));
  const mute = [...bad].filter((t) => !good.has(t) && !new RegExp(`${word}[^.:]*: ?\\S`).test(texts.get(t)));
  ok(mute.length === 0, `each says how to mend it (${lang})`, mute.map((t) => `${t}: ${texts.get(t)}`));
}
// Settings that cannot be unsafe by themselves, and why; all others are named by a finding of the code.
const harmless = {
  listen: 'where browsers come in; the walls do not hang on it', public_port: 'only how links are written', edges: 'how fast', worker_idle: 'how much memory',
  uid_base: 'a wrong one stops the start', hash_mem_kib: 'has a least value; hash.cost measures what it costs', mail_from: 'checked at the start',
  restore_release: 'who must agree before a state is put back; the console says when it has too few people for it',
  backup_wait: 'how long a silent target is waited for; checked at the start, and what it ends is a fault of the copy',
};
const names = Object.keys(run(['check-config', '--json']).json).filter((k) => !(k in harmless));
const silent = names.filter((k) => !new RegExp(/^backup_(target|hostkey)/.test(k) ? 'conf_targets\\(' : `conf->${k}\\b`).test(code));
ok(names.length > 12 && silent.length === 0, 'each setting that can be unsafe is looked at', silent);

const german = run(['doctor', '--quick'], { LANG: 'de_DE.UTF-8' });
ok(/✗ In .*backup liegt|! Kein Mailserver/.test(german.stdout) && german.stdout.split('\n').every((l) => !l || /^[✗!✓] .{10,}/.test(l)), 'for people: the worst first, in their language', german.stdout);
console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
