// run.mjs: every case of this folder is compiled twice with the flags of the build: with -DGOOD it must
// compile, without it must be refused with the words of its first line ("refused: …"). x.c is compiled
// as it is; x.html goes through tmplgen behind page.h, and the refusal must name the template's line.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test, finish } from '../lib/tap.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const root = path.resolve(here, '../..');
const build = path.resolve(root, process.env.KONTOR_BUILD || 'build');
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'refuse-'));
const only = process.argv.slice(2);

// The flags that src/app's files are compiled with, so that a case meets what a developer meets.
const commands = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8'));
const model = commands.find((c) => c.file.endsWith('src/app/project/project.c'));
const flags = model.command.split(' ').slice(2).filter((f, i, all) =>
  !/^(-o|-c|-M.*|.*\.(o|d|c))$/.test(f) && !['-o', '-MF', '-MQ'].includes(all[i - 1]));

function compile(source, extra) {
  return spawnSync('cc', [...flags, '-S', '-o', '/dev/null', '-fdiagnostics-color=never', `-I${here}`, '-x', 'c',
    ...extra, source], { cwd: model.directory, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

// One page file holds both forms: the lines between <!-- right --> and <!-- wrong --> are the good one.
function templateOf(file, right) {
  const text = fs.readFileSync(file, 'utf8');
  const [head, good, bad] = text.split(/<!-- (?:right|wrong) -->/);
  const blank = (s) => s.replace(/[^\n]/g, '');
  return right ? head + good + blank(bad) : head + blank(good) + bad;
}

function compileTemplate(file, right) {
  const name = path.basename(file), html = path.join(tmp, name), out = path.join(tmp, `${name}.tmpl.h`);
  const source = path.join(tmp, `${name}.c`);
  fs.writeFileSync(html, `${templateOf(file, right)}`);
  const made = spawnSync(path.join(build, 'tools/tmplgen'), ['page', root, html, out, `${out}.d`], { encoding: 'utf8' });
  if (made.status !== 0) return made;
  fs.writeFileSync(source, `#include "page.h"\n#include "${out}"\nvoid *use_it(void);\nvoid *\nuse_it(void)\n{\n    return (void *)p_html;\n}\n`);
  return compile(source, ['-Wno-pedantic']);
}

for (const name of fs.readdirSync(here).sort()) {
  if (!/\.(c|html)$/.test(name) || (only.length > 0 && !only.includes(name))) continue;
  const file = path.join(here, name), first = fs.readFileSync(file, 'utf8').split('\n')[0];
  const want = first.match(/refused: (.*?) *(?:\*\/|-->)$/)?.[1];
  await test(`${name} is refused`, () => {
    if (!want) throw new Error('the first line says "refused: …"');
    const html = name.endsWith('.html');
    const good = html ? compileTemplate(file, true) : compile(file, ['-DGOOD']);
    if (good.status !== 0) throw new Error(`the right form does not compile:\n${good.stderr}`);
    const bad = html ? compileTemplate(file, false) : compile(file, []);
    if (bad.status === 0) throw new Error('it compiles');
    if (!bad.stderr.includes(want)) throw new Error(`it does not say "${want}" but:\n${bad.stderr}`);
    if (html && !new RegExp(`${name}:\\d+:`).test(bad.stderr)) throw new Error(`no line of ${name} in:\n${bad.stderr}`);
  });
}
fs.rmSync(tmp, { recursive: true });
finish();
