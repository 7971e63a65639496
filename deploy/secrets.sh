#!/bin/sh
# Makes the files that compose.yaml mounts as secrets, those that are not there yet. Run it once, before the first
# `docker compose up`. Back up secrets/key apart from the database: without it no personal data can be read again.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

# 32 random bytes as 43 characters of base64url.
random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# Writes standard input to secrets/$1 unless that is there already.
keep() {
    if [ ! -e "secrets/$1" ]; then
        cat >"secrets/$1.new"
        mv "secrets/$1.new" "secrets/$1"
    fi
}

random | keep postgres_password
printf '*:*:*:casework:%s\n' "$(cat secrets/postgres_password)" | keep pgpass
random | keep key
random | keep webhook_key
printf 'cw_%s_%s' "$(head -c 5 /dev/urandom | base32 | tr '[:upper:]' '[:lower:]')" "$(random)" | keep service_key

# An Ed25519 private key as PEM: 16 bytes that say so (PKCS #8), then 32 random ones.
{
    echo '-----BEGIN PRIVATE KEY-----'
    { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040' && head -c 32 /dev/urandom; } | base64
    echo '-----END PRIVATE KEY-----'
} | keep checkpoint_key

# The files are for one user only, and Casework refuses to read them otherwise: the containers run as that user.
if [ "$(id -u)" -eq 0 ]; then
    chown 10001:10001 secrets/*
else
    printf 'CASEWORK_UID=%s\nCASEWORK_GID=%s\n' "$(id -u)" "$(id -g)" >.env
fi
