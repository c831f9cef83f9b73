// manual_test.mjs: every command and option is in kontor(1), every setting with its default in
// kontor.conf(5), and the manual names no command or setting that there is not. TAP on stdout.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const [build, source] = process.argv.slice(2);
let n = 0;
let failed = 0;
function ok(good, what) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${what}`);
}
const plain = (s) => s.replace(/\\-/g, '-').replace(/\\f[A-Z]/g, '');
const man1 = plain(fs.readFileSync(path.join(source, 'doc/man/kontor.1'), 'utf8'));
const man5 = plain(fs.readFileSync(path.join(source, 'doc/man/kontor.conf.5'), 'utf8'));

// --- commands: from kontor --help ------------------------------------------------------------------------
const help = execFileSync(path.join(build, 'kontor'), ['--help'], { encoding: 'utf8' }).split('\n').slice(1);
const commands = new Map();
let last = null;
for (const line of help) {
  const command = line.match(/^  ([a-z-]+(?: [a-z0-9-]+)?)\s{2,}\S/);
  if (command && !line.trim().startsWith('--')) {
    last = command[1];
    commands.set(last, []);
  } else if (last && line.trim().startsWith('--')) {
    commands.set(last, line.trim().split(' ').map((o) => o.replace('=', '')));
  }
}
ok(commands.size >= 14, `${commands.size} commands`);
const sections = new Map(man1.split(/^\.SS kontor /m).slice(1).map((s) => {
  const [head, ...rest] = s.split('\n');
  return [head.trim(), rest.join('\n').split(/^\.SH /m)[0]];
}));
for (const [command, options] of commands) {
  const text = sections.get(command);
  ok(text !== undefined, `kontor ${command} has a section`);
  for (const o of options) ok(text?.includes(o), `kontor ${command} ${o} is explained`);
}
for (const s of sections.keys()) ok(commands.has(s), `the section "kontor ${s}" is of a command that there is`);

// --- settings: from config.def ---------------------------------------------------------------------------
const def = fs.readFileSync(path.join(source, 'src/proc/config.def'), 'utf8').replace(/^\/\*[\s\S]*?\*\//, '');
const keys = [...def.matchAll(/^(TEXT|INT)\((\w+),\s*("[^"]*"|\d+)/gm)].map((m) => [m[2], m[3].replace(/"/g, '')]);
ok(keys.length >= 10, `${keys.length} settings`);
const entries = new Map(man5.split(/^\.TP\n\.B /m).slice(1).map((s) => [s.split('\n')[0].trim(), s]));
for (const [key, value] of keys) {
  const text = entries.get(key);
  ok(text?.includes(`Default: ${value === '' ? 'empty' : value}`), `${key} is explained with its default`);
}
ok(entries.size === keys.length, 'no setting is explained that there is not');
console.log(`1..${n}`);
process.exit(failed === 0 ? 0 : 1);
