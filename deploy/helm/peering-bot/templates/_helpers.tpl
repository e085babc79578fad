{{- define "peering-bot.labels" -}}
app.kubernetes.io/name: peering-bot
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "peering-bot.selector" -}}
app.kubernetes.io/name: peering-bot
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "peering-bot.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "peering-bot.clusters" -}}
{{- $file := dict "clusters" .Values.clusters -}}
{{- range $name := list "owners" "access" "approvals" "history" "webhooks" "pagerduty" "alertmanager" "digests" "mutes" "severity" -}}
{{- with get $.Values $name }}{{ $_ := set $file $name . }}{{ end -}}
{{- end -}}
{{ toYaml $file }}
{{- end }}

{{/* "true" if Slack sends requests to this release. */}}
{{- define "peering-bot.takesSlack" -}}
{{- if and (eq .Values.slack.mode "http") (ne .Values.mode "probe") }}true{{ end -}}
{{- end }}

{{/* "true" if anything sends requests to it: Slack or Alertmanager. */}}
{{- define "peering-bot.takesRequests" -}}
{{- if or .Values.alertmanager (include "peering-bot.takesSlack" .) }}true{{ end -}}
{{- end }}

{{/* The parts of a mode: a list of { name, args, replicas, graceSeconds }. */}}
{{- define "peering-bot.parts" -}}
{{- if eq .Values.mode "split" -}}
- { name: bot, args: [start, --role, bot], replicas: {{ .Values.bot.replicas }}, graceSeconds: 15 }
- { name: worker, args: [start, --role, worker, --queues, {{ join "," .Values.worker.queues | quote }}], replicas: {{ .Values.worker.replicas }}, graceSeconds: 50 }
{{- else if eq .Values.mode "probe" -}}
- { name: probe, args: [start, --probe-from, {{ required "probe.from is required with mode probe" .Values.probe.from | quote }}], replicas: {{ .Values.probe.replicas }}, graceSeconds: 15 }
{{- else -}}
- { name: all, args: [start], replicas: 1, graceSeconds: 50 }
{{- end -}}
{{- end }}
