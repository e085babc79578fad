#!/bin/sh
# Two real Consul clusters, east and west, peered through mesh gateways, with ACLs that deny by default. east
# exports the service api, and the service web of west calls it. docker-compose.yml runs each part in its own
# container; the tests run the same parts on one machine.
#
#   world.sh agent      the Consul server of $CLUSTER, in memory
#   world.sh set-up     tokens, services and peering of both clusters; ends once api is imported
#   world.sh gateway    the mesh gateway of $CLUSTER
#   world.sh sidecar    the sidecar of $SERVICE in $CLUSTER
#
# set-up creates new tokens at each run and stores them in files below $STATE that only their owner can read. They
# are in no argument and no environment variable. $BOT_STATE holds the tokens that the bot needs.
set -eu
umask 077

: "${STATE:=/world/state}"
: "${BOT_STATE:=/world/bot}"
: "${CLUSTER:=}"
# Address of an agent and its gateway; the other cluster must reach it. May be a template of go-sockaddr.
# Default: the first address that is not loopback.
if [ -z "${ADVERTISE:-}" ]; then
  ADVERTISE='{{ GetAllInterfaces | include `type` `IPv4` | exclude `flags` `loopback` | attr `address` }}'
fi
: "${CLIENT:=0.0.0.0}"
: "${HTTP_PORT:=8500}" "${GRPC_PORT:=8502}" "${GRPC_TLS_PORT:=8503}"
: "${SERVER_PORT:=8300}" "${SERF_LAN_PORT:=8301}" "${SERF_WAN_PORT:=8302}"
: "${GATEWAY_PORT:=8443}" "${ADMIN_PORT:=19000}"
# Addresses for set-up, which uses both clusters.
: "${EAST:=http://east:8500}" "${WEST:=http://west:8500}"
: "${API_PORT:=9090}" "${API_SIDECAR_PORT:=21000}"
: "${WEB_PORT:=9090}" "${WEB_SIDECAR_PORT:=21000}" "${UPSTREAM_PORT:=9191}"
# More options for `consul connect envoy`, such as -ignore-envoy-compatibility.
: "${ENVOY_FLAGS:=}"
# Maximum time for each wait, in seconds.
: "${PATIENCE:=60}"

fail() {
  echo "world: $*" >&2
  exit 1
}

# wait_for WHAT COMMAND…: tries the command every half second.
wait_for() {
  what=$1
  shift
  left=$((PATIENCE * 2))
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "waited $PATIENCE s for $what"
    sleep 0.5
  done
  echo "world: $what"
}

# in_cluster NAME: from here on, consul and curl use that cluster, with its management token.
in_cluster() {
  cluster=$1
  case $cluster in
    east) address=$EAST ;;
    west) address=$WEST ;;
    *) fail "no cluster is called '$cluster': expected east or west" ;;
  esac
  own=$STATE/$cluster
  export CONSUL_HTTP_ADDR="$address" CONSUL_HTTP_TOKEN_FILE="$own/management"
}

api() {
  path=$1
  shift
  # Consul answers 503 shortly after the start, until its certificate authority exists.
  curl --silent --show-error --fail --max-time 20 --retry 10 --retry-delay 1 \
    --header "@$own/header" "$@" "$address$path"
}

# Writes files atomically.
keep() {
  cat >"$1.new"
  [ -s "$1.new" ] || fail "nothing to write to $1"
  mv "$1.new" "$1"
}

secret_of() {
  sed -n 's/.*"SecretID": *"\([^"]*\)".*/\1/p'
}

has_leader() {
  curl --silent --fail --max-time 5 "$address/v1/status/leader" | grep -q :
}

# A restarted agent has lost everything, so an old token proves nothing.
is_manager() {
  if [ -s "$own/management" ] && consul acl token read -self >/dev/null 2>&1; then return 0; fi
  made=$(CONSUL_HTTP_TOKEN_FILE='' consul acl bootstrap -format=json 2>/dev/null) || return 1
  echo "$made" | secret_of | keep "$own/management"
}

# policy NAME: reads the rules from standard input.
policy() {
  if consul acl policy read -name "$1" >/dev/null 2>&1; then return 0; fi
  consul acl policy create -name "$1" -rules - >/dev/null
}

# token FILE OPTION…
token() {
  file=$1
  shift
  consul acl token create -format=json "$@" | secret_of | keep "$file"
}

tokens() {
  policy mesh-gateway <<'RULES'
service "mesh-gateway" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
mesh = "write"
peering = "read"
RULES
  policy peering-bot <<'RULES'
acl = "read"
mesh = "read"
operator = "read"
peering = "read"
agent_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
query_prefix "" { policy = "read" }
service_prefix "" {
  policy     = "read"
  intentions = "read"
}
RULES
  token "$own/agent" -description agent -node-identity "$cluster-server:$cluster"
  token "$own/mesh-gateway" -description mesh-gateway -policy-name mesh-gateway
  token "$BOT_STATE/$cluster" -description peering-bot -policy-name peering-bot
  # A value that starts with @ is a path; the command takes secrets only as arguments.
  printf '{"Token":"%s"}' "$(cat "$own/agent")" | api /v1/agent/token/agent --request PUT --data @-
}

