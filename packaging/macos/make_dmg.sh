#!/bin/sh
# Make a disk image with the program and a link to the Applications folder: make_dmg.sh APP DMG
set -eu
app=$1
image=$2
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
# ditto keeps signatures, links and permissions as they are.
ditto "$app" "$staging/$(basename "$app")"
ln -s /Applications "$staging/Applications"
# Now and then the system still looks into the new files (Spotlight, virus scanners): "Resource busy".
for try in 1 2 3; do
    if hdiutil create -volname CryoVes -srcfolder "$staging" -fs HFS+ -format UDZO -ov "$image"; then
        exit 0
    fi
    echo "hdiutil failed, try $try of 3" >&2
    sleep 10
done
exit 1
