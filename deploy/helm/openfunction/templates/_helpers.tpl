{{/* The default Gateway and the functions' Services name this namespace. */}}
{{- define "openfunction.checked" -}}
{{- if ne .Release.Namespace "openfunction" -}}
{{- fail "OpenFunction is installed into the namespace \"openfunction\", because the names of functions inside the cluster lead there. Run helm again with --namespace openfunction --create-namespace." -}}
{{- end -}}
{{- end -}}

{{- define "openfunction.labels" -}}
app.kubernetes.io/name: openfunction
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/component: {{ .part }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "openfunction.selector" -}}
app.kubernetes.io/name: openfunction
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "openfunction.image" -}}
{{ .root.Values.images.repository }}/{{ .name }}:{{ .root.Values.images.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- define "openfunction.host" -}}
{{ .part }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}
{{- end -}}

{{- define "openfunction.address" -}}
{{ include "openfunction.host" . }}:9443
{{- end -}}

{{/* Whether functions get messages; an upgrade that reuses the values of an older chart says nothing of it. */}}
{{- define "openfunction.hasBus" -}}
{{- if (.Values.eventBus | default (dict "enabled" true)).enabled }}true{{ end -}}
{{- end -}}

{{/* Parts of which one replica decides, with commas. */}}
{{- define "openfunction.leading" -}}
controller,builder,pod-pool{{ if include "openfunction.hasBus" . }},event-bus{{ end }}
{{- end -}}

{{/* The Deployment of one part. Given: root, part, replicas, resources, env (of what is its own), ports, volumes, mounts, token, settleSeconds (how long a new one is there before an old one goes). */}}
{{- define "openfunction.part" -}}
{{- include "openfunction.checked" .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .part }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "openfunction.labels" . | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 2
  {{- with .settleSeconds }}
  minReadySeconds: {{ . }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels: {{- include "openfunction.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "openfunction.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ .part }}
      automountServiceAccountToken: {{ .token }}
      enableServiceLinks: false
      terminationGracePeriodSeconds: 45
      {{- with include "openfunction.priority" .root }}
      priorityClassName: {{ . }}
      {{- end }}
      topologySpreadConstraints:
        {{- $part := .part }}
        {{- range .root.Values.topologySpread.keys }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels: {{- include "openfunction.selector" (dict "part" $part) | nindent 14 }}
        {{- end }}
      {{- with .root.Values.images.pullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: {{ .part }}
          image: {{ include "openfunction.image" (dict "root" .root "name" "platform") }}
          imagePullPolicy: {{ .root.Values.images.pullPolicy }}
          args: [/app/{{ .part }}.mjs]
          env:
            - { name: OFN_NAMESPACE, value: {{ .root.Release.Namespace }} }
            - name: OFN_POD_NAME
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            - name: OFN_POD_IP
              valueFrom: { fieldRef: { fieldPath: status.podIP } }
            - { name: OFN_SERVER_NAME, value: {{ include "openfunction.host" . }} }
            - { name: OFN_TLS_DIR, value: /etc/openfunction/tls }
            - { name: OFN_HEALTH_PORT, value: '8090' }
            {{- range $name, $value := .env }}
            - { name: {{ $name }}, value: {{ $value | toString | quote }} }
            {{- end }}
          ports:
            - { name: health, containerPort: 8090 }
            {{- range $name, $port := .ports }}
            - { name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP }
            {{- end }}
          startupProbe:
            httpGet: { path: /healthz, port: health }
            periodSeconds: 1
            failureThreshold: 60
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 1
            timeoutSeconds: 2
          livenessProbe:
            httpGet: { path: /healthz, port: health }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          resources: {{- toYaml .resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: tls, mountPath: /etc/openfunction/tls, readOnly: true }
            - { name: tmp, mountPath: /tmp }
            {{- with .mounts }}{{ toYaml . | nindent 12 }}{{ end }}
      volumes:
        - name: tls
          projected:
            defaultMode: 0440
            sources:
              - secret: { name: {{ .part }}-tls }
              # Stands in front of the one before as soon as there is something in it.
              - secret: { name: {{ .part }}-tls-renewed }
        - name: tmp
          emptyDir: {}
        {{- with .volumes }}{{ toYaml . | nindent 8 }}{{ end }}
{{- end -}}

{{- define "openfunction.priority" -}}
{{- .Values.priorityClass.name | default (ternary "openfunction-platform" "" .Values.priorityClass.create) -}}
{{- end -}}

{{/* Where the controller writes what follows the first content of a Secret: nothing of it is the chart's, so that neither an upgrade nor a rollback brings back what has ended. Given: root, part, name. */}}
{{- define "openfunction.renewed" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}-renewed
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "openfunction.labels" . | nindent 4 }}
type: Opaque
{{- end -}}
