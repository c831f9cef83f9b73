// tls_scan.mjs: what is offered in the handshake (TLS-01), as sslscan, openssl and testssl.sh see it.
import { has, hasNot, is, skip, test } from '../lib/tap.mjs';

const ciphers = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305'];

// What testssl.sh may find beside OK and INFO, and why that stands.
const accepted = {
  cert_revocation: 'the local authority revokes nothing: its certificates live 90 days and their key only as long as the signer',
};

export async function chapter(w) {
  const s_client = (name, ...args) => w.tool(`openssl-${name}`, 'openssl', ['s_client', '-connect', w.address, '-servername', w.host, ...args]);

  const scan = (await w.tool('sslscan', 'sslscan', ['--no-colour', `--sni-name=${w.host}`, w.address])).text;
  await test('sslscan: TLS 1.2 and 1.3 only', () => {
    is((scan.match(/^(SSL|TLS)v\S+\s+enabled/gm) || []).map((l) => l.split(/\s/)[0]).join(' '), 'TLSv1.2 TLSv1.3');
  });
  await test('sslscan: four ciphers, all of 256 bits', () => {
    const found = [...scan.matchAll(/^(?:Preferred|Accepted)\s+TLSv\S+\s+(\d+) bits\s+(\S+)/gm)];
    is(found.map((f) => f[2]).sort().join(' '), [...ciphers].sort().join(' '));
    is(found.every((f) => f[1] === '256'), true);
  });
  await test('sslscan: three groups, no renegotiation, not vulnerable to heartbleed', () => {
    const groups = [...scan.split('Server Key Exchange Group(s):')[1].split('SSL Certificate:')[0].matchAll(/bits\s+(\w+)/g)].map((g) => g[1]);
    is([...new Set(groups)].sort().join(' '), 'secp256r1 secp384r1 x25519');
    has(scan, 'Session renegotiation not supported');
    is((scan.match(/not vulnerable to heartbleed/g) || []).length, 2);
  });

  await test('openssl: TLS 1.1 and 1.0 meet alert 70', async () => {
    for (const v of ['-tls1_1', '-tls1']) has((await s_client(v.slice(1), v, '-cipher', 'ALL:@SECLEVEL=0')).text, 'SSL alert number 70');
  });
  await test('openssl: no RSA key exchange, no finite-field DH, no CBC, no 128 bits: alert 40', async () => {
    for (const c of ['kRSA', 'DHE', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256']) {
      has((await s_client(c, '-tls1_2', '-cipher', c)).text, 'SSL alert number 40');
    }
  });
  await test('openssl: X25519, the certificate names the host and verifies against the offered authority', async () => {
    const r = (await s_client('verify', '-CAfile', w.ca, '-verify_hostname', w.host, '-verify_return_error')).text;
    has(r, 'Server Temp Key: X25519, 253 bits');
    has(r, 'Verify return code: 0 (ok)');
  });
  await test('openssl: nothing is resumed, no early data', async () => {
    const r = (await s_client('again', '-reconnect', '-tls1_2')).text;
    hasNot(r, 'Reused, TLS');
    has((await s_client('early', '-tls1_3')).text, 'Early data was not sent');
  });
  await test('openssl: h2 alone is refused (alert 120), beside http/1.1 the latter is taken', async () => {
    has((await s_client('h2', '-alpn', 'h2')).text, 'SSL alert number 120');
    has((await s_client('both', '-alpn', 'h2,http/1.1')).text, 'ALPN protocol: http/1.1');
  });

  const which = w.testssl ?? (await w.tool('which', 'sh', ['-c', 'command -v testssl.sh || command -v testssl'])).text.trim();
  if (!which) { skip('testssl.sh', 'not installed'); return; }
  await w.tool('testssl', 'sh', ['-c', 'rm -f testssl.json; exec "$@"', 'sh', which, '--openssl', '/usr/bin/openssl', '--warnings', 'off', '--color', '0',
    '--quiet', '--ip', '127.0.0.1', '--nodns', 'min', '--add-ca', w.ca, '--jsonfile-pretty', 'testssl.json',
    `https://${w.host}:${w.server.port}/anmelden`], { seconds: 900 });
  const result = w.json('testssl.json').scanResult[0];
  const found = Object.values(result).filter(Array.isArray).flat().filter((f) => f.severity);
  await test('testssl.sh: every finding is OK or INFO, or its reason is written down', () => {
    const bad = found.filter((f) => !['OK', 'INFO'].includes(f.severity) && !accepted[f.id]);
    is(bad.map((f) => `${f.id} ${f.severity}: ${f.finding}`).join('; '), '');
    is(found.length > 100, true, `${found.length} findings`);
  });
  await test('testssl.sh: chain of trust, forward secrecy, HSTS of two years', () => {
    const of = (id) => found.find((f) => f.id === id);
    is(of('cert_chain_of_trust')?.severity, 'OK');
    is(of('PFS')?.severity ?? of('FS')?.severity, 'OK');
    is(of('HSTS_time')?.severity, 'OK');
    has(of('HSTS_time').finding, '63072000');
  });
  const grade = found.find((f) => f.id === 'overall_grade');
  if (!grade) skip('testssl.sh: grade A+ with 100 points', 'this version rates nothing (3.2 does)');
  else await test('testssl.sh: grade A+ with 100 points', () => { is(grade.finding, 'A+'); is(found.find((f) => f.id === 'final_score').finding, '100'); });
}
