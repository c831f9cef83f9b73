// golden_test.mjs: tmplgen and embed turn known input into known output and refuse what is wrong with
// file, line and a sentence. "golden_test.mjs BUILD ROOT --update" writes the expected output anew.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test, finish, is, has, hasNot } from '../lib/tap.mjs';

const [build, root] = process.argv.slice(2).map((p) => path.resolve(p));
const update = process.argv.includes('--update');
const here = path.join(root, 'test/tools');
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
const read = (...p) => fs.readFileSync(path.join(...p), 'utf8');
const tool = (name, ...args) => spawnSync(path.join(build, 'tools', name), args, { encoding: 'utf8', cwd: tmp });

/* --- tmplgen --------------------------------------------------------------------------------------- */
const tmplgen = (file) => tool('tmplgen', 'page', root, file, path.join(tmp, 'out.h'), path.join(tmp, 'out.d'));

for (const name of fs.readdirSync(path.join(here, 'tmplgen/good')).filter((n) => n.endsWith('.html'))) {
  await test(`tmplgen writes what ${name} means`, () => {
    fs.copyFileSync(path.join(here, 'tmplgen/good', name), path.join(tmp, name));
    const run = tmplgen(name), golden = path.join(here, 'tmplgen/good', name.replace('.html', '.h'));
    is(run.stderr, '', 'stderr');
    if (update) fs.copyFileSync(path.join(tmp, 'out.h'), golden);
    is(read(tmp, 'out.h'), read(golden), 'output');
    has(read(tmp, 'out.d'), 'assets/icons.list');
  });
}
for (const name of fs.readdirSync(path.join(here, 'tmplgen/bad'))) {
  await test(`tmplgen refuses ${name}`, () => {
    const text = read(here, 'tmplgen/bad', name), [first, line, want] = text.match(/^<!-- refused: (\d+): (.*) -->/);
    fs.writeFileSync(path.join(tmp, name), text.slice(first.length));
    const run = tmplgen(name);
    is(run.status, 1, 'exit status');
    has(run.stderr, `${name}:${line}: `);
    has(run.stderr, want);
  });
}

/* --- embed texts ----------------------------------------------------------------------------------- */
const head = 'msgid ""\nmsgstr ""\n"Language: xx\\n"\n\n';
const po = (...entries) => head + entries.map(([k, t]) => `msgid "${k}"\nmsgstr "${t}"\n`).join('\n');
function texts(de, en) {
  fs.writeFileSync(path.join(tmp, 'de.po'), de);
  fs.writeFileSync(path.join(tmp, 'en.po'), en);
  return tool('embed', 'texts', 'de.po', 'en.po', 'texts.gen.h', 'texts.gen.c');
}
const good = [['b.two', 'Zwei {0} und {1}'], ['a.one', 'Ein \\"Wort\\" – ja?\\nneu']];

await test('embed sorts keys and counts placeholders', () => {
  is(texts(po(...good), po(['a.one', 'x'], ['b.two', '{1} of {0}'])).stderr, '');
  const h = read(tmp, 'texts.gen.h');
  has(h, '    T_NONE,\n    T_a_one,\n    T_b_two,\n    T_COUNT,');
  has(h, 'T_ARGS_a_one = 0,\n    T_ARGS_b_two = 2,');
});
await test('the text tables give texts, keys and nothing beyond them', () => {
  fs.writeFileSync(path.join(tmp, 'main.c'), `#include "texts.gen.h"
#include <stdio.h>
static void p(struct str s) { printf("[%.*s]", (int)s.n, s.p); }
int main(void) {
  p(text_get(T_a_one, LANG_DE)); p(text_get(T_b_two, LANG_EN)); p(text_get(T_NONE, LANG_DE)); p(text_get(T_COUNT, LANG_DE));
  p(text_get((enum text)40000, LANG_EN)); p(text_key(T_b_two)); p(lang_code(LANG_EN));
  printf("%d %d %d %d %d", text_find(STR("a.one")) == T_a_one, text_find(STR("b.two")) == T_b_two,
    text_find(STR("b.tw")), text_find(STR("")), text_find(STR("zz")));
}`);
  execFileSync('cc', ['-w', `-I${root}/src`, '-I.', 'main.c', 'texts.gen.c', '-o', 'main'], { cwd: tmp });
  is(execFileSync('./main', { cwd: tmp, encoding: 'utf8' }),
    '[Ein "Wort" – ja?\nneu][{1} of {0}][][][][b.two][en]1 1 0 0 0');
});
const one = ['a.one', 'Eins'];
const wrong = {
  'a key that is missing in English': [po(one, ['b', 'x']), po(one), 'de.po:8: key "b" is missing in en.po'],
  'a key that is missing in German': [po(one), po(one, ['b', 'x']), 'en.po:8: key "b" is missing in de.po'],
  'other placeholders': [po(['a', '{0} {1}']), po(['a', '{0}']), 'key "a" has 1 placeholders, in de.po 2'],
  'a gap in the placeholders': [po(['a', '{1}']), po(['a', '{1}']), '{1} is there but {0} is not'],
  'a placeholder with a name': [po(['a', '{name}']), po(['a', '{name}']), 'a placeholder is {0} to {9}'],
  'a lone brace': [po(['a', 'x}']), po(['a', 'x}']), '} without {'],
  'an empty text': [po(['a', '']), po(['a', '']), 'key "a" has no text'],
  'a key twice': [po(one, one), po(one), 'key "a.one" is already there'],
  'a key in capitals': [po(['A', 'x']), po(['A', 'x']), 'only a-z 0-9 . _'],
  'a fuzzy mark': [`${head}#, fuzzy\nmsgid "a"\nmsgstr "x"\n`, po(['a', 'x']), 'flags (fuzzy)'],
  'a context': [`${head}msgctxt "c"\nmsgid "a"\nmsgstr "x"\n`, po(['a', 'x']), 'expected a comment'],
  'a text without an end': [`${head}msgid "a"\nmsgstr "x\n`, po(['a', 'x']), 'de.po:6: text is not closed'],
  'an unknown escape': [po(['a', 'x\\\\t'.replace('\\\\', '\\')]), po(['a', 'x']), 'unknown escape'],
};
for (const [name, [de, en, want]] of Object.entries(wrong)) {
  await test(`embed refuses ${name}`, () => {
    const run = texts(de, en);
    is(run.status, 1, 'exit status');
    has(run.stderr, want);
  });
}