# service NAME PORT SIDECAR_PORT: reads the upstreams of its sidecar from standard input.
service() {
  token "$own/$1" -description "$1" -service-identity "$1"
  cat >"$own/$1.hcl" <<DEFINITION
service {
  name  = "$1"
  port  = $2
  check = { http = "http://127.0.0.1:$2/health", interval = "2s", timeout = "2s" }
  connect {
    sidecar_service {
      port  = $3
      check = { tcp = "127.0.0.1:$3", interval = "2s", timeout = "2s" }
      proxy { $(cat) }
    }
  }
}
DEFINITION
  CONSUL_HTTP_TOKEN_FILE="$own/$1" consul services register "$own/$1.hcl" >/dev/null
}

exporter() {
  service api "$API_PORT" "$API_SIDECAR_PORT" </dev/null
  consul config write - >/dev/null <<'ENTRY'
Kind     = "exported-services"
Name     = "default"
Services = [{ Name = "api", Consumers = [{ Peer = "west" }] }]
ENTRY
  consul config write - >/dev/null <<'ENTRY'
Kind    = "service-intentions"
Name    = "api"
Sources = [{ Name = "web", Peer = "west", Action = "allow" }]
ENTRY
}

importer() {
  service web "$WEB_PORT" "$WEB_SIDECAR_PORT" <<UPSTREAM

        upstreams = [{
          destination_name = "api"
          destination_peer = "east"
          local_bind_port  = $UPSTREAM_PORT
        }]
UPSTREAM
}

# Prints west's peering in one line: an agent in development mode formats its answers over several.
peering() {
  in_cluster west
  api /v1/peering/east 2>/dev/null | tr -d '[:space:]'
}

peered() {
  peering | grep -q '"State":"ACTIVE"'
}

imported() {
  peering | grep -q '"ImportedServices":\["api"\]'
}

# The peering token goes from one cluster to the other through a pipe.
connect() {
  if peered; then return 0; fi
  in_cluster east
  api /v1/peering/token --request POST --data '{"PeerName":"west"}' |
    sed 's/^{/{"PeerName":"east",/' |
    { in_cluster west && api /v1/peering/establish --request POST --data @-; } >/dev/null
}

begin() {
  in_cluster "$1"
  mkdir -p "$own" "$BOT_STATE"
  wait_for "$cluster has a leader" has_leader
  wait_for "$cluster has a manager" is_manager
  printf 'X-Consul-Token: %s\n' "$(cat "$own/management")" | keep "$own/header"
  tokens
}

set_up() {
  begin east
  exporter
  begin west
  importer
  connect
  wait_for 'east and west are peered' peered
  wait_for 'west imports api' imported
}

agent() {
  case $CLUSTER in east | west) ;; *) fail "CLUSTER is '$CLUSTER': expected east or west" ;; esac
  mkdir -p "$STATE/$CLUSTER"
  cat >"$STATE/$CLUSTER/agent.hcl" <<CONFIG
datacenter           = "$CLUSTER"
node_name            = "$CLUSTER-server"
bind_addr            = "$ADVERTISE"
client_addr          = "$CLIENT"
log_level            = "warn"
disable_update_check = true
ports {
  http     = $HTTP_PORT
  grpc     = $GRPC_PORT
  grpc_tls = $GRPC_TLS_PORT
  server   = $SERVER_PORT
  serf_lan = $SERF_LAN_PORT
  serf_wan = $SERF_WAN_PORT
  dns      = -1
}
acl {
  enabled        = true
  default_policy = "deny"
}
CONFIG
  exec consul agent -dev -config-file="$STATE/$CLUSTER/agent.hcl"
}

# proxy NAME OPTION…: runs Envoy, as the service of the token.
proxy() {
  export CONSUL_HTTP_ADDR="http://127.0.0.1:$HTTP_PORT" CONSUL_GRPC_ADDR="http://127.0.0.1:$GRPC_PORT"
  export CONSUL_HTTP_TOKEN_FILE="$STATE/$CLUSTER/$1"
  [ -r "$CONSUL_HTTP_TOKEN_FILE" ] || fail "$CONSUL_HTTP_TOKEN_FILE is not there: run set-up first"
  shift
  # shellcheck disable=SC2086 # several flags
  exec consul connect envoy "$@" -admin-bind "127.0.0.1:$ADMIN_PORT" $ENVOY_FLAGS -- -l warn
}

case ${1:-} in
  agent) agent ;;
  set-up) set_up ;;
  gateway)
    proxy mesh-gateway -gateway mesh -register -service mesh-gateway \
      -address "$ADVERTISE:$GATEWAY_PORT" -wan-address "$ADVERTISE:$GATEWAY_PORT"
    ;;
  sidecar) proxy "${SERVICE:?expected api or web}" -sidecar-for "$SERVICE" ;;
  *) fail "expected agent, set-up, gateway or sidecar, got '${1:-}'" ;;
esac
