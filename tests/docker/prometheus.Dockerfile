# Debian's Prometheus in place of prom/prometheus, which no Debian mirror has: for observe.compose.yaml in the tests.
FROM debian:trixie-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/*
USER 65534:65534
WORKDIR /tmp
ENTRYPOINT ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/tmp"]
