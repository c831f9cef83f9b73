// sqlgen_test.mjs: what schemagen and sqlgen write is compared with the files in sqlgen/expect, and each of their
// rules is broken once: the message must name file, line and reason. "sqlgen_test.mjs BUILD --update" writes the
// expected output anew.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, finish, is, has } from '../lib/tap.mjs';

const programs = resolve(process.argv[2], 'tools');
const here = join(dirname(fileURLToPath(import.meta.url)), 'sqlgen');
const tmp = mkdtempSync(join(tmpdir(), 'sqlgen-'));

// What the program says; '' when it is content.
function run(cwd, program, ...args) {
  try {
    execFileSync(join(programs, program), [...args, join(tmp, 'out'), join(tmp, 'dep')], { cwd, stdio: 'pipe' });
    return '';
  } catch (e) {
    return String(e.stderr);
  }
}
const schema = (cwd, verb) => run(cwd, 'schemagen', verb, 'schema/workspace');

// As the build does: first the tables of every schema, then the statements.
function statements(cwd, file, verb = 'statements') {
  mkdirSync(join(tmp, 'tables'), { recursive: true });
  for (const name of readdirSync(join(cwd, 'schema')).filter((n) => n !== 'guard')) {
    execFileSync(join(programs, 'schemagen'), ['tables', `schema/${name}`, join(tmp, `tables/${name}.tables`), join(tmp, 'dep')], { cwd });
  }
  return run(cwd, 'sqlgen', verb, join(tmp, 'tables'), 'src/base/ids.def', file);
}

const golden = [
  ['schema_workspace.gen.h', () => schema(here, 'header')],
  ['workspace.tables', () => schema(here, 'tables')],
  ['workspace.ddl.sql', () => schema(here, 'ddl')],
  ['thing.sql.h', () => statements(here, 'src/thing/thing.sql')],
  ['thing.prepare.sql', () => statements(here, 'src/thing/thing.sql', 'prepare')],
];
for (const [file, make] of golden) {
  await test(`sqlgen: ${file} is as expected`, () => {
    is(make(), '', 'stderr');
    const got = readFileSync(join(tmp, 'out'), 'utf8');
    const path = join(here, 'expect', file);
    if (process.argv.includes('--update')) writeFileSync(path, got);
    const want = readFileSync(path, 'utf8').split('\n');
    got.split('\n').forEach((line, i) => is(line, want[i], `line ${i + 1}`));
    is(got.split('\n').length, want.length, 'lines');
  });
}

await test('sqlgen: the dependency files name every file and folder that was read', () => {
  const deps = () => readFileSync(join(tmp, 'dep'), 'utf8');
  schema(here, 'tables');
  for (const part of ['schema/guard/0001-base.sql', 'schema/workspace/0003-more.sql', 'schema/workspace ']) has(deps(), part);
  statements(here, 'src/thing/thing.sql');
  for (const part of ['workspace.tables', 'src/thing/thing.sql', 'src/base/ids.def']) has(deps(), part);
});

await test('sqlgen: comments are no part of the checksum, everything else is', () => {
  const sum = () => { schema(join(tmp, 'c'), 'header'); return [...readFileSync(join(tmp, 'out'), 'utf8').matchAll(/checksum = "(.*)"/g)].map((m) => m[1]); };
  cpSync(here, join(tmp, 'c'), { recursive: true });
  const path = join(tmp, 'c/schema/workspace/0002-thing.sql');
  const text = readFileSync(path, 'utf8');
  const before = sum();
  writeFileSync(path, text.replace('-- shown to people', '-- what people read').replace('-- purpose: sample', '-- purpose: example'));
  is(sum().join(), before.join(), 'checksums');
  for (const [a, b] of [['text(40)', 'text(41)'], ['OLD.is_closed = 1', 'OLD.is_closed = 0'], ['(day, id)', '(day)']]) {
    writeFileSync(path, text.replace(a, b));
    const after = sum();
    is(after[1] === before[1], false, `${a} to ${b}: the same checksum`);
    is(after[2], before[2], 'checksum of the next one');
  }
});

