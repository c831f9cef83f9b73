// export_test.mjs: an archive outside of its server. On an empty machine: nothing but the file, a key and kontor-archive.
// TAP on stdout. Argument: build folder.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place, parse } from '../lib/place.mjs';
import { finish, ok } from '../lib/tap.mjs';

const build = process.argv[2];
const place = new Place(build, 'export');
const { top, dir } = place;
const kontor = (...args) => place.run('kontor', [...args, '--json']);
const away = path.join(top, 'away.key'); // on a medium that is taken away

const init = kontor('init', '--demo', 'S', '--hash-ms', '0', '--escrow-out', away);
ok(init.status === 0, 'an installation with two agencies', init);

// --- an empty machine ----------------------------------------------------------------------------------------
// A folder with the archive, the key and the program, in a place where nothing else of Kontor can be seen.
const machine = path.join(top, 'machine');
fs.mkdirSync(machine);
const bare = (args) => {
  const r = spawnSync(path.join(machine, 'kontor-archive'), args, { cwd: machine, env: { LANG: 'en_GB.UTF-8', ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' }, encoding: 'utf8' });
  return { status: r.status, out: r.stdout, err: r.stderr };
};
const run = kontor('backup', 'run', '--workspace', '1');
const again = kontor('backup', 'verify', run.json?.id, '--workspace', '1');
ok(run.status === 0 && again.status === 0, 'a backup', { run, again });
fs.copyFileSync(path.join(dir, 'backup/1', `${run.json.id}.kontor`), path.join(machine, 'w.kontor'));
fs.copyFileSync(path.join(build, 'kontor-archive'), path.join(machine, 'kontor-archive'));
fs.copyFileSync(away, path.join(machine, 'sheet.txt'));
fs.renameSync(dir, `${dir}.gone`); // the server is no more
const unpacked = bare(['unpack', 'w.kontor', '--key', 'sheet.txt', '--to', 'out']);
fs.renameSync(`${dir}.gone`, dir);
ok(unpacked.status === 0 && unpacked.err.includes(run.json.hash), 'archive, sheet and program alone: unpacked, with the hash that the server kept', unpacked);
const out = (...p) => path.join(machine, 'out', ...p);
const manifest = parse(fs.readFileSync(out('manifest.json'), 'utf8'));
const names = manifest.tables.map((t) => t.name);
ok(names.length > 30 && names.every((n) => fs.existsSync(out('tables', `${n}.csv`)) && fs.existsSync(out('tables', `${n}.json`))), 'each table as CSV and as JSON', names);
const json = Object.fromEntries(names.map((n) => [n, parse(fs.readFileSync(out('tables', `${n}.json`), 'utf8'))]));
ok(manifest.tables.every((t) => json[t.name]?.length === t.rows), 'as many rows as the manifest says');

// The content hash once more, by somebody else's hand: another SQLite and the rule in doc/archive-format.md.
const sums = spawnSync('python3', ['-c', `
import hashlib, json, sqlite3, struct, sys
db = sqlite3.connect('file:out/data.db?mode=ro', uri=True)
db.text_factory = bytes
def value(v):
    if v is None: return b'n'
    if isinstance(v, int): return b'i' + struct.pack('<q', v)
    if isinstance(v, memoryview): v = bytes(v)
    return None
out = {}
for t in sys.argv[1:]:
    info = db.execute('PRAGMA table_info("%s")' % t).fetchall()
    names = [c[1].decode() for c in info]
    keys = [n for n, c in zip(names, info) if c[5]] or names
    h = hashlib.blake2b(digest_size=32)
    cols = ', '.join('"%s", typeof("%s")' % (n, n) for n in names)
    for row in db.execute('SELECT %s FROM "%s" ORDER BY %s' % (cols, t, ', '.join('"%s"' % k for k in keys))):
        for v, kind in zip(row[::2], row[1::2]):
            if kind in (b'text', b'blob'): h.update(kind[:1] + struct.pack('<Q', len(v)) + v)
            else: h.update(value(v))
    out[t] = h.hexdigest()
print(json.dumps(out))`, ...names], { cwd: machine, encoding: 'utf8' });
if (sums.error) ok(true, 'checksums by another hand # SKIP there is no python3');
else ok(manifest.tables.every((t) => parse(sums.stdout)?.[t.name] === t.checksum), 'the content hash of every table, worked out by another hand, is the one of the live store', sums);
const check = spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: out(), encoding: 'utf8' });
ok(check.status === 0 && fs.readFileSync(out('SHA256SUMS'), 'utf8').split('\n').length === 2 * names.length + 3 + 1, 'sha256sum finds every file as it was written', check);
const readme = fs.readFileSync(out('README.txt'), 'utf8');
ok(/lesbarer Form/.test(readme) && /readable form/.test(readme), 'what it is stands beside it in two languages');

// CSV: dates as people write them, no formulas.
const csv = fs.readFileSync(out('tables/time_entry.csv'), 'utf8');
const [head, first] = csv.split('\r\n');
ok(csv.startsWith('\ufeffid;project_id;') && /;\d{4}-\d\d-\d\d;/.test(first) && head.split(';').length === Object.keys(json.time_entry[0]).length, 'CSV: all columns, days written out', [head, first]);

// --- what is not right ----------------------------------------------------------------------------------------
const refused = (what, args, status, code) => {
  const r = bare(args);
  ok(r.status === status && r.err.includes(`(${code}`), what, r);
};
spawnSync(path.join(machine, 'kontor-archive'), ['key', 'other.key'], { cwd: machine });
refused('another key', ['unpack', 'w.kontor', '--key', 'other.key', '--to', 'no'], 3, 'archive.key');
const whole = fs.readFileSync(path.join(machine, 'w.kontor'));
fs.writeFileSync(path.join(machine, 'half.kontor'), whole.subarray(0, whole.length >> 1));
refused('half a file', ['unpack', 'half.kontor', '--key', 'sheet.txt', '--to', 'half'], 9, 'archive.cut');
ok(!fs.existsSync(path.join(machine, 'no')) && !fs.existsSync(path.join(machine, 'half')), 'nothing has the name of a whole');

finish();
