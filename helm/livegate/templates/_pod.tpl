{{- define "livegate.pod" -}}
serviceAccountName: {{ include "livegate.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
# Drained in time, whatever clients do: preStop, drain-delay and drain-seconds, and 15 to spare.
terminationGracePeriodSeconds: {{ add .Values.preStopSeconds (include "livegate.drainSeconds" .) 15 }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
containers:
  - name: livegate
    {{- include "livegate.container" . | nindent 4 }}
volumes:
  {{- include "livegate.volumes" . | nindent 2 }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml . | nindent 4 }}
    {{- if not .labelSelector }}
    labelSelector:
      matchLabels:
        {{- include "livegate.selector" $ | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "livegate.container" -}}
image: {{ include "livegate.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - --config=/etc/livegate/livegate.conf
  - --listen={{ get .Values.config "listen" | default ":8080" }}
  - --internal-listen={{ get .Values.config "internal-listen" | default ":8081" }}
{{- with include "livegate.env" . | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
ports:
  - name: clients
    containerPort: 8080
  - name: internal
    containerPort: 8081
{{- with .Values.probes.startup }}
startupProbe:
  httpGet: {path: /livez, port: internal}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.probes.liveness }}
livenessProbe:
  httpGet: {path: /livez, port: internal}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.probes.readiness }}
readinessProbe:
  httpGet: {path: /readyz, port: internal}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.preStopSeconds }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.preStopSeconds }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - name: config
    mountPath: /etc/livegate
    readOnly: true
  {{- include "livegate.secretMounts" (include "livegate.secrets" . | fromYamlArray) | nindent 2 }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Secrets come as files: neither the environment nor the list of processes shows them. */}}
{{- define "livegate.env" -}}
{{- if include "livegate.onRedis" . }}
- name: LIVEGATE_REDIS_FILE
  value: /etc/livegate-secrets/redis/{{ include "livegate.redisKey" . }}
{{- end }}
{{- if .Values.redis.tls.existingSecret }}
- name: LIVEGATE_REDIS_CA_FILE
  value: /etc/livegate-secrets/redis-ca/{{ .Values.redis.tls.caKey }}
{{- end }}
{{- if .Values.redis.sentinels.existingSecret }}
- name: LIVEGATE_REDIS_SENTINEL_AUTH_FILE
  value: /etc/livegate-secrets/sentinels/{{ .Values.redis.sentinels.authKey }}
{{- end }}
{{- if .Values.internal.existingSecret }}
- name: LIVEGATE_INTERNAL_KEY_FILE
  value: /etc/livegate-secrets/internal/{{ .Values.internal.secretKey }}
{{- end }}
{{- with .Values.tls }}
{{- if .existingSecret }}
- name: LIVEGATE_TLS_CERT
  value: /etc/livegate-secrets/tls/{{ .certKey }}
- name: LIVEGATE_TLS_KEY
  value: /etc/livegate-secrets/tls/{{ .keyKey }}
{{- end }}
{{- end }}
{{- with include "livegate.tokenSecretKey" . }}
- name: LIVEGATE_TOKEN_SECRET_FILE
  value: /etc/livegate-secrets/tokens/{{ . }}
{{- end }}
{{- with .Values.tokens }}
{{- if and .existingSecret .jwksKey }}
- name: LIVEGATE_TOKEN_JWKS
  value: /etc/livegate-secrets/tokens/{{ .jwksKey }}
{{- end }}
{{- if and .existingSecret .publicKeyKey }}
- name: LIVEGATE_TOKEN_KEY_FILE
  value: /etc/livegate-secrets/tokens/{{ .publicKeyKey }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "livegate.volumes" -}}
- name: config
  configMap:
    name: {{ include "livegate.fullname" . }}
{{- with include "livegate.secretVolumes" (include "livegate.secrets" . | fromYamlArray) | trim }}
{{ . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Every Secret that is in use: its name, and the keys that become files. */}}
{{- define "livegate.secrets" -}}
{{- if include "livegate.onRedis" . }}
- {volume: redis, secret: {{ include "livegate.redisSecret" . }}, keys: [{{ include "livegate.redisKey" . }}]}
{{- end }}
{{- with .Values.redis.tls }}
{{- if .existingSecret }}
- {volume: redis-ca, secret: {{ .existingSecret }}, keys: [{{ .caKey }}]}
{{- end }}
{{- end }}
{{- with .Values.redis.sentinels }}
{{- if .existingSecret }}
- {volume: sentinels, secret: {{ .existingSecret }}, keys: [{{ .authKey }}]}
{{- end }}
{{- end }}
{{- with .Values.internal }}
{{- if .existingSecret }}
- {volume: internal, secret: {{ .existingSecret }}, keys: [{{ .secretKey }}]}
{{- end }}
{{- end }}
{{- with .Values.tls }}
{{- if .existingSecret }}
- {volume: tls, secret: {{ .existingSecret }}, keys: [{{ .certKey }}, {{ .keyKey }}]}
{{- end }}
{{- end }}
{{- with .Values.tokens }}
{{- if .existingSecret }}
- {volume: tokens, secret: {{ .existingSecret }}, keys: [{{ include "livegate.tokenSecretKey" $ | quote }}, {{ .jwksKey | quote }}, {{ .publicKeyKey | quote }}]}
{{- end }}
{{- end }}
{{- end }}

{{/* Those of them that `helm test` needs to join and to publish. */}}
{{- define "livegate.testSecrets" -}}
{{- range include "livegate.secrets" . | fromYamlArray }}
{{- if has .volume (list "redis" "redis-ca" "sentinels" "tokens") }}
- {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of such Secrets, as a list. */}}
{{- define "livegate.secretVolumes" -}}
{{- range . }}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      {{- if . }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
      {{- end }}
{{- end }}
{{- end }}

{{- define "livegate.secretMounts" -}}
{{- range . }}
- name: {{ .volume }}
  mountPath: /etc/livegate-secrets/{{ .volume }}
  readOnly: true
{{- end }}
{{- end }}
