{{- define "livegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "livegate.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $whole := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $whole .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "livegate.selector" -}}
app.kubernetes.io/name: {{ include "livegate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "livegate.labels" -}}
{{ include "livegate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "livegate.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "livegate.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "livegate.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "livegate.onRedis" -}}
{{- if or .Values.redis.url .Values.redis.existingSecret }}yes{{ end }}
{{- end }}

{{- define "livegate.redisSecret" -}}
{{- default (printf "%s-redis" (include "livegate.fullname" .)) .Values.redis.existingSecret }}
{{- end }}

{{- define "livegate.redisKey" -}}
{{- ternary .Values.redis.secretKey "url" (ne .Values.redis.existingSecret "") }}
{{- end }}

{{/* The line of a setting, in the file that livegate reads. */}}
{{- define "livegate.setting" -}}
{{- $value := .value }}
{{- if kindIs "slice" $value }}{{ $value = join "," $value }}{{ end }}
{{- if kindIs "float64" $value }}{{ $value = int64 $value }}{{ end }}
{{- printf "%s = %v" .name $value | trimSuffix " " }}
{{- end }}

{{/* Whole seconds of a time as livegate writes it, rounded up; a bare number is seconds. */}}
{{- define "livegate.seconds" -}}
{{- $text := toString . }}
{{- $number := regexFind "^[0-9]+" $text | int64 }}
{{- $unit := regexReplaceAll "^[0-9]+(\\.0)?" $text "" }}
{{- if eq $unit "ms" }}{{ div (add $number 999) 1000 }}
{{- else if eq $unit "m" }}{{ mul $number 60 }}
{{- else if eq $unit "h" }}{{ mul $number 3600 }}
{{- else if eq $unit "d" }}{{ mul $number 86400 }}
{{- else }}{{ $number }}
{{- end }}
{{- end }}

{{/* How long draining takes; where a setting is null, as the image has it. */}}
{{- define "livegate.drainSeconds" -}}
{{- $delay := get .Values.config "drain-delay" | toString | default "5s" }}
{{- $spread := get .Values.config "drain-seconds" | toString | default "20s" }}
{{- add (include "livegate.seconds" $delay) (include "livegate.seconds" $spread) }}
{{- end }}

{{/* The key of the secret for HS256; a key that the Secret does not have would keep pods from starting. */}}
{{- define "livegate.tokenSecretKey" -}}
{{- with .Values.tokens }}
{{- if .existingSecret }}
{{- default (ternary "" "token-secret" (or (ne .jwksKey "") (ne .publicKeyKey ""))) .secretKey }}
{{- end }}
{{- end }}
{{- end }}

{{/* Somewhere there is a key for viewers' tokens. */}}
{{- define "livegate.hasTokens" -}}
{{- if or .Values.tokens.existingSecret (contains "\"LIVEGATE_TOKEN_" (toJson .Values.extraEnv)) }}yes{{ end }}
{{- end }}

{{/* Everything that would be a mistake although each value alone is good. */}}
{{- define "livegate.check" -}}
{{- if not (include "livegate.onRedis" .) }}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1) }}
{{- fail "without redis.url or redis.existingSecret rooms are in the memory of one gateway: set replicaCount to 1 and autoscaling.enabled to false, or name a Redis" }}
{{- end }}
{{- end }}
{{- if and (not (include "livegate.onRedis" .)) (gt (get .Values.config "workers" | default 1 | int) 1) }}
{{- fail "without redis.url or redis.existingSecret rooms are in the memory of one worker: set config.workers to 1, or name a Redis" }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs: the Gateways it belongs to" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- fail "ingress.enabled needs ingress.hosts" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.targetCPU) (not .Values.autoscaling.targetConnections) }}
{{- fail "autoscaling.enabled needs autoscaling.targetCPU or autoscaling.targetConnections" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if has (toString .Values.maxSurge) (list "0" "0%") }}
{{- fail "maxSurge must be more than 0: no gateway is taken away before there is another one" }}
{{- end }}
{{- if and (get .Values.config "open-access") (include "livegate.hasTokens" .) }}
{{- fail "config.open-access contradicts tokens.existingSecret: tokens say who may send" }}
{{- end }}
{{- range list "token-audience" "single-session" }}
{{- if and (get $.Values.config .) (not (include "livegate.hasTokens" $)) }}
{{- fail (printf "config.%s needs tokens.existingSecret: tokens say who a viewer is" .) }}
{{- end }}
{{- end }}
{{- end }}
