#!/usr/bin/env bash
# deb.sh PACKAGE: unpacks a package into a folder and starts Kontor from there, as systemd would; what a
# release must refuse is refused. Needs build/ for the launcher (test/proc/launch.c).
set -euo pipefail
cd "$(dirname "$0")/.."
package=$1
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
chmod 755 "$top"
dpkg-deb -x "$package" "$top"
n=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
bad() { n=$((n + 1)); echo "not ok $n - $1"; exit 1; }
for f in usr/bin/kontor{,-archive} usr/libexec/kontor/kontor-{edge,worker,keymgr,press} usr/share/man/man1/kontor.1.gz \
    usr/share/man/man5/kontor.conf.5.gz lib/systemd/system/kontor.{service,socket} usr/lib/sysusers.d/kontor.conf \
    usr/share/doc/kontor/{copyright,installing.md}; do
    [ -s "$top/$f" ] || bad "$f is missing"
done
ok "the package holds the programs, the manual and the units"
[ -z "$(find "$top" -perm /6000)" ] || bad "something is setuid or setgid"
ok "nothing is setuid or setgid"
for w in $(dpkg-deb -f "$package" Depends | tr ',' '\n' | awk '{print $1}'); do
    case $w in lib*) ;; *) bad "depends on $w" ;; esac
done
ok "it depends on libraries alone"
printf '# from the package:\n'
node test/proc/systemd_test.mjs "$top/usr/bin" "$PWD/build/test/proc/launch" "$PWD/packaging" |
    sed "s/^ok /ok $n./; s/^not ok /not ok $n./; s/^1\.\./# 1../"
"$top/usr/bin/kontor" init -d "$top/k" >/dev/null
status=0
"$top/usr/bin/kontor" clock set 2030-01-01T00:00:00Z -d "$top/k" 2>/dev/null || status=$?
[ "$status" = 3 ] || bad "a release moves the clock: status $status"
ok "a release refuses to move the clock"
if LANG=de_DE.UTF-8 "$top/usr/bin/kontor" doctor -d "$top/k" | grep -q Testbau; then bad "doctor calls it a test build"; fi
ok "doctor does not call it a test build"
echo "1..$n"
