// program_test.mjs: kontor-archive in an empty folder, with nothing but an archive and a key: what it
// lists, verifies and takes out, and what it refuses. TAP on stdout.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const [build, maker] = process.argv.slice(2);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-archive-'));
const at = (name) => path.join(dir, name);
let n = 0;
let failed = 0;
const ok = (good, what, more = '') => {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${what}`);
  if (!good && more) console.log(`# ${String(more).replace(/\n/g, '\n# ')}`);
};
// The program alone: an empty environment but for the language.
const tool = (args, lang = 'en_GB.UTF-8') => {
  const r = spawnSync(path.join(build, 'kontor-archive'), args, { cwd: dir, env: { LANG: lang, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' }, encoding: 'utf8' });
  return { status: r.status, out: r.stdout, err: r.stderr };
};

try {
  const ops = tool(['key', 'operations.key']);
  const escrow = tool(['key', 'escrow.key']);
  ok(ops.status === 0 && /^kontor-archive-public-1:[0-9a-f]{64}:[0-9a-f]{16}\n$/.test(escrow.out) && ops.out !== escrow.out, 'a pair of keys is made', escrow.err);
  ok((fs.statSync(at('escrow.key')).mode & 0o777) === 0o600, 'its secret half is for its owner alone');
  const again = tool(['key', 'escrow.key']);
  ok(again.status === 8 && tool(['key', 'escrow.key'], 'de_DE').status === 8, 'a key file that is there is not overwritten');

  // A sheet for the safe: both languages, and a key file at the same time; typed in again, it is looked at.
  const printed = tool(['key', 'sheet.txt', '--sheet']);
  const sheet = fs.readFileSync(at('sheet.txt'), 'utf8');
  ok(printed.status === 0 && /SCHLÜSSEL/.test(sheet) && /twice/.test(sheet) && (fs.statSync(at('sheet.txt')).mode & 0o777) === 0o600, 'a sheet to be printed', sheet);
  ok(tool(['public', 'sheet.txt']).out === printed.out && tool(['public', printed.out.trim()]).out === printed.out, 'its public half, of the sheet and of itself');
  ok(tool(['public', `${printed.out.trim().slice(0, -1)}${printed.out.trim().endsWith('0') ? '1' : '0'}`]).status !== 0, 'one that was copied with a slip');
  const shown = tool(['key', '-', '--sheet']);
  ok(shown.status === 0 && shown.out.startsWith('kontor-archive-public-1:') && /SCHLÜSSEL/.test(shown.out) && !fs.existsSync(at('-')), 'shown, and kept nowhere');

  const made = spawnSync(maker, [at('w.kontor'), '1000000', ops.out, escrow.out], { encoding: 'utf8' });
  const signer = made.stdout.trim();
  ok(made.status === 0, 'an archive is there', made.stderr);

  for (const key of ['operations.key', 'escrow.key']) {
    const r = tool(['list', 'w.kontor', '--key', key]);
    ok(r.status === 0 && /^Workspace 42, as of 2026-11-23T23:31:00Z \(day 2026-11-24\), schema 18/.test(r.out) &&
      /Database 1000000 bytes, 2 documents of 1003 bytes/.test(r.out) && /time_entry +50000/.test(r.out), `listed with ${key}`, r.out + r.err);
  }
  const json = JSON.parse(tool(['list', 'w.kontor', '--key', 'escrow.key', '--json']).out);
  ok(json.workspace === 42 && json.tables.length === 2, 'the manifest as JSON');
  const german = tool(['verify', 'w.kontor'], 'de_DE.UTF-8');
  ok(german.status === 0 && german.err.startsWith('Vollständig: ') && german.err.includes(signer), 'verified without a key, in German', german.err);
  ok(tool(['verify', 'w.kontor', '--key', 'escrow.key', '--signer', signer]).status === 0, 'verified with key and signer');

  const taken = tool(['extract', 'w.kontor', '--key', 'escrow.key', '--to', 'out']);
  ok(taken.status === 0, 'taken out', taken.err);
  ok(fs.readdirSync(at('out')).sort().join() === 'data.db,documents,manifest.json' && fs.statSync(at('out/data.db')).size === 1000000, 'database, documents, manifest');
  const documents = fs.readdirSync(at('out/documents'));
  ok(documents.length === 2 && documents.every((d) => /^[0-9a-f]{64}$/.test(d)), 'documents by their hash');
  ok(JSON.stringify(JSON.parse(fs.readFileSync(at('out/manifest.json'), 'utf8'))) === JSON.stringify(json), 'the same manifest');
  ok(tool(['extract', 'w.kontor', '--key', 'escrow.key', '--to', 'out']).status === 8, 'what is there is not written over');

  // Refusals: status by class, a sentence, the code.
  const whole = fs.readFileSync(at('w.kontor'));
  const refused = (what, args, status, code) => {
    const r = tool(args);
    ok(r.status === status && r.err.includes(`(${code}`) && /^[A-Z][^\n]+\.\n/.test(r.err), what, `${r.status} ${r.err}`);
  };
  const change = (name, f) => { const b = Buffer.from(whole); fs.writeFileSync(at(name), f(b) ?? b); };
  tool(['key', 'other.key']);
  refused('another key', ['list', 'w.kontor', '--key', 'other.key'], 3, 'archive.key');
  refused('another signer', ['verify', 'w.kontor', '--signer', '00'.repeat(32)], 3, 'archive.signer');
  change('bit.kontor', (b) => { b[500000] ^= 1; });
  refused('one bit', ['verify', 'bit.kontor'], 9, 'archive.damaged');
  change('half.kontor', (b) => b.subarray(0, b.length / 2));
  refused('half a file', ['extract', 'half.kontor', '--key', 'escrow.key', '--to', 'half'], 9, 'archive.cut');
  ok(!fs.existsSync(at('half')) && fs.existsSync(at('half.part')), 'what was taken out of half a file is not called whole');
  change('newer.kontor', (b) => { b[8] = 2; });
  refused('a newer format', ['list', 'newer.kontor', '--key', 'escrow.key'], 5, 'archive.newer');
  fs.writeFileSync(at('text.kontor'), 'Liebe Kolleginnen und Kollegen, im Anhang');
  refused('another file', ['verify', 'text.kontor'], 2, 'archive.form');
  change('tail.kontor', (b) => Buffer.concat([b, Buffer.from('x')]));
  refused('something behind', ['verify', 'tail.kontor'], 9, 'archive.tail');

  const key = fs.readFileSync(at('escrow.key'), 'utf8');
  fs.writeFileSync(at('typo.key'), key.replace(/:(.)/, (_, c) => `:${c === '0' ? '1' : '0'}`));
  const typo = tool(['list', 'w.kontor', '--key', 'typo.key']);
  ok(typo.status === 2 && /no key file/.test(typo.err), 'a mistyped key', typo.err);
  fs.writeFileSync(at('public.key'), escrow.out);
  ok(tool(['list', 'w.kontor', '--key', 'public.key']).status === 2, 'the public half opens nothing');
  for (const args of [[], ['list'], ['list', 'w.kontor'], ['extract', 'w.kontor', '--key', 'escrow.key'], ['burn', 'w.kontor'],
    ['verify', 'w.kontor', '--signer', 'abc'], ['verify', 'w.kontor', 'x']]) {
    const r = tool(args);
    ok(r.status === 2 && /kontor-archive list FILE/.test(r.err), `usage: ${args.join(' ')}`, r.err);
  }
  ok(tool(['verify', 'nothing.kontor']).status === 8 && tool(['verify', 'w.kontor', '--key', 'nothing.key']).status === 8, 'files that are not there');
  // A device that is full.
  if (fs.existsSync('/dev/full')) {
    const full = spawnSync('sh', ['-c', `exec ${path.join(build, 'kontor-archive')} list w.kontor --key escrow.key >/dev/full`], { cwd: dir, encoding: 'utf8' });
    ok(full.status === 8, 'a full device is noticed', full.stderr);
  }
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
console.log(`1..${n}`);
process.exit(failed === 0 ? 0 : 1);
