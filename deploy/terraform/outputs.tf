output "read_accessor_id" {
  description = "Accessor of the token for `token:` in clusters.yml. Print its secret with: consul acl token read -accessor-id ID"
  value       = consul_acl_token.read.accessor_id
}

output "write_accessor_id" {
  description = "Accessor of the token for `peering_token:` in clusters.yml, or null."
  value       = one(consul_acl_token.write[*].accessor_id)
}
