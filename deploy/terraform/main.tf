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
  description = "Also create the token for /peering token and /peering connect, which change the cluster after an approval."
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
  count       = var.approvals ? 1 : 0
  name        = "peering-bot-peering"
  description = "Generates peering tokens and establishes peerings after an approval"
  rules       = "peering = \"write\"\n"
}

resource "consul_acl_token" "write" {
  count       = var.approvals ? 1 : 0
  description = "peering-bot peering_token"
  policies    = [consul_acl_policy.write[0].name]
  local       = true
}
