#!/usr/bin/env bash
# An integrator with nothing but curl: a complaint in each of the three modes of CloudEvents, the status of a case,
# and a refusal that is mended and sent again.
#
#   CASEWORK_URL=http://127.0.0.1:8000 CASEWORK_KEY=cw_... examples/clients/curl.sh
#
# The key needs the scopes complaints:write, cases:read and rejections:read. Every line that is printed is JSON.
set -euo pipefail
: "${CASEWORK_URL:?where Casework answers, such as http://127.0.0.1:8000}"
: "${CASEWORK_KEY:?an API key, as casework keys create prints it}"
run="${CASEWORK_RUN:-$(date +%s)-$$}" # what is new in this run: ids and references hold it

# The key comes by a file descriptor: what stands on a command line can be read by everybody on the machine.
# --retry sends again what was not answered (429, 503, no connection): source and id make that harmless.
call() {
  curl --silent --show-error --retry 5 --retry-connrefused --max-time 30 \
    --header @<(printf 'Authorization: Bearer %s\n' "$CASEWORK_KEY") "$@"
  echo
}

complaint() { # REFERENCE DATE: the data of a message
  printf '{"source":"crm","source_reference":"%s","channel":"web","category":"Credit card","received_at":%s,%s}' \
    "$1" "$2" '"words":"I was charged the annual fee twice."'
}

event() { # ID DATA: the whole message
  printf '{"specversion":"1.0","type":"casework.inbox.complaint-posted.v1","source":"crm","id":"%s","data":%s}' \
    "$1" "$2"
}

# 1. Structured mode: the message is the body. The answer names the case and the recorded events.
answer=$(call "$CASEWORK_URL/v1/inbox" --header 'Content-Type: application/cloudevents+json' \
  --data-binary "$(event "$run-1" "$(complaint "$run-1" null)")")
echo "$answer"
case_id=$(sed -n 's/.*"case_id":"\([0-9a-f-]*\)".*/\1/p' <<<"$answer")
version=$(sed -n 's/.*"outcome":"[a-z]*","version":\([0-9]*\).*/\1/p' <<<"$answer")

# 2. Binary mode: the attributes are headers, the complaint is the body.
call "$CASEWORK_URL/v1/inbox" --header 'Content-Type: application/json' --header 'ce-specversion: 1.0' \
  --header 'ce-type: casework.inbox.complaint-posted.v1' --header 'ce-source: crm' --header "ce-id: $run-2" \
  --data-binary "$(complaint "$run-2" null)"

# 3. A batch: one good message, and one with a day that there is not. Each is answered for itself; the whole is 207.
bad=$(event "$run-4" "$(complaint "$run-4" '"31/02/2026"')")
call "$CASEWORK_URL/v1/inbox" --header 'Content-Type: application/cloudevents-batch+json' \
  --data-binary "[$(event "$run-3" "$(complaint "$run-3" null)"),$bad]"

# 4. Where the first case stands. `after` waits until the status knows of the post.
call --get "$CASEWORK_URL/v1/cases/$case_id" --data-urlencode "after=intake:$version"

# 5. The refusal, as it is kept for us; `after` and the last id that was read ask on.
call --get "$CASEWORK_URL/v1/rejections" --data-urlencode "after=${CASEWORK_AFTER:-0}" --data-urlencode limit=200

# 6. Mended, the same message is taken.
call "$CASEWORK_URL/v1/inbox" --header 'Content-Type: application/cloudevents+json' \
  --data-binary "$(event "$run-4" "$(complaint "$run-4" null)")"
