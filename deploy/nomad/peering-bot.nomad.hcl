# The bot and its workers as one Nomad service job with Docker.
#   nomad var put nomad/jobs/peering-bot slack_bot_token=… slack_app_token=… signing_key=… redis_url=… consul_token_prod_east=…
#   nomad job run deploy/nomad/peering-bot.nomad.hcl
# For HTTP mode of Slack: put SLACK_SIGNING_SECRET in place of SLACK_APP_TOKEN, add PORT = "8081" to env, port "requests" { to = 8081 }
# to network and ports, and a service with that port for your proxy, which terminates TLS for /slack/events.
variable "image" {
  type    = string
  default = "ghcr.io/example/peering-bot:0.1.0"
}

job "peering-bot" {
  type = "service"

  group "bot" {
    count = 1

    network {
      port "health" { to = 8080 }
    }

    restart {
      attempts = 3
      interval = "5m"
      delay    = "10s"
      mode     = "delay"
    }

    task "peering-bot" {
      driver = "docker"
      user   = "1000"

      # A job that connects two clusters gets 45 s to finish, so that it does not stop halfway.
      kill_signal  = "SIGTERM"
      kill_timeout = "50s"

      config {
        image           = var.image
        args            = ["start"]
        ports           = ["health"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
      }

      env {
        # The folder local/ of the task. A file that is mounted by itself would stay the old one when Nomad replaces it.
        PEERING_CLUSTERS = "/local/clusters.yml"
        HEALTH_HOST      = "0.0.0.0"
        HEALTH_PORT      = "8080"
      }

      # Secrets stay in memory (secrets/ is a tmpfs) and reach the bot as variables.
      template {
        destination = "secrets/environment"
        env         = true
        data        = <<-EOT
          {{ with nomadVar "nomad/jobs/peering-bot" }}
          SLACK_BOT_TOKEN={{ .slack_bot_token }}
          SLACK_APP_TOKEN={{ .slack_app_token }}
          PEERING_SIGNING_KEY={{ .signing_key }}
          REDIS_URL={{ .redis_url }}
          CONSUL_TOKEN_PROD_EAST={{ .consul_token_prod_east }}
          {{ end }}
        EOT
      }

      template {
        destination   = "local/clusters.yml"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        data          = <<-EOT
          clusters:
            prod-east:
              address: https://consul.east.example:8501
              token: { env: CONSUL_TOKEN_PROD_EAST }
        EOT
      }

      service {
        name     = "peering-bot"
        port     = "health"
        provider = "nomad"

        check {
          type     = "http"
          path     = "/readyz"
          interval = "10s"
          timeout  = "5s"
        }
      }

      resources {
        cpu    = 200
        memory = 512
        # Each cluster is read in a process of its own, which may use up to 640 MiB for a short time.
        memory_max = 2048
      }
    }
  }
}
