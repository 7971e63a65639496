#!/usr/bin/env bash
# An integrator with the console clients of Apache Kafka: a complaint in structured and in binary mode, one that is
# refused, and what comes back on the topics.
#
#   KAFKA_HOME=/opt/kafka CASEWORK_KAFKA=127.0.0.1:9092 examples/clients/kafka_console.sh
#
# Instead of KAFKA_HOME, KAFKA_JARS may name a folder with the jars of the console clients (deploy/kafka/tools.xml says
# which). CASEWORK_PREFIX is the prefix of the installation's topics, if it has one.
set -euo pipefail
: "${CASEWORK_KAFKA:?bootstrap servers, such as 127.0.0.1:9092}"
prefix="${CASEWORK_PREFIX:-}"
run="${CASEWORK_RUN:-$(date +%s)-$$}" # what is new in this run: ids and references hold it

produce() { # OPTIONS...: every line of the input is a record: headers, key and value, with tabs between them
  if [ -n "${KAFKA_HOME:-}" ]; then
    "$KAFKA_HOME/bin/kafka-console-producer.sh" "$@"
  else
    java -cp "${KAFKA_JARS:?or KAFKA_HOME}/*" org.apache.kafka.tools.ConsoleProducer "$@"
  fi
}

consume() {
  if [ -n "${KAFKA_HOME:-}" ]; then
    "$KAFKA_HOME/bin/kafka-console-consumer.sh" "$@"
  else
    java -cp "${KAFKA_JARS:?or KAFKA_HOME}/*" org.apache.kafka.tools.consumer.ConsoleConsumer "$@"
  fi
}

complaint() { # REFERENCE DATE
  printf '{"source":"till","source_reference":"%s","channel":"counter","category":"Credit card","received_at":%s}' \
    "$1" "$2"
}

# Keyed by source|source_reference: whatever is said about one complaint stays in order.
record() { # ID HEADERS VALUE
  printf '%s\ttill|%s\t%s\n' "$2" "$1" "$3"
}

event() { # ID DATA
  printf '{"specversion":"1.0","type":"casework.inbox.complaint-posted.v1","source":"till","id":"%s","data":%s}' \
    "$1" "$2"
}

binary() { # ID
  printf 'content-type:application/json,ce_specversion:1.0,ce_source:till,ce_id:%s,' "$1"
  printf 'ce_type:casework.inbox.complaint-posted.v1'
}

{
  record "$run-1" 'content-type:application/cloudevents+json' "$(event "$run-1" "$(complaint "$run-1" null)")"
  record "$run-2" "$(binary "$run-2")" "$(complaint "$run-2" null)"
  record "$run-3" 'content-type:application/cloudevents+json' "$(event "$run-3" "$(complaint "$run-3" '"31/02/2026"')")"
} | produce --bootstrap-server "$CASEWORK_KAFKA" --topic "${prefix}casework.inbox.v1" \
  --request-required-acks all --property parse.headers=true --property parse.key=true \
  --property "headers.delimiter=$(printf '\t')" --property "key.separator=$(printf '\t')" >/dev/null # its prompts

# A real client goes on reading, and posts again what has no answer after a while. Here: all that is there, our own kept.
answers() { # TOPIC
  consume --bootstrap-server "$CASEWORK_KAFKA" --topic "${prefix}$1" --from-beginning \
    --timeout-ms "${CASEWORK_WAIT_MS:-15000}" 2>/dev/null | grep -F "\"$run-" || true
}
answers casework.receipts.v1
answers casework.rejections.v1
