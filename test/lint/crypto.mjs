// crypto.mjs: doc/crypto.md is the inventory of all cryptography. A call, or an include of a crypto library,
// that is in no row of its file is found; so is a row without successor, and one that nothing uses.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const calls = new RegExp('\\b((?:crypto|randombytes|sodium)_\\w+|randombytes|EVP_\\w+|[HC]MAC(?:_\\w+)?|(?:SHA|MD)\\d\\w*|(?:RAND|RSA|AES|DES|RC4|DH|DSA|ECDSA|' +
  'ECDH|EC_KEY|OSSL|PKCS\\w*|gcry|gnutls|mbedtls|BIO_f_cipher)_\\w+|X509_(?:sign|verify)\\w*|SSL_CTX_set\\w+|getrandom|getentropy|arc4random\\w*|' +
  'sqlite3_(?:re)?key\\w*|crypt(?:_r)?)\\s*\\(', 'g');
const libraries = /^\s*#\s*include\s*[<"](sodium|openssl\/|gcrypt|gnutls|mbedtls|nettle|argon2|crypt\.h)/;
// What only moves text about counts as no use of cryptography.
const harmless = /^sodium_(hex2bin|bin2base64|base642bin)$/;

// Comments and strings become blanks; lines stay where they are.
const bare = (text) => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (s) => s.replace(/[^\n]/g, ' '));
const ticked = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]);
const fits = (pattern, name) => pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

function readInventory(file) {
  const text = readFileSync(file, 'utf8');
  const rows = text.split('\n').map((l, i) => ({ line: i + 1, cells: l.split('|').map((c) => c.trim()) }))
    .filter(({ cells }) => cells.length === 9 && cells[1] !== 'what for' && !/^-+$/.test(cells[1]))
    .map(({ line, cells }) => ({ line, what: cells[1], functions: ticked(cells[5]), places: ticked(cells[6]), full: cells.slice(1, 8).every((c) => c !== '') }));
  return { rows, others: ticked((text.split(/^## Files that name a library/m)[1] ?? '').split(/^## /m)[0]) };
}

// root: folder with doc/crypto.md; files: our sources from there.
export function cryptoFindings(root, files) {
  const { rows, others } = readInventory(join(root, 'doc/crypto.md'));
  const found = [];
  const used = new Set(); // "row function" and "row place"
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    const mine = rows.filter((r) => r.places.includes(file));
    source.split('\n').forEach((l, i) => {
      if (libraries.test(l) && mine.length === 0 && !others.includes(file)) found.push(`${file}:${i + 1}: crypto: this file is not in doc/crypto.md`);
    });
    bare(source).split('\n').forEach((l, i) => {
      for (const [, name] of l.matchAll(calls)) {
        const row = mine.find((r) => r.functions.some((f) => fits(f, name)));
        if (!row && !harmless.test(name)) found.push(`${file}:${i + 1}: crypto: ${name} is in no row of doc/crypto.md for this file`);
        for (const r of mine) for (const f of r.functions) if (fits(f, name)) used.add(`${r.line} ${f}`).add(`${r.line} ${file}`);
      }
    });
  }
  for (const r of rows) {
    if (!r.full) found.push(`doc/crypto.md:${r.line}: crypto: a cell is empty (${r.what})`);
    for (const x of [...r.functions, ...r.places]) {
      if (!used.has(`${r.line} ${x}`)) found.push(`doc/crypto.md:${r.line}: crypto: nothing uses ${x} for: ${r.what}`);
    }
  }
  for (const f of others) if (!existsSync(join(root, f))) found.push(`doc/crypto.md: crypto: there is no ${f}`);
  if (rows.length === 0) found.push('doc/crypto.md: crypto: no rows');
  return found;
}
