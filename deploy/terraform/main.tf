# The Consul side of one cluster: a token that reads, and, if wanted, one that may generate peering tokens.
# Apply it once for each cluster. The outputs are accessors only: read the secrets with `consul acl token read` and put
# them into the bot's secret store.
terraform {
  required_version = ">= 1.5"
  required_providers {
    consul = {
      source  = "hashicorp/consul"
      version = ">= 2.20"
    }
  }
}

variable "approvals" {
  description = "Also create the token for /peering token, connect, disconnect and renew, which change the cluster after an approval."
  type        = bool
  default     = false
}

variable "exports" {
  description = "Let that token also change exported-services entries, for /peering export and unexport."
  type        = bool
  default     = false
}

variable "audit_anchor_path" {
  description = "Path in the KV store for PEERING_AUDIT_ANCHOR (consul:CLUSTER/PATH). Empty: no anchor in this cluster."
  type        = string
  default     = ""
}

locals {
  read_rules = <<-EOT
    acl = "read"
    agent_prefix "" { policy = "read" }
    mesh = "read"
    node_prefix "" { policy = "read" }
    peering = "read"
    query_prefix "" { policy = "read" }
    service_prefix "" { policy = "read" }
  EOT

  write_rules = join("", compact([
    var.approvals ? "peering = \"write\"\n" : "",
    var.exports ? "mesh = \"write\"\n" : "",
  ]))

  anchor_rules = var.audit_anchor_path == "" ? "" : "key ${jsonencode(var.audit_anchor_path)} { policy = \"write\" }\n"
}

resource "consul_acl_policy" "read" {
  name        = "peering-bot"
  description = "Everything that peering-bot checks"
  rules       = "${local.read_rules}${local.anchor_rules}"
}

resource "consul_acl_token" "read" {
  description = "peering-bot"
  policies    = [consul_acl_policy.read.name]
  local       = true
}

resource "consul_acl_policy" "write" {
  count       = local.write_rules == "" ? 0 : 1
  name        = "peering-bot-peering"
  description = "Changes peerings or exported services after an approval"
  rules       = local.write_rules
}

resource "consul_acl_token" "write" {
  count       = local.write_rules == "" ? 0 : 1
  description = "peering-bot peering_token"
  policies    = [consul_acl_policy.write[0].name]
  local       = true
}
