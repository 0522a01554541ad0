#!/bin/sh
# Make a disk image with the program and a link to the Applications folder: make_dmg.sh APP DMG
set -eu
app=$1
image=$2
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
cp -R "$app" "$staging/"
ln -s /Applications "$staging/Applications"
# Without a signing command the program is signed for this machine's own use alone, which Apple silicon demands.
if [ -z "${CRYOVES_SIGN:-}" ]; then
    codesign --force --deep --sign - "$staging/$(basename "$app")"
fi
rm -f "$image"
hdiutil create -volname CryoVes -srcfolder "$staging" -fs HFS+ -format UDZO "$image"
