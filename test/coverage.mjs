// coverage.mjs BUILD: which lines of src/ the unit tests reached, by gcov; TAP on stdout. A gate stands on
// what everything else trusts: archive/, guard/, store/ and what reads outside bytes have no line that was never run,
// but for those that say why: "uncovered: reason" in a comment on the line. kontor-archive's own main and tool_tables are
// run by proc/export on a whole workspace, where gcov cannot follow: its processes open no files.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { finish, test } from './lib/tap.mjs';

const build = resolve(process.argv[2] || 'build-cov');
const root = process.cwd();
const parsers = /^src\/(base\/(config|day|err|field|frame|log|net|str|types)|http\/(form|pairs|range)|proc\/(answer|conf|escrow|generation|head|head_body|host_table|key_admin|keybox|ring|smtp_answer)|app\/contact\/(csv|import_cell|import_map|import_row))\.c$/;
const gated = (f) => /^src\/(archive(?!\/(main|tool_tables))|guard|store)\/.*\.c$/.test(f) || parsers.test(f);

const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
  e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]);

// file -> line -> times run, over all objects that contain the line
const runs = new Map();
for (const notes of walk(build).filter((f) => f.endsWith('.gcno'))) { // also of what no test ran at all
  const json = execFileSync('gcov', ['--json-format', '--stdout', notes],
    { cwd: build, maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'ignore'] });
  for (const line of json.toString().split('\n').filter(Boolean)) {
    for (const f of JSON.parse(line).files) {
      const path = relative(root, resolve(build, f.file));
      if (!path.startsWith('src/') || path.includes('.gen.')) continue;
      const counts = runs.get(path) ?? runs.set(path, new Map()).get(path);
      for (const l of f.lines) counts.set(l.line_number, Math.max(counts.get(l.line_number) ?? 0, l.count));
    }
  }
}

const folders = new Map();
for (const file of [...runs.keys()].sort()) {
  const text = readFileSync(file, 'utf8').split('\n');
  const counts = [...runs.get(file)];
  const missed = counts.filter(([n, count]) => count === 0 && !/uncovered: \S/.test(text[n - 1]))
    .map(([n]) => n).sort((a, b) => a - b);
  const folder = file.split('/').slice(0, file.startsWith('src/app/') ? 3 : 2).join('/');
  const sum = folders.get(folder) ?? folders.set(folder, { lines: 0, missed: 0 }).get(folder);
  sum.lines += counts.length;
  sum.missed += missed.length;
  if (gated(file)) {
    await test(`coverage: ${file}`, () => {
      if (missed.length === 0) return;
      throw Object.assign(new Error(), { stack: missed.map((n) => `${file}:${n}: ${text[n - 1].trim()}`).join('\n') });
    });
  }
}
for (const [folder, s] of folders) {
  const percent = (100 * (1 - s.missed / s.lines)).toFixed(1);
  console.log(`# ${folder.padEnd(24)} ${String(s.lines).padStart(6)} lines ${percent.padStart(6)} %`);
}
finish();