// --- statements that are refused: text, line, message -------------------------------------------------
const good = '-- name_of :one\n-- its name\n';
const refused = [
  ['no comment', '-- x_y :one\nSELECT name FROM project;', 1, 'x_y: a comment line must say what it answers'],
  ['unknown kind', '-- x_y :many\n-- c\nSELECT name FROM project;', 1, "x_y: ':many' is not one of"],
  ['bound on another kind', '-- x_y :one(3)\n-- c\nSELECT name FROM project;', 1, "':one(3)' is not one of"],
  ['no end', `${good}SELECT name FROM project`, 1, 'no statement, or none that ends in'],
  ['no header', 'SELECT name FROM project;', 1, "expected '-- name :kind'"],
  ['twice', `${good}SELECT name FROM project;\n${good}SELECT name FROM project;`, 4, 'name_of is there twice'],
  ['unknown column', `${good}SELECT nme FROM project;`, 1, 'no such column: nme'],
  ['positional parameter', `${good}SELECT name FROM project WHERE id = ?1;`, 3, "'?' is not portable SQL"],
  ['positional parameter of PostgreSQL', `${good}SELECT name FROM project WHERE id = $1;`, 3, "'$' is not portable SQL"],
  ['other comments', `${good}SELECT name /* x */ FROM project;`, 3, 'comments are written with --'],
  ['open quote', `${good}SELECT 'x FROM project;`, 3, "' without its end on the same line"],
  ['cast of PostgreSQL', `${good}SELECT name::text FROM project;`, 3, "'::' is not portable"],
  ['word of one engine', `${good}SELECT lower(name) AS name FROM project;`, 3, "'lower' differs between the engines"],
  ['LIKE without ESCAPE', `${good}SELECT name FROM project WHERE name LIKE 'a%';`, 1, "every LIKE says ESCAPE"],
  ['unquoted user', `${good}SELECT name FROM user;`, 3, 'write "user" in quotes'],
  ['unnamed result', `${good}SELECT count(*) FROM project;`, 1, 'result column 1 (count(*)) needs a name'],
  ['result twice', `${good}SELECT name, name FROM project;`, 1, "two result columns are called 'name'"],
  ['no type', `${good}SELECT 1 AS thing FROM project;`, 1, "decides the type of 'thing'"],
  ['no type of a parameter', `${good}SELECT name FROM project WHERE name = :thing;`, 1, "decides the type of 'thing'"],
  ['no id of that name', `${good}SELECT 1 AS ghost_id FROM project;`, 1, "'ghost_id' ends in no id of ids.def"],
  ['plain id of a table without one', '-- x_y :change\n-- c\nDELETE FROM "group" WHERE group_no = :id;', 1, "no ID(group) in ids.def for 'id'"],
  ['name that lies about its column', `${good}SELECT created_at AS day FROM time_entry;`, 1, "'day' has the type struct day by its name, but comes from time_entry.created_at (instant)"],
  ['id of another table', `${good}SELECT id AS user_id FROM project;`, 1, "'user_id' has the type struct user_id by its name, but comes from project.id"],
  ['stale update', '-- x_y :change\n-- c\nUPDATE project SET name = :name WHERE id = :id;', 1, "changes project without 'version = :version'"],
  ['stale upsert', "-- x_y :change\n-- c\nINSERT INTO project (id, name, short_name) VALUES (:id, :name, '') ON CONFLICT (id) DO UPDATE SET name = excluded.name;", 1, "changes project without 'version = :version'"],
  ['table of another owner', "-- x_y :change\n-- c\nINSERT INTO audit (id, event_text) VALUES (1, 'x');", 1, 'writes table audit, which guard owns'],
  ['secret of another owner', '-- x_y :one\n-- c\nSELECT salt FROM credential;', 1, "reads table credential, which is guard's secret"],
  ['secret behind a join', '-- x_y :list\n-- c\nSELECT p.name FROM project p WHERE p.id IN (SELECT user_id FROM credential);', 1, "reads table credential, which is guard's secret"],
  ['schema table', '-- x_y :change\n-- c\nDELETE FROM sqlite_schema;', 1, 'sqlite_'],
  ['PRAGMA', '-- x_y :one\n-- c\nPRAGMA cipher;', 1, 'only SELECT, INSERT, UPDATE and DELETE'],
  ['ATTACH', "-- x_y :run\n-- c\nATTACH 'x' AS y;", 1, 'only SELECT, INSERT, UPDATE and DELETE'],
  ['DDL', '-- x_y :run\n-- c\nDROP TABLE project;', 1, 'writes table sqlite_'],
  ['COMMIT', '-- x_y :run\n-- c\nCOMMIT;', 1, 'only SELECT, INSERT, UPDATE and DELETE'],
  [':run of a read', '-- x_y :run\n-- c\nSELECT name FROM project;', 1, ':run is for a writing statement without result columns'],
  [':change that returns', '-- x_y :change\n-- c\nDELETE FROM project RETURNING name;', 1, ':change is for a writing statement'],
  [':one of a write without rows', '-- x_y :one\n-- c\nDELETE FROM project;', 1, ':one needs result columns'],
  ['comment that ends the C comment', '-- x_y :one\n-- c */ int x;\nSELECT name FROM project;', 1, 'would end the C comment'],
];
mkdirSync(join(tmp, 's/src'), { recursive: true });
cpSync(here, join(tmp, 's'), { recursive: true });
for (const [name, text, line, message] of refused) {
  await test(`sqlgen: statement refused: ${name}`, () => {
    writeFileSync(join(tmp, 's/src/thing/bad.sql'), text + '\n');
    const got = statements(join(tmp, 's'), 'src/thing/bad.sql');
    has(got, `src/thing/bad.sql:${line}: `);
    has(got, message);
  });
}

