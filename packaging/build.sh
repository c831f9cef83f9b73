#!/usr/bin/env bash
# build.sh BUILD OUT: makes OUT/kontor_VERSION_ARCH.deb from a release build that is there (./dev deb
# makes it). The same commit gives the same package: names, owners and times come from the commit.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 out=$2
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build)
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date -r meson.build +%s)
export SOURCE_DATE_EPOCH
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
root=$top/root
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
strip --strip-unneeded "$root"/usr/bin/kontor* "$root"/usr/libexec/kontor/*
install -d "$root"/{usr/share/man/man1,usr/share/man/man5,usr/share/doc/kontor,lib/systemd/system,usr/lib/sysusers.d,DEBIAN}
gzip -9nc doc/man/kontor.1 >"$root"/usr/share/man/man1/kontor.1.gz
gzip -9nc doc/man/kontor.conf.5 >"$root"/usr/share/man/man5/kontor.conf.5.gz
cat NOTICE LICENSE >"$root"/usr/share/doc/kontor/copyright
chmod 0644 "$root"/usr/share/doc/kontor/copyright
install -m 0644 doc/installing.md "$root"/usr/share/doc/kontor/installing.md
install -m 0644 packaging/kontor*.service packaging/kontor.socket packaging/kontor-doctor.timer "$root"/lib/systemd/system/
install -m 0644 packaging/kontor.sysusers "$root"/usr/lib/sysusers.d/kontor.conf
install -m 0755 packaging/postinst packaging/prerm packaging/postrm "$root"/DEBIAN/
# The libraries it needs, as Debian's own tool reads them from the programs.
mkdir -p "$top/shlibs/debian"
printf 'Source: kontor\n\nPackage: kontor\nArchitecture: any\n' >"$top/shlibs/debian/control"
depends=$(cd "$top/shlibs" && dpkg-shlibdeps -O "$root"/usr/bin/kontor* "$root"/usr/libexec/kontor/* 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "no libraries found" >&2; exit 1; }
size=$(du -sk --apparent-size "$root/usr" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$depends/" \
    packaging/control.in >"$root/DEBIAN/control"
chmod 0644 "$root/DEBIAN/control"
chmod -R go-w,a+rX "$root"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch -hd "@$SOURCE_DATE_EPOCH"
mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/kontor_${version}_$arch.deb" >/dev/null
echo "$out/kontor_${version}_$arch.deb"
