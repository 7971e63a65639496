#!/bin/sh
# Who may do what on the topics of Casework: one principal for each service, one for the notary, one for
# `casework migrate`. Webhooks need none: they read the logs from the services.
#
#   deploy/kafka/acls.sh SERVERS ADMIN.properties [PREFIX]            # the services; running it again changes nothing
#   deploy/kafka/acls.sh SERVERS ADMIN.properties PREFIX integrator NAME   # somebody who posts complaints
#   deploy/kafka/acls.sh SERVERS ADMIN.properties PREFIX reader NAME       # somebody who follows the status
#   deploy/kafka/acls.sh SERVERS ADMIN.properties PREFIX auditor NAME      # somebody who reads the log of every case, and the checkpoints
#
# The broker needs an authorizer and allow.everyone.if.no.acl.found=false, or these rules mean nothing; and
# auto.create.topics.enable=false. KAFKA_ACLS says where kafka-acls.sh is.
set -eu
servers=$1 admin=$2 prefix=${3:-}
acls=${KAFKA_ACLS:-/opt/kafka/bin/kafka-acls.sh}

# allow PRINCIPAL OPERATION --topic NAME ... [--group NAME ...]: names without the prefix.
allow() {
    principal=$1 operation=$2
    shift 2
    for word in "$@"; do
        case $word in
        --*) set -- "$@" "$word" ;;
        *) set -- "$@" "$prefix$word" ;;
        esac
        shift
    done
    "$acls" --bootstrap-server "$servers" --command-config "$admin" --add --force \
        --allow-principal "User:$principal" --operation "$operation" "$@"
}

case ${4:-services} in
services)
    # Each writes its events and looks back at what it wrote; nobody but intake sees what integrators posted.
    allow casework-intake Write --topic casework.events.v1 --topic casework.receipts.v1 --topic casework.rejections.v1
    allow casework-intake Read --topic casework.events.v1 --topic casework.inbox.v1 --group intake.v1 --group intake.inbox.v1
    allow casework-investigation Write --topic casework.events.v1
    allow casework-investigation Read --topic casework.events.v1 --group investigation.v1
    allow casework-resolution Write --topic casework.events.v1
    allow casework-resolution Read --topic casework.events.v1 --group resolution.v1
    allow casework-followup Write --topic casework.events.v1 --topic casework.status.v1
    allow casework-followup Read --topic casework.events.v1 --topic casework.status.v1 --group followup.v1
    # What was taken in is deleted from the inbox: people wrote it in the clear.
    allow casework-intake Delete --topic casework.inbox.v1
    # The notary reads the logs from the services themselves, and looks back at what it published.
    allow casework-notary Write --topic casework.checkpoints.v1
    allow casework-notary Read --topic casework.checkpoints.v1
    # Makes the topics and reads none.
    for operation in Create Describe; do
        allow casework-migrate "$operation" --topic casework.inbox.v1 --topic casework.receipts.v1 \
            --topic casework.rejections.v1 --topic casework.events.v1 --topic casework.status.v1 \
            --topic casework.checkpoints.v1
    done
    ;;
integrator)
    allow "$5" Write --topic casework.inbox.v1
    allow "$5" Read --topic casework.receipts.v1 --topic casework.rejections.v1
    ;;
reader) allow "$5" Read --topic casework.status.v1 --group "$5" ;;
auditor) allow "$5" Read --topic casework.events.v1 --topic casework.checkpoints.v1 --group "$5" ;;
*)
    echo "there is no part called $4: services, integrator, reader or auditor" >&2
    exit 2
    ;;
esac