// --- schemas that are refused -----------------------------------------------------------------------------
const table = (body, head = '') => `-- table t: a table\n${head || '-- owner: o\n-- purpose: p\n-- retention: r\n-- restore: content\n'}CREATE TABLE t (\n${body}\n);`;
const schemas = [
  ['no declaration', 'CREATE TABLE t (\n id id -- c\n);', 1, "'-- table t: what a row is' is missing"],
  ['another table declared', '-- table u: a\nCREATE TABLE t (\n id id -- c\n);', 1, "expected '-- table t: what a row is'"],
  ['no owner', table('id id -- c', '-- purpose: p\n-- retention: r\n-- restore: content\n'), 5, "'-- owner:' is missing"],
  ['no purpose', table('id id -- c', '-- owner: o\n-- retention: r\n-- restore: content\n'), 5, "'-- purpose:' is missing"],
  ['no retention', table('id id -- c', '-- owner: o\n-- purpose: p\n-- restore: content\n'), 5, "'-- retention:' is missing"],
  ['no restore', table('id id -- c', '-- owner: o\n-- purpose: p\n-- retention: r\n'), 5, "'-- restore:' must be content, present or merge (named rule)"],
  ['merge without a rule', table('id id -- c', '-- owner: o\n-- purpose: p\n-- retention: r\n-- restore: merge\n'), 6, "'-- restore:' must be"],
  ['misspelt declaration', table('id id -- c', '-- ownr: o\n'), 2, "unknown declaration 'ownr: o'"],
  ['column without a comment', table('id id, -- c\nname text(3)'), 8, 'column name of table t has no comment'],
  ['comment before the column', table('-- c\nid id'), 7, "a column's comment stands behind it"],
  ['no neutral type', table('id id, -- c\nname VARCHAR(3) -- c'), 8, "expected 'name type', with a neutral type"],
  ['text without a bound', table('id id, -- c\nname text -- c'), 8, 'column name needs a bound: text(n)'],
  ['id under another name', table('key id -- c'), 7, 'the column called id, and only that one, has the type id'],
  ['id of another type', table('id int -- c'), 7, 'column id is int here and id elsewhere'],
  ['column twice', table('id id, -- c\nx int, -- c\nx int -- c'), 9, 'column x is there twice'],
  ['one name, two types', table('id id, -- c\nday int -- c'), 8, 'column day is int here and day elsewhere: one name, one type'],
  ['table twice', table('id id -- c') + '\n' + table('id id -- c'), 14, 'expected the name of a new table'],
  ['word of SQL', '-- table user: u\nCREATE TABLE user (\n id id -- c\n);', 2, 'user is a word of SQL: write it "user", always'],
  ['another statement', 'DROP VIEW project;', 1, 'DROP VIEW: no statement of a migration'],
  ['unknown table changed', '-- c\nALTER TABLE nowhere ADD COLUMN x int;', 2, 'expected ALTER TABLE name ADD COLUMN name type'],
  ['unknown table dropped', '-- c\nDROP TABLE nowhere;', 2, 'expected DROP TABLE name; of a known table'],
  ['table dropped with more words', 'DROP TABLE project CASCADE;', 1, 'expected DROP TABLE name; of a known table'],
  ['added column without a comment', 'ALTER TABLE project ADD COLUMN x int;', 1, 'column x of table project has no comment'],
  ['no end', 'DROP INDEX project_short', 1, "statement without ';'"],
  ['too short', 'DROP x;', 1, 'not a statement'],
];
for (const [name, text, line, message] of schemas) {
  await test(`sqlgen: schema refused: ${name}`, () => {
    const dir = join(tmp, 'm');
    rmSync(dir, { recursive: true, force: true });
    cpSync(here, dir, { recursive: true });
    writeFileSync(join(dir, 'schema/workspace/0009-bad.sql'), text + '\n');
    const got = schema(dir, 'header');
    has(got, `schema/workspace/0009-bad.sql:${line}: `);
    has(got, message);
  });
}
const names = [
  ['number twice', '0002-again.sql', 'has the number of'],
  ['no number', 'again.sql', 'expected a name such as 0007-invoice.sql'],
];
for (const [name, file, message] of names) {
  await test(`sqlgen: schema refused: ${name}`, () => {
    const dir = join(tmp, 'n');
    rmSync(dir, { recursive: true, force: true });
    cpSync(here, dir, { recursive: true });
    writeFileSync(join(dir, 'schema/workspace', file), 'DROP INDEX project_short;\n');
    has(schema(dir, 'header'), message);
  });
}
await test('sqlgen: a migration that SQLite refuses is named', () => {
  const dir = join(tmp, 'n');
  rmSync(dir, { recursive: true, force: true });
  cpSync(here, dir, { recursive: true });
  writeFileSync(join(dir, 'schema/workspace/0009-bad.sql'), 'CREATE INDEX i ON nowhere (x);\n');
  has(statements(dir, 'src/thing/thing.sql'), '0009-bad.sql: no such table: main.nowhere');
});
await test('sqlgen: guard is prepared on both schemas, and a difference is refused', () => {
  const dir = join(tmp, 'g');
  cpSync(here, dir, { recursive: true });
  mkdirSync(join(dir, 'schema/system'));
  mkdirSync(join(dir, 'src/guard'));
  const decl = '-- owner: guard\n-- purpose: p\n-- retention: r\n-- restore: present\n';
  writeFileSync(join(dir, 'schema/workspace/0010-w.sql'), `-- table w: w\n${decl}CREATE TABLE w (\nplace text(9) -- c\n);\n`);
  writeFileSync(join(dir, 'schema/system/0010-s.sql'), `-- table w: w\n${decl}CREATE TABLE w (\nplace int -- c\n);\n`);
  writeFileSync(join(dir, 'src/guard/g.sql'), '-- salt_of :list\n-- all\nSELECT salt FROM credential;\n');
  is(statements(dir, 'src/guard/g.sql'), '', 'stderr');
  writeFileSync(join(dir, 'src/guard/g.sql'), '-- place_of :list\n-- all\nSELECT place FROM w;\n');
  has(statements(dir, 'src/guard/g.sql'), 'means something else in schema system than in schema workspace');
});
await test('sqlgen: a schema that is not there is named', () => {
  writeFileSync(join(tmp, 's/src/thing/bad.sql'), '-- schema: nowhere\n-- x_y :one\n-- c\nSELECT checksum FROM schema_migration;\n');
  has(statements(join(tmp, 's'), 'src/thing/bad.sql'), 'nowhere.tables: cannot open');
});
await test('sqlgen: tables that schemagen did not write are refused', () => {
  const path = join(tmp, 'tables/workspace.tables');
  statements(here, 'src/thing/thing.sql');
  const text = readFileSync(path, 'utf8');
  for (const [bad, message] of [[text.slice(0, -1), 'was not written by schemagen'], ['migration a.sql 9\nx', 'ends in a migration'],
    [text.replace(/^column (\S+) \S+$/m, 'column $1 uuid'), 'was not written by this schemagen'], ['column id id\n', 'was not written by this schemagen']]) {
    writeFileSync(path, bad);
    has(run(here, 'sqlgen', 'statements', join(tmp, 'tables'), 'src/base/ids.def', 'src/thing/thing.sql'), message);
  }
});
await test('sqlgen: nothing is written when something is wrong', () => {
  writeFileSync(join(tmp, 'out'), 'before');
  writeFileSync(join(tmp, 's/src/thing/bad.sql'), '-- x :one\n-- c\nSELECT nme FROM project;\n');
  has(statements(join(tmp, 's'), 'src/thing/bad.sql'), 'nme');
  is(readFileSync(join(tmp, 'out'), 'utf8'), 'before', 'output');
});
rmSync(tmp, { recursive: true });
finish();