/* --- embed assets ---------------------------------------------------------------------------------- */
function assets(list, files) {
  const dir = fs.mkdtempSync(path.join(tmp, 'root-'));
  for (const [name, text] of Object.entries({ 'assets/assets.list': list, ...files })) {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    fs.writeFileSync(path.join(dir, name), text);
  }
  return tool('embed', 'assets', dir, 'assets.gen.h', 'assets.gen.c', 'assets.gen.d');
}
const bytesOf = (name) => Buffer.from(read(tmp, 'assets.gen.c').match(new RegExp(`uint8_t ${name}\\[\\] = \\{([^}]*)\\}`))[1]
  .split(',').map((s) => s.trim()).filter(Boolean).map(Number));
const css = `/* why */\n.a , .b:hover > p {\n  color: red;\n  content: " ; /* stays */ {";\n}\n${'.c { margin: 0; }\n'.repeat(20)}@font-face { src: url("x.woff2") format("woff2"); }\n`;
const sheet = { 'assets/a.css': css, 'assets/x.bin': 'font' };

await test('assets have hashed names, squeezed CSS and a gzip form that unpacks to the plain one', () => {
  is(assets('# list\nx.woff2: x.bin\nk.css: a.css\n', sheet).stderr, '');
  const h = read(tmp, 'assets.gen.h'), plain = bytesOf('plain_1').toString();
  const font = h.match(/"(\/a\/x-[0-9a-f]{16}\.woff2)"/)[1];
  has(h, 'ASSET_x_woff2,\n    ASSET_k_css,\n    ASSET_COUNT');
  has(plain, '.a,.b:hover > p{color: red;content: " ; /* stays */ {";}');
  has(plain, `src: url("${font}") format("woff2")`);
  hasNot(plain, 'why');
  is(gunzipSync(bytesOf('gzip_1')).toString(), plain, 'unpacked');
  has(read(tmp, 'assets.gen.c'), `{{"${font}", ${font.length}}, {"font/woff2", 10}, {plain_0, 4}, {NULL, 0}}`);
  has(read(tmp, 'assets.gen.d'), 'assets/a.css');
});
await test('the same content gives the same bytes, other content another name', () => {
  const name = () => read(tmp, 'assets.gen.h').match(/"(\/a\/k-[0-9a-f]{16}\.css)"/)[1];
  assets('x.woff2: x.bin\nk.css: a.css\n', sheet);
  const first = name(), code = read(tmp, 'assets.gen.c');
  assets('x.woff2: x.bin\nk.css: a.css\n', sheet);
  is(read(tmp, 'assets.gen.c'), code, 'second run');
  assets('x.woff2: x.bin\nk.css: a.css\n', { ...sheet, 'assets/x.bin': 'funt' });
  if (name() === first) throw new Error('a changed font leaves the style sheet its old name');
});
await test('the sprite holds the listed icons and no others', () => {
  const svg = '<!-- c -->\n<svg\n  class="x"\n>\n  <path d="M0 0\n  h1" />\n</svg>\n';
  is(assets('icons.svg: icons:\n', { 'assets/icons.list': '# why\nclock\n', 'node_modules/lucide-static/icons/clock.svg': svg,
    'node_modules/lucide-static/icons/bell.svg': svg }).stderr, '');
  const plain = bytesOf('plain_0').toString();
  has(plain, '<symbol id="clock" viewBox="0 0 24 24"><path d="M0 0 h1"/></symbol>');
  hasNot(plain, 'bell');
});
const badAssets = {
  'a style sheet that names a file below it': ['k.css: a.css\nx.woff2: x.bin\n', sheet, 'is not an asset that stands above'],
  'a missing file': ['k.css: nothing.css\n', sheet, 'cannot open'],
  'an unknown kind of file': ['k.exe: x.bin\n', sheet, 'assets.list:1: no content type for .exe'],
  'a name with a path': ['a/k.css: a.css\n', sheet, 'is not a name'],
  'an empty file': ['k.svg: e.svg\n', { 'assets/e.svg': '' }, 'k.svg is empty'],
  'an icon that lucide does not have': ['i.svg: icons:\n', { 'assets/icons.list': 'skull\n' }, 'skull.svg: cannot open'],
};
for (const [name, [list, files, want]] of Object.entries(badAssets)) {
  await test(`embed refuses ${name}`, () => {
    const run = assets(list, files);
    is(run.status, 1, 'exit status');
    has(run.stderr, want);
  });
}
fs.rmSync(tmp, { recursive: true });
finish();
