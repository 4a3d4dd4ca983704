{{- /* The names with the SPN: any other makes Kerberos fall back to NTLM. As in k8s/secrets.sh. */ -}}
{{- define "bookstore.server" -}}
Server=containersql-bookstore-service.{{ .Release.Namespace }}.svc.cluster.local; Database = Bookstore; TrustServerCertificate=true;
{{- end }}

{{- /* The value of a key in a secret of the cluster, or nothing: (list ROOT SECRET KEY). */ -}}
{{- define "bookstore.existing" -}}
{{- $secret := lookup "v1" "Secret" (index . 0).Release.Namespace (index . 1) | default dict }}
{{- get (get $secret "data" | default dict) (index . 2) | b64dec }}
{{- end }}

{{- /* Whether this release creates the secret: not if somebody else has. (list ROOT SECRET) */ -}}
{{- define "bookstore.owns" -}}
{{- $secret := lookup "v1" "Secret" (index . 0).Release.Namespace (index . 1) | default dict }}
{{- $metadata := get $secret "metadata" | default dict }}
{{- $owner := get (get $metadata "annotations" | default dict) "meta.helm.sh/release-name" }}
{{- if or (empty $secret) (eq $owner (index . 0).Release.Name) }}yes{{ end }}
{{- end }}

{{- /* A secret that stays at `helm uninstall`: (list ROOT NAME DATA). Empty values are left out. */ -}}
{{- define "bookstore.secret" -}}
{{- if include "bookstore.owns" . }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ index . 1 }}
  namespace: {{ (index . 0).Release.Namespace | quote }}
  annotations:
    helm.sh/resource-policy: keep
type: Opaque
data:
{{- range $key, $value := index . 2 }}
{{- with $value }}
  {{ $key }}: {{ . | b64enc }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
