#!/usr/bin/env bash
# coverage.sh DIR: line coverage of the security kernel, the store and the parsers after the tests ran in a
# coverage build. Lines that end in /* uncovered: reason */ are exempt.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$1
python3 - "$dir" <<'END'
import json, glob, os, subprocess, sys, gzip
build = sys.argv[1]
want = ('src/guard/', 'src/store/', 'src/base/frame.c', 'src/http/pairs.c', 'src/proc/head.c', 'src/app/contact/csv.c')
hits = {}
for note in glob.glob(build + '/**/*.gcda', recursive=True):
    r = subprocess.run(['gcov', '-t', '-j', os.path.abspath(note)], capture_output=True, cwd=build)
    for line in r.stdout.split(b'\n'):
        if not line.strip():
            continue
        for f in json.loads(line)['files']:
            path = os.path.relpath(os.path.join(build, f['file'])).replace('\\', '/')
            if not path.startswith(want) or path.endswith('.h'):
                continue
            per = hits.setdefault(path, {})
            for l in f['lines']:
                per[l['line_number']] = per.get(l['line_number'], 0) + l['count']
total = covered = 0
for path in sorted(hits):
    src = open(path, encoding='utf8').read().split('\n')
    lines = {n: c for n, c in hits[path].items() if '/* uncovered:' not in src[n - 1]}
    ok = sum(1 for c in lines.values() if c)
    total += len(lines)
    covered += ok
    missing = [n for n in sorted(lines) if not lines[n]]
    print(f'{100 * ok / max(1, len(lines)):6.1f} %  {path}' + (f'  not covered: {missing[:12]}{" …" if len(missing) > 12 else ""}' if missing else ''))
print(f'{100 * covered / max(1, total):6.1f} %  of {total} lines')
END
