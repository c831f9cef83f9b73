// run.mjs: all linters over our sources, each one TAP test: our own lint and its bad samples, headers
// that compile alone, clang-format, cppcheck, clang-tidy, gcc -fanalyzer. What was clean is remembered
// in .cache/lint by the hash of the preprocessed file, so that a second run looks at changes only.
// Arguments: names of the tests to run (default: all); --tap is accepted and changes nothing.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { finish, test } from '../lib/tap.mjs';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
process.chdir(root);
const build = process.env.KONTOR_BUILD || 'build';
const cache = '.cache/lint';
mkdirSync(cache, { recursive: true });
const only = process.argv.slice(2).filter((a) => !a.startsWith('--'));

const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
  e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]);
const isC = (f) => /\.[ch]$/.test(f);
// Samples that are meant to be wrong, and what generators are expected to write, are not our sources.
const isSample = (f) => /^test\/(lint|refuse|tools|fixture)\//.test(f);
const sources = ['src', 'tools', 'test'].flatMap(walk).filter((f) => !isSample(f));
const ours = sources.filter(isC);

// The output and exit status of a program; never throws.
const run = (cmd, args, opt = {}) => new Promise((done) => {
  execFile(cmd, args, { maxBuffer: 64 << 20, ...opt }, (e, stdout, stderr) =>
    done({ status: e ? e.code ?? 1 : 0, out: stdout, all: stdout + stderr }));
});

// Runs fn over all items, as many at once as there are processors; results in order.
async function each(items, fn) {
  const results = [];
  let next = 0;
  await Promise.all(Array.from({ length: availableParallelism?.() ?? 2 }, async () => {
    while (next < items.length) { const i = next++; results[i] = await fn(items[i]); }
  }));
  return results;
}

const check = (name, fn) => only.length && !only.includes(name) ? null : test(`lint: ${name}`, fn);
const clean = (findings) => { if (findings.length) throw Object.assign(new Error(), { stack: findings.join('\n') + '\n' }); };
const lines = (text) => text.split('\n').filter((l) => l.trim() !== '');

