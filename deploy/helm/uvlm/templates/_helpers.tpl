{{/* What every object of the release carries. */}}
{{- define "uvlm.labels" -}}
{{ include "uvlm.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What selects the release's pods; with app.kubernetes.io/component, those of one role. */}}
{{- define "uvlm.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "uvlm.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s-cpu" .Chart.AppVersion) }}
{{- end }}

{{/*
The pod of a role. Takes a dict: root (the chart's context), component (its name), node (the role's part of the values), data (the volume of /var/lib/uvlm),
rpc (the port that the device is lent at; 0: none).
*/}}
{{- define "uvlm.pod" -}}
metadata:
  labels:
    {{- include "uvlm.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  annotations:
    # Settings that change come with new pods.
    checksum/settings: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
spec:
  serviceAccountName: {{ .root.Release.Name }}-uvlm
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile: { type: RuntimeDefault }
  # Two nodes of a role on one machine go down together.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "uvlm.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .component }}
  containers:
    - name: uvlm
      image: {{ include "uvlm.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [serve]
      envFrom:
        - configMapRef: { name: {{ .root.Release.Name }}-uvlm }
      env:
        - name: UVLM_NODE_NAME
          valueFrom: { fieldRef: { fieldPath: metadata.name } }
        - name: POD_IP
          valueFrom: { fieldRef: { fieldPath: status.podIP } }
        - name: UVLM_ROLES
          value: {{ .node.roles | quote }}
        - name: UVLM_ADVERTISE
          value: http://$(POD_IP):7077
        # Threads follow what the pod has asked for, a part of a core being a whole one; else they are as many as the machine has cores. UVLM_THREADS goes before it.
        - name: DOTNET_PROCESSOR_COUNT
          valueFrom: { resourceFieldRef: { containerName: uvlm, resource: requests.cpu, divisor: "1" } }
        {{- if and .root.Values.model.existingClaim (not (eq .node.roles "gateway")) }}
        - name: UVLM_MODEL
          value: {{ printf "/models/%s" .root.Values.model.path | quote }}
        {{- end }}
        {{- if .rpc }}
        - name: UVLM_RPC_URL
          value: http://$(POD_IP):{{ .rpc }}
        {{- end }}
        {{- if .root.Values.encode.enabled }}
        - name: UVLM_RPC_SECRET
          valueFrom:
            secretKeyRef: { name: {{ .root.Values.encode.existingSecret }}, key: {{ .root.Values.encode.key }} }
        {{- end }}
        {{- if and .root.Values.kafka.existingSecret .root.Values.kafka.bootstrapServers }}
        - name: UVLM_KAFKA_SETTINGS
          valueFrom:
            secretKeyRef: { name: {{ .root.Values.kafka.existingSecret }}, key: {{ .root.Values.kafka.key }} }
        {{- end }}
        {{- range $name, $value := .node.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      ports:
        - { name: http, containerPort: 7077 }
        {{- if .rpc }}
        - { name: rpc, containerPort: {{ .rpc }} }
        {{- end }}
      # A large model takes a while, and so does a store that is migrated.
      startupProbe:
        httpGet: { path: /alive, port: http }
        periodSeconds: 5
        failureThreshold: 120
      livenessProbe:
        httpGet: { path: /alive, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      lifecycle:
        preStop:
          sleep: { seconds: {{ .root.Values.preStopSeconds }} }
      resources:
        {{- toYaml .node.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: data, mountPath: /var/lib/uvlm }
        - { name: tmp, mountPath: /tmp }
        - { name: database, mountPath: /run/secrets/uvlm/database, readOnly: true }
        {{- if and .root.Values.model.existingClaim (not (eq .node.roles "gateway")) }}
        - { name: model, mountPath: /models, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 1Gi }
    - name: database
      secret:
        secretName: {{ .root.Values.database.existingSecret }}
        items:
          - { key: {{ .root.Values.database.key }}, path: connection }
    {{- if and .root.Values.model.existingClaim (not (eq .node.roles "gateway")) }}
    - name: model
      persistentVolumeClaim: { claimName: {{ .root.Values.model.existingClaim }}, readOnly: true }
    {{- end }}
    {{- if eq .data "emptyDir" }}
    - name: data
      emptyDir: { sizeLimit: 1Gi }
    {{- end }}
  {{- with .node.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .node.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
