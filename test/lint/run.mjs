// run.mjs: all linters over our sources, each one TAP test: our own lint and its bad samples, headers
// that compile alone, clang-format, cppcheck, clang-tidy, gcc -fanalyzer, and that each of the last
// three finds what was planted for it (test/lint/planted/). What was clean is remembered in .cache/lint
// by the hash of the preprocessed file, so that a second run looks at changes only.
// A false alarm of gcc is excused on its line: "analyzer: why it is none" in a comment.
// Arguments: names of the tests to run (default: all); --tap is accepted and changes nothing.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { cryptoFindings } from './crypto.mjs';

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

// --- compile commands of our own programs' files, without generated ones ---------------------------
const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'))
  .map((c) => ({ ...c, path: c.file.replace(/^\.\.\//, ''), args: c.command.split(' ').filter((a) => a !== 'ccache') }))
  .filter((c) => /^(src|tools)\//.test(c.path) && !c.path.includes('.gen.'))
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

// What a tool said; a tool that failed without a finding did not look at the file.
const heard = (tool, path, r, findings) =>
  r.status !== 0 && findings.length === 0 ? [`${path}: ${tool} failed: ${r.all.slice(0, 400)}`] : findings;

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
    if (said.length === 0) {
      passed[c.path] = key;
      writeFileSync(store, JSON.stringify({ ...known, ...passed })); // an interrupted run goes on from here
    }
    return said;
  });
  clean([...new Set(found.flat())]);
}

// --- the linters -------------------------------------------------------------------------------------
const lint = resolve(build, 'tools/lint');

await check('house', async () => {
  // A file that only some builds compile (base/heap.c: none with sanitizers) is named by its folder's meson.build.
  const named = (f) => readFileSync(join(root, dirname(f), 'meson.build'), 'utf8').includes(`'${basename(f)}'`);
  const missing = ours.filter((f) => /^(src|tools)\/.*\.c$/.test(f) && !commands.some((c) => c.path === f) && !named(f));
  clean([...missing.map((f) => `${f}: no meson.build compiles it`), ...lines((await run(lint, ['.', ...ours])).all)]);
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

// What is linked, installed or unpacked stands in doc/dependencies.md, in a row that has its licence.
await check('licences', () => {
  const rows = lines(readFileSync('doc/dependencies.md', 'utf8')).filter((l) => l.startsWith('|')).map((l) => l.split('|').map((c) => c.trim()));
  let column = -1; // of the licence, in the table at hand
  const licensed = new Set();
  for (const row of rows) {
    if (row.includes('licence')) column = row.indexOf('licence');
    else if (row[column]) for (const [, name] of row.join('|').matchAll(/`([^`]+)`/g)) licensed.add(name);
  }
  const linked = lines(readFileSync('test/proc/ldd.txt', 'utf8')).filter((l) => !l.startsWith('#')).flatMap((l) => l.split(':')[1].trim().split(/\s+/));
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const dev = readFileSync('dev', 'utf8');
  const lists = [...dev.matchAll(/^[A-Z]+_PKGS="([^"]*)"/gm), ...dev.matchAll(/^ *need_packages \w+ ([a-z][^$\n]*)$/gm)];
  const installed = lists.flatMap(([, names]) => names.trim().split(/\s+/));
  if (linked.length < 10 || installed.length < 30) throw new Error('the lists are not where they were');
  clean([...new Set([...linked, ...installed, ...Object.keys({ ...dependencies, ...devDependencies })])]
    .filter((name) => !licensed.has(name)).map((name) => `doc/dependencies.md: ${name} has no row with a licence`));
});

// What uses cryptography stands in doc/crypto.md; the sample's faults are all found, each on its line.
await check('crypto', () => {
  const want = lines(readFileSync('test/lint/crypto/expect.txt', 'utf8'));
  const got = cryptoFindings('test/lint/crypto', ['src/sample.c', 'src/stranger.c']).map((l) => l.split(': crypto')[0]);
  clean([...cryptoFindings('.', ours.filter((f) => /^(src|tools)\//.test(f))),
    ...want.filter((l) => !got.includes(l)).map((l) => `not found: ${l}`), ...got.filter((l) => !want.includes(l)).map((l) => `found wrongly: ${l}`)]);
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

// cppcheck over the given compile commands. Left out, with reasons:
// nullPointerRedundantCheck: it does not see that out_of_memory() and loop_die() never return.
// ctunullpointer: the same, across files.
// internalAstError, unknownEvaluationOrder: cppcheck 2.10 does not parse compound literals with
// designators in every place. uninitvar is gcc's and the sanitizers' work, who see through arrays.
async function cppcheck(list, name) {
  const project = join(cache, `${name}.json`);
  // Only our own names and folders concern it; -include banned.h would hide the C library from it.
  writeFileSync(project, JSON.stringify(list.map((c) => ({ directory: c.directory, file: c.file,
    arguments: c.args.filter((a) => /^-(I(?!\/usr\/)|D)/.test(a) || a === c.args[0] || a.endsWith('.c')) }))));
  mkdirSync(join(cache, name), { recursive: true });
  const r = await run('cppcheck', ['--quiet', `-j${availableParallelism?.() ?? 2}`, '--std=c11',
    '--template={file}:{line}: {id}: {message}', `--cppcheck-build-dir=${cache}/${name}`,
    '--enable=warning,performance,portability', '--inline-suppr', '--suppress=missingIncludeSystem',
    '--suppress=nullPointerRedundantCheck', '--suppress=ctunullpointer', '--suppress=internalAstError', '--suppress=unknownEvaluationOrder',
    '--suppress=uninitvar', '--suppress=*:*/node_modules/*', '--suppress=*:*.gen.*', `--project=${project}`]);
  return heard('cppcheck', 'src', r, lines(r.all).filter((l) => /^\S+:\d+: /.test(l)));
}

async function clangTidy(c) {
  // clang does not know gcc's warning and hardening names.
  const args = bare(c.args).filter((a) => !/^-W|^-fcf|^-fstack|^-ftrivial|^-fno-delete|^-fsanitize/.test(a));
  const r = await run('clang-tidy-14', ['--quiet', `--config-file=${root}/.clang-tidy`, c.file, '--', ...args.slice(1)], { cwd: build });
  return heard('clang-tidy', c.path, r, lines(r.out).filter((l) => /: (error|warning):/.test(l))
    .map((l) => l.replace(/^.*?((src|tools)\/)/, '$1')));
}

async function analyzer(c) {
  const [cc, ...args] = bare(c.args);
  // Tools live for a moment and free nothing.
  const leaks = c.path.startsWith('tools/') ? ['-Wno-analyzer-malloc-leak'] : [];
  const r = await run(cc, [...args.filter((a) => !a.startsWith('-fsanitize')), '-fanalyzer', ...leaks, '-S', '-o', '/dev/null'],
    { cwd: build, env: { ...process.env, CCACHE_DISABLE: '1' } });
  const excused = (l) => {
    const [file, line] = l.split(':');
    return existsSync(file) && /analyzer: \S/.test(readFileSync(file, 'utf8').split('\n')[line - 1] ?? '');
  };
  // Colours: meson asks for them.
  return heard('gcc', c.path, r, lines(r.all.replace(/\u001b\[[0-9;]*[mK]/g, '')).filter((l) => /warning:.*-Wanalyzer|: error:/.test(l))
    .map((l) => l.replace(/^(\.\.\/)+/, '')).map((l) => l.startsWith('cc1:') ? `${c.path}: ${l}` : l).filter((l) => !excused(l)));
}

await check('cppcheck', async () => clean(await cppcheck(commands, 'cppcheck')));
await check('clang-tidy', () => remembered('clang-tidy', readFileSync('.clang-tidy', 'utf8'), clangTidy));
await check('gcc-fanalyzer', () => remembered('gcc-fanalyzer', 'gcc', analyzer));

// Each tool must find the fault that test/lint/planted/TOOL.c adds to a copy of a file of ours.
await check('planted', async () => {
  const host = commands.find((c) => c.path === 'src/base/str.c');
  const plant = (tool) => {
    const file = resolve(cache, `planted-${tool}.c`);
    writeFileSync(file, readFileSync(host.path, 'utf8') + readFileSync(`test/lint/planted/${tool}.c`, 'utf8'));
    return { ...host, file, path: file, args: host.args.map((a) => a === host.file ? file : a) };
  };
  const said = {
    'cppcheck': await cppcheck([plant('cppcheck')], 'cppcheck-planted'),
    'clang-tidy': await clangTidy(plant('clang-tidy')),
    'gcc-fanalyzer': await analyzer(plant('gcc-fanalyzer')),
  };
  const want = { 'cppcheck': 'arrayIndexOutOfBounds', 'clang-tidy': 'core.NullDereference', 'gcc-fanalyzer': 'Wanalyzer-double-free' };
  clean(Object.keys(want).filter((t) => said[t].length !== 1 || !said[t][0].includes(want[t]))
    .map((t) => `${t} should find one ${want[t]}, but said: ${said[t].join(' | ') || 'nothing'}`));
});

finish();