// --- compile commands of our own files, without generated ones -------------------------------------
const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'))
  .map((c) => ({ ...c, path: c.file.replace(/^\.\.\//, ''), args: c.command.split(' ').filter((a) => a !== 'ccache') }))
  .filter((c) => c.path.startsWith('src/') && !c.path.includes('.gen.'))
  .filter((c, i, all) => all.findIndex((d) => d.path === c.path) === i);

// The command without what writes files and without -Werror: findings are read, not counted.
function bare(args) {
  const out = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-o' || args[i] === '-MF' || args[i] === '-MQ') i++;
    else if (!['-c', '-MD', '-Werror'].includes(args[i])) out.push(args[i]);
  }
  return out;
}

// Runs `look` for each of our files whose preprocessed text it has not passed before.
async function remembered(tool, version, look) {
  const store = join(cache, `${tool}.json`);
  const known = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {};
  const passed = {};
  const found = await each(commands, async (c) => {
    const [cc, ...args] = bare(c.args);
    const text = (await run(cc, [...args, '-E', '-P'], { cwd: build })).out;
    const key = createHash('sha256').update(version).update(text).update(c.command).digest('hex');
    const said = known[c.path] === key && text !== '' ? [] : await look(c);
    if (said.length === 0) passed[c.path] = key;
    return said;
  });
  writeFileSync(store, JSON.stringify(passed));
  clean([...new Set(found.flat())]);
}

// --- the linters -------------------------------------------------------------------------------------
const lint = resolve(build, 'tools/lint');

await check('house', async () => {
  clean(lines((await run(lint, ['.', ...ours])).all));
});

await check('bad-samples', async () => {
  const bad = walk('test/lint/bad').filter(isC).map((f) => f.slice('test/lint/bad/'.length)).sort();
  const got = lines((await run(lint, ['test/lint/bad', ...bad])).out).map((l) => l.split(': ').slice(0, 2).join(': '));
  const want = lines(readFileSync('test/lint/expect.txt', 'utf8'));
  clean([...want.filter((l) => !got.includes(l)).map((l) => `not found: ${l}`),
    ...got.filter((l) => !want.includes(l)).map((l) => `found wrongly: ${l}`)]);
  const rules = lines(execFileSync(lint, ['--rules'], { encoding: 'utf8' }));
  clean(rules.filter((r) => !want.some((l) => l.endsWith(`: ${r}`))).map((r) => `no sample breaks the rule ${r}`));
});

await check('headers', async () => {
  // A header inside a subject may use what is generated for its folder.
  const own = (f) => f.startsWith('src/app/') ? [`-I${build}/src/app/libapp_${f.split('/')[2]}.a.p`]
    : [`-I${build}/src/lib${f.split('/')[1]}.a.p`];
  const args = ['-std=gnu17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-Isrc', `-I${build}/src`,
    `-I${build}/src/http`, '-isystem', 'node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3',
    '-include', 'base/banned.h', '-x', 'c'];
  const headers = ours.filter((f) => f.startsWith('src/') && f.endsWith('.h') && !f.endsWith('base/field_ids.h'));
  clean((await each(headers, async (f) => lines((await run('cc', [...args.slice(0, -2), ...own(f), '-x', 'c', f])).all))).flat());
});

await check('clang-format', async () => {
  const said = (await run('clang-format-14', ['--dry-run', '-Werror', ...ours])).all;
  clean([...new Set(lines(said).filter((l) => /: error:/.test(l)).map((l) => l.split(':')[0]))].map((f) => `${f}: run ./dev format`));
});

await check('cppcheck', async () => {
  mkdirSync(join(cache, 'cppcheck'), { recursive: true });
  // nullPointerRedundantCheck: it does not see that out_of_memory() and loop_die() never return.
  // ctunullpointer: the same, across files.
  // internalAstError, unknownEvaluationOrder: cppcheck 2.10 does not parse compound literals with
  // designators in every place. uninitvar is gcc's and the sanitizers' work, who see through arrays.
  const said = (await run('cppcheck', ['--quiet', `-j${availableParallelism?.() ?? 2}`, '--std=c11',
    '--template={file}:{line}: {id}: {message}', `--cppcheck-build-dir=${cache}/cppcheck`,
    '--enable=warning,performance,portability', '--inline-suppr', '--suppress=missingIncludeSystem',
    '--suppress=nullPointerRedundantCheck', '--suppress=ctunullpointer', '--suppress=internalAstError', '--suppress=unknownEvaluationOrder',
    '--suppress=uninitvar', '-Isrc', `-I${build}/src`, '--include=src/base/banned.h', '-DKONTOR_TEST_BUILD=1',
    'src', 'tools'])).all;
  clean(lines(said).filter((l) => /^\S+:\d+: /.test(l)));
});

await check('clang-tidy', async () => {
  const config = readFileSync('.clang-tidy', 'utf8');
  // clang does not know gcc's warning and hardening names.
  const db = commands.map((c) => ({ directory: c.directory, file: c.file,
    arguments: c.args.filter((a) => !/^-W|^-fcf|^-fstack|^-ftrivial|^-fno-delete|^-fsanitize/.test(a)) }));
  writeFileSync(join(cache, 'compile_commands.json'), JSON.stringify(db));
  await remembered('clang-tidy', config, async (c) =>
    lines((await run('clang-tidy-14', ['-p', cache, '--quiet', c.path])).out)
      .filter((l) => /: (error|warning):/.test(l)).map((l) => l.replace(/^.*?(src\/)/, '$1')));
});

await check('gcc-fanalyzer', async () => {
  await remembered('gcc-fanalyzer', 'gcc', async (c) => {
    const [cc, ...args] = bare(c.args);
    const said = (await run(cc, [...args.filter((a) => !a.startsWith('-fsanitize')), '-fanalyzer', '-S', '-o', '/dev/null'],
      { cwd: build, env: { ...process.env, CCACHE_DISABLE: '1' } })).all;
    // eslint-style colour codes are left out by -fdiagnostics-color=never, but meson asks for colour.
    return lines(said.replace(/\u001b\[[0-9;]*[mK]/g, '')).filter((l) => /warning:.*-Wanalyzer|: error:/.test(l))
      .map((l) => l.replace(/^(\.\.\/)+/, ''));
  });
});

finish();
